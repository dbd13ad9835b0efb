"""Reading LINE's answers: its error envelope, its two 429s, and JSON objects into values, strictly.

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


def refusal(response: Response) -> ErrorInfo | None:
    """LINE's own "no", from its status and its envelope; None for 2xx."""
    status = response.status
    if 200 <= status < 300:
        return None
    told, details = envelope(response.content)
    if status == 429:
        return _too_many(told, details)
    if 300 <= status < 400:
        told = "a redirect, which LINE never sends and linetap does not follow: is a proxy or base_url in the way?"
    return ErrorInfo(BY_STATUS.get(status, Rejected), told or f"LINE answered {status}", details)


def envelope(content: bytes) -> tuple[str, tuple[Problem, ...]]:
    """``message`` and ``details`` of an error body; a body that is none of LINE's gives what it shows."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return short_repr(content.decode("utf-8", "replace"), 120) if content else "", ()
    if not isinstance(body, dict):
        return "", ()
    # Some of LINE's own documented errors carry "message": null, and the OAuth ones another name altogether.
    told = [text for name in ("message", "error", "error_description") if isinstance(text := body.get(name), str)]
    details = body.get("details")
    found = details if isinstance(details, list) else []
    return ": ".join(told), tuple(_detail(detail) for detail in found if isinstance(detail, dict))


def _detail(detail: Mapping[str, Any]) -> Problem:
    path, rule = detail.get("property"), detail.get("message")
    return Problem(
        path if isinstance(path, str) else "request",
        rule if isinstance(rule, str) else "LINE refused it without saying why",
        "",
        _PAGE,
    )


def _too_many(told: str, details: tuple[Problem, ...]) -> ErrorInfo:
    # Nothing but this text tells a used-up month from a rate limit. LINE does not promise the text, so what
    # does not match is taken for the rate limit, which a little patience mends.
    if "monthly limit" in told.lower():
        return ErrorInfo(QuotaExceeded, told, details, again=False)
    return ErrorInfo(TooManyRequests, told or "LINE asks for fewer requests", details, again=True)


def unreadable(operation: str, response: Response, wanted: str) -> UnreadableResponse:
    """The error for an answer that is not as documented."""
    found = short_repr(response.content[:200].decode("utf-8", "replace"), 120)
    return UnreadableResponse(
        f"expected {wanted}, got {found}",
        operation=operation,
        status=response.status,
        request_id=response.request_id,
        attempts=response.attempts,
    )


def object_of(operation: str, response: Response) -> dict[str, Any]:
    """The answer as a JSON object."""
    try:
        body = _read(response.content.decode())  # LINE writes UTF-8; guessing it costs as much as reading
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise unreadable(operation, response, "a JSON object")
    return body


_SCALARS: Mapping[str, type] = {"str": str, "int": int, "bool": bool}


def value_of(kind: type[T], body: Mapping[str, Any], operation: str, response: Response) -> T:
    """An attrs value of plain scalars from LINE's camelCase; what it has no name for goes to ``extra``.

    Strict: a missing required name or another type is an ``UnreadableResponse``; null counts as absent.
    """
    make: Any = kind  # that it is an attrs class with ``extra`` is not a thing types can say
    scalars = {a: wanted for a in attrs.fields(make) if (wanted := _SCALARS.get(str(a.type).split(" ")[0]))}
    values: dict[str, Any] = {}
    for attribute, wanted in scalars.items():
        name = camel(attribute.name)
        found = body.get(name)
        if found is None and attribute.default is None:
            continue
        if type(found) is not wanted:
            raise unreadable(operation, response, f"{name} to be {wanted.__name__}")
        values[attribute.name] = found
    known = {camel(attribute.name) for attribute in scalars}
    value: T = make(**values, extra={name: value for name, value in body.items() if name not in known})
    return value
