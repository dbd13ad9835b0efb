"""Staging: ``only_to`` and ``LINETAP_LINE_ONLY_TO``, and the test of a campaign."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linetap import Campaign, Delivery, LineClient, ProfileField
from linetap.errors import BadArgument
from linetap.line import DeliveryOutcome
from linetap.sandbox import Sandbox
from tests.line.bulk.test_run import deliveries
from tests.line.test_client import box as box
from tests.line.test_client import client


def test_a_push_to_another_recipient_is_not_sent(box: Sandbox) -> None:
    """With only_to, a push to a recipient that is not listed sends nothing and says so; a listed one gets it."""
    me, other = box.line.add_followers(2)
    line = client(box, only_to=[me])

    assert (line.push(me, "Hello").not_sent, line.push_delivery(Delivery(me, "x")).not_sent) == (False, False)
    for result in (line.push(other, "Hello"), line.push_delivery(Delivery(other, "x"))):
        assert (result.not_sent, result.attempts, result.sent_messages) == (True, 0, ())
    assert (len(box.line.inbox(me)), box.line.inbox(other), len(box.journal)) == (2, [], 2)


def test_a_multicast_is_sent_to_listed_recipients_only(box: Sandbox) -> None:
    """A multicast leaves out recipients that are not listed and names them; without a listed one nothing is sent."""
    a, b, c = box.line.add_followers(3)
    line = client(box, only_to=[a, c])

    assert line.multicast([a, b, c], "Hello").not_sent == (b,)
    assert line.multicast([b], "Hello").not_sent == (b,)
    assert [entry.json()["to"] for entry in box.journal.of("multicast")] == [[a, c]]


@pytest.mark.parametrize("use_multicast", [False, True])
def test_a_bulk_send_counts_the_others_as_not_sent(box: Sandbox, use_multicast: bool) -> None:
    """In push_many and push_each deliveries to others are not_sent, with the reason, and the report is not ok."""
    given = deliveries(box, 6)
    line = client(box, only_to=[given[0].to, given[1].to])

    report = line.push_many(given, use_multicast=use_multicast)
    outcomes = list(line.push_each(given, use_multicast=use_multicast))

    assert (report.sent, report.not_sent, report.ok) == (2, 4, False)
    assert "not in only_to" in str(report)
    assert {o.attempted for o in outcomes if not o.ok} == {False}
    assert [len(box.line.inbox(delivery.to)) for delivery in given] == [2, 2, 0, 0, 0, 0]


def test_a_request_of_an_earlier_run_is_not_sent_to_others(box: Sandbox, tmp_path: Path) -> None:
    """A journal of an earlier run without only_to sends nothing to recipients that are not listed."""
    given = deliveries(box, 2)
    box.faults.add("line.push", cut="before", times=9)
    path = tmp_path / "push.sqlite"
    with pytest.raises(KeyboardInterrupt):
        client(box).push_many(given, journal=path, in_flight=1, on_outcome=_stop)
    box.faults.clear()
    before = len(box.journal)

    report = client(box, only_to=[box.line.foreign_id()]).push_many(given, journal=path)

    assert (report.sent, report.not_sent, len(box.journal) - before) == (0, 2, 0)


def _stop(outcome: DeliveryOutcome) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "path", ["/v2/bot/message/broadcast", "/v2/bot/message/push", "/v2/bot/message/narrowcast", "/bot/pnp/push"]
)
def test_requests_that_send_raise(box: Sandbox, path: str) -> None:
    """request() to an endpoint that sends messages raises on a client with only_to; other endpoints work."""
    line = client(box, only_to=[])

    with pytest.raises(BadArgument, match="only_to"):
        line.request("post", path, json={})
    assert line.request("POST", "/v2/bot/message/validate/push", json={"messages": [{"type": "text", "text": "x"}]})
    assert box.journal.of("push") == []


def test_calls_without_known_recipients_raise(box: Sandbox) -> None:
    """A broadcast or a reply on a client with only_to raises, and nothing is sent."""
    line = client(box, only_to=box.line.add_followers(1))

    for send in (lambda: line.broadcast("Hello"), lambda: line.reply("token", "Hello")):
        with pytest.raises(BadArgument, match="only_to"):
            send()
    assert len(box.journal) == 0


def test_wrong_arguments_raise_for_others_too(box: Sandbox) -> None:
    """A call that is wrong raises in staging, too, whoever it is to."""
    line = client(box, only_to=[])

    with pytest.raises(BadArgument, match="messages"):
        line.push("U" + "1" * 32, "")


@pytest.mark.parametrize("wrong", ["U" + "1" * 32, 5, ["me"], [None]])
def test_only_to_is_a_list_of_ids(wrong: Any) -> None:
    """A single id, a number or a name raises when the client is made."""
    with pytest.raises(BadArgument, match="only_to"):
        LineClient("token", only_to=wrong)


def test_the_environment_limits_a_client(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """LINETAP_LINE_ONLY_TO is only_to, an empty value allows no recipient, and repr shows the number of ids, not the
    ids.
    """
    me, other = box.line.add_followers(2)
    monkeypatch.setenv("LINETAP_LINE_CHANNEL_ACCESS_TOKEN", box.channel_access_token)
    monkeypatch.setenv("LINETAP_LINE_ONLY_TO", f" {me}, ")

    line = LineClient.from_env(session=box.session())
    assert (line.push(me, "x").not_sent, line.push(other, "x").not_sent) == (False, True)
    assert line.with_options().push(other, "x").not_sent
    assert "only to 1 recipients" in repr(line)
    assert me not in repr(line)

    monkeypatch.setenv("LINETAP_LINE_ONLY_TO", "")
    assert LineClient.from_env(session=box.session()).push(me, "x").not_sent
    assert not LineClient.from_env(session=box.session(), only_to=[me]).push(me, "x").not_sent


def test_a_campaign_is_tested_on_oneself(box: Sandbox) -> None:
    """test_send sends a profile's messages to your own LINE id after a mark, without the aggregation unit, each time
    again.
    """
    me, customer = box.line.add_followers(2)
    campaign = Campaign("Spring", messages=[f"Hello {ProfileField('Name')}"], aggregation_unit="spring")
    line = client(box)

    for _ in range(2):
        line.test_send(campaign, me, {"LineID": customer, "Name": "Ann"})

    assert [message["text"] for message in box.line.inbox(me)] == ["TEST: Spring", "Hello Ann"] * 2
    assert box.line.inbox(customer) == []
    assert all("customAggregationUnits" not in entry.json() for entry in box.journal.of("push"))


def test_a_campaign_of_five_messages_is_tested_in_two_pushes(box: Sandbox) -> None:
    """Five messages and the mark are more than LINE accepts at once: the mark is a push of its own, and comes first."""
    [me] = box.line.add_followers(1)
    full = Campaign("Full", messages=list("abcde"), notification_disabled=True)

    result = client(box).test_send(full, me, {"LineID": me})

    assert [message["text"] for message in box.line.inbox(me)] == ["TEST: Full", *"abcde"]
    assert len(result.sent_messages) == 5
    assert [entry.json()["notificationDisabled"] for entry in box.journal.of("push")] == [True, True]


def test_a_test_needs_a_campaign(box: Sandbox) -> None:
    """Something else than a campaign, and a campaign with an invalid message, raise before anything is sent."""
    [me] = box.line.add_followers(1)

    with pytest.raises(BadArgument, match="must be a Campaign"):
        client(box).test_send("Hello", me, {})  # type: ignore[arg-type]
    with pytest.raises(BadArgument):
        client(box).test_send(Campaign("Full", messages=["a"] * 6), me, {"LineID": me})
    assert len(box.journal) == 0
