"""One function for each CleverTap endpoint: the request. ``responses`` reads what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from linetap.clevertap import responses
from linetap.clevertap.encoding import to_bytes, upload_body
from linetap.clevertap.models import CleverTapProfile, Count, ProfilePage
from linetap.clevertap.records import Record
from linetap.clevertap.reports import BatchResult
from linetap.http.types import ErrorInfo, Idempotency, Operation, Request, Response

T = TypeVar("T")
ReadError = Callable[[Response], "ErrorInfo | None"]


def operation(
    name: str,
    request: Request,
    read: Callable[[Mapping[str, Any]], T],
    *,
    repeat: Idempotency = Idempotency.IF_REJECTED,
    read_error: ReadError = responses.error_info,
    then: Callable[[T], Operation[T] | None] | None = None,
    endpoint: str = "",
    reads_server_errors: bool = False,
) -> Operation[T]:
    """An operation whose response is a JSON object; ``read`` raises ValueError for one that is not as documented."""

    def read_response(response: Response) -> T:
        return responses.read_body(response, name, read)

    return Operation(
        name,
        request,
        read_response,
        read_error,
        repeat,
        next_page=then,
        endpoint=endpoint,
        reads_server_errors=reads_server_errors,
    )


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
    return operation("clevertap.upload", request, lambda body: responses.read_upload(body, given), repeat=repeat)


def _repeatable(records: Sequence[Record]) -> bool:
    return all(record.repeatable for record in records)


def profile(key: str, value: str) -> Operation[CleverTapProfile | None]:
    """``GET /1/profile.json`` by ``identity``, ``email`` or ``objectId``; None where there is none.

    https://developer.clevertap.com/docs/get-user-profile
    """

    name, request = "clevertap.profile", Request("GET", "/1/profile.json", ((key, value),))

    def read(response: Response) -> CleverTapProfile | None:
        return responses.profile_or_none(response, name)

    return Operation(name, request, read, responses.no_profile_or_error, Idempotency.SAFE)


def open_profiles(query: Mapping[str, Any], batch_size: int) -> Operation[str]:
    """``POST /1/profiles.json``: the cursor under which the profiles of a query are read.

    https://developer.clevertap.com/docs/get-user-profiles-api
    """
    request = post("/1/profiles.json", query, (("batch_size", str(batch_size)),))
    return operation("clevertap.profiles", request, responses.read_cursor, repeat=Idempotency.SAFE)


def profile_page(cursor: str) -> Operation[ProfilePage | None]:
    """``GET /1/profiles.json``: one page; None while CleverTap is still preparing it.

    The cursor is percent-encoded in the response and is sent back unchanged, so it is not encoded again.
    """

    request = Request("GET", f"/1/profiles.json?cursor={cursor}")
    endpoint = "GET /1/profiles.json"
    return operation(
        "clevertap.profiles",
        request,
        responses.read_profile_page,
        repeat=Idempotency.SAFE,
        read_error=responses.preparing_or_error,
        endpoint=endpoint,
    )


def count(query: Mapping[str, Any]) -> Operation[Count]:
    """``POST /1/counts/profiles.json``. https://developer.clevertap.com/docs/get-profile-count-api"""
    return operation(
        "clevertap.count_profiles",
        post("/1/counts/profiles.json", query),
        responses.read_count,
        repeat=Idempotency.SAFE,
    )


def count_again(req_id: str) -> Operation[Count]:
    """``GET /1/counts/profiles.json``: the result of a count that was not ready at once."""
    request = Request("GET", "/1/counts/profiles.json", (("req_id", req_id),))
    return operation("clevertap.count_profiles", request, responses.read_count, repeat=Idempotency.SAFE)


def delete_profiles(identities: Sequence[str]) -> Operation[None]:
    """``POST /1/delete/profiles.json``: up to 100; done within 48 hours.

    https://developer.clevertap.com/docs/delete-user-profile-api
    """
    request = post("/1/delete/profiles.json", {"identity": list(identities)})
    return operation("clevertap.delete_profiles", request, responses.read_done, repeat=Idempotency.SAFE)


def create_webhook_template(path: str, template: Mapping[str, Any]) -> Operation[str]:
    """``POST`` to a service that saves templates: the sandbox, or the address given to the client."""
    return operation("clevertap.create_webhook_template", post(path, template), responses.read_template_id)


def raw(request: Request, *, repeatable: bool) -> Operation[Response]:
    """Any endpoint: the response unchanged, unless it is a rejection or empty."""

    def read(response: Response) -> Response:
        responses.json_object(response, "clevertap.request")
        return response

    repeat = Idempotency.SAFE if repeatable else Idempotency.IF_REJECTED
    # The path may contain a query; it is not part of the rate limit's key, and it is not logged.
    endpoint = f"{request.method} {request.path.partition('?')[0]}"
    return Operation("clevertap.request", request, read, responses.error_info, repeat, endpoint=endpoint)
