"""Operations, arguments and responses of LINE's endpoints: the parts that several groups use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from linetap.errors import invalid
from linetap.http.types import Idempotency, Operation, Request, Response
from linetap.line.api.responses import error_info, json_object, unreadable
from linetap.models.dumps import compact

T = TypeVar("T")


def get(name: str, path: str, read: Callable[[Response], T], params: Mapping[str, str] | None = None) -> Operation[T]:
    """A GET, which may be repeated."""
    request = Request("GET", path, params=tuple((params or {}).items()))
    return Operation(name, request, read=read, error_info=error_info, repeat=Idempotency.SAFE)


def send(
    name: str, method: str, path: str, body: Mapping[str, Any], read: Callable[[Response], T], *, safe: bool
) -> Operation[T]:
    """A POST or PUT with a JSON body; ``safe``: it may be repeated after a lost response."""
    repeat = Idempotency.SAFE if safe else Idempotency.IF_REJECTED
    request = Request(method, path, content=compact(body).encode())
    return Operation(name, request, read=read, error_info=error_info, repeat=repeat)


def objects(body: Mapping[str, Any], name: str, operation: str, response: Response) -> list[dict[str, Any]]:
    """The list of JSON objects under ``name``; an absent one is empty."""
    found = body.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise unreadable(operation, response, f"{name} to be a list of objects")
    return found


def whole_number(body: Mapping[str, Any], name: str, operation: str, response: Response) -> int:
    """The whole number under ``name``."""
    found = body.get(name)
    if type(found) is not int:
        raise unreadable(operation, response, f"{name} to be a whole number")
    return found


def nothing(operation: str) -> Callable[[Response], None]:
    """Reads a response whose JSON object has no properties."""

    def read(response: Response) -> None:
        json_object(operation, response)

    return read


def day_text(name: str, day: Any, page: str) -> str:
    """A day of UTC+9 in LINE's format, yyyyMMdd."""
    if isinstance(day, datetime) or not isinstance(day, date):
        raise invalid(name, "must be a datetime.date, a day of UTC+9", day, "pass .date() of a datetime", page)
    return f"{day:%Y%m%d}"


def text(name: str, value: Any, page: str) -> str:
    """A string that is not empty."""
    if isinstance(value, str) and value.strip():
        return value
    raise invalid(name, "must be a string that is not empty", value, page=page)
