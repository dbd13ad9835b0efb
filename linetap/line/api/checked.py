"""What every method of the LINE clients does before a driver is needed: arguments checked, all at once, and
the operation made. The two clients differ in the driving alone.

What needs messages, LINE's rules or the account's values imports them where it is called: they weigh more than all
else of a client's import.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from linetap.errors import Problem, invalid
from linetap.http.types import Operation, Request, Response, named_as_ours
from linetap.line.api import messaging, rates
from linetap.line.api.retry_keys import fresh_key, key_text

if TYPE_CHECKING:
    from types import ModuleType

    from linetap.line.api.account_results import LineProfile, UnitStatistics
    from linetap.line.api.results import FollowerPage, PushResult, SendResult
    from linetap.line.messages.kinds import Messages

_STATISTICS_PAGE = "https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit"
_FOLLOWERS_PAGE = "https://developers.line.biz/en/reference/messaging-api/#get-follower-ids"


@cache
def _judging() -> ModuleType:
    """The room of the rules, looked up once: an import statement costs as much as judging a short text."""
    from linetap.line.api import checked_messages

    return checked_messages


def push(to: str, messages: Messages, *, retry_key: UUID | str | None, **options: Any) -> Operation[PushResult]:
    """A push, checked."""
    tail: bytes = _judging().checked_tail(to, messages, options)
    return messaging.push_encoded(to, tail, retry_key=fresh_key() if retry_key is None else key_text(retry_key))


def multicast(
    to: Sequence[str], messages: Messages, *, retry_key: UUID | str | None, **options: Any
) -> Operation[SendResult]:
    """A multicast, checked."""
    people: list[str]
    tail: bytes
    people, tail = _judging().checked_multicast(to, messages, options)
    key = fresh_key() if retry_key is None else key_text(retry_key)
    return messaging.multicast_encoded(people, tail, retry_key=key)


def validate_push(messages: Messages) -> Operation[tuple[Problem, ...]]:
    """LINE's own verdict is wanted, so nothing but what could not be sent at all is held back."""
    plain: list[dict[str, Any]] = _judging().plain_messages(messages)
    return messaging.validate_push(plain)


def followers(page_size: Any, start: Any) -> Operation[FollowerPage]:
    """The first page of a walk."""
    most = rates.FOLLOWERS_PAGE
    if isinstance(page_size, bool) or not isinstance(page_size, int) or not 1 <= page_size <= most:
        raise invalid("page_size", f"is a whole number from 1 to {most}", page_size, page=_FOLLOWERS_PAGE)
    if start is not None and (not isinstance(start, str) or not start):
        raise invalid("start", "is the next of an earlier page, or None", start, page=_FOLLOWERS_PAGE)
    return messaging.followers(page_size=page_size, start=start)


def profile(user_id: str) -> Operation[LineProfile | None]:
    """The profile of one person."""
    from linetap.line.api import account

    _judging().check_person(user_id)
    return account.profile(user_id)


def issue_link_token(user_id: str) -> Operation[str]:
    """A token to link one person's account."""
    from linetap.line.api import account

    _judging().check_person(user_id)
    return account.issue_link_token(user_id)


def unit_statistics(unit: str, since: date, until: date) -> Operation[UnitStatistics]:
    """The figures of one aggregation unit."""
    from linetap.line.api import account

    for name, day in (("since", since), ("until", until)):
        if isinstance(day, datetime) or not isinstance(day, date):
            raise invalid(
                name, "is a datetime.date, a day of UTC+9", day, "write .date() for a datetime", _STATISTICS_PAGE
            )
    days = (until - since).days
    if not 0 <= days <= rates.STATISTICS_DAYS:
        rule = f"is 0 to {rates.STATISTICS_DAYS} days after since"
        raise invalid("until", rule, f"{until} ({days} days)", "ask month by month", _STATISTICS_PAGE)
    _judging().check_unit(unit)
    return account.unit_statistics(unit, since, until)


def request(
    method: Any,
    path: Any,
    *,
    params: Mapping[str, Any] | Sequence[tuple[str, Any]] | None,
    json: Any,
    content: bytes | None,
    headers: Mapping[str, str] | None,
    host: str,
    retry_key: UUID | str | None,
    repeatable: bool,
) -> Operation[Response]:
    """Any endpoint of LINE's."""
    if not isinstance(method, str) or not method.isalpha():
        raise invalid("method", "is an HTTP method, such as GET", method)
    if not isinstance(path, str) or not re.fullmatch(r"/(?!/)[\x21-\x7e]*", path) or "#" in path or "?" in path:
        rule = "begins with one /, names no host, and is percent-encoded ASCII without a query"
        raise invalid("path", rule, path, "give the query as params")
    if host not in ("api", "api-data"):
        raise invalid("host", "is 'api' or 'api-data'", host)
    if json is not None and content is not None:
        raise invalid("content", "is given instead of json, not beside it", "both")
    pairs = params.items() if isinstance(params, Mapping) else params or ()
    body = content if json is None else messaging.encoded(json, "json")
    key = None if retry_key is None else key_text(retry_key)
    return messaging.any_request(
        Request(
            method.upper(), path, tuple((name, str(value)) for name, value in pairs), body, named_as_ours(headers), host
        ),
        retry_key=key,
        repeatable=repeatable or method.upper() == "GET",
    )
