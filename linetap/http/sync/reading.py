"""Reads the whole body of a response of requests or urllib3, within the deadline and the size limit."""

from __future__ import annotations

from typing import Any

import requests
from urllib3.response import BaseHTTPResponse

from linetap.http.call_errors import AttemptResult
from linetap.http.decoding import BadCoding, BodyTooLarge, decode
from linetap.http.failures import MAX_BODY, proxy_rejected
from linetap.http.sync.request import Limits
from linetap.http.sync.response import CHUNK, DeadlinePassed, DeadlineResponse, read_body, read_pieces
from linetap.http.types import Headers, Response


def read_response(response: Any, limits: Limits) -> AttemptResult:
    """The whole response: of requests, of urllib3, or of a tool in the place of one of them."""
    is_requests = isinstance(response, requests.Response)
    try:
        content = _content(response, limits) if is_requests else _content_of_urllib3(response, response.headers, limits)
    except BaseException:
        response.close()
        raise
    status = response.status_code if is_requests else response.status
    if status == 407:
        return proxy_rejected(407)
    own = _own_response(response.raw if is_requests else response)
    return Response(status, Headers(response.headers) if own is None else own.fields, content)


def _content(response: requests.Response, limits: Limits) -> bytes:
    unread = getattr(response, "_content", False) is False
    if unread and isinstance(response.raw, BaseHTTPResponse):
        return _content_of_urllib3(response.raw, response.headers, limits)
    return _limited(response.content)  # a mock's, or a hook has read it


def _content_of_urllib3(raw: Any, headers: Any, limits: Limits) -> bytes:
    if not isinstance(raw, BaseHTTPResponse):
        return _content_of_a_tool(raw, headers)
    if (own := _own_response(raw)) is not None:
        # Its socket is read under the deadline. urllib3 would only count the bytes.
        content = read_body(own)
        own.close()
        raw.release_conn()
        return decode(content, own.fields.get("Content-Encoding"))
    length = getattr(raw, "length_remaining", None)
    if length is not None and length > MAX_BODY:
        raise BodyTooLarge
    return decode(_read_pieces(raw, limits), headers.get("Content-Encoding"))


def _own_response(raw: Any) -> DeadlineResponse | None:
    """The response of http.client under that of urllib3; None if a tool has put another one in its place."""
    own = getattr(raw, "_original_response", None)
    return own if type(own) is DeadlineResponse else None


def _read_pieces(raw: Any, limits: Limits) -> bytes:
    def read(amount: int) -> bytes:
        piece: bytes = raw.read1(amount, decode_content=False)
        return piece

    def check() -> None:
        left = limits.deadline - limits.clock()
        if left <= 0:
            raise DeadlinePassed
        if left < limits.read:
            _shorten_timeout(raw, left)

    return read_pieces(read, check)


def _content_of_a_tool(raw: Any, headers: Any) -> bytes:
    """The body of a response that urllib3 did not make: a mock's or a recorder's."""
    content = b"".join(raw.stream(CHUNK, decode_content=True))
    try:
        content = decode(content, headers.get("Content-Encoding"))
    except BadCoding:  # recorders keep the header of a body that they have decoded
        pass
    return _limited(content)


def _limited(content: bytes) -> bytes:
    if len(content) > MAX_BODY:
        raise BodyTooLarge
    return content


def _shorten_timeout(raw: Any, seconds: float) -> None:
    sock = getattr(getattr(raw, "connection", None), "sock", None)
    if sock is not None:
        sock.settimeout(seconds)
