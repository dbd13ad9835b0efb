"""No secret in any frame: a walk over the frames, causes and contexts of errors, as an error tracker makes it."""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import wrapt

from linetap import (
    AsyncCleverTapClient,
    AsyncLineClient,
    BadSignature,
    CleverTapClient,
    LineClient,
    LinetapError,
    RetryPolicy,
    StatelessToken,
    WebhookTemplate,
    read_line_webhook,
)
from tests.loopback import CUT, Loopback, reply

TOKEN = "CANARY-token-0123456789abcdef"
PASSCODE = "CANARY-pass-0123456789abcdef"
SECRET = "CANARY-secret-0123456789abcdef"
USER = "U" + "0" * 32
ONCE = RetryPolicy(attempts=1)


def _links(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        link = pending.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            pending += [link.__cause__, link.__context__]
            yield link


def _leaks(error: BaseException) -> list[str]:
    """Where a secret is seen: the error, its attributes, and the locals of every frame outside of this file."""
    found = []
    for link in _links(error):
        texts = [repr(link), str(link), repr(vars(link)), *map(repr, link.args)]
        found += [f"{type(link).__name__}: {text}" for text in texts if "CANARY" in text]
        walked = traceback.StackSummary.extract(traceback.walk_tb(link.__traceback__), capture_locals=True)
        for frame in walked:
            if os.path.basename(frame.filename) != os.path.basename(__file__):
                shown = [name for name, value in (frame.locals or {}).items() if "CANARY" in value]
                found += [f"{frame.filename}:{frame.lineno} {frame.name} {name}" for name in shown]
    return found


def _raised(call: Callable[[], object]) -> BaseException:
    with pytest.raises(Exception) as caught:
        call()
    return caught.value


RESPONSES: dict[str, Any] = {
    "no connection": None,
    "cut": CUT,
    "400 with an echo": lambda secret: reply(
        400, b'{"message": "Bearer %s", "details": [{"property": "%s"}]}' % (secret, secret)
    ),
    "401": reply(401),
    "429": reply(429),
    "500": reply(500),
    "200 with an echo": lambda secret: reply(200, b'["Bearer %s"]' % secret[:20]),
    "an echoed request id": lambda secret: reply(500, x_line_request_id=secret.decode()),
    "a broken coding": reply(200, b"junk", content_encoding="gzip"),
    "two lengths": reply(200, b"{}").replace(b"\r\n\r\n", b"\r\nContent-Length: 1\r\n\r\n"),
    "a header that is an echo": lambda secret: b"HTTP/1.1 200 OK\r\n" + secret + b"\r\n\r\n",
    "a status line that is an echo": lambda secret: b"HTTP/1.1 " + secret + b"\r\n\r\n",
    "a chunk size that is an echo": lambda secret: (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + secret + b"\r\n"
    ),
}


def _server(response: Any, secret: str) -> Loopback:
    return Loopback(response(secret.encode()) if callable(response) and response is not CUT else response or reply())


def _sync_calls(url: str, secret: str = TOKEN) -> dict[str, Callable[[], object]]:
    """The calls that carry a secret."""
    line = LineClient(TOKEN, base_url=url, retry=ONCE)
    passed = LineClient(TOKEN, base_url=url, retry=ONCE, session=requests.Session())
    clevertap = CleverTapClient("ACC", PASSCODE, base_url=url, retry=ONCE)
    issued = LineClient(StatelessToken("123", SECRET), base_url=url, retry=ONCE)
    if secret == PASSCODE:
        return {"clevertap": lambda: clevertap.delete_profiles(["a"])}
    if secret == SECRET:
        return {"stateless": lambda: issued.push(USER, "x")}
    return {
        "line": lambda: line.push(USER, "x"),
        "line with a session": lambda: passed.push(USER, "x"),
        "line bulk": lambda: line.push_many([]).raise_for_failures() and line.quota(),
    }


@pytest.mark.parametrize("response", RESPONSES)
def test_no_secret_in_sync_errors(response: str) -> None:
    """However a call of the sync clients fails, no frame, cause or context of its error shows a secret."""
    for secret in (TOKEN, PASSCODE, SECRET):
        with _server(RESPONSES[response], secret) as server:
            url = server.url if RESPONSES[response] is not None else "http://127.0.0.1:9"
            for name, call in _sync_calls(url, secret).items():
                assert not _leaks(_raised(call)), name


@pytest.mark.parametrize("response", RESPONSES)
def test_no_secret_in_async_errors(response: str) -> None:
    """The same for the async clients."""
    pytest.importorskip("aiohttp", reason="needs linetap[async]")

    async def fail(url: str, secret: str) -> BaseException:
        if secret == TOKEN:
            async with AsyncLineClient(TOKEN, base_url=url, retry=ONCE) as line:
                with pytest.raises(LinetapError) as caught:
                    await line.push(USER, "x")
        else:
            async with AsyncCleverTapClient("ACC", PASSCODE, base_url=url, retry=ONCE) as clevertap:
                with pytest.raises(LinetapError) as caught:
                    await clevertap.delete_profiles(["a"])
        return caught.value

    for secret in (TOKEN, PASSCODE):
        with _server(RESPONSES[response], secret) as server:
            url = server.url if RESPONSES[response] is not None else "http://127.0.0.1:9"
            assert not _leaks(asyncio.run(fail(url, secret)))


TOOLS = [(requests.Session, "request"), (requests.Session, "send"), (requests.adapters.HTTPAdapter, "send")]


@pytest.mark.parametrize("owner, name", TOOLS, ids=lambda part: getattr(part, "__name__", part))
@pytest.mark.parametrize("response", ["no connection", "cut", "500", "two lengths"])
def test_no_secret_in_errors_beside_a_tool(
    owner: Any, name: str, response: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same where a tool has replaced a part of requests, so that a call goes through it."""
    wrapped = wrapt.FunctionWrapper(getattr(owner, name), lambda call, _, args, named: call(*args, **named))
    monkeypatch.setattr(owner, name, wrapped)
    with _server(RESPONSES[response], TOKEN) as server:
        url = server.url if RESPONSES[response] is not None else "http://127.0.0.1:9"
        for call in _sync_calls(url).values():
            assert not _leaks(_raised(call))


BAD_CALLS: dict[str, Callable[[], object]] = {
    "an option of a wrong type": lambda: LineClient(TOKEN, timeout=3),  # type: ignore[arg-type]
    "an unknown option": lambda: LineClient(TOKEN, tokn=3),  # type: ignore[call-arg]
    "a token with a line break": lambda: LineClient(TOKEN + "\n"),
    "a token as bytes": lambda: LineClient(TOKEN.encode()),  # type: ignore[arg-type]
    "a list of tokens": lambda: LineClient([TOKEN]),  # type: ignore[arg-type]
    "a secret as the id": lambda: StatelessToken(SECRET, "x"),
    "a passcode with a line break": lambda: CleverTapClient("ACC", PASSCODE + "\n", region="sg1"),
    "the passcode as the region": lambda: CleverTapClient("ACC", PASSCODE, region=PASSCODE),
    "no region": lambda: CleverTapClient("ACC", PASSCODE),
    "a template with a bad URL": lambda: WebhookTemplate.line_push("t", TOKEN, url="ftp://x"),
    "a template with bad headers": lambda: WebhookTemplate("t", "https://x.test", headers={"A": TOKEN + "\n"}),
}


@pytest.mark.parametrize("call", BAD_CALLS)
def test_no_secret_in_errors_of_arguments(call: str) -> None:
    """A wrong argument beside a secret, or a wrong secret, shows it in no frame."""
    assert not _leaks(_raised(BAD_CALLS[call]))


def test_no_secret_in_a_bad_signature() -> None:
    """A webhook with a wrong signature, which any sender can send, shows no channel secret."""
    body = b'{"destination": "U", "events": []}'
    error = _raised(lambda: read_line_webhook(body, signature="AAAA", channel_secret=[SECRET, SECRET + "2"]))

    assert isinstance(error, BadSignature)
    assert not _leaks(error)


def test_nothing_in_what_sentry_sends() -> None:
    """What Sentry would send of such errors, with the locals of all frames, has no secret."""
    sentry_sdk = pytest.importorskip("sentry_sdk", reason="needs sentry_sdk, from the extra test")
    from sentry_sdk.utils import event_from_exception

    errors = [_raised(call) for call in BAD_CALLS.values()]
    with _server(RESPONSES["cut"], TOKEN) as server:
        errors += [_raised(call) for call in list(_sync_calls(server.url).values())[:2]]
    options = {**sentry_sdk.consts.DEFAULT_OPTIONS, "include_local_variables": True}
    for error in errors:
        for link in _links(error):
            event, _ = event_from_exception(link, client_options=options)
            frames = [
                frame
                for value in event["exception"]["values"]
                for frame in value.get("stacktrace", {}).get("frames", [])
                if not str(frame.get("abs_path", "")).endswith(os.path.basename(__file__))
            ]
            assert "CANARY" not in repr([frame.get("vars") for frame in frames])
            assert "CANARY" not in repr([value["value"] for value in event["exception"]["values"]])
