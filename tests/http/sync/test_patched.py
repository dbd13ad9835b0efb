"""Whether a tool has replaced a part of the HTTP stack."""

from __future__ import annotations

import http.client
import importlib
import socket
from typing import Any
from unittest import mock

import pytest
import requests
import urllib3
import wrapt

from linetap.http.sync import patched

PARTS: list[tuple[Any, str]] = [
    (requests.Session, "send"),
    (requests.Session, "get_adapter"),
    (requests.adapters.HTTPAdapter, "send"),
    (urllib3.HTTPConnectionPool, "urlopen"),
    (urllib3.HTTPConnectionPool, "ConnectionCls"),
    (urllib3.HTTPSConnectionPool, "urlopen"),
    (urllib3.HTTPSConnectionPool, "ConnectionCls"),
    (http.client, "HTTPConnection"),
    (http.client.HTTPConnection, "_send_request"),
    (http.client.HTTPConnection, "putrequest"),
    (http.client.HTTPConnection, "request"),
    (http.client.HTTPConnection, "send"),
    (http.client.HTTPConnection, "connect"),
    (http.client.HTTPConnection, "getresponse"),
    (http.client.HTTPResponse, "read"),
    (socket, "socket"),
    (socket, "create_connection"),
    (socket, "getaddrinfo"),
    (urllib3.util.connection, "create_connection"),
]


def test_the_libraries_as_they_are() -> None:
    """Nothing is patched in a process without such a tool."""
    assert not patched.is_patched()
    assert not patched.requests_is_patched()


@pytest.mark.parametrize("owner, name", PARTS, ids=lambda part: getattr(part, "__name__", part))
@pytest.mark.parametrize("kind", ["mock", "wrapt"])
def test_each_part_is_watched(owner: Any, name: str, kind: str) -> None:
    """Each part that tools replace is noticed, also a wrapper that compares equal, and its return too."""
    found = getattr(owner, name)
    new = mock.MagicMock() if kind == "mock" else wrapt.FunctionWrapper(found, lambda w, i, a, k: w(*a, **k))
    with mock.patch.object(owner, name, new):
        assert patched.is_patched()
    assert not patched.is_patched()


def test_a_tool_that_was_there_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that was replaced before linetap was imported is noticed by its origin, and its return too."""
    try:
        with mock.patch.object(requests.adapters.HTTPAdapter, "send", mock.MagicMock()):
            importlib.reload(patched)
            assert patched.is_patched()
            assert patched.requests_is_patched()
        assert not patched.is_patched()
        assert not patched.requests_is_patched()
    finally:
        importlib.reload(patched)
