"""Turns the final response of a call (or its absence) into the result or the exception of the call."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import attrs

from linetap.errors import (
    BadArgument,
    Forbidden,
    LinetapError,
    NoResponse,
    Problem,
    Rejected,
    ServerError,
    TooManyRequests,
    Unauthorized,
    UnreadableResponse,
    invalid,
    literal_text,
)
from linetap.http.secret import Secret, redact
from linetap.http.types import ErrorInfo, Idempotency, Operation, Response

_READ_METHODS = frozenset({"GET", "HEAD"})
# These errors concern the caller and the moment, not the request: an earlier attempt may have been accepted.
_NOT_ABOUT_THE_REQUEST = (TooManyRequests, Unauthorized, Forbidden)


@attrs.frozen
class AttemptFailed:
    """No complete response arrived."""

    reason: str
    """In words, without a secret."""
    may_have_arrived: bool = True
    """False only if no connection was made, so that the service cannot have received the request."""
    retryable: bool = True
    """False if another attempt cannot help: a certificate that cannot be verified."""
    cause: BaseException | None = attrs.field(default=None, repr=False, eq=False)
    """The exception behind it, without frames that could contain a secret."""


AttemptResult: TypeAlias = "Response | AttemptFailed"


class Verdict(enum.Enum):
    """What one response means for the call."""

    SUCCESS = "the service accepted the request"
    RENEW_TOKEN = "the credentials were rejected"  # noqa: S105
    RATE_LIMITED = "the service did nothing because of its rate limit"
    RETRY = "the attempt failed, and it is safe to repeat it"
    FAIL = "the call ends with an error"


# 501 and 505 concern the request itself: the same request gets the same response (RFC 9110 sections 15.6.2, 15.6.6).
_PERMANENT = frozenset({501, 505})
# 408, 421 and 425 concern the connection: the same request may be sent again (RFC 9110 sections 15.5.9 and 15.5.20,
# RFC 8470 section 5.2).
_REPEATABLE = frozenset({408, 421, 425})


def classify(operation: Operation[Any], result: AttemptResult) -> tuple[Verdict, ErrorInfo | None]:
    """What the result of an attempt means, by its status and by whether the operation may be repeated."""
    safe = operation.repeat is Idempotency.SAFE
    if isinstance(result, AttemptFailed):
        return Verdict.RETRY if result.retryable and (safe or not result.may_have_arrived) else Verdict.FAIL, None
    if result.status >= 500:
        stated = operation.error_info(result) if operation.reads_server_errors else None
        if stated is not None:
            return Verdict.FAIL, stated
        return Verdict.RETRY if safe and result.status not in _PERMANENT else Verdict.FAIL, None
    if result.status < 200 or 300 <= result.status < 400:
        return Verdict.FAIL, None  # a redirect is never followed: it would send the credentials to another host
    info = operation.error_info(result)
    if info is None:
        return Verdict.SUCCESS, None
    if result.status == 401 and operation.authorized:
        return Verdict.RENEW_TOKEN, info
    if result.status in _REPEATABLE and safe:
        return Verdict.RETRY, info
    return Verdict.RATE_LIMITED if info.retryable else Verdict.FAIL, info


class CallState:
    """State of one call across its attempts: their number, the last result, the credentials used."""

    __slots__ = ("attempts", "error_info", "last", "may_have_arrived", "operation", "tokens", "waited")

    def __init__(self, operation: Operation[Any]) -> None:
        self.operation = operation
        self.attempts = 0
        self.waited = 0.0
        self.may_have_arrived = False
        """Whether the service may have accepted an attempt whose response was lost or was a 5xx."""
        self.last: Any = None
        self.error_info: ErrorInfo | None = None
        self.tokens: list[Mapping[str, str]] = []
        """The credentials that the attempts carried."""

    def redact(self, text: str) -> str:
        """A service's own text without the credentials: a gateway may send back what it received."""
        return redact(text, secrets_of(self.operation, *self.tokens))

    def redact_error(self, error: LinetapError) -> None:
        """Mask the credentials in every text of an error that was made from a response."""
        for name, value in vars(error).items():
            if isinstance(value, str):
                setattr(error, name, self.redact(value))
            elif isinstance(value, tuple):
                setattr(error, name, tuple(self._redact_part(part) for part in value))
        error.args = tuple(self._redact_part(part) for part in error.args)

    def redact_problems(self, value: Any) -> Any:
        """A result as it is; problems of a service without the credentials, which a gateway may have sent back."""
        if isinstance(value, tuple) and value and isinstance(value[0], Problem):
            return tuple(self._redact_part(part) for part in value)
        return value

    def _redact_part(self, part: Any) -> Any:
        if isinstance(part, Problem):
            texts: Any = {name: self.redact(getattr(part, name)) for name in ("path", "rule", "found", "suggestion")}
            return attrs.evolve(part, **texts)
        return self.redact(part) if isinstance(part, str) else part

    def classified(self, result: AttemptResult) -> tuple[Verdict, ErrorInfo | None]:
        """Classify a result and remember it; a response that cannot be classified is ``UnreadableResponse``."""
        try:
            verdict, error_info = classify(self.operation, result)
        except LinetapError as error:
            raise self.with_context(error, result).with_traceback(None) from None
        except Exception as error:  # noqa: BLE001 - a function that reads responses may fail in any way
            assert isinstance(result, Response)
            raise unreadable(self, result, error) from None
        self.last, self.error_info = result, error_info
        received = result.status >= 500 if isinstance(result, Response) else result.may_have_arrived
        self.may_have_arrived = self.may_have_arrived or received
        return verdict, error_info

    def facts(self, result: Any) -> dict[str, Any]:
        """What every error of this call has."""
        response = result if isinstance(result, Response) else None
        return {
            "operation": self.operation.name,
            "status": response and response.status,
            "request_id": response and response.request_id and self.redact(response.request_id),
            "attempts": self.attempts,
        }

    def with_context(self, error: LinetapError, result: Any) -> LinetapError:
        """``error`` with the facts of this call where it has none of its own."""
        for name, value in self.facts(result).items():
            if not getattr(error, name):
                setattr(error, name, value)
        if isinstance(error, UnreadableResponse):
            error.retry_key = error.retry_key or self.operation.retry_key
        self.redact_error(error)
        return error


def read_result(state: CallState, response: Response) -> Any:
    """What the operation reads from a successful response."""
    if state.attempts > 1:
        response = attrs.evolve(response, attempts=state.attempts)
    try:
        return state.redact_problems(state.operation.read(response))
    except LinetapError as error:
        # Without the frames of the reader: they have the response, which may quote what was sent.
        raise state.with_context(error, response).with_traceback(None) from None
    except Exception as error:  # noqa: BLE001 - a function that reads responses may fail in any way
        raise unreadable(state, response, error) from None


def unreadable(state: CallState, response: Response, error: Exception) -> UnreadableResponse:
    """The error for a response that is not as documented.

    It does not quote the response and is not chained to ``error``: half of a token response would show the token.
    """
    kind = response.headers.get("content-type", "no content type")
    return UnreadableResponse(
        f"the response is not as documented ({type(error).__name__} while reading {len(response.content)} bytes, "
        f"{state.redact(kind)}); the request may have been accepted",
        retry_key=state.operation.retry_key,
        **state.facts(response),
    )


def final_error(state: CallState, result: Any, error_info: ErrorInfo | None) -> LinetapError:
    """The error with which a call ends after ``result`` (None: nothing was sent)."""
    facts = state.facts(result)
    delivery: dict[str, Any] = {
        "retry_key": state.operation.retry_key,
        "may_have_arrived": state.may_have_arrived,
        **facts,
    }
    if result is None:
        return _not_sent(state, facts)
    if error_info is not None:
        return _rejected(state, result, error_info, delivery)
    if not isinstance(result, Response):
        error = NoResponse(f"{result.reason}{_delivery_note(state)}", **delivery)
        error.__cause__ = result.cause
        return error
    if result.status >= 500:
        return ServerError(f"the service failed{_delivery_note(state)}", **delivery)
    return UnreadableResponse("unexpected status: redirects are not followed", **delivery)


def no_credentials(state: CallState) -> Unauthorized:
    """The error for a call whose credentials have no headers and cannot be issued."""
    return Unauthorized("there are no credentials to send; nothing was sent", **state.facts(None))


def paused(state: CallState, seconds: float) -> LinetapError:
    """The error for a call that must not be sent in time, because of a 429 for an earlier call of its endpoint.

    ``seconds`` of the pause are left. The result of an earlier attempt of this call, if any, decides the error.
    """
    if state.last is None:
        why = f"a 429 for an earlier call of this endpoint pauses it for {seconds:.0f} s more; nothing was sent"
        return TooManyRequests(why, retry_after=seconds, **state.facts(None))
    error = final_error(state, state.last, state.error_info)
    if isinstance(error, TooManyRequests):
        error.retry_after = seconds
    return error


def cannot_be_sent(operation: Operation[Any]) -> BadArgument:
    """The error for a request that is not valid HTTP. The value may be a secret, so it is not shown."""
    rule = "must have a URL and headers that are valid HTTP (Latin-1, no line breaks)"
    error = invalid("request", rule, literal_text("other characters"))
    error.operation = operation.name
    return error


def not_sent(operation: Operation[Any], may_have_arrived: bool = False) -> LinetapError:
    """The error for an operation that a stopping run did not send, or whose response it did not wait for."""
    if not may_have_arrived:
        return final_error(CallState(operation), None, None)
    why = "the run was stopped before a response arrived; the request may have been accepted"
    return NoResponse(why, operation=operation.name, retry_key=operation.retry_key, may_have_arrived=True)


def _delivery_note(state: CallState) -> str:
    if state.operation.request.method in _READ_METHODS:
        return ""
    return "; the request may have been accepted" if state.may_have_arrived else "; nothing was sent"


def _not_sent(state: CallState, facts: dict[str, Any]) -> LinetapError:
    return NoResponse(
        "timed out, or the run was stopped, before the request was sent; nothing was sent",
        retry_key=state.operation.retry_key,
        may_have_arrived=False,
        **facts,
    )


def _rejected(state: CallState, response: Response, info: ErrorInfo, delivery: dict[str, Any]) -> LinetapError:
    error = info.error(
        info.message,
        details=info.details,
        code=info.code,
        retry_after=retry_after(response.headers),
        **state.facts(response),
    )
    state.redact_error(error)
    if isinstance(error, Rejected):
        error.retry_key = state.operation.retry_key
    about_the_request = not isinstance(error, _NOT_ABOUT_THE_REQUEST)
    if not state.may_have_arrived or state.operation.request.method in _READ_METHODS or about_the_request:
        return error
    # "Rejected" means that nothing was done. An earlier attempt without a response makes that uncertain.
    uncertain = NoResponse(
        f"an attempt got no response, and the last one was rejected ({error.message}); "
        "the request may have been accepted",
        **delivery,
    )
    uncertain.__cause__ = error
    return uncertain


def secrets_of(operation: Operation[Any], *tokens: Mapping[str, str]) -> list[Secret]:
    """What a response to an operation must not show: the credentials, and the secrets in a request for a token."""
    return [*(Secret(value) for token in tokens for value in token.values()), *_form_secrets(operation)]


def _form_secrets(operation: Operation[Any]) -> list[Secret]:
    """The secrets in the form of a request for a token: the channel secret, or an assertion."""
    form = b"" if operation.authorized else operation.request.content or b""
    return [Secret(value) for name, value in parse_qsl(form.decode("latin-1")) if name != "grant_type"]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds, from a number or a date (relative to ``Date``); None if absent or invalid.

    RFC 9110 section 10.2.3.
    """
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value) if value.strip().isdigit() else _seconds_between(headers["date"], value)
    except (ValueError, TypeError, KeyError, OverflowError):
        return None
    return seconds if 0 <= seconds < math.inf else None


def _seconds_between(now: str, then: str) -> float:
    from email.utils import parsedate_to_datetime  # rarely needed; it loads half of the email package

    return max(0.0, (parsedate_to_datetime(then) - parsedate_to_datetime(now)).total_seconds())
