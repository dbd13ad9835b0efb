"""push_many and push_each against the sandbox."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import AsyncIterator, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from linetap import Campaign, Delivery, ProfileField, RawLiquid, RetryPolicy
from linetap.errors import (
    BadArgument,
    BadRequest,
    LinetapError,
    NoResponse,
    QuotaExceeded,
    ServerError,
    StorageError,
    TooManyRequests,
    Unauthorized,
)
from linetap.line import DeliveryOutcome, SendReport
from linetap.line.bulk.journal import Journal
from linetap.line.messages.kinds import TextMessage
from linetap.sandbox import Sandbox
from tests.line.test_client import box as box
from tests.line.test_client import client

NOT_AN_ID = "N.A"


def deliveries(box: Sandbox, count: int, text: str = "Hello") -> list[Delivery]:
    return [Delivery(user, f"{text} {number}") for number, user in enumerate(box.line.add_followers(count))]


def texts(box: Sandbox) -> dict[str, list[str]]:
    return {user: [message["text"] for message in box.line.inbox(user)] for user in box.line.followers}


def test_every_recipient_gets_their_own_text(box: Sandbox) -> None:
    """Every delivery arrives once, with its own text, and is counted."""
    given = deliveries(box, 50)

    report = client(box).push_many(given)

    assert (report.sent, report.consumed, report.ok) == (50, 50, True)
    assert texts(box) == {delivery.to: [delivery.messages] for delivery in given}
    assert report.raise_for_failures() is report


def test_a_wrong_delivery_stops_no_other(box: Sandbox) -> None:
    """A delivery that linetap or LINE rejects has an outcome of its own; the others are sent."""
    given = deliveries(box, 5)
    given[1] = Delivery(NOT_AN_ID, "x")
    given[3] = Delivery(given[3].to, "")
    foreign = Delivery(box.line.foreign_id(), "x")

    report = client(box).push_many([*given, foreign])

    assert (report.sent, report.rejected, report.consumed) == (3, 3, 6)
    errors = {outcome.delivery: outcome.error for outcome in report.failures}
    assert {type(error) for error in errors.values()} == {BadArgument, BadRequest}
    assert isinstance(errors[foreign], BadRequest)
    with pytest.raises((BadArgument, BadRequest)) as caught:
        report.raise_for_failures()
    assert pickle.loads(pickle.dumps(caught.value)).report.rejected == 3


def test_deliveries_are_read_as_others_finish(box: Sandbox) -> None:
    """At most ``in_flight`` deliveries are read beyond the outcomes already yielded."""
    consumed: list[Delivery] = []

    def source() -> Iterator[Delivery]:
        for delivery in deliveries(box, 40):
            consumed.append(delivery)
            yield delivery

    for given, _ in enumerate(client(box).push_each(source(), in_flight=4), 1):
        assert len(consumed) <= given + 4

    assert len(consumed) == 40


def test_leaving_the_loop_sends_no_more_and_loses_nothing(box: Sandbox) -> None:
    """After an early end of the loop, ``on_outcome`` got the outcome of every delivery that was read."""
    seen: list[DeliveryOutcome] = []
    consumed: list[Delivery] = []

    def source() -> Iterator[Delivery]:
        for delivery in deliveries(box, 100):
            consumed.append(delivery)
            yield delivery

    each = client(box).push_each(source(), in_flight=8, on_outcome=seen.append)
    assert len(list(islice(each, 5))) == 5
    each.close()

    assert len(consumed) < 100
    assert {id(outcome.delivery) for outcome in seen} == {id(delivery) for delivery in consumed}
    for outcome in seen:
        assert len(box.line.inbox(outcome.delivery.to)) == (1 if outcome.ok else 0)


def test_outcomes_in_order(box: Sandbox) -> None:
    """``ordered`` yields the outcomes in the order of the deliveries, those of wrong ones included."""
    given = deliveries(box, 30)
    given[7] = Delivery(NOT_AN_ID, "x")

    found = list(client(box).push_each(given, in_flight=8, ordered=True))

    assert [outcome.delivery for outcome in found] == given
    assert [outcome.ok for outcome in found] == [number != 7 for number in range(30)]


def test_a_used_up_month_ends_the_run_with_its_report(box: Sandbox) -> None:
    """Nothing more is read once the quota is used up; the error's report adds up to the deliveries read."""
    given = iter(deliveries(box, 100))
    box.line.quota, box.line.used = 20, 0

    with pytest.raises(QuotaExceeded) as caught:
        client(box).push_many(given, in_flight=4)

    report: SendReport = caught.value.report
    left = len(list(given))
    assert left > 70
    assert (report.sent, report.consumed) == (20, 100 - left)
    assert report.stopped_by is not None
    assert sum(len(box.line.inbox(user)) for user in box.line.followers) == 20


def test_a_revoked_token_ends_the_run(box: Sandbox) -> None:
    """A token that is not valid is not tried for every recipient."""
    with pytest.raises(Unauthorized) as caught:
        client(box, "revoked").push_many(deliveries(box, 100), in_flight=4)

    assert caught.value.report.rejected <= 4
    assert len(box.journal) <= 8


def test_a_run_without_responses_ends(box: Sandbox) -> None:
    """Requests in a row that used up all their attempts end the run: the rest is not read."""
    given = iter(deliveries(box, 100))
    box.faults.add("line.push", status=500, times=10_000)

    with pytest.raises(ServerError) as caught:
        client(box, retry=RetryPolicy(attempts=2)).push_many(given, in_flight=4)

    assert 10 <= caught.value.report.no_response <= 14
    assert len(list(given)) >= 86


def test_trouble_here_and_there_does_not(box: Sandbox) -> None:
    """Failures with successes between them are outcomes; the run continues."""
    given = deliveries(box, 60)
    for start in range(0, 60, 3):
        box.faults.add("line.push", cut="before", after=start, times=1)

    report = client(box, retry=RetryPolicy(attempts=1)).push_many(given, in_flight=1)

    assert report.consumed == 60
    assert report.sent > 30
    assert report.no_response + report.not_sent == 60 - report.sent


def test_lost_responses_double_nothing(box: Sandbox) -> None:
    """A push whose response was lost is retried under the same key, and arrives once."""
    given = deliveries(box, 20)
    box.faults.add("line.push", cut="after", taken=True, times=4)

    report = client(box).push_many(given)

    assert report.sent + report.already_accepted == 20
    assert 1 <= report.already_accepted <= 4
    assert all(len(found) == 1 for found in texts(box).values())


def test_a_delivery_keeps_its_own_key(box: Sandbox) -> None:
    """A delivery's own retry key is used, so a second run over the same deliveries sends nothing twice."""
    key = "123e4567-e89b-12d3-a456-426614174000"
    [user] = box.line.add_followers(1)

    reports = [client(box).push_many([Delivery(user, "Hello", key)]) for _ in range(2)]

    assert [(report.sent, report.already_accepted) for report in reports] == [(1, 0), (0, 1)]
    assert box.journal.of("push")[0].headers["x-line-retry-key"] == key


def test_options_of_a_delivery_are_sent(box: Sandbox) -> None:
    """notification_disabled and the aggregation unit are sent to LINE."""
    [user] = box.line.add_followers(1)

    client(box).push_many([Delivery(user, "Hello", notification_disabled=True, aggregation_unit="spring")])

    body = box.journal.of("push")[0].json()
    assert (body["notificationDisabled"], body["customAggregationUnits"]) == (True, ["spring"])


def test_folding_sends_the_same_messages_together(box: Sandbox) -> None:
    """1,200 deliveries of one message are three multicasts; a delivery with a message of its own is a push."""
    shared = TextMessage("Spring sale")
    people = box.line.add_followers(1201)
    given: list[Any] = [Delivery(user, shared) for user in people[:1200]]
    given.insert(600, Delivery(people[1200], "Just for you"))

    report = client(box).push_many(given, use_multicast=True)

    assert (report.sent, report.ok) == (1201, True)
    assert [len(entry.json()["to"]) for entry in box.journal.of("multicast")] == [500, 500, 200]
    assert len(box.journal.of("push")) == 1
    assert all(len(box.line.inbox(user)) == 1 for user in people)


def test_folding_keeps_apart_what_is_not_the_same(box: Sandbox) -> None:
    """Another text, another option, a group, a key of its own, or the same user twice is never in one multicast."""
    a, b = box.line.add_followers(2)
    group = box.line.add_group()
    given = [
        Delivery(a, "Hello"),
        Delivery(b, "Hello"),
        Delivery(a, "Hello"),
        Delivery(a, "Hello", notification_disabled=True),
        Delivery(group, "Hello"),
        Delivery(b, "Hello", "123e4567-e89b-12d3-a456-426614174000"),
    ]

    report = client(box).push_many(given, use_multicast=True, in_flight=1)

    assert report.sent == 6
    assert [entry.json()["to"] for entry in box.journal.of("multicast")] == [[a, b]]
    assert len(box.journal.of("push")) == 4
    assert len(box.line.inbox(a)) == 3


@pytest.mark.parametrize("bad", ["foreign", "named"])
def test_a_multicast_that_is_rejected_for_one_reaches_the_others(box: Sandbox, bad: str) -> None:
    """LINE sends to none where one recipient is wrong: the others are sent to again, each once."""
    people = box.line.add_followers(9)
    stranger = box.line.foreign_id()
    given = [Delivery(user, "Hello") for user in [*people[:4], stranger, *people[4:]]]
    if bad == "named":
        reported = "The property, to[4], in the request body is invalid (line: -, column: -)"
        box.faults.add("line.multicast", status=400, json_body={"message": reported}, times=1)
    else:
        box.faults.add("line.multicast", status=400, json_body={"message": "Failed to send messages"}, times=1)

    report = client(box).push_many(given, use_multicast=True)

    assert (report.sent, report.rejected) == (9, 1)
    assert [outcome.delivery.to for outcome in report.failures] == [stranger]
    assert all(len(box.line.inbox(user)) == 1 for user in people)
    assert len(box.journal.of("push")) == (0 if bad == "named" else 10)


def test_what_was_gathered_when_the_run_ended_is_reported(box: Sandbox) -> None:
    """Deliveries grouped for a multicast when the quota is used up are not_sent, with the reason."""
    people = box.line.add_followers(700)
    box.line.quota = box.line.used = 5
    given = [Delivery(user, "Hello") for user in people]
    given[1:1] = [Delivery(people[0], "x", f"123e4567-e89b-12d3-a456-4266141740{n:02}") for n in range(3)]

    with pytest.raises(QuotaExceeded) as caught:
        client(box).push_many(given, use_multicast=True, in_flight=1)

    report: SendReport = caught.value.report
    assert report.sent == 0
    assert report.rejected >= 1
    assert report.not_sent >= 1
    assert all(isinstance(o.error, QuotaExceeded) for o in report.failures)


def test_a_callback_that_raises_closes_the_journal(box: Sandbox, tmp_path: Path) -> None:
    """Where a callback raises, even for deliveries that were not sent, the journal is closed and can be used again."""
    given = [Delivery(user, "Hello") for user in box.line.add_followers(20)]

    def reject(outcome: DeliveryOutcome) -> None:
        raise LookupError("the callback is broken")

    for grouped in (True, False):
        with pytest.raises(LookupError):
            client(box).push_many(given, journal=tmp_path / "j.sqlite", use_multicast=grouped, on_outcome=reject)

    assert client(box).push_many(given, journal=tmp_path / "j.sqlite").ok
    assert all(len(box.line.inbox(user)) == 1 for user in box.line.followers)


def test_an_error_of_the_deliveries_has_the_report(box: Sandbox) -> None:
    """An error of the caller's generator ends the run after the requests in flight, and has the report."""

    def source() -> Iterator[Delivery]:
        yield from deliveries(box, 5)
        raise LookupError("the database went away")

    with pytest.raises(LookupError) as caught:
        client(box).push_many(source())

    assert caught.value.report.sent == 5  # type: ignore[attr-defined]


def test_grouped_deliveries_at_an_early_end_have_a_reason(box: Sandbox) -> None:
    """Deliveries grouped for a multicast when the loop ends early are not_sent, with the reason."""
    seen: list[DeliveryOutcome] = []
    given = [*(Delivery(user, "Hello") for user in box.line.add_followers(5)), Delivery(NOT_AN_ID, "x")]

    def source() -> Iterator[Delivery]:
        yield from given
        while True:
            yield Delivery(NOT_AN_ID, "x")

    each = client(box).push_each(source(), use_multicast=True, in_flight=1, on_outcome=seen.append)
    next(each)
    each.close()

    held = [outcome for outcome in seen if outcome.delivery in given[:5]]
    assert [outcome.attempted for outcome in held] == [False] * 5
    assert all("ended early" in str(outcome.error) for outcome in held)


@pytest.mark.parametrize("error", [KeyboardInterrupt, LookupError])
def test_a_run_that_did_not_come_to_its_end_is_not_ok(box: Sandbox, error: type[BaseException]) -> None:
    """After Ctrl-C or an error in the caller's code the report is not ok, although every request was accepted."""

    def source() -> Iterator[Delivery]:
        yield from deliveries(box, 5)
        raise error("of Ann Smith")

    with pytest.raises(error) as caught:
        client(box).push_many(source(), in_flight=1)

    report: SendReport = caught.value.report  # type: ignore[attr-defined]
    assert (report.sent, report.consumed, report.ok) == (5, 5, False)
    assert "before all deliveries were read" in str(report)
    assert "Ann" not in str(report)
    with pytest.raises(LinetapError, match="before all deliveries were read"):
        report.raise_for_failures()


def test_an_error_of_linetaps_own_ends_a_run_and_its_report_pickles(box: Sandbox) -> None:
    """An item that is not a Delivery is stopped_by of the report, which can be pickled."""
    with pytest.raises(BadArgument) as caught:
        client(box).push_many([*deliveries(box, 2), "Hello"])  # type: ignore[list-item]

    report = pickle.loads(pickle.dumps(caught.value)).report
    assert isinstance(report.stopped_by, BadArgument)
    assert (report.sent, report.ok) == (2, False)


def test_something_else_among_the_deliveries_is_found(box: Sandbox) -> None:
    """An item that is not a Delivery ends the run."""
    with pytest.raises(BadArgument, match=r"Delivery\(to, messages\)") as caught:
        client(box).push_many([*deliveries(box, 2), ("U1", "Hello")])  # type: ignore[list-item]

    assert caught.value.report.sent == 2


async def _awaited(*outcomes: object) -> None:
    pass


class _Awaited:
    async def __call__(self, outcome: object) -> None:
        pass


async def _fed() -> AsyncIterator[Delivery]:
    yield Delivery("U1", "x")


@pytest.mark.parametrize(
    ("given", "options", "path"),
    [
        ("U1", {}, "deliveries"),
        (Delivery("U1", "x"), {}, "deliveries"),
        (None, {}, "deliveries"),
        ([], {"in_flight": 0}, "in_flight"),
        ([], {"in_flight": 513}, "in_flight"),
        ([], {"ordered": True, "use_multicast": True}, "ordered"),
        ([], {"journal": 5}, "journal"),
        ([], {"journal": ""}, "journal:? must be the path of a file \\(got ''\\)"),
        ([], {"on_outcome": "print"}, "on_outcome"),
        ([], {"on_outcome": _awaited}, "on_outcome:? must be a plain function(.|\\n)*push_each"),
        ([], {"on_outcome": partial(_awaited, "x")}, "on_outcome:? must be a plain function"),
        ([], {"on_outcome": _Awaited()}, "on_outcome:? must be a plain function"),
        (_fed(), {}, "deliveries(.|\\n)*AsyncLineClient"),
    ],
)
def test_what_could_never_run_is_found_at_the_call(box: Sandbox, given: Any, options: Any, path: str) -> None:
    """Wrong arguments raise at the call of push_each, before its first step."""
    with pytest.raises(BadArgument, match=path):
        client(box).push_each(given, **options)


def test_progress_and_outcomes_are_reported(box: Sandbox) -> None:
    """A progress callable gets every delivery with the total, and ``on_outcome`` gets every outcome."""
    heard: list[tuple[int, int | None]] = []
    seen: list[DeliveryOutcome] = []
    given = [*deliveries(box, 9), Delivery(NOT_AN_ID, "x")]

    client(box).push_many(given, progress=lambda done, total: heard.append((done, total)), on_outcome=seen.append)

    assert heard == [(done, 10) for done in range(1, 11)]
    assert {outcome.delivery for outcome in seen} == set(given)


def test_a_display_name_that_is_a_mark_stops_no_other(box: Sandbox) -> None:
    """A user whose display name has the form of a field's mark gets nothing; the others get theirs."""
    campaign = Campaign("Hello", messages=[f"Hello {ProfileField('Name')}"])
    deep = ("[" * 100_000).encode().hex()
    forged = [str(RawLiquid("{{ Profile.Email }}")), f"LtMqzkx{deep}Q{zlib.crc32(deep.encode()):08x}XkzqmTl"]
    names = ["Ann", *forged, "Bo"]
    people = [{"LineID": user, "Name": name} for user, name in zip(box.line.add_followers(4), names, strict=True)]

    report = client(box).push_many(campaign.deliveries(people))

    assert (report.sent, report.rejected) == (2, 2)


def test_a_journal_that_fails_hides_no_send(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full when the responses come, the report still counts the accepted requests."""

    def full(journal: Journal, key: str, request_id: str | None) -> None:
        raise StorageError("the disk is full", reason="full")

    monkeypatch.setattr(Journal, "accepted", full)
    with pytest.raises(StorageError) as caught:
        client(box).push_many(deliveries(box, 20), in_flight=8, journal=tmp_path / "push.sqlite")

    assert caught.value.report.sent == len(box.journal.of("push")) > 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_callback_that_always_raises_hides_no_send(box: Sandbox, error: type[BaseException]) -> None:
    """Requests in flight when a callback raises are in the report, although it raises again for each."""

    def broken(outcome: DeliveryOutcome) -> None:
        raise error

    with pytest.raises(error) as caught:
        client(box).push_many(deliveries(box, 20), in_flight=8, on_outcome=broken)

    assert caught.value.report.sent == len(box.journal.of("push")) > 0  # type: ignore[attr-defined]


def test_who_waited_for_another_in_vain_is_not_sent(box: Sandbox) -> None:
    """Where LINE asks for a wait of a day, one delivery is rejected and the others are not_sent."""
    given = deliveries(box, 4)
    box.faults.add("line.push", status=429, headers={"Retry-After": "86400"})

    report = client(box).push_many(given, in_flight=1)

    assert (report.rejected, report.not_sent, report.consumed) == (1, 3, 4)
    assert {type(outcome.error) for outcome in report.failures} == {TooManyRequests}
    assert [outcome.attempted for outcome in report.failures] == [True, False, False, False]


def test_unsent_is_reported_from_without_response(box: Sandbox) -> None:
    """Without a connection a delivery is not_sent; after a lost response it is no_response."""
    given = deliveries(box, 2)
    box.faults.add("line.push", cut="before", times=1)

    report = client(box, retry=RetryPolicy(attempts=1)).push_many(given, in_flight=1)

    [failure] = report.failures
    assert isinstance(failure.error, NoResponse)
    assert report.no_response == (1 if failure.error.may_have_arrived else 0)
    assert report.not_sent == 1 - report.no_response
