"""AsyncLineClient: the methods of LineClient, awaited; a cancelled task loses no outcome."""

from __future__ import annotations

import asyncio
import inspect
import pickle
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiohttp", reason="the async clients need aiohttp: pip install 'linetap[async]'")

from linetap import AsyncLineClient, Delivery, LineClient, RetryPolicy
from linetap.errors import BadArgument, Forbidden, LinetapError, NoResponse, QuotaExceeded
from linetap.line import DeliveryOutcome
from linetap.line.bulk.journal import journal_rows
from linetap.line.tokens import StatelessToken
from linetap.sandbox import Sandbox
from tests import methods
from tests.line.bulk.test_run import deliveries, texts

KEY = "123e4567-e89b-12d3-a456-426614174000"

pytestmark = pytest.mark.asyncio


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(port=0) as sandbox:
        yield sandbox


def client(box: Sandbox, **options: Any) -> AsyncLineClient:
    return AsyncLineClient(box.channel_access_token, **{"base_url": box.line_url, "sleep": lambda _: None, **options})


def _public(kind: type) -> dict[str, Any]:
    """The methods of a client and of its groups, by their names from the client."""
    apart = {"with_options": getattr(kind, "with_options"), "from_env": getattr(kind, "from_env")}
    return methods.calls(kind) | apart | {"close": getattr(kind, "close")}


async def test_both_clients_have_the_same_methods() -> None:
    """The two clients have the same methods, with the same arguments, kinds and defaults."""
    sync, awaited = _public(LineClient), _public(AsyncLineClient)
    assert sync.keys() == awaited.keys()

    for name, method in sync.items():
        theirs, ours = (inspect.signature(each).parameters.values() for each in (method, awaited[name]))
        reported = [[(p.name, p.kind, p.default) for p in parameters] for parameters in (theirs, ours)]
        assert reported[0] == reported[1], name


async def test_what_blocks_in_one_is_awaited_in_the_other() -> None:
    """Each method that sends is a coroutine function in the async client; the others are not."""
    lazy = {"followers", "push_each", "with_options", "from_env"}

    for name, method in _public(AsyncLineClient).items():
        assert inspect.iscoroutinefunction(method) == (name not in lazy), name


async def test_a_closed_client_can_be_used_again(box: Sandbox) -> None:
    """Both clients can be closed, more than once, and used again."""
    [user] = box.line.add_followers(1)
    awaited, line = client(box), box.line_client()

    for text in ("a", "b"):
        await awaited.push(user, text)
        line.push(user, text)
        for _ in range(2):
            await awaited.close()
            line.close()

    assert len(box.line.inbox(user)) == 4


def _validating(kind: str) -> Any:
    return lambda c, ids: getattr(c.validate, kind)(["a"] * 6)


# One call for each method: the same on both clients.
CALLS: dict[str, Any] = {
    "push": lambda c, ids: c.push(ids[0], ["Hello", "again"], aggregation_unit="spring", retry_key=KEY),
    "multicast": lambda c, ids: c.multicast(ids[:2], "Hello", notification_disabled=True, retry_key=KEY),
    "validate_push": lambda c, ids: c.validate_push(["a"] * 6),
    "profile": lambda c, ids: c.profile(ids[1]),
    "bot_info": lambda c, ids: c.bot_info(),
    "quota": lambda c, ids: c.quota(),
    "insight.unit_statistics": lambda c, ids: c.insight.unit_statistics("spring", date(2026, 1, 1), date(2026, 1, 31)),
    "tokens.issue_link_token": lambda c, ids: c.tokens.issue_link_token(ids[0]),
    "request": lambda c, ids: c.request("GET", "/v2/bot/info", params={"a": "ü"}, headers={"X-Test": "1"}),
    "push_delivery": lambda c, ids: c.push_delivery(Delivery(ids[0], "x", KEY, True, "spring")),
    "with_raw_response": lambda c, ids: c.with_raw_response(c.profile, ids[1]),
    "insight.followers": lambda c, ids: c.insight.followers(date(2026, 1, 1)),
    "insight.deliveries": lambda c, ids: c.insight.deliveries(date(2026, 1, 1)),
    "insight.demographics": lambda c, ids: c.insight.demographics(),
    "insight.message_events": lambda c, ids: c.insight.message_events("r"),
    "broadcast": lambda c, ids: c.broadcast("Hello", retry_key=KEY),
    "reply": lambda c, ids: c.reply("token", "Hello", notification_disabled=True),
    "delivery_counts": lambda c, ids: c.delivery_counts("push", date(2025, 12, 31)),
    "units.used": lambda c, ids: c.units.used(),
    "units.names": lambda c, ids: c.units.names(),
    "webhook_endpoint.get": lambda c, ids: c.webhook_endpoint.get(),
    "webhook_endpoint.set": lambda c, ids: c.webhook_endpoint.set("https://example.com/"),
    "webhook_endpoint.test": lambda c, ids: c.webhook_endpoint.test("https://example.com/"),
    "tokens.verify": lambda c, ids: c.tokens.verify("x"),
    "tokens.revoke": lambda c, ids: c.tokens.revoke("1", "secret", "x"),
    **{f"validate.{kind}": _validating(kind) for kind in ("push", "multicast", "narrowcast", "broadcast", "reply")},
    "push_many": lambda c, ids: c.push_many([Delivery(ids[0], "x", KEY), Delivery("N.A", "x")]),
}


async def test_every_method_is_compared() -> None:
    """Each method at the top of a client is compared; the lazy ones have tests of their own."""
    apart = {"followers", "push_each", "with_options", "from_env", "close", "test_send"}
    top = {name for name in _public(LineClient) if "." not in name}

    assert {name for name in CALLS if "." not in name} | apart == top | {"with_raw_response"}


def _plain(value: Any) -> Any:
    text = repr(value)
    return text if "elapsed" not in text else (value.sent, value.rejected, value.consumed)


@pytest.mark.parametrize("name", CALLS)
async def test_both_clients_send_and_give_the_same(name: str) -> None:
    """The same call on two new sandboxes sends the same requests, byte for byte, and returns the same value."""
    seen = []
    for kind in (LineClient, AsyncLineClient):
        with Sandbox(port=0) as box:
            ids = box.line.add_followers(3)
            line = kind(box.channel_access_token, base_url=box.line_url)
            result: Any
            if isinstance(line, AsyncLineClient):
                async with line:
                    result = await _maybe(CALLS[name], line, ids)
            else:
                with line:
                    result = await asyncio.to_thread(_blocking, CALLS[name], line, ids)
            requests = [
                (
                    e.method,
                    e.path,
                    e.params,
                    e.content,
                    e.headers.get("x-line-retry-key"),
                    e.headers.get("content-type"),
                )
                for e in box.journal
            ]
            seen.append((_plain(result), requests))

    assert seen[0] == seen[1]
    assert seen[0][1]


def _blocking(call: Any, line: LineClient, ids: list[str]) -> Any:
    try:
        return call(line, ids)
    except Exception as error:
        return type(error), str(error)


async def _maybe(call: Any, line: AsyncLineClient, ids: list[str]) -> Any:
    try:
        return await call(line, ids)
    except Exception as error:
        return type(error), str(error)


async def test_followers_are_walked_with_async_for(box: Sandbox) -> None:
    """Ids are str, page by page; ``start`` continues after a page; 403 is raised at the first step."""
    ids = box.line.add_followers(25)
    async with client(box) as line:
        followers = line.followers(page_size=10)
        assert [user async for user in followers] == ids
        pages = [page async for page in followers.pages()]
        assert [user async for user in line.followers(page_size=10, start=pages[0].next)] == ids[10:]

        box.line.verified = False
        with pytest.raises(Forbidden, match="collect ids by webhooks"):
            async for _ in followers:
                pass


async def test_wrong_arguments_are_found_before_anything_is_sent(box: Sandbox) -> None:
    """The async client checks the same arguments as the sync client."""
    async with client(box) as line:
        with pytest.raises(BadArgument, match="to"):
            await line.push("N.A", "Hello")
        with pytest.raises(BadArgument, match="page_size"):
            line.followers(page_size=0)
        with pytest.raises(BadArgument, match="in_flight"):
            line.push_each([], in_flight=0)

    assert len(box.journal) == 0


async def test_a_stateless_token_is_issued_once_for_many(box: Sandbox) -> None:
    """Fifty calls that start together use one token."""
    token = StatelessToken(box.channel_id, box.channel_secret)
    async with AsyncLineClient(token, base_url=box.line_url) as line:
        await asyncio.gather(*(line.bot_info() for _ in range(50)))

    assert len(box.journal.of("issue_stateless_token")) == 1


async def test_push_many_from_an_async_source(box: Sandbox) -> None:
    """Deliveries may come from an async generator; each recipient gets their own."""
    given = deliveries(box, 40)

    async def source() -> AsyncIterator[Delivery]:
        for delivery in given:
            await asyncio.sleep(0)
            yield delivery

    async with client(box) as line:
        report = await line.push_many(source(), in_flight=8)

    assert (report.sent, report.ok) == (40, True)
    assert texts(box) == {delivery.to: [delivery.messages] for delivery in given}


@pytest.mark.parametrize("as_async", [False, True])
async def test_grouping_and_splitting_work_in_both_clients(box: Sandbox, as_async: bool) -> None:
    """Multicasts are grouped from either kind of iterable, and one that is rejected for a recipient is split."""
    given = [Delivery(user, "Hello") for user in [*box.line.add_followers(20), box.line.foreign_id()]]
    box.faults.add("line.multicast", status=400, json_body={"message": "Failed to send messages"}, times=1)

    async def source() -> AsyncIterator[Delivery]:
        for delivery in given:
            yield delivery

    async with client(box) as line:
        report = await line.push_many(source() if as_async else given, use_multicast=True)

    assert (report.sent, report.rejected) == (20, 1)
    assert all(len(found) == 1 for found in texts(box).values())


async def test_a_used_up_month_ends_the_run(box: Sandbox) -> None:
    """The error has the report, as in the sync client."""
    box.line.quota, box.line.used = 5, 0
    async with client(box) as line:
        with pytest.raises(QuotaExceeded) as caught:
            await line.push_many(deliveries(box, 50), in_flight=2)

    assert caught.value.report.sent == 5
    assert caught.value.report.consumed < 50


async def test_ending_the_loop_waits_for_calls_in_flight(box: Sandbox) -> None:
    """Ending the loop early sends nothing more, waits for the calls in flight, and reports the outcome of every item
    read.
    """
    seen: list[DeliveryOutcome] = []
    async with (
        client(box) as line,
        aclosing(line.push_each(deliveries(box, 60), in_flight=8, on_outcome=seen.append)) as outcomes,
    ):
        async for _ in outcomes:
            break

    assert len(seen) < 60
    for outcome in seen:
        assert len(box.line.inbox(outcome.delivery.to)) == (1 if outcome.ok else 0)


async def test_a_cancelled_run_records_every_outcome(tmp_path: Path) -> None:
    """A cancelled run waits for the requests in flight; the journal has every outcome, and the next run sends the
    rest.
    """
    path = tmp_path / "push.sqlite"
    with Sandbox(port=0, latency=0.01) as box:
        given = deliveries(box, 80)
        enough = asyncio.Event()
        seen: list[DeliveryOutcome] = []

        def count(outcome: DeliveryOutcome) -> None:
            seen.append(outcome)
            if len(seen) == 20:
                enough.set()

        async with client(box) as line:
            run = asyncio.ensure_future(line.push_many(given, in_flight=8, journal=path, on_outcome=count))
            await enough.wait()
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
            assert {state for _, _, state in journal_rows(path)} == {"accepted"}
            accepted = sum(outcome.ok for outcome in seen)
            report = await line.push_many(given, journal=path)

        assert (report.already_accepted, report.sent) == (accepted, 80 - accepted)
        assert all(len(found) == 1 for found in texts(box).values())


@pytest.mark.parametrize("fed", [False, True])
async def test_a_cancelled_run_is_not_ok(fed: bool) -> None:
    """The report of a cancelled run is not ok, for a list of deliveries and for an async generator."""
    with Sandbox(port=0, latency=0.01) as box:
        given = deliveries(box, 200)
        enough = asyncio.Event()

        async def source() -> AsyncIterator[Delivery]:
            for delivery in given:
                yield delivery

        def count(outcome: DeliveryOutcome) -> None:
            enough.set()

        async with client(box) as line:
            run = asyncio.ensure_future(
                line.push_many(source() if fed else given, in_flight=4, on_outcome=count),
            )
            await enough.wait()
            run.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await run

    error: Any = caught.value
    report = (error if hasattr(error, "report") else error.__context__).report  # Python 3.10 raises one of its own
    assert 0 < report.sent < 200
    assert "cancelled" in str(report.stopped_by)
    assert not report.ok
    with pytest.raises(LinetapError, match="cancelled"):
        report.raise_for_failures()


async def test_a_callback_that_would_have_to_be_awaited_is_found_at_the_call(box: Sandbox) -> None:
    """A coroutine function as ``on_outcome`` raises before anything is sent, because it would never be awaited."""

    async def later(outcome: DeliveryOutcome) -> None:
        raise AssertionError

    async with client(box) as line:
        with pytest.raises(BadArgument, match=r"on_outcome:? must be a plain function"):
            await line.push_many(deliveries(box, 1), on_outcome=later)

    assert len(box.journal) == 0


async def test_grouped_deliveries_at_an_early_end_have_a_reason(box: Sandbox) -> None:
    """Deliveries grouped for a multicast when the loop ends early are not_sent, with the reason."""
    seen: list[DeliveryOutcome] = []
    given = [Delivery("N.A", "x"), *(Delivery(user, "Hello") for user in box.line.add_followers(5))]

    async def source() -> AsyncIterator[Delivery]:
        for delivery in [*given[1:], given[0]]:
            yield delivery
        await asyncio.Event().wait()

    async with client(box) as line:
        each = line.push_each(source(), use_multicast=True, in_flight=1, on_outcome=seen.append)
        async with aclosing(each) as outcomes:
            async for _ in outcomes:
                break

    assert [outcome.attempted for outcome in seen] == [False] * 6
    assert ["ended early" in str(outcome.error) for outcome in seen] == [False, *[True] * 5]


async def test_both_clients_share_a_journal(box: Sandbox, tmp_path: Path) -> None:
    """A run that one client started can be completed by the other."""
    given = deliveries(box, 10)
    box.faults.add("line.push", cut="after", taken=True, times=1)
    async with client(box, retry=RetryPolicy(attempts=1)) as line:
        first = await line.push_many(given, journal=tmp_path / "j.sqlite")
    with box.line_client() as other:
        second = await asyncio.to_thread(other.push_many, given, journal=tmp_path / "j.sqlite")

    assert (first.no_response, second.already_accepted) == (1, 10)
    assert all(len(found) == 1 for found in texts(box).values())


async def test_from_env_and_pickling(monkeypatch: pytest.MonkeyPatch, box: Sandbox) -> None:
    """The environment makes an async client like a sync one; pickling raises without showing the secret."""
    for name, value in box.env.items():
        monkeypatch.setenv(name, value)
    async with AsyncLineClient.from_env() as line:
        assert (await line.bot_info()).user_id
        assert repr(line) == f"AsyncLineClient({box.line_url})"
        with pytest.raises(TypeError, match="from_env") as caught:
            pickle.dumps(line)
    assert box.channel_access_token not in str(caught.value)


async def test_no_response_has_the_key(box: Sandbox) -> None:
    """Where no attempt gets a response, the error has the key."""
    [user] = box.line.add_followers(1)
    box.faults.add("line.push", cut="before", times=9)
    async with client(box, retry=RetryPolicy(attempts=2)) as line:
        with pytest.raises(NoResponse) as caught:
            await line.push(user, "Hello", retry_key=KEY)

    assert (caught.value.retry_key, caught.value.attempts) == (KEY, 2)


async def test_it_works_on_uvloop() -> None:
    """The client works on uvloop's loop."""
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed here")

    def run() -> int:
        async def main() -> int:
            with Sandbox(port=0) as box:
                async with client(box) as line:
                    return (await line.push_many(deliveries(box, 20))).sent

        loop = uvloop.new_event_loop()
        try:
            return int(loop.run_until_complete(main()))
        finally:
            loop.close()

    assert await asyncio.to_thread(run) == 20
