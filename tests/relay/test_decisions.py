"""The decisions without I/O: controls, windows, waits, routes. Properties under any clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.campaign.campaign import Campaign
from linetap.errors import BadArgument
from linetap.relay.controls import Facts, Verdict, decide
from linetap.relay.occurrence import is_repeat, named_parts, parts_of
from linetap.relay.payloads import people_of
from linetap.relay.routing import CampaignTable, Unroutable, routes_of
from linetap.relay.schedule import backoff, send_window
from linetap.relay.values import PerPerson

DAY = 86_400
FACTS = st.builds(
    Facts,
    now=st.floats(0, 2e9),
    arrived=st.floats(0, 2e9),
    first=st.booleans(),
    usable=st.booleans(),
    may_expire=st.booleans(),
    control=st.none() | st.tuples(st.sampled_from(["paused", "cancelled"]), st.just("why")),
    suppressed=st.none() | st.just("opted out"),
    recent=st.integers(0, 40),
)
FUSES = st.none() | st.builds(PerPerson, st.integers(1, 30), hours=st.integers(1, 48))
ENDS = {Verdict.CANCELLED, Verdict.SUPPRESSED, Verdict.EXPIRED, Verdict.IN_DOUBT}


@given(FACTS, FUSES)
def test_nothing_is_sent_against_a_control(facts: Facts, fuse: PerPerson | None) -> None:
    """SEND only where no control, suppression, age, fuse or lost key forbids it."""
    verdict, why = decide(facts, DAY, fuse)
    if verdict is Verdict.SEND:
        assert facts.control is None and facts.suppressed is None  # noqa: PT018
        assert facts.usable or facts.first
        if facts.first:
            assert not facts.may_expire or facts.now - facts.arrived <= DAY
            assert fuse is None or facts.recent < fuse.messages
    else:
        assert why


@given(FACTS, FUSES)
def test_what_may_have_been_sent_is_never_reported_as_not_sent(facts: Facts, fuse: PerPerson | None) -> None:
    """After a request without a response the only end is: in doubt; what was never sent never is in doubt."""
    verdict, _ = decide(facts, DAY, fuse)
    if verdict in ENDS:
        assert (verdict is Verdict.IN_DOUBT) is not facts.first


@given(FACTS)
def test_without_any_control_it_is_sent(facts: Facts) -> None:
    """A young entry without any control is sent."""
    young = Facts(now=facts.arrived + DAY, arrived=facts.arrived, first=facts.first)
    assert decide(young, DAY, None) == (Verdict.SEND, "")


@given(st.floats(0, 4e9), st.times(), st.times(), st.sampled_from(["Asia/Tokyo", "Europe/Berlin", "America/New_York"]))
def test_a_window_and_its_complement_are_never_both_open(now: float, start: time, end: time, zone: str) -> None:
    """At any time exactly one of a window and the window from its end to its start is open."""
    if start == end:
        with pytest.raises(BadArgument):
            send_window((start, end, zone))
        return
    window, other = send_window((start, end, zone)), send_window((end, start, ZoneInfo(zone)))
    assert window is not None and other is not None  # noqa: PT018
    assert window.is_open(now) is not other.is_open(now)


def test_a_window_over_midnight() -> None:
    """A window from 22:00 to 6:00 is open at 23:00 and 5:00 and closed at 6:00 and 21:00, local time."""
    window = send_window((time(22), time(6), "Asia/Tokyo"))
    assert window is not None
    hours = [hour for hour in range(24) if window.is_open(datetime(2026, 5, 1, hour, tzinfo=timezone.utc).timestamp())]
    assert hours == [13, 14, 15, 16, 17, 18, 19, 20]


@given(st.integers(1, 10_000))
def test_waits_grow_and_end(attempts: int) -> None:
    """A wait is 5 s to 10 min and never shorter than the one before."""
    assert 5 <= backoff(attempts) <= backoff(attempts + 1) <= 600


@given(st.integers(0, 2**50), st.integers(0, 2**50), st.integers(1, 10**6))
def test_repeats_look_both_ways(first: int, second: int, seconds: int) -> None:
    """Being a repeat depends on the distance only; without a window everything is one."""
    within = timedelta(seconds=seconds)
    assert (
        is_repeat(first, second, within) == is_repeat(second, first, within) == (abs(first - second) <= seconds * 1000)
    )
    assert is_repeat(first, second, None)


@given(st.text(), st.text(), st.binary(), st.text(), st.text(), st.binary())
def test_other_parts_are_another_occurrence(a: str, b: str, c: bytes, d: str, e: str, f: bytes) -> None:
    """Parts are equal only where target, user and body are."""
    try:
        equal = parts_of(a, b, c) == parts_of(d, e, f)
    except UnicodeEncodeError:
        return
    assert equal == ((a, b, c) == (d, e, f))


@pytest.mark.parametrize("name", ["", None, 3])
def test_an_occurrence_must_have_a_name(name: object) -> None:
    """A function that names occurrences must return a string that is not empty."""
    with pytest.raises(BadArgument, match="occurrence"):
        named_parts("7", "U", name)


def person(key_values: str = "{}", target: str = "7") -> object:
    [found] = people_of(f'{{"targetId": {target}, "profiles": {{"key_values": {key_values}}}}}')
    return found


def test_a_version_is_never_replaced_by_another() -> None:
    """With a version only that version is found; without one the newest of the name."""
    one, two = Campaign("sale").with_text("1"), Campaign("sale").with_text("2")
    table = routes_of([one, two])
    assert isinstance(table, CampaignTable)
    assert table.find(person('{"linetap_campaign": "sale"}')) is two  # type: ignore[arg-type]
    for campaign in (one, two):
        values = f'{{"linetap_campaign": "sale", "linetap_version": "{campaign.fingerprint}"}}'
        assert table.find(person(values)) is campaign  # type: ignore[arg-type]
    for values in (
        '{"linetap_campaign": "sale", "linetap_version": "0"}',
        '{"linetap_campaign": "sale", "linetap_version": 3}',
        '{"linetap_campaign": 3}',
        '{"linetap_version": "0"}',
        "{}",
    ):
        with pytest.raises(Unroutable):
            table.find(person(values))  # type: ignore[arg-type]


def test_a_mapping_is_never_guessed_from() -> None:
    """A target that is not in a mapping has no campaign, also where the mapping has one campaign only."""
    sale = Campaign("sale").with_text("1")
    assert routes_of({7: sale}).find(person()) is sale  # type: ignore[arg-type]
    with pytest.raises(Unroutable):
        routes_of({8: sale}).find(person())  # type: ignore[arg-type]
