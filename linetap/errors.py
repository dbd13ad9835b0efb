"""Every way a call can fail.

::

    LinetapError
    ├── BadArgument (ValueError)      the call is wrong; nothing was sent
    │   └── BadCampaign               the campaign is wrong; nothing was written or sent
    ├── NoResponse                      no answer came back; the request may have arrived
    ├── Rejected                       the service said no, and nothing was done
    │   ├── BadRequest                400
    │   ├── Unauthorized              401: the token or passcode is not valid here
    │   ├── Forbidden                 403: the account or plan is not entitled
    │   ├── NotFound                  404
    │   ├── Conflict                  409
    │   ├── Gone                      410
    │   ├── PayloadTooLarge                  413: the request is over 2 MB
    │   ├── UnsupportedMediaType            415
    │   └── TooManyRequests           429: slower, please
    │       └── QuotaExceeded         429: the month's messages are used up
    ├── ServerError                 5xx: the service failed; the request may have been taken
    ├── UnreadableResponse              an answer that is not what the service documents
    ├── BadSignature                  a webhook that its sender did not sign
    ├── FileLocked                         another process holds the file
    ├── StorageError                    a ledger, journal or plan could not be read or written
    ├── TooManyUnfollows              the brake of a sync: too many followers vanished at once
    └── PlanOutdated                    too much has changed since the plan was made

    ManualStepNeeded (UserWarning)    a person has to do the rest in the dashboard

Every error pickles, and none holds a token, a passcode or a channel secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import attrs

__all__ = [
    "BadArgument",
    "BadCampaign",
    "BadRequest",
    "BadSignature",
    "Conflict",
    "FileLocked",
    "Forbidden",
    "Gone",
    "LinetapError",
    "ManualStepNeeded",
    "NoResponse",
    "NotFound",
    "PayloadTooLarge",
    "PlanOutdated",
    "Problem",
    "QuotaExceeded",
    "Rejected",
    "ServerError",
    "StorageError",
    "TooManyRequests",
    "TooManyUnfollows",
    "Unauthorized",
    "UnreadableResponse",
    "UnsupportedMediaType",
]

Severity = Literal["error", "uncertain", "advice"]


@attrs.frozen
class Problem:
    """One thing that is wrong, or not certain, or could be better.

    ``error`` would be refused and blocks a send; ``uncertain`` depends on a value or on what only the
    vendor knows; ``advice`` is a remark. Only errors block.
    """

    path: str
    """Where: ``messages[1].template.columns[3].actions[0].label``."""
    rule: str
    """What holds there, in one sentence."""
    found: str
    """What was found, shortened; never a secret."""
    page: str = ""
    """The vendor's page that states the rule."""
    suggestion: str = ""
    """How to mend it."""
    severity: Severity = "error"

    def __str__(self) -> str:
        parts = [f"{self.path}: {self.rule}", f"found {self.found}" if self.found else "", self.suggestion]
        text = "; ".join(part for part in parts if part)
        return f"{text} ({self.page})" if self.page else text


class LinetapError(Exception):
    """The root of all errors of linetap."""

    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        attempts: int = 0,
        report: Any = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation
        """The operation's name, such as ``line.push``."""
        self.status = status
        """The HTTP status of the last answer, if one came."""
        self.request_id = request_id
        """``X-Line-Request-Id`` of the last answer: what LINE's support asks for."""
        self.attempts = attempts
        """How many requests were sent."""
        self.report = report
        """What an upload, a sync or a bulk send had done before it ended."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only arguments do not survive Exception's own pickling, which replays args alone.
        return (_rebuild, (type(self), self.args, dict(self.__dict__)))

    def __str__(self) -> str:
        facts = {
            "status": self.status,
            "request id": self.request_id,
            "attempts": self.attempts if self.attempts > 1 else None,
        }
        tail = ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
        head = f"{self.operation}: {self.message}" if self.operation else self.message
        return f"{head} [{tail}]" if tail else head


def _rebuild(kind: type[LinetapError], args: tuple[Any, ...], state: Mapping[str, Any]) -> LinetapError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class BadArgument(LinetapError, ValueError):
    """The call is wrong: nothing was sent. ``problems`` holds all that is wrong, at once."""

    def __init__(self, message: str = "", *, problems: Iterable[Problem] = (), **facts: Any) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(message or _joined(self.problems), **facts)


class BadCampaign(BadArgument):
    """The campaign is wrong: no body was written and nothing was sent."""


class NoResponse(LinetapError):
    """No answer came: connection refused or cut, or the time was up."""

    def __init__(
        self, message: str = "", *, retry_key: str | None = None, may_have_arrived: bool = True, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.retry_key = retry_key
        """The ``X-Line-Retry-Key`` of all attempts: sending again with it within 24 hours cannot double."""
        self.may_have_arrived = may_have_arrived
        """False only where no connection was made, so that nothing can have arrived."""


class Rejected(LinetapError):
    """The service understood and said no; nothing was done."""

    def __init__(
        self,
        message: str = "",
        *,
        details: Iterable[Problem] = (),
        code: int | str | None = None,
        retry_after: float | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message, **facts)
        self.details: tuple[Problem, ...] = tuple(details)
        """What the service itself says is wrong, field by field, where it does."""
        self.code = code
        """The service's own code, where it has one (CleverTap's 401, 523, ...)."""
        self.retry_after = retry_after
        """Seconds the service asked to wait, or what is left of them; None where it did not say, as both usually do."""


class BadRequest(Rejected):
    """400: the service found the request itself wrong."""


class Unauthorized(Rejected):
    """401: the token or passcode is missing, expired, revoked or of another region."""


class Forbidden(Rejected):
    """403: the account or its plan is not entitled to this."""


class NotFound(Rejected):
    """404."""


class Conflict(Rejected):
    """409."""


class Gone(Rejected):
    """410: the service no longer offers this."""


class PayloadTooLarge(Rejected):
    """413: the request is larger than the service takes (LINE: 2 MB)."""


class UnsupportedMediaType(Rejected):
    """415."""


class TooManyRequests(Rejected):
    """429: more requests than the service takes at once."""


class QuotaExceeded(TooManyRequests):
    """429: the month's messages are used up, or reserved by another send that is still running."""


class ServerError(LinetapError):
    """The service failed (5xx) and repeating did not help, or would not have been safe."""

    def __init__(
        self, message: str = "", *, retry_key: str | None = None, may_have_arrived: bool = True, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.retry_key = retry_key
        self.may_have_arrived = may_have_arrived


class UnreadableResponse(LinetapError):
    """An answer came that is not what the service documents; what was asked may have been done."""


class BadSignature(LinetapError):
    """A webhook whose signature does not fit its body: do not process it."""


class ManualStepNeeded(UserWarning):
    """The service offers no API for this; the receipt says what to do by hand."""


class FileLocked(LinetapError):
    """A ledger, journal or outbox is held by another process; nothing was done."""


class StorageError(LinetapError):
    """A ledger, journal or plan could not be read or written. What was recorded before is not touched by it."""

    def __init__(
        self,
        message: str = "",
        *,
        path: str | None = None,
        reason: Literal["full", "damaged", "read-only", "failed"] = "failed",
        **facts: Any,
    ) -> None:
        super().__init__(message, **facts)
        self.path = path
        """The file; None where it was a temporary one."""
        self.reason = reason
        """``full``; ``damaged``; ``read-only``: this user may not open or write it; ``failed``: the disk itself."""


class TooManyUnfollows(LinetapError):
    """More followers vanished at once than the sync may take away: none of them was touched.

    ``report`` tells how many; followers that are there were uploaded as usual.
    """


class PlanOutdated(LinetapError):
    """Followers or ledger are no longer what they were when the plan was made; nothing was done."""


BY_STATUS: Mapping[int, type[Rejected]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    413: PayloadTooLarge,
    415: UnsupportedMediaType,
    429: TooManyRequests,
}


def _joined(problems: tuple[Problem, ...]) -> str:
    if len(problems) == 1:
        return str(problems[0])
    return "\n".join([f"{len(problems)} problems", *(f"  {problem}" for problem in problems)])


def invalid(path: str, rule: str, found: object, suggestion: str = "", page: str = "") -> BadArgument:
    """The error for one wrong argument; ``found`` is shortened, and must not be a secret."""
    return BadArgument(problems=[Problem(path, rule, short_repr(found), page, suggestion)])


def short_repr(value: object, limit: int = 80) -> str:
    """A value as an error shows it: its repr, cut to ``limit`` characters."""
    text = value if isinstance(value, _LiteralText) else _repr(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - a number of 5,000 digits, a list in itself, a class of the caller's own
        return f"a {type(value).__name__} that cannot be shown"


class _LiteralText(str):
    """Text that ``shown`` gives as it stands, without quotes."""


def literal_text(text: str) -> str:
    """Mark text that describes what was found, so that ``shown`` does not put it in quotes."""
    return _LiteralText(text)
