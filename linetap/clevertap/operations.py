"""One function for each CleverTap endpoint: the request, and how its response is read.

CleverTap responds with 200 to success, partial success and failure alike, and to an unknown path with 200 and an
empty body: here, a response that cannot be read is an error, never a success.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from linetap.clevertap.encoding import match_rejections, to_bytes, upload_body
from linetap.clevertap.models import (
    CleverTapProfile,
    Count,
    ProfilePage,
    profile_from_json,
)
from linetap.clevertap.records import Record
from linetap.clevertap.reports import BatchResult
from linetap.errors import BY_STATUS, BadRequest, Rejected, TooManyRequests, UnreadableResponse
from linetap.http.types import ErrorInfo, Idempotency, Operation, Request, Response

T = TypeVar("T")
_LONGEST_MESSAGE = 300
_IN_PROGRESS = 2  # "Request still in progress": the cursor is not ready yet


def json_object(response: Response, name: str) -> dict[str, Any]:
    """The response as a mapping; an empty body and one that is not JSON are errors.

    https://developer.clevertap.com/docs/api-errors
    """
    if not response.content.strip():
        message = "the response is empty, as for a path that CleverTap does not have"
        raise UnreadableResponse(message, operation=name, status=response.status)
    try:
        body = response.json()
    except ValueError:
        kind = response.headers.get("content-type", "no content type")
        message = f"the response is not JSON ({kind}, {len(response.content)} bytes)"
        raise UnreadableResponse(message, operation=name, status=response.status) from None
    if not isinstance(body, dict):
        raise UnreadableResponse("the response is not a JSON object", operation=name, status=response.status)
    return body


def _json_or_empty(response: Response) -> dict[str, Any]:
    try:
        body = response.json() if response.content.strip() else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def error_info(response: Response) -> ErrorInfo | None:
    """The rejection in a response: a status of 3xx or 4xx, or 200 with ``status: fail`` and nothing processed."""
    body = _json_or_empty(response)
    failed = body.get("status") == "fail" and "processed" not in body
    if 200 <= response.status < 300 and not failed:
        return None
    code = body.get("code") if isinstance(body.get("code"), (int, str)) else None
    status = response.status if response.status >= 300 else _status_of(code)
    error = BY_STATUS.get(status, BadRequest if status < 300 else Rejected)
    again = error is TooManyRequests
    return ErrorInfo(error, _message(body, response), code=code, retryable=again)


def _status_of(code: object) -> int:
    return code if isinstance(code, int) and code in BY_STATUS else 200


def _message(body: Mapping[str, Any], response: Response) -> str:
    text = str(body.get("error") or body.get("message") or "").strip()
    if 300 <= response.status < 400:
        return "CleverTap sent a redirect, which linetap does not follow: check base_url"
    if response.status == 401 or body.get("code") == 401:
        text = f"{text or 'not authorized'} (a passcode is valid in its own region only)"
    return text[:_LONGEST_MESSAGE] or f"CleverTap responded with status {response.status}"


def operation(
    name: str,
    request: Request,
    read: Callable[[dict[str, Any]], T],
    *,
    repeat: Idempotency = Idempotency.IF_REJECTED,
    read_error: Callable[[Response], ErrorInfo | None] = error_info,
    then: Callable[[T], Operation[T] | None] | None = None,
    endpoint: str = "",
) -> Operation[T]:
    """An operation whose response is a JSON object."""

    def read_response(response: Response) -> T:
        body = json_object(response, name)
        try:
            return read(body)
        except (KeyError, TypeError, ValueError, AttributeError):
            message = "the response lacks properties that CleverTap documents for it"
            raise UnreadableResponse(message, operation=name, status=response.status) from None

    return Operation(name, request, read_response, read_error, repeat, next_page=then, endpoint=endpoint)


def post(path: str, body: object, params: tuple[tuple[str, str], ...] = ()) -> Request:
    """A POST with a JSON body."""
    return Request("POST", path, params, to_bytes(body))


def upload(records: Sequence[Record]) -> Operation[BatchResult]:
    """``POST /1/upload``: up to 1,000 profiles or events. Safe to repeat only where no record increments a value.

    https://developer.clevertap.com/docs/upload-user-profiles-api
    """
    given = tuple(records)
    repeat = Idempotency.SAFE if _repeatable(given) else Idempotency.IF_REJECTED
    request = Request("POST", "/1/upload", content=upload_body(given))
    return operation("clevertap.upload", request, lambda body: _uploaded(body, given), repeat=repeat)


def _repeatable(records: Sequence[Record]) -> bool:
    return all(record.repeatable for record in records)


def _uploaded(body: dict[str, Any], records: Sequence[Record]) -> BatchResult:
    processed, unprocessed = body["processed"], body.get("unprocessed") or []
    if type(processed) is not int or not isinstance(unprocessed, list):
        raise TypeError
    if processed + len(unprocessed) < len(records):
        message = f"of {len(records)} records {processed} were processed and {len(unprocessed)} rejected"
        raise UnreadableResponse(f"{message}: the others are missing", operation="clevertap.upload", status=200)
    return match_rejections(processed, unprocessed, records)


def profile(key: str, value: str) -> Operation[CleverTapProfile | None]:
    """``GET /1/profile.json`` by ``identity``, ``email`` or ``objectId``; None where there is none.

    https://developer.clevertap.com/docs/get-user-profile
    """

    def read(body: dict[str, Any]) -> CleverTapProfile | None:
        record = body.get("record")
        return profile_from_json(record) if isinstance(record, dict) and record else None

    request = Request("GET", "/1/profile.json", ((key, value),))
    found = operation("clevertap.profile", request, read, repeat=Idempotency.SAFE, read_error=_error_info_or_no_profile)
    return _none_for_no_profile(found)


_NO_PROFILE = re.compile(r"not?\s+(?:\w+\s+)?(found|such|exist|profile|record)|does\s*n.?t exist|unknown", re.I)


def is_no_such_profile(response: Response) -> bool:
    """Whether a response means "no such profile". CleverTap does not document it, so every likely form counts."""
    body = _json_or_empty(response)
    if response.status == 404:
        return True
    failed = response.status == 200 and body.get("status") == "fail"
    return failed and _NO_PROFILE.search(str(body.get("error") or body.get("message") or "")) is not None


def _error_info_or_no_profile(response: Response) -> ErrorInfo | None:
    return None if is_no_such_profile(response) else error_info(response)


def _none_for_no_profile(op: Operation[CleverTapProfile | None]) -> Operation[CleverTapProfile | None]:
    def read(response: Response) -> CleverTapProfile | None:
        return None if is_no_such_profile(response) else op.read(response)

    return Operation(op.name, op.request, read, op.error_info, op.repeat)


def open_profiles(query: Mapping[str, Any], batch_size: int) -> Operation[str]:
    """``POST /1/profiles.json``: the cursor under which the profiles of a query are read.

    https://developer.clevertap.com/docs/get-user-profiles-api
    """
    request = post("/1/profiles.json", query, (("batch_size", str(batch_size)),))
    return operation("clevertap.profiles", request, lambda body: str(body["cursor"]), repeat=Idempotency.SAFE)


def profile_page(cursor: str) -> Operation[ProfilePage | None]:
    """``GET /1/profiles.json``: one page; None while CleverTap is still preparing it.

    The cursor is percent-encoded in the response and is sent back unchanged, so it is not encoded again.
    """

    def read(body: dict[str, Any]) -> ProfilePage | None:
        if _preparing(body):
            return None
        return ProfilePage(
            tuple(profile_from_json(r) for r in body.get("records") or ()), body.get("next_cursor") or None
        )

    def read_error(response: Response) -> ErrorInfo | None:
        return None if _preparing(_json_or_empty(response)) else error_info(response)

    request = Request("GET", f"/1/profiles.json?cursor={cursor}")
    endpoint = "GET /1/profiles.json"
    return operation(
        "clevertap.profiles", request, read, repeat=Idempotency.SAFE, read_error=read_error, endpoint=endpoint
    )


def _preparing(body: Mapping[str, Any]) -> bool:
    return body.get("code") == _IN_PROGRESS and "records" not in body


def count(query: Mapping[str, Any]) -> Operation[Count]:
    """``POST /1/counts/profiles.json``. https://developer.clevertap.com/docs/get-profile-count-api"""
    return operation(
        "clevertap.count_profiles", post("/1/counts/profiles.json", query), _count, repeat=Idempotency.SAFE
    )


def count_again(req_id: str) -> Operation[Count]:
    """``GET /1/counts/profiles.json``: the result of a count that was not ready at once."""
    request = Request("GET", "/1/counts/profiles.json", (("req_id", req_id),))
    return operation("clevertap.count_profiles", request, _count, repeat=Idempotency.SAFE)


def _count(body: dict[str, Any]) -> Count:
    if body.get("status") == "partial":
        return Count(None, None if body.get("req_id") is None else str(body["req_id"]))
    return Count(int(body["count"]))


def delete_profiles(identities: Sequence[str]) -> Operation[None]:
    """``POST /1/delete/profiles.json``: up to 100; done within 48 hours.

    https://developer.clevertap.com/docs/delete-user-profile-api
    """
    request = post("/1/delete/profiles.json", {"identity": list(identities)})
    return operation("clevertap.delete_profiles", request, lambda body: None, repeat=Idempotency.SAFE)


def create_webhook_template(path: str, template: Mapping[str, Any]) -> Operation[str]:
    """``POST`` to a service that saves templates: the sandbox, or the address given to the client."""
    read: Callable[[dict[str, Any]], str] = lambda body: str(body.get("id") or body["template_id"])  # noqa: E731
    return operation("clevertap.create_webhook_template", post(path, template), read)


def raw(request: Request, *, repeatable: bool) -> Operation[Response]:
    """Any endpoint: the response unchanged, unless it is a rejection or empty."""

    def read(response: Response) -> Response:
        json_object(response, "clevertap.request")
        return response

    repeat = Idempotency.SAFE if repeatable else Idempotency.IF_REJECTED
    # The path may contain a query; it is not part of the rate limit's key, and it is not logged.
    endpoint = f"{request.method} {request.path.partition('?')[0]}"
    return Operation("clevertap.request", request, read, error_info, repeat, endpoint=endpoint)
