"""Reads LINE's responses: error bodies, the two kinds of 429, and JSON objects as values, strictly.

https://developers.line.biz/en/reference/messaging-api/#error-responses
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import attrs

from linetap.errors import (
    BY_STATUS,
    Problem,
    QuotaExceeded,
    Rejected,
    TooManyRequests,
    UnreadableResponse,
    short_repr,
)
from linetap.http.types import ErrorInfo, Response, camel

T = TypeVar("T")
_read = json.JSONDecoder().decode

_PAGE = "https://developers.line.biz/en/reference/messaging-api/#error-responses"


def error_info(response: Response) -> ErrorInfo | None:
    """The rejection in a response, from its status and its error body; None for 2xx."""
    status = response.status
    if 200 <= status < 300:
        return None
    message, details = error_body(response.content)
    if status == 429:
        return _too_many(message, details)
    if 300 <= status < 400:
        message = "a redirect, which LINE never sends and linetap does not follow: check base_url and any proxy"
    hint = _HINTS.get(status if status == 401 else message)
    message = message or f"LINE responded with status {status}"
    return ErrorInfo(BY_STATUS.get(status, Rejected), f"{message} ({hint})" if hint else message, details)


# What LINE's own text does not say, by status or by text.
_HINTS: Mapping[object, str] = {
    401: "check that the token is a channel access token of this channel, not its channel secret, "
    "and that it has not expired and was not revoked",
    "Failed to send messages": "check that the recipient's id is of this channel's provider: "
    "the same user has another id for each provider",
}


def error_body(content: bytes) -> tuple[str, tuple[Problem, ...]]:
    """``message`` and ``details`` of an error body; of a body in another format, the start of its text."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return short_repr(content.decode("utf-8", "replace"), 120) if content else "", ()
    if not isinstance(body, dict):
        return "", ()
    # Some of LINE's own documented errors carry "message": null, and the OAuth ones another name altogether.
    texts = [text for name in ("message", "error", "error_description") if isinstance(text := body.get(name), str)]
    details = body.get("details")
    found = details if isinstance(details, list) else []
    return ": ".join(texts), tuple(_detail(detail) for detail in found if isinstance(detail, dict))


def _detail(detail: Mapping[str, Any]) -> Problem:
    path, rule = detail.get("property"), detail.get("message")
    return Problem(
        path if isinstance(path, str) else "request",
        rule if isinstance(rule, str) else "was rejected by LINE without a reason",
        "",
        _PAGE,
    )


def _too_many(message: str, details: tuple[Problem, ...]) -> ErrorInfo:
    # Only this text distinguishes a used-up monthly quota from a rate limit. LINE does not guarantee the text, so
    # a response without it counts as a rate limit, which ends after a short wait.
    if "monthly limit" in message.lower():
        return ErrorInfo(QuotaExceeded, message, details, retryable=False)
    return ErrorInfo(TooManyRequests, message or "too many requests at once", details, retryable=True)


def unreadable(operation: str, response: Response, expected: str) -> UnreadableResponse:
    """The error for a response that is not as documented."""
    found = short_repr(response.content[:200].decode("utf-8", "replace"), 120)
    return UnreadableResponse(
        f"expected {expected}, got {found}",
        operation=operation,
        status=response.status,
        request_id=response.request_id,
        attempts=response.attempts,
    )


def json_object(operation: str, response: Response) -> dict[str, Any]:
    """The response as a JSON object."""
    try:
        body = _read(response.content.decode())  # LINE writes UTF-8; detecting the encoding costs as much as reading
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise unreadable(operation, response, "a JSON object")
    return body


_SCALARS: Mapping[str, type] = {"str": str, "int": int, "bool": bool}


def parse_value(kind: type[T], body: Mapping[str, Any], operation: str, response: Response) -> T:
    """An attrs value of scalars from LINE's camelCase names; unknown names go to ``extra``.

    Strict: a missing required name or another type is an ``UnreadableResponse``; null counts as absent.
    """
    make: Any = kind  # an attrs class with ``extra``, which the type system cannot express
    scalars = {a: expected for a in attrs.fields(make) if (expected := _SCALARS.get(str(a.type).split(" ")[0]))}
    values: dict[str, Any] = {}
    for attribute, expected in scalars.items():
        name = camel(attribute.name)
        found = body.get(name)
        if found is None and attribute.default is None:
            continue
        if type(found) is not expected:
            raise unreadable(operation, response, f"{name} to be {expected.__name__}")
        values[attribute.name] = found
    known = {camel(attribute.name) for attribute in scalars}
    value: T = make(**values, extra={name: value for name, value in body.items() if name not in known})
    return value
