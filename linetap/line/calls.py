"""What every method of the LINE clients does before a driver is needed: arguments checked, all at once, and
the operation made. The two clients differ in the driving alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from linetap.errors import BadArgument, Problem, bad, shown
from linetap.line import limits_api, operations, operations_account
from linetap.line.keys import key_text
from linetap.line.messages import Messages, messages_to_json
from linetap.line.models import FollowerPage, LineProfile, PushResult, SendResult, UnitStatistics
from linetap.line.rules import Channel, judged, option_problems, recipient_problems, standing_fields
from linetap.wire import Operation, Request, Response

NewKey = Callable[[], UUID]

_MULTICAST_PAGE = "https://developers.line.biz/en/reference/messaging-api/#send-multicast-message"
_STATISTICS_PAGE = "https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit"
_FOLLOWERS_PAGE = "https://developers.line.biz/en/reference/messaging-api/#get-follower-ids"


def errors_of(problems: Sequence[Problem]) -> list[Problem]:
    """What blocks a send; what is unproven or advice does not."""
    return [problem for problem in problems if problem.severity == "error"]


def raise_for(problems: Sequence[Problem]) -> None:
    """Raises all errors among the problems at once."""
    if errors := errors_of(problems):
        raise BadArgument(problems=dict.fromkeys(errors))


def judged_tail(
    to: object, messages: Messages, channel: Channel, options: Mapping[str, Any]
) -> tuple[list[Problem], bytes]:
    """What is wrong with messages and options, and all of a body but its recipient, written once for both."""
    try:
        plain = messages_to_json(messages)
    except BadArgument as error:
        return list(error.problems), b""
    problems, text = judged(plain, channel=channel, to=to if type(to) is str else "", filled=True)
    extra = operations.options_of(**options)
    found = errors_of([*problems, *option_problems(extra)] if extra else problems)
    return found, operations.tail_of(plain if text is None else text, **options) if not found else b""


def recipient_errors(to: object, path: str = "to", *, kinds: str = "UCR") -> list[Problem]:
    """What is wrong with a recipient that is to be sent to now; a field that still stands in it is, too."""
    found = recipient_problems(to, path, kinds=kinds)
    return errors_of([*found, *standing_fields(to, path)]) if found else []


def push(
    to: str, messages: Messages, *, retry_key: UUID | str | None, new_key: NewKey, **options: Any
) -> Operation[PushResult]:
    """A push, checked."""
    problems, tail = judged_tail(to, messages, "push", options)
    raise_for([*recipient_errors(to), *problems])
    return operations.push_encoded(to, tail, retry_key=key_text(new_key() if retry_key is None else retry_key))


def multicast(
    to: Sequence[str], messages: Messages, *, retry_key: UUID | str | None, new_key: NewKey, **options: Any
) -> Operation[SendResult]:
    """A multicast, checked; who stands in ``to`` more than once is sent to once."""
    people, wrong = recipients(to)
    problems, tail = judged_tail(people[0] if people else "", messages, "multicast", options)
    raise_for([*wrong, *problems])
    return operations.multicast_encoded(people, tail, retry_key=key_text(new_key() if retry_key is None else retry_key))


def recipients(to: Any) -> tuple[list[str], list[Problem]]:
    """The distinct recipients of a multicast, in their order, and what is wrong with them."""
    if isinstance(to, (str, bytes)) or not isinstance(to, Sequence):
        rule, hint = "is a sequence of user ids", "for one recipient there is push"
        return [], [Problem("to", rule, shown(to), _MULTICAST_PAGE, hint)]
    # What LINE does with a repeated id is not documented; one message each is what anybody would expect.
    # Positions are those of the sequence given, so that an error points into the caller's own list.
    places = {person: number for number, person in reversed([*enumerate(to)]) if isinstance(person, str)}
    people = sorted(places, key=places.__getitem__)
    wrong = [p for person in people for p in recipient_errors(person, f"to[{places[person]}]", kinds="U")]
    for number, person in enumerate(to):
        wrong += [] if isinstance(person, str) else recipient_errors(person, f"to[{number}]", kinds="U")
    most = limits_api.MULTICAST_RECIPIENTS
    if not 1 <= len(people) <= most and not wrong:
        rule, hint = f"is 1 to {most} different user ids", "push_many(..., fold=True) sends to any number"
        wrong.append(Problem("to", rule, str(len(people)), _MULTICAST_PAGE, hint))
    return people, wrong


def validate_push(messages: Messages) -> Operation[tuple[Problem, ...]]:
    """LINE's own verdict is wanted, so nothing but what could not be sent at all is held back."""
    plain = messages_to_json(messages)
    raise_for(standing_fields(plain))
    return operations.validate_push(plain)


def followers(page_size: Any, start: Any) -> Operation[FollowerPage]:
    """The first page of a walk."""
    most = limits_api.FOLLOWERS_PAGE
    if isinstance(page_size, bool) or not isinstance(page_size, int) or not 1 <= page_size <= most:
        raise bad("page_size", f"is a whole number from 1 to {most}", page_size, page=_FOLLOWERS_PAGE)
    if start is not None and (not isinstance(start, str) or not start):
        raise bad("start", "is the next of an earlier page, or None", start, page=_FOLLOWERS_PAGE)
    return operations.followers(page_size=page_size, start=start)


def profile(user_id: str) -> Operation[LineProfile | None]:
    """The profile of one person."""
    raise_for(recipient_problems(user_id, "user_id", kinds="U"))
    return operations_account.profile(user_id)


def issue_link_token(user_id: str) -> Operation[str]:
    """A token to link one person's account."""
    raise_for(recipient_problems(user_id, "user_id", kinds="U"))
    return operations_account.issue_link_token(user_id)


def unit_statistics(unit: str, since: date, until: date) -> Operation[UnitStatistics]:
    """The figures of one aggregation unit."""
    for name, day in (("since", since), ("until", until)):
        if isinstance(day, datetime) or not isinstance(day, date):
            raise bad(name, "is a datetime.date, a day of UTC+9", day, "write .date() for a datetime", _STATISTICS_PAGE)
    days = (until - since).days
    if not 0 <= days <= limits_api.STATISTICS_DAYS:
        rule = f"is 0 to {limits_api.STATISTICS_DAYS} days after since"
        raise bad("until", rule, f"{until} ({days} days)", "ask month by month", _STATISTICS_PAGE)
    raise_for(option_problems({"customAggregationUnits": [unit]}))
    return operations_account.unit_statistics(unit, since, until)


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
        raise bad("method", "is an HTTP method, such as GET", method)
    if not isinstance(path, str) or not re.fullmatch(r"/(?!/)[\x21-\x7e]*", path) or "#" in path or "?" in path:
        rule = "begins with one /, names no host, and is percent-encoded ASCII without a query"
        raise bad("path", rule, path, "give the query as params")
    if host not in ("api", "api-data"):
        raise bad("host", "is 'api' or 'api-data'", host)
    if json is not None and content is not None:
        raise bad("content", "is given instead of json, not beside it", "both")
    pairs = params.items() if isinstance(params, Mapping) else params or ()
    body = content if json is None else operations.encoded(json, "json")
    key = None if retry_key is None else key_text(retry_key)
    return operations.any_request(
        Request(
            method.upper(), path, tuple((name, str(value)) for name, value in pairs), body, dict(headers or {}), host
        ),
        retry_key=key,
        repeatable=repeatable or method.upper() == "GET",
    )
