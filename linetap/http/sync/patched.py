"""Whether a tool has replaced a part of the HTTP stack: a mock, a recorder, a tracer.

The short path of bulk runs goes below requests and urllib3, so it is taken only while every part that such tools
replace is the library's own. A part is compared by identity, because wrapt's wrappers compare equal to what they wrap.
It counts as the library's own only if it was written in the library's module, because a tool may have replaced it
before linetap was imported.
"""

from __future__ import annotations

import http.client
import operator
import socket
from types import FunctionType
from typing import Any

import requests
import requests.adapters
import requests.sessions
import urllib3.connection
import urllib3.connectionpool
import urllib3.util.connection

_POOLS = (urllib3.connectionpool.HTTPConnectionPool, urllib3.connectionpool.HTTPSConnectionPool)

# (owner, name, the module that wrote it)
_FUNCTIONS: tuple[tuple[Any, str, Any], ...] = (
    (requests.Session, "request", requests.sessions),
    (requests.Session, "prepare_request", requests.sessions),
    (requests.Session, "send", requests.sessions),
    (requests.Session, "get_adapter", requests.sessions),
    (requests.adapters.HTTPAdapter, "send", requests.adapters),
    (requests.adapters.HTTPAdapter, "build_response", requests.adapters),
    *((pool, "urlopen", urllib3.connectionpool) for pool in _POOLS),
    *((pool, "_make_request", urllib3.connectionpool) for pool in _POOLS),
    (urllib3.connection.HTTPConnection, "request", urllib3.connection),
    (urllib3.connection.HTTPConnection, "getresponse", urllib3.connection),
    (urllib3.util.connection, "create_connection", urllib3.util.connection),
    *(
        (http.client.HTTPConnection, name, http.client)
        for name in ("_send_request", "putrequest", "putheader", "endheaders", "request", "send", "connect")
    ),
    (http.client.HTTPConnection, "getresponse", http.client),
    (http.client.HTTPSConnection, "connect", http.client),
    *((http.client.HTTPResponse, name, http.client) for name in ("read", "read1", "begin")),
    (socket, "create_connection", socket),
    (socket, "getaddrinfo", socket),
)
# (owner, name, module and name of the class)
_CLASSES: tuple[tuple[Any, str, str, str], ...] = (
    (_POOLS[0], "ConnectionCls", "urllib3.connection", "HTTPConnection"),
    (_POOLS[1], "ConnectionCls", "urllib3.connection", "HTTPSConnection"),
    (urllib3.connectionpool, "HTTPConnectionPool", "urllib3.connectionpool", "HTTPConnectionPool"),
    (urllib3.connectionpool, "HTTPSConnectionPool", "urllib3.connectionpool", "HTTPSConnectionPool"),
    (requests.sessions, "Session", "requests.sessions", "Session"),
    (requests, "Session", "requests.sessions", "Session"),
    (http.client, "HTTPConnection", "http.client", "HTTPConnection"),
    (http.client, "HTTPSConnection", "http.client", "HTTPSConnection"),
    (http.client, "HTTPResponse", "http.client", "HTTPResponse"),
    (socket, "socket", "socket", "socket"),
)


def _own_function(found: Any, module: Any) -> bool:
    return type(found) is FunctionType and found.__globals__ is vars(module) and not hasattr(found, "__wrapped__")


def _own_class(found: Any, module: str, name: str) -> bool:
    return isinstance(found, type) and (found.__module__, found.__qualname__) == (module, name)


_Reference = tuple[Any, str, Any]


def _references() -> tuple[_Reference, ...] | None:
    """Every part with its present value; None if one of them is not the library's own."""
    found: list[_Reference] = []
    for owner, name, module in _FUNCTIONS:
        part = getattr(owner, name)
        if not _own_function(part, module):
            return None
        found.append((owner, name, part))
    for owner, name, module, written_as in _CLASSES:
        part = getattr(owner, name)
        if not _own_class(part, module, written_as):
            return None
        found.append((owner, name, part))
    return tuple(found)


_known: tuple[_Reference, ...] | None = _references()


def is_patched() -> bool:
    """Whether any part of the stack is not the library's own now."""
    global _known
    if _known is None:
        _known = _references()
    if _known is None:
        return True
    return any(getattr(owner, name) is not part for owner, name, part in _known)


def _requests_session() -> type[requests.Session]:
    mro = getattr(requests.Session, "__mro__", ())
    own = [base for base in mro if _own_class(base, "requests.sessions", "Session")]
    return own[0] if own else requests.Session


REQUESTS_SESSION = _requests_session()
"""The class of requests itself, also where a tool (a cache) has put a subclass in its place for the process."""

# The parts of requests that tools replace, as ``responses``, ``requests-mock`` and AWS X-Ray do.
_OF_REQUESTS = _FUNCTIONS[:6]
_PREPARATION = 2
"""The first of them take part before ``send``."""
_requests_known: tuple[Any, ...] | None = None


def requests_is_patched() -> bool:
    """Whether a tool has replaced a part of requests; called for each request."""
    found = _of_requests()
    return _requests_known is None or not all(map(operator.is_, found, _requests_known))


def preparation_is_patched() -> bool:
    """Whether a tool has replaced what requests does before ``Session.send``: it sees only ``Session.request``."""
    found = _of_requests()
    modules = [module for _, _, module in _OF_REQUESTS]
    return not all(map(_own_function, found[:_PREPARATION], modules))


def _of_requests() -> tuple[Any, ...]:
    global _requests_known
    session, adapter = requests.Session, requests.adapters.HTTPAdapter
    found: tuple[Any, ...] = (
        session.request,
        session.prepare_request,
        session.send,
        session.get_adapter,
        adapter.send,
        adapter.build_response,
    )
    if _requests_known is None and all(map(_own_function, found, [module for _, _, module in _OF_REQUESTS])):
        _requests_known = found
    return found
