"""Every way a call can fail.

::

    LinetapError
    ├── BadArgument (ValueError)      an argument is wrong; nothing was sent
    │   └── BadCampaign               the campaign is wrong; nothing was written or sent
    ├── NoResponse                    no complete response arrived; the request may have been processed
    ├── Rejected                      the service rejected the request; nothing was done
    │   ├── BadRequest                400: the request itself is wrong
    │   ├── Unauthorized              401: the token or passcode is not valid here
    │   ├── Forbidden                 403: the account or its plan does not include this
    │   ├── NotFound                  404
    │   ├── Conflict                  409
    │   ├── Gone                      410
    │   ├── PayloadTooLarge           413: the request is over the service's limit (LINE: 2 MB)
    │   ├── UnsupportedMediaType      415
    │   └── TooManyRequests           429: rate limit
    │       └── QuotaExceeded         429: the month's messages are used up
    ├── ServerError                   5xx: the service failed; the request may have been processed
    ├── UnreadableResponse            a response that is not what the service documents
    ├── BadSignature                  a webhook whose signature is missing or wrong
    ├── FileLocked                    another process uses the file
    ├── StorageError                  a ledger, journal or plan could not be read or written
    ├── TooManyUnfollows              sync stopped: too many followers are missing from LINE's list
    └── PlanOutdated                  the follower list or the ledger changed after the plan was made

    ManualStepNeeded (UserWarning)    a step that must be done by hand in the dashboard

Every error can be pickled, and none contains a token, a passcode or a channel secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from linetap.problems import Problem as Problem
from linetap.problems import Severity as Severity
from linetap.problems import literal_text as literal_text
from linetap.problems import short as short
from linetap.problems import short_repr as short_repr

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

MOST_PROBLEMS = 100
"""An error keeps and prints this many problems, and the number of the others."""
_MOST_DETAILS = 3
_LONGEST_DETAIL = 300


class LinetapError(Exception):
    """The base class of all errors of linetap."""

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
        """The HTTP status of the last response; None where none arrived."""
        self.request_id = request_id
        """``X-Line-Request-Id`` of the last response: LINE's support asks for it."""
        self.attempts = attempts
        """How many requests were sent."""
        self.report = report
        """What an upload, a sync or a bulk send had done before the error."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception pickles only args: keyword-only arguments would be lost.
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
    """An argument is wrong; nothing was sent. ``problems`` lists every problem found, not only the first.

    Of more than 100 problems the first 100 are kept; ``problem_count`` counts them all.
    """

    def __init__(self, message: str = "", *, problems: Iterable[Problem] = (), **facts: Any) -> None:
        found = tuple(problems)
        self.problems: tuple[Problem, ...] = found[:MOST_PROBLEMS]
        self.problem_count = len(found)
        super().__init__(message or _listed(self.problems, self.problem_count), **facts)


class BadCampaign(BadArgument):
    """The campaign is wrong: no body was written and nothing was sent."""


class _MayHaveArrived(LinetapError):
    """The base of the errors after which the service may have processed the request."""

    def __init__(
        self, message: str = "", *, retry_key: str | None = None, may_have_arrived: bool = True, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.retry_key = retry_key
        """The ``X-Line-Retry-Key`` of all attempts: sending again with the same key within 24 hours cannot deliver
        twice."""
        self.may_have_arrived = may_have_arrived
        """False only where the request cannot have arrived, such as without a connection."""


class NoResponse(_MayHaveArrived):
    """No complete response arrived: the connection failed or was lost, or the time was up."""


# The statuses of rejections that LINE or CleverTap document. Another 4xx is the response of a gateway or proxy.
_DOCUMENTED = frozenset({400, 401, 403, 404, 409, 410, 413, 415, 422, 423, 429})


class Rejected(LinetapError):
    """The service rejected the request; nothing was done, unless ``may_have_arrived``.

    The text of the error contains the first details that the service gave.
    """

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
        """What the service says is wrong, field by field; empty where it gives no details."""
        self.code = code
        """The service's own code, where it has one (CleverTap's 401, 523, ...)."""
        self.retry_after = retry_after
        """Seconds to wait, as the service asked; None where it gave no ``Retry-After``, which is usual."""
        self.retry_key: str | None = None
        """The key of a push or multicast: sending again with it within 24 hours is harmless."""

    @property
    def may_have_arrived(self) -> bool:
        """True for a 4xx that the service does not document, such as 408 or 499: a gateway may have passed it on."""
        return self.status is not None and 400 <= self.status < 500 and self.status not in _DOCUMENTED

    def __str__(self) -> str:
        first = [" ".join(detail.summary.split()) for detail in self.details[:_MOST_DETAILS]]
        rest = len(self.details) - len(first)
        lines = [
            *(short(line, _LONGEST_DETAIL) for line in first),
            *([f"and {rest:,} more in details"] if rest else []),
        ]
        return "\n  ".join([super().__str__(), *lines])


class BadRequest(Rejected):
    """400: the request itself is wrong."""


class Unauthorized(Rejected):
    """401: the token or passcode is missing, expired, revoked or of another region."""


class Forbidden(Rejected):
    """403: the account or its plan does not include this."""


class NotFound(Rejected):
    """404."""


class Conflict(Rejected):
    """409."""


class Gone(Rejected):
    """410: the service no longer offers this."""


class PayloadTooLarge(Rejected):
    """413: the request is larger than the service accepts (LINE: 2 MB)."""


class UnsupportedMediaType(Rejected):
    """415."""


class TooManyRequests(Rejected):
    """429: more requests than the service accepts in this time."""


class QuotaExceeded(TooManyRequests):
    """429: the month's messages are used up, or reserved by another send that is still running."""


class ServerError(_MayHaveArrived):
    """The service failed (5xx), and retries did not help or would not have been safe."""


class UnreadableResponse(_MayHaveArrived):
    """The response is not what the service documents; the request may have been processed."""


class BadSignature(LinetapError):
    """The signature of a webhook is missing or does not match its body: do not process the webhook."""


class ManualStepNeeded(UserWarning):
    """The service has no API for this step: the message says what to do by hand."""


class FileLocked(LinetapError):
    """Another process uses this ledger, journal or outbox; nothing was done."""


class StorageError(LinetapError):
    """A ledger, journal or plan could not be read or written. Earlier records in it are unchanged."""

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
        """The file; None for a temporary one."""
        self.reason = reason
        """``full``: no space left; ``damaged``; ``read-only``: no write permission; ``failed``: disk error."""


class TooManyUnfollows(LinetapError):
    """More followers are missing from LINE's list than ``max_unfollow_ratio`` allows: none of them was marked.

    ``report`` has their number; the followers in the list were uploaded as usual.
    """


class PlanOutdated(LinetapError):
    """The follower list or the ledger changed after the plan was made; nothing was done."""


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


def _listed(problems: tuple[Problem, ...], count: int) -> str:
    """The text of an error: its problems, each on new lines, and the number of those that are not kept."""
    if count == 1:
        return str(problems[0])
    head = f"{count:,} problems:" if count == len(problems) else f"{count:,} problems, the first {len(problems)}:"
    return "\n".join([head, *(f"- {problem}".replace("\n", "\n  ") for problem in problems)])


def invalid(path: str, rule: str, found: object, suggestion: str = "", page: str = "") -> BadArgument:
    """The error for one wrong argument; ``rule`` reads after ``path`` ("must be ..."), ``found`` is no secret."""
    return BadArgument(problems=[Problem(path, rule, short_repr(found), page, suggestion)])
