"""Reads CleverTap's responses: success is only what CleverTap calls success.

CleverTap responds with 200 to success, partial success and failure alike, and with an empty 200 to an unknown
path; a gateway between may respond with any JSON. So every reader demands ``status: success`` (uploads: also
``partial`` and ``fail``, with counts that add up) and the properties that it reads. Anything else raises
``UnreadableResponse``, or the rejection that the response states. https://developer.clevertap.com/docs/api-errors
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from linetap.clevertap.models import (
    CampaignCreated,
    CampaignReport,
    CampaignSummary,
    CleverTapProfile,
    Count,
    ProfilePage,
    profile_from_json,
)
from linetap.clevertap.records import Record
from linetap.clevertap.rejections import as_code, match_rejections
from linetap.clevertap.reports import BatchResult
from linetap.errors import BY_STATUS, BadRequest, Conflict, Rejected, TooManyRequests, UnreadableResponse
from linetap.http.types import ErrorInfo, Response

T = TypeVar("T")
Body = Mapping[str, Any]
_LONGEST_MESSAGE = 300
_IN_PROGRESS = 2  # "Request still in progress": the cursor is not ready yet


def json_object(response: Response, name: str) -> dict[str, Any]:
    """The response as a mapping; an empty body and one that is not JSON are errors."""
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


def json_or_empty(response: Response) -> dict[str, Any]:
    """The response as a mapping; empty where it is none."""
    try:
        body = response.json() if response.content.strip() else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def read_body(response: Response, name: str, read: Callable[[Body], T]) -> T:
    """What ``read`` finds in the response; a property that is missing or odd is ``UnreadableResponse``."""
    body = json_object(response, name)
    try:
        return read(body)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        message = "the response is not what CleverTap documents for it"
        raise UnreadableResponse(message, operation=name, status=response.status) from None


# Rejections.


def error_info(response: Response) -> ErrorInfo | None:
    """The rejection in a response: a status of 3xx or 4xx, or a 200 that states a failure."""
    body = json_or_empty(response)
    if 200 <= response.status < 300 and not _states_failure(body):
        return None
    code = as_code(body.get("code"))
    if code is None and response.status >= 400 and body.get("status") == "fail":
        code = response.status  # CleverTap's own response; one without a code is a gateway's
    status = response.status if response.status >= 300 else code
    default = BadRequest if response.status < 300 and (code is None or code < 500) else Rejected
    error = BY_STATUS.get(status or 0, default)
    return ErrorInfo(error, _message(body, response, code), code=code, retryable=error is TooManyRequests)


def _states_failure(body: Body) -> bool:
    """``status: fail`` without counts, or another word than success and partial together with an error text."""
    status, error = body.get("status"), _error_text(body)
    if status == "fail":
        return not is_count(body.get("processed")) or bool(error and not body.get("unprocessed"))
    return isinstance(status, str) and status not in ("success", "partial") and bool(error)


def _error_text(body: Body) -> str:
    found = body.get("error") or body.get("message")
    return found.strip() if isinstance(found, str) else ""


def _message(body: Body, response: Response, code: int | None) -> str:
    text = _error_text(body)
    if 300 <= response.status < 400:
        return "CleverTap sent a redirect, which linetap does not follow: check base_url"
    if 401 in (response.status, code):
        text = f"{text or 'not authorized'} ({_CREDENTIALS})"
    return text[:_LONGEST_MESSAGE] or f"CleverTap responded with status {response.status}"


_CREDENTIALS = (
    "check that account_id and passcode are not swapped, and that region= is the first label of your dashboard's "
    "address: a passcode is valid in its own region only"
)


# Success.


def is_count(value: object) -> bool:
    """Whether a value is a whole number from 0."""
    return type(value) is int and value >= 0


def succeeded(body: Body) -> Body:
    """The body, if it says success and no error. Raises ValueError."""
    if body.get("status") != "success" or body.get("error"):
        raise ValueError
    return body


def read_done(body: Body) -> None:
    """A success that has nothing else to read."""
    succeeded(body)


def _id(value: object) -> str:
    if type(value) is int or (isinstance(value, str) and value.strip()):
        return str(value)
    raise ValueError


def read_upload(body: Body, records: Sequence[Record]) -> BatchResult:
    """The response to an upload, with each rejection matched to its record.

    Raises ValueError unless the counts add up to what was sent. A rejection that does not say which record it is
    about, or is about one that another is about already, has no record.
    """
    processed, unprocessed, status = body["processed"], body.get("unprocessed"), body.get("status")
    entries = [] if unprocessed is None else unprocessed
    if not is_count(processed) or not isinstance(entries, list) or status not in ("success", "partial", "fail"):
        raise ValueError
    if status == "success" and body.get("error"):
        raise ValueError
    result = match_rejections(processed, entries, records)
    matched = sum(1 for found in result.rejected if found.record is not None)
    least = matched if matched or not entries else 1
    if not processed + least <= len(records) <= processed + len(entries):
        raise ValueError
    return result


def read_cursor(body: Body) -> str:
    """The cursor of a query."""
    cursor = succeeded(body)["cursor"]
    if not isinstance(cursor, str) or not cursor.strip():
        raise ValueError
    return cursor


def is_preparing(body: Body) -> bool:
    """Whether CleverTap is still preparing the result of a cursor."""
    in_progress = as_code(body.get("code")) == _IN_PROGRESS or "still in progress" in _error_text(body).lower()
    return in_progress and "records" not in body


def read_profile_page(body: Body) -> ProfilePage | None:
    """One page of profiles; None while CleverTap prepares it."""
    if is_preparing(body):
        return None
    records, cursor = succeeded(body)["records"], body.get("next_cursor")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ValueError
    if cursor is not None and not isinstance(cursor, str):
        raise ValueError
    return ProfilePage(tuple(profile_from_json(record) for record in records), cursor or None)


def preparing_or_error(response: Response) -> ErrorInfo | None:
    """The rejection in the response for a page; none while it is prepared."""
    return None if is_preparing(json_or_empty(response)) else error_info(response)


def read_count(body: Body) -> Count:
    """A count, or the id with which to ask again."""
    if body.get("status") == "partial":
        return Count(None, _id(body["req_id"]))
    count = succeeded(body)["count"]
    if not is_count(count):
        raise ValueError
    return Count(count)


# One profile. CleverTap does not document the response for an unknown profile.

_SUBJECT = r"(?:profile|user|customer|identity|record|object ?id)s?"
_NO_PROFILE = re.compile(
    rf"\b{_SUBJECT}\b.{{0,40}}\b(?:not found|not exist|n.t exist|unknown)|\b(?:no such|unknown|no)\s+{_SUBJECT}\b"
    r"|^\s*(?:not found|does not exist)\W*$",
    re.I,
)
_NOT_A_PROFILE = re.compile(r"\b(?:account|region|passcode|credentials?|route|path)\b", re.I)


def is_no_such_profile(response: Response) -> bool:
    """A 404 that is not a web page, or a failure without another code whose text says so."""
    body = json_or_empty(response)
    if response.status == 404 and not response.content.strip():
        return True
    code, text = as_code(body.get("code")), _error_text(body)
    if response.status not in (200, 404) or code not in (None, 404) or body.get("record"):
        return False
    if body.get("status") != "fail" and not (response.status == 404 and not body.get("status")):
        return False
    says_so = code == 404 or (response.status == 404 and not text) or _NO_PROFILE.search(text) is not None
    is_json = bool(body) or response.content.strip() == b"{}"
    return is_json and says_so and _NOT_A_PROFILE.search(text) is None


def no_profile_or_error(response: Response) -> ErrorInfo | None:
    """The rejection in the response for a profile; none where there is no such profile."""
    return None if is_no_such_profile(response) else error_info(response)


def read_profile(body: Body) -> CleverTapProfile | None:
    """A profile; None for an empty record."""
    record = succeeded(body)["record"]
    if record is not None and not isinstance(record, dict):
        raise ValueError
    return profile_from_json(record) if record else None


def profile_or_none(response: Response, name: str) -> CleverTapProfile | None:
    """The profile of a response; None where there is no such profile."""
    return None if is_no_such_profile(response) else read_body(response, name, read_profile)


# Campaigns and templates.


def read_template_id(body: Body) -> str:
    """The id of a template that was saved."""
    if body.get("status", "success") != "success" or body.get("error"):
        raise ValueError
    return _id(body["id"] if body.get("id") is not None else body["template_id"])


def read_campaign_created(body: Body, *, estimate_only: bool) -> CampaignCreated:
    """The id of a new campaign and its estimates; with ``estimate_only`` the estimates alone."""
    succeeded(body)
    estimates = body["estimates"] if estimate_only else body.get("estimates", {})
    if not isinstance(estimates, dict) or not all(is_count(number) for number in estimates.values()):
        raise ValueError
    made = None if estimate_only and body.get("id") is None else _id(body["id"])
    return CampaignCreated(made, dict(estimates), dict(body))


def read_campaigns(body: Body) -> tuple[CampaignSummary, ...]:
    """A list of campaigns. CleverTap's page does not name its key; other clients read ``targets``."""
    lists = [value for value in succeeded(body).values() if isinstance(value, list)]
    found = body["targets"] if isinstance(body.get("targets"), list) else lists[0]
    if len(lists) > 1 and found is not body.get("targets"):
        raise ValueError
    return tuple(_summary(entry) for entry in found)


def _summary(entry: Body) -> CampaignSummary:
    scheduled = next((str(entry[key]) for key in entry if key.startswith("scheduled")), "")
    name, status = str(entry.get("name") or ""), str(entry.get("status") or "")
    return CampaignSummary(_id(entry["id"]), name, status, scheduled, dict(entry))


_NOT_ENDED = re.compile(r"(?:has\s*n.?t|not)\s+(?:been\s+|yet\s+)*completed|no result", re.I)


def not_ended_or_error(response: Response) -> ErrorInfo | None:
    """The rejection in the response for a report. Four forms say "not ended yet": 409, and this text with any status.

    https://developer.clevertap.com/docs/get-campaign-report-api; HTTP 200 and 500 were seen by other clients.
    """
    body = json_or_empty(response)
    text, code = _error_text(body), as_code(body.get("code"))
    if not body.get("result") and _NOT_ENDED.search(text):
        return ErrorInfo(Conflict, f"{text[:_LONGEST_MESSAGE]}: call again when it has ended", code=code)
    return error_info(response) if response.status < 500 else None


def read_campaign_report(body: Body) -> CampaignReport:
    """A campaign's figures."""
    result = dict(succeeded(body)["result"])
    sent, clicked = result.get("sent"), result.get("clicked")
    if not all(number is None or is_count(number) for number in (sent, clicked)):
        raise ValueError
    return CampaignReport(sent, clicked, result)
