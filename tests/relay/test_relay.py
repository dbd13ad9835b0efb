"""The relay: which calls are stored, which are rejected, and that no secret is shown."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.clevertap import WebhookTemplate
from linetap.errors import BadArgument
from linetap.relay import UNAUTHENTICATED, InboundCall, Outbox, Relay, RelayResponse

SECRET = "s3cret-of-the-relay-0123456789"
HEADERS = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
USER = "U" + "1" * 32


def payload(**more: Any) -> dict[str, Any]:
    return {"targetId": 17, "key_values": {"a": "b"}, "profiles": [{"profileData": {"LineID": USER}}], **more}


def body(**more: Any) -> bytes:
    return json.dumps(payload(**more)).encode()


class Store:
    def __init__(self) -> None:
        self.calls: list[InboundCall] = []

    def __call__(self, call: InboundCall) -> None:
        self.calls.append(call)


def posted(store: Any, content: bytes, headers: Mapping[str, str] = HEADERS, **options: Any) -> RelayResponse:
    return Relay(store, secret=SECRET, **options).handle(content, headers)


def test_a_call_is_stored_as_it_came(tmp_path: Path) -> None:
    """A call with the secret is stored with its own bytes, its kind and its route."""
    store, sent = Store(), body()
    assert posted(store, sent).status == 200
    [call] = store.calls
    assert (call.body, call.kind, call.route) == (sent.decode(), "campaign", "17")
    outbox = Outbox(tmp_path / "o")
    assert posted(outbox, sent).status == 200
    assert outbox.status().calls == 1


@pytest.mark.parametrize(
    ("more", "kind", "route"),
    [
        ({"key_values": {"linetap_campaign": "sale"}}, "campaign", "sale"),
        ({"profiles": {"Identity": "1", "key_values": {"linetap_campaign": "order"}}}, "campaign", "order"),
        ({"profiles": [{"identity": "1", "payload": {"title": "x"}}]}, "post_action", "17"),
        ({"reward": {"campaignId": 1}, "profiles": {"identity": "1"}}, "reward", "17"),
    ],
)
def test_kinds_are_distinguished(more: dict[str, Any], kind: str, route: str) -> None:
    """Campaign calls, post-action calls and rewards have a kind of their own."""
    store = Store()
    posted(store, body(**more))
    assert [(call.kind, call.route) for call in store.calls] == [(kind, route)]


def test_the_test_call_of_the_dashboard_gets_200() -> None:
    """CleverTap saves a template only after a 200; its test call is not stored."""
    store = Store()
    people = [{"Identity": "UserId", "Email": "User@user.com", "push_token": "Token"}] * 5
    assert posted(store, body(is_test=True, targetId=1234, profiles=people)).status == 200
    assert store.calls == []


WRONG_BODIES = {
    "empty": b"",
    "text": b"hello",
    "a list": b"[]",
    "a string": b'"x"',
    "no people": b'{"targetId": 1}',
    "no one": body(profiles=[]),
    "people are texts": body(profiles=["x"]),
    "people are a number": body(profiles=3),
    "key_values is a list": body(key_values=[]),
    "key_values of a person is a text": body(profiles=[{"key_values": "x"}]),
    "two members of one name": b'{"targetId": 1, "profiles": [{"a": 1, "a": 2}]}',
    "NaN": b'{"profiles": [{"a": NaN}]}',
    "infinity": b'{"profiles": [{"a": 1e999}]}',
    "a huge number": b'{"profiles": [{"a": ' + b"9" * 5000 + b"}]}",
    "a lone surrogate": b'{"profiles": [{"a": "\\ud800"}]}',
    "a lone surrogate in a name": b'{"profiles": [{"\\udc00": 1}]}',
    "no UTF-8": b'{"profiles": [{"a": "\xff"}]}',
    "UTF-16": json.dumps(payload()).encode("utf-16"),
    "deep": b'{"profiles": [{"a": ' + b"[" * 80 + b"]" * 80 + b"}]}",
    "very deep": b'{"profiles": [{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
}


@pytest.mark.parametrize("name", WRONG_BODIES)
def test_wrong_bodies_are_rejected(name: str) -> None:
    """A body that is no call of CleverTap gets 400 with the requirement, and nothing is stored."""
    store = Store()
    response = posted(store, WRONG_BODIES[name])
    assert (response.status, store.calls) == (400, [])
    assert "must" in json.loads(response.body)["message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.binary() | JSON.map(lambda found: json.dumps(found).encode()))
def test_any_bytes_get_a_response(content: bytes) -> None:
    """Whatever arrives gets 200 or 400; never an exception."""
    assert posted(Store(), content).status in (200, 400)


@given(st.dictionaries(st.sampled_from(["profiles", "key_values", "targetId", "is_test", "reward"]), JSON))
def test_any_call_that_is_stored_can_be_read_again(found: dict[str, Any]) -> None:
    """A call is stored only if it is valid JSON of the documented outline, whatever types its members have."""
    store = Store()
    response = posted(store, json.dumps(found).encode())
    assert response.status in (200, 400)
    for call in store.calls:
        assert isinstance(json.loads(call.body)["profiles"], (dict, list))
        assert InboundCall.from_json(call.to_json()) == call


def basic(pair: str) -> dict[str, str]:
    return {"AUTHORIZATION": "Basic " + base64.b64encode(pair.encode()).decode()}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {SECRET[:-1]}"},
        {"Authorization": f"Bearer {SECRET}x"},
        {"Authorization": SECRET},
        {"Authorization": "Bearer \u00e9"},
        {"Authorization": "Bearer " + "x" * 100_000},
        {"Authorization": "Basic !!!"},
        basic("brand:wrong password of it"),
        basic(f"brand:{SECRET}x"),
        basic(""),
    ],
)
def test_other_credentials_get_401(headers: dict[str, str]) -> None:
    """Without the secret nothing is stored, whatever the length of what was sent."""
    store = Store()
    assert posted(store, body(), headers, basic=("brand", SECRET)).status == 401
    assert store.calls == []


def test_secrets_can_be_replaced() -> None:
    """Each of several secrets is accepted, and Basic credentials beside them; names of headers in any case."""
    store = Store()
    relay = Relay(store, secret=["old-secret-0123456", SECRET], basic=("brand", SECRET))
    for headers in ({"authorization": "bearer old-secret-0123456"}, HEADERS, basic(f"brand:{SECRET}")):
        assert relay.handle(body(), headers).status == 200
    assert Relay(store, secret=UNAUTHENTICATED).handle(body(), {}).status == 200
    assert Relay(store, secret=UNAUTHENTICATED, basic=("brand", SECRET)).handle(body(), {}).status == 401
    assert len(store.calls) == 4


def test_the_template_of_a_relay_carries_its_secret() -> None:
    """WebhookTemplate.relay makes the header that the relay asks for, and its repr masks it."""
    template = WebhookTemplate.relay("relay", "https://example.com/relay", SECRET)
    assert posted(Store(), body(), dict(template.headers.revealed())).status == 200
    assert SECRET not in repr(template)
    for wrong in ("short", "with a blank in it and long", 3, "x" * 15):
        with pytest.raises(BadArgument, match="secret"):
            WebhookTemplate.relay("relay", "https://example.com/relay", wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("secret", ["", "short", None, [], ["x"], "a b c d e f g h i j k", "\u00e9" * 20, 3.0625])
def test_wrong_secrets_are_rejected(secret: Any) -> None:
    """A relay without a usable secret cannot be made, and the error does not show the value."""
    with pytest.raises(BadArgument, match="secret must") as raised:
        Relay(Store(), secret=secret)
    assert not secret or str(secret) not in str(raised.value)


@pytest.mark.parametrize(
    ("secret", "said"), [(None, "got None"), ("short", "got 5 characters"), (b"bytes", "got a value of type bytes")]
)
def test_the_kind_of_a_wrong_secret_is_named(secret: Any, said: str) -> None:
    """A missing secret, a short one and one of another type each have their own words."""
    with pytest.raises(BadArgument, match=said):
        Relay(Store(), secret=secret)


@pytest.mark.parametrize("pair", ["x", ("a",), ("a", "short"), ("a:b", SECRET), ("", SECRET), (1, 2)])
def test_wrong_basic_credentials_are_rejected(pair: Any) -> None:
    """Basic credentials must be a user without a colon and a long password."""
    with pytest.raises(BadArgument, match="basic must"):
        Relay(Store(), secret=SECRET, basic=pair)


def test_the_secret_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    """No repr, response or log has the secret; a relay cannot be pickled."""

    def fails(call: InboundCall) -> None:
        raise ConnectionError(f"amqp://user:{SECRET}@queue")

    relay = Relay(fails, secret=SECRET)
    with caplog.at_level(logging.DEBUG):
        responses = [relay.handle(body(), HEADERS), relay.handle(body(), {"Authorization": f"Bearer {SECRET}1"})]
    assert [response.status for response in responses] == [503, 401]
    assert SECRET not in repr(responses) + caplog.text + repr(relay) + repr(vars(relay))
    assert "ConnectionError" in caplog.text
    with pytest.raises(TypeError):
        pickle.dumps(Relay(print, secret=SECRET))


# As an application ---------------------------------------------------------------------------------------


class Unread(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("the body must not be read")


def wsgi(content: bytes | Unread, **environ: Any) -> tuple[str, dict[str, str], bytes]:
    source = content if isinstance(content, Unread) else io.BytesIO(content)
    length = {} if isinstance(content, Unread) else {"CONTENT_LENGTH": str(len(content))}
    head: dict[str, Any] = {"REQUEST_METHOD": "POST", "wsgi.input": source, "HTTP_AUTHORIZATION": f"Bearer {SECRET}"}
    started: list[Any] = []
    parts = Relay(Store(), secret=SECRET, max_body=1000).wsgi(
        {**head, **length, **environ}, lambda *a: started.extend(a)
    )
    return started[0], dict(started[1]), b"".join(parts)


def test_wsgi_calls_are_stored() -> None:
    """A WSGI call is stored, with a length or chunked."""
    status, headers, content = wsgi(body())
    assert (status, headers["Content-Length"]) == ("200 OK", str(len(content)))
    assert wsgi(body(), CONTENT_LENGTH="", **{"wsgi.input_terminated": True})[0] == "200 OK"


@pytest.mark.parametrize(
    ("content", "environ", "status"),
    [
        (Unread(), {"REQUEST_METHOD": "GET"}, 405),
        (Unread(), {"HTTP_AUTHORIZATION": "Bearer x", "CONTENT_LENGTH": "3"}, 401),
        (Unread(), {"CONTENT_LENGTH": "1001"}, 413),
        (Unread(), {"CONTENT_LENGTH": "9" * 5000}, 413),
        (b"x" * 1001, {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}, 413),
        (body(), {"CONTENT_LENGTH": "900"}, 400),
        (body(), {"CONTENT_LENGTH": "-1"}, 400),
    ],
)
def test_wsgi_bodies_are_not_read_before_they_may_be(content: Any, environ: dict[str, Any], status: int) -> None:
    """Method, secret and size are checked before the body is read; a body that was cut off is not stored."""
    assert wsgi(content, **environ)[0].startswith(str(status))


def asgi(parts: list[bytes], method: str = "POST", **headers: str) -> int | None:
    sent: list[Mapping[str, Any]] = []
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]

    async def receive() -> Mapping[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    if waiting:
        waiting[-1]["more_body"] = False
    pairs = [(b"authorization", f"Bearer {SECRET}".encode())] if "authorization" not in headers else []
    pairs += [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "headers": pairs}
    asyncio.run(Relay(Store(), secret=SECRET, max_body=1000).asgi(scope, receive, send))
    return sent[0]["status"] if sent else None


def test_asgi_calls_are_checked_and_stored() -> None:
    """An ASGI call is stored; a wrong method, a wrong secret and a body that is too large are rejected early."""
    assert asgi([body()[:50], body()[50:]]) == 200
    assert asgi([], "GET") == 405
    assert asgi([], authorization="Bearer x") == 401
    assert asgi([b"x" * 600, b"x" * 600, b"never read"]) == 413
    assert asgi([]) is None
    assert asgi([], **{"content-length": "1001"}) == 413


class FlaskHeaders:
    """The headers of Flask: they have items(), and are not a Mapping."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers

    def items(self) -> Any:
        return self._headers.items()


def test_headers_may_be_anything_with_items() -> None:
    """Headers of a framework that are not a Mapping are read; None is a BadArgument that names the argument."""
    relay = Relay(lambda call: None, secret="s" * 20)
    headers: Any = FlaskHeaders({"Authorization": "Bearer " + "s" * 20})

    assert relay.handle(b'{"targetId": 7, "profiles": []}', headers).status != 401
    with pytest.raises(BadArgument, match="headers must be a mapping"):
        relay.check_head(None)  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="body must be bytes"):
        relay.handle(None, headers)  # type: ignore[arg-type]
