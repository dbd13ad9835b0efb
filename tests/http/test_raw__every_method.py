"""Options for one call, raw responses and ``only_to``: on every method of every client, without a list of methods."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

pytest.importorskip("aiohttp", reason="the async clients need aiohttp: pip install 'linetap[async]'")

from linetap import AsyncCleverTapClient, AsyncLineClient, CleverTapClient, LineClient, Pace, RetryPolicy, Timeout
from linetap.errors import BadArgument, LinetapError
from linetap.sandbox import Sandbox
from tests import methods

pytestmark = [pytest.mark.ci, pytest.mark.filterwarnings("ignore::linetap.errors.ManualStepNeeded")]

CLIENTS: tuple[type, ...] = (LineClient, AsyncLineClient, CleverTapClient, AsyncCleverTapClient)
EVERY = [pytest.param(kind, name, id=f"{kind.__name__}.{name}") for kind in CLIENTS for name in methods.calls(kind)]
OF_LINE = [each for each in EVERY if issubclass(each.values[0], (LineClient, AsyncLineClient))]  # type: ignore[arg-type]
# What sends nothing to CleverTap: without an API for it, the steps are returned.
NO_REQUEST = {"create_webhook_template"}
ITERATORS = {"followers", "push_each", "profiles", "upload_each"}


@pytest.fixture
def box(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    kind = request.getfixturevalue("kind")
    with Sandbox(port=0) if kind.__name__.startswith("Async") else Sandbox() as box:
        yield methods.prepared(box)


def _client(box: Sandbox, kind: Any, **options: Any) -> Any:
    timing = {"clock": box.clock.now, "sleep": lambda seconds: box.clock.advance(seconds=seconds)}
    options |= timing
    awaited = kind.__name__.startswith("Async")
    if kind in (LineClient, AsyncLineClient):
        options |= {"base_url": box.line_url} if awaited else {"session": box.session()}
        return kind(box.channel_access_token, **options)
    options |= {"base_url": box.clevertap_url} if awaited else {"session": box.session(), "region": "sg1"}
    return kind(box.account_id, box.passcode, **options)


async def _finished(result: Any) -> Any:
    """The value of a call: awaited, or iterated to its end."""
    if inspect.isawaitable(result):
        return await result
    if isinstance(result, AsyncIterator) or hasattr(result, "__aiter__"):
        return [item async for item in result]
    return list(result) if hasattr(result, "__next__") or hasattr(result, "pages") else result


def _call(box: Sandbox, client: Any, name: str, of: Any = None) -> Any:
    """One call of a method; an error of linetap is the result. ``of``: what has the method, instead of the client."""
    method = methods.calls(type(client))[name]

    async def run() -> Any:
        try:
            found = methods.method_of(client if of is None else of, name)
            return await _finished(found(**methods.arguments(box, name, method)))
        except LinetapError as error:
            return error
        finally:
            if inspect.iscoroutinefunction(client.close):
                await client.close()

    return asyncio.run(run())


@pytest.mark.parametrize("kind, name", EVERY)
def test_headers_and_attempts(box: Sandbox, kind: Any, name: str) -> None:
    """with_options(headers=, on_attempt=) reaches each request of each method."""
    seen: list[Any] = []
    client = _client(box, kind).with_options(headers={"x-shop": "tokyo"}, on_attempt=seen.append)

    _call(box, client, name)

    assert [entry.headers.get("x-shop") for entry in box.journal] == ["tokyo"] * len(box.journal)
    assert len(seen) == len(box.journal)
    assert box.journal or name in NO_REQUEST


@pytest.mark.parametrize("kind, name", EVERY)
def test_retry(box: Sandbox, kind: Any, name: str) -> None:
    """with_options(retry=) decides how often each method sends a request that gets a 429."""
    box.faults.add("*", status=429, times=99)
    for attempts in (1, 3):
        box.journal.clear()
        client = _client(box, kind).with_options(retry=RetryPolicy(attempts=attempts, total=99_999))
        _call(box, client, name)

        repeats = [(entry.method, entry.path, entry.content) for entry in box.journal]
        assert all(repeats.count(each) == attempts for each in repeats), repeats


@pytest.mark.parametrize("kind, name", EVERY)
def test_pace(box: Sandbox, kind: Any, name: str) -> None:
    """with_options(pace=) makes each method wait between its requests."""
    client = _client(box, kind).with_options(pace=Pace(0.01))
    started = box.clock.now()
    for _ in range(2):
        _call(box, client, name)

    sent = len(box.journal)
    assert box.clock.now() - started >= 100 * (sent - 1) - 1e-6


@pytest.mark.parametrize("kind, name", [each for each in EVERY if not str(each.id).startswith("Async")])
def test_timeout(box: Sandbox, kind: Any, name: str) -> None:
    """with_options(timeout=) ends a request of each method after that time; the client's own timeout does not."""
    for seconds, ends in ((5.0, True), (60.0, False)):
        box.faults.clear()
        box.faults.add("*", delay=20, times=99)
        seen: list[Any] = []
        options: dict[str, Any] = {"timeout": Timeout(read=seconds), "retry": RetryPolicy(attempts=1, total=500)}
        _call(box, _client(box, kind).with_options(**options, on_attempt=seen.append), name)

        assert all((attempt.status is None) == ends for attempt in seen), seen


@pytest.mark.parametrize("kind, name", EVERY)
def test_raw_responses(box: Sandbox, kind: Any, name: str) -> None:
    """Each method is an attribute of with_raw_response and gives the responses; iterators are not, as documented."""
    client = _client(box, kind)
    raw = client.with_raw_response
    if name in ITERATORS:
        assert not hasattr(raw, name)
        return

    result = _call(box, client, name, raw)

    if isinstance(result, LinetapError):
        assert getattr(result, "status", None) is not None
        return
    assert [response.status for response in result.responses] == [entry.status for entry in box.journal]
    assert methods.method_of(raw, name).__doc__ == methods.calls(kind)[name].__doc__


@pytest.mark.parametrize("by", ["argument", "environment"])
@pytest.mark.parametrize("kind, name", OF_LINE)
def test_only_to(box: Sandbox, kind: Any, name: str, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With only_to, no method of either client sends a message to another recipient: not_sent, or BadArgument."""
    listed = box.line.followers[1]
    if by == "argument":
        client = _client(box, kind, only_to=[listed])
    else:
        monkeypatch.setenv("LINETAP_LINE_ONLY_TO", listed)
        monkeypatch.setenv("LINETAP_LINE_CHANNEL_ACCESS_TOKEN", box.channel_access_token)
        address = {"base_url": box.line_url} if kind is AsyncLineClient else {"session": box.session()}
        client = kind.from_env(**address)

    result = _call(box, client, name)

    assert box.line.delivered == 0
    if name.partition(".")[0] in {"push", "push_delivery", "multicast", "test_send"}:
        assert result.not_sent
    if name in {"broadcast", "reply"}:
        assert isinstance(result, BadArgument)
    if name == "push_many":
        assert (result.sent, result.not_sent) == (0, 1)
