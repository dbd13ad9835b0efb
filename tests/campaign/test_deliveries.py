"""The deliveries of a campaign: encoded bodies, skipped profiles by reason, and runs that reach no user."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given

from linetap.campaign.campaign import Campaign
from linetap.campaign.deliveries import Deliveries
from linetap.errors import BadArgument
from linetap.fields import ProfileField, RawLiquid
from linetap.line.bulk.bodies import BodyCache
from linetap.line.bulk.delivery import Delivery
from linetap.line.messages.kinds import TextMessage
from linetap.sandbox import Sandbox
from tests.campaign import strategies as some

HELLO = Campaign("Sale").with_text(f"Hello {ProfileField('Name', default='friend')}")
REQUIRED = Campaign("Sale").with_text(f"In {ProfileField('City')}")


def user(number: int) -> str:
    """A LINE user id."""
    return f"U{number:032x}"


def used(campaign: Campaign, profiles: list[Any], **options: Any) -> Deliveries:
    """The deliveries after all of them were iterated."""
    found = campaign.deliveries(profiles, **options)
    for _ in found:
        pass
    return found


def body_of(delivery: Delivery) -> bytes | None:
    """The encoded body, or None where it is rejected."""
    try:
        return BodyCache().body_without_recipient(delivery)
    except BadArgument:
        return None


@given(campaign=some.campaigns, profile=some.profiles(some.words | some.odd))
def test_an_encoded_body_is_the_body_of_its_messages(campaign: Campaign, profile: dict[str, Any]) -> None:
    """For any campaign and profile the encoded body equals that of its messages, and both are rejected for the same
    reason.
    """
    for delivery in campaign.deliveries([profile]):
        plain = Delivery(delivery.to, delivery.messages, notification_disabled=delivery.notification_disabled)
        assert delivery == plain == campaign.fill(profile)
        assert body_of(campaign.deliveries([profile]).__next__()) == body_of(plain)


def test_a_delivery_compares_and_pickles_by_value() -> None:
    """A delivery of a campaign equals one made from the same values, and survives pickle."""
    [delivery] = HELLO.deliveries([{"LineID": user(1), "Name": "Aiko"}])
    assert delivery == Delivery(user(1), (TextMessage("Hello Aiko"),))
    assert pickle.loads(pickle.dumps(delivery)) == delivery
    assert hash(delivery) == hash(Delivery(user(1), (TextMessage("Hello Aiko"),)))


def test_skipped_profiles_are_counted_by_reason() -> None:
    """Every skipped profile is counted under its first reason, and the counts add up."""
    profiles = [{"LineID": user(1), "City": "Osaka"}, {"LineID": user(2)}, {"City": "Osaka"}, {"LineID": "N.A"}]
    found = used(REQUIRED, profiles)
    assert (found.consumed, found.made, found.ok) == (4, 1, True)
    assert found.skipped == {"no value for City": 1, "no value for LineID": 2}


def test_a_run_without_the_property_is_not_ok_and_names_the_spelling() -> None:
    """Where no profile has LineID, the run is not ok and names lineID, which they have."""
    found = used(HELLO, [{"lineID": user(1), "Name": "Aiko"}, {"lineID": user(2), "Name": "Bo"}])
    assert (found.made, found.ok) == (0, False)
    [spelling, nobody] = [problem for problem in found.problems if problem.severity == "error"]
    assert "'LineID'" in spelling.rule
    assert "'lineID'" in spelling.suggestion
    assert "2 x no value for LineID" in nobody.found
    assert "lineID" in str(found)


def test_no_profiles_at_all_are_not_ok() -> None:
    """An empty audience reaches no user, so it is not ok."""
    assert not used(HELLO, []).ok


@pytest.mark.parametrize("value", [False, "false", "False", 0, "no"])
def test_a_user_who_unfollowed_is_skipped_by_default(value: object) -> None:
    """A profile whose LINE follower is false is skipped with the reason, unless include_unfollowed is given."""
    profiles = [{"LineID": user(1), "LINE follower": value}, {"LineID": user(2), "LINE follower": True}]
    found = used(HELLO, profiles)
    assert (found.made, found.skipped) == (1, {"LINE follower is false": 1})
    assert used(HELLO, profiles, include_unfollowed=True).made == 2


@pytest.mark.parametrize("value, sent", [(True, 1), ("true", 1), (1, 1), (False, 0), ("", 0), (None, 0), ("maybe", 0)])
def test_consent_must_be_true(value: object, sent: int) -> None:
    """With consent= only profiles are sent to in which that property is true; a missing value is no consent."""
    found = used(HELLO, [{"LineID": user(1), "Agreed": value}], consent="Agreed")
    assert found.made == sent
    assert found.skipped == ({} if sent else {"Agreed is not true": 1})


def test_consent_must_be_a_name() -> None:
    """consent= must be the name of a property."""
    with pytest.raises(BadArgument, match="consent"):
        HELLO.deliveries([], consent="")


def test_on_skipped_gets_profile_and_problems() -> None:
    """on_skipped is called with each skipped profile and why, for unfollowed users and odd rows too."""
    seen: list[tuple[object, str]] = []
    rows: list[Any] = [{"LineID": user(1), "LINE follower": False}, 3, {"LineID": user(2), "Name": "\ud800"}, {}]
    used(HELLO, rows, on_skipped=lambda profile, problems: seen.append((profile, problems[0].path)))
    assert [profile for profile, _ in seen] == rows
    assert all(path == "profile" for _, path in seen)


def test_the_report_of_push_many_has_what_was_skipped() -> None:
    """push_many reports the skipped profiles, and is not ok where no delivery was made or a property is misspelt."""
    box = Sandbox()
    ids = box.line.add_followers(3)
    rows = [{"LineID": ids[0]}, {"LineID": ids[1], "LINE follower": False}, {"LineID": ids[2]}]
    report = box.line_client().push_many(HELLO.deliveries(rows))
    assert (report.sent, report.ok, report.skipped) == (2, True, {"LINE follower is false": 1})
    assert "LINE follower is false" in str(report)

    nobody = box.line_client().push_many(HELLO.deliveries([{"line_id": one} for one in ids]))
    assert (nobody.sent, nobody.ok) == (0, False)
    with pytest.raises(BadArgument, match="line_id"):
        nobody.raise_for_failures()


def test_values_have_the_text_of_the_engine() -> None:
    """The text of a value is CleverTap's, escaped for JSON: a double has an exponent, a moment the given zone."""
    campaign = Campaign("c").with_text(f"{ProfileField('A')} {ProfileField('B')}")
    [delivery] = campaign.deliveries([{"LineID": user(1), "A": 12345678.9, "B": 'the "x"\n'}])
    assert delivery.messages == (TextMessage('1.23456789E7 the "x"\n'),)


def test_liquid_that_fails_for_one_profile_skips_it() -> None:
    """A RawLiquid that fails with the values of one profile skips that profile, counted; the others are sent to."""
    campaign = Campaign("c").with_text(f"{RawLiquid('{{ 12 | divided_by: Profile.N }}')}")
    found = used(campaign, [{"LineID": user(1), "N": 3}, {"LineID": user(2), "N": 0}])
    assert (found.made, found.ok) == (1, True)
    assert list(found.skipped.values()) == [1]


def test_milliseconds_are_skipped() -> None:
    """A $D_ value in milliseconds skips the profile, with the remedy."""
    campaign = Campaign("c").with_text(f"{ProfileField('Since')}")
    seen: list[str] = []
    rows = [{"LineID": user(1), "Since": "$D_1685355900000"}]
    assert used(campaign, rows, on_skipped=lambda profile, why: seen.append(str(why[0]))).made == 0
    assert "divide milliseconds" in seen[0].lower()
