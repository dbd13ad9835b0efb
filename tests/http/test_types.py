"""Requests, responses and operations as values."""

from __future__ import annotations

import pickle

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.http.types import Headers, Idempotency, Operation, Request, Response


@given(st.text("abcXYZ-", min_size=1), st.text())
def test_header_names_have_no_case(name: str, value: str) -> None:
    """A header is found whatever case its name is written in."""
    headers = Headers({name: value})

    assert headers[name.upper()] == headers[name.lower()] == value
    assert headers.get("other-" + name) is None


def test_headers_show_no_values() -> None:
    """Their values can be secrets, so a repr names the headers alone."""
    assert repr(Headers({"Authorization": "canary", "X-A": "b"})) == "Headers(authorization, x-a)"


def test_a_target_is_encoded_in_order() -> None:
    """The query keeps its order and repetitions, and is percent-encoded."""
    request = Request("GET", "/a%20b", (("z", "1 &"), ("a", "ไทย"), ("z", "2")))

    assert request.target == "/a%20b?z=1+%26&a=%E0%B9%84%E0%B8%97%E0%B8%A2&z=2"
    assert Request("GET", "/a").target == "/a"


def test_contents_are_read_as_json() -> None:
    """A request's and a response's content is read as JSON; a request without one is null."""
    assert Request("POST", "/", content=b'{"a": 1}').json() == {"a": 1}
    assert Request("GET", "/").json() is None
    with pytest.raises(ValueError, match="Expecting"):
        Response(200, Headers(), b"<html>").json()


def test_plain_headers_become_headers() -> None:
    """A response may be given a plain mapping of headers."""
    response = Response(200, {"X-Line-Request-Id": "r"})

    assert response.request_id == "r"
    assert Response(200).request_id is None


def test_values_show_no_secret() -> None:
    """A repr shows neither content nor headers, because both can contain secrets."""
    request = Request("POST", "/", content=b"canary", headers={"Authorization": "canary"})

    assert "canary" not in repr(request) + repr(Response(200, Headers({"set-cookie": "canary"}), b"canary"))


def test_values_are_frozen_and_pickle() -> None:
    """Requests and responses cannot be changed, and go through a pickle whole."""
    request = Request("POST", "/x", (("a", "b"),), b"{}", {"A": "b"}, "api-data")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        request.method = "GET"  # type: ignore[misc]

    assert pickle.loads(pickle.dumps(request)) == request


def test_calls_of_one_endpoint_share_a_gate() -> None:
    """The gate is the operation's endpoint, or else method and path."""

    def made(endpoint: str = "") -> Operation[None]:
        return Operation("n", Request("GET", "/u/1"), lambda r: None, lambda r: None, endpoint=endpoint)

    assert made().rate_limit_key == "GET /u/1"
    assert made("GET /u/{id}").rate_limit_key == "GET /u/{id}"
    assert made().repeat is Idempotency.IF_REJECTED, "what nobody called harmless is not repeated"
