"""How a call ends: the result that was read, or the error that says what a caller has to know."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote_plus

import attrs

from linetap.errors import (
    Forbidden,
    LinetapError,
    NoResponse,
    Problem,
    ServerError,
    TooManyRequests,
    Unauthorized,
    UnreadableResponse,
)
from linetap.http.types import ErrorInfo, Operation, Response

T = TypeVar("T")

_SAFE = frozenset({"GET", "HEAD"})
_SECRET = 8  # characters: shorter ones would spoil a sentence, and are no secrets of these services
# These judge the caller and the moment, not the request: an earlier attempt may well have been taken.
_OF_THE_MOMENT = (TooManyRequests, Unauthorized, Forbidden)


class CallState:
    """What one call has lived through so far."""

    __slots__ = ("arrived", "attempts", "last", "operation", "refusal", "tokens", "waited")

    def __init__(self, operation: Operation[Any]) -> None:
        self.operation = operation
        self.attempts = 0
        self.waited = 0.0
        self.arrived = False
        """Whether an attempt without an answer of yes or no may have reached the service."""
        self.last: Any = None
        self.refusal: ErrorInfo | None = None
        self.tokens: list[Mapping[str, str]] = []
        """The credentials that its attempts carried."""

    def told(self, text: str) -> str:
        """A service's own words. A gateway in between may echo what was sent, credentials and all."""
        carried = [value.split()[-1] for token in self.tokens for value in token.values() if value.strip()]
        for secret in [*carried, *_in_form(self.operation)]:
            for shown in (secret, quote_plus(secret)):
                text = text.replace(shown, "***") if len(secret) >= _SECRET else text
        return text

    def judged(self, judge: Callable[[Operation[Any], Any], tuple[Any, ErrorInfo | None]], answer: Any) -> Any:
        """Runs ``judge`` and remembers; an answer that cannot even be judged is ``UnreadableResponse``."""
        try:
            verdict, refusal = judge(self.operation, answer)
        except LinetapError as error:
            raise self.signed(error, answer) from None
        except Exception as error:  # noqa: BLE001 - a reader of answers may fail in any way
            raise unreadable(self, answer, error) from None
        self.last, self.refusal = answer, refusal
        self.arrived = self.arrived or (answer.status >= 500 if isinstance(answer, Response) else answer.arrived)
        return verdict, refusal

    def facts(self, answer: Any) -> dict[str, Any]:
        """What every error of this call carries."""
        seen = answer if isinstance(answer, Response) else None
        return {
            "operation": self.operation.name,
            "status": seen and seen.status,
            "request_id": seen and seen.request_id,
            "attempts": self.attempts,
        }

    def signed(self, error: LinetapError, answer: Any) -> LinetapError:
        """``error`` with the facts of this call, where it has none of its own."""
        for name, value in self.facts(answer).items():
            if not getattr(error, name):
                setattr(error, name, value)
        return error


def read_answer(story: CallState, answer: Response) -> Any:
    """What the operation reads from a yes."""
    if story.attempts > 1:
        answer = attrs.evolve(answer, attempts=story.attempts)
    try:
        return story.operation.read(answer)
    except LinetapError as error:
        raise story.signed(error, answer) from None
    except Exception as error:  # noqa: BLE001 - a reader of answers may fail in any way
        raise unreadable(story, answer, error) from None


def unreadable(story: CallState, answer: Response, error: Exception) -> UnreadableResponse:
    """The error for an answer that is not as documented.

    It neither quotes the answer nor is chained to ``error``: a token's answer, cut in half, would show the token.
    """
    kind = answer.headers.get("content-type", "no content type")
    return UnreadableResponse(
        f"the answer is not as documented ({type(error).__name__} while reading {len(answer.content)} bytes, {kind}); "
        "what was asked may have been done",
        **story.facts(answer),
    )


def final_error(story: CallState, answer: Any, refusal: ErrorInfo | None) -> LinetapError:
    """The error with which a call ends after ``answer`` (None: nothing was sent)."""
    facts = story.facts(answer)
    unsure: dict[str, Any] = {"retry_key": story.operation.retry_key, "may_have_arrived": story.arrived, **facts}
    if answer is None:
        return _unsent(story, facts)
    if refusal is not None:
        return _refused(story, answer, refusal, unsure)
    if not isinstance(answer, Response):
        return NoResponse(f"{answer.reason}{_fate(story)}", **unsure)
    if answer.status >= 500:
        return ServerError(f"the service failed{_fate(story)}", **unsure)
    return UnreadableResponse("the answer is no yes and no no: redirects are not followed", **facts)


def no_credentials(story: CallState) -> Unauthorized:
    """The error for a call whose authority has no headers and no way to get them."""
    return Unauthorized("there are no credentials to send; nothing was sent", **story.facts(None))


def held_back(story: CallState, seconds: float) -> LinetapError:
    """The error for a call that may not leave in time: an earlier one of its endpoint was asked to wait.

    ``seconds`` are left of that. What came of an attempt that this call has made already is not hidden by it.
    """
    if story.last is None:
        why = f"an earlier call of this endpoint was asked to wait, for {seconds:.0f} s from now; nothing was sent"
        return TooManyRequests(why, retry_after=seconds, **story.facts(None))
    error = final_error(story, story.last, story.refusal)
    if isinstance(error, TooManyRequests):
        error.retry_after = seconds
    return error


def _fate(story: CallState) -> str:
    if story.operation.request.method in _SAFE:
        return ""
    return "; the request may have been taken" if story.arrived else "; nothing was sent"


def _unsent(story: CallState, facts: dict[str, Any]) -> LinetapError:
    return NoResponse(
        "the time was up, or the run was stopped, before the request could leave; nothing was sent",
        retry_key=story.operation.retry_key,
        may_have_arrived=False,
        **facts,
    )


def _refused(story: CallState, answer: Response, refusal: ErrorInfo, unsure: dict[str, Any]) -> LinetapError:
    error = refusal.error(
        story.told(refusal.message),
        details=tuple(_quoted(story, problem) for problem in refusal.details),
        code=refusal.code,
        retry_after=retry_after(answer.headers),
        **story.facts(answer),
    )
    if not story.arrived or story.operation.request.method in _SAFE or not isinstance(error, _OF_THE_MOMENT):
        return error
    # "Rejected" promises that nothing was done, which an earlier attempt without an answer forbids to say.
    doubt = NoResponse(
        f"an attempt got no answer, and the last was refused ({error.message}); the request may have been taken",
        **unsure,
    )
    doubt.__cause__ = error
    return doubt


def _quoted(story: CallState, problem: Problem) -> Problem:
    return attrs.evolve(problem, found=story.told(problem.found), rule=story.told(problem.rule))


def _in_form(operation: Operation[Any]) -> list[str]:
    """What a request for a token carries in its form: the channel's secret, or an assertion."""
    form = b"" if operation.authorized else operation.request.content or b""
    return [value for name, value in parse_qsl(form.decode("latin-1")) if name != "grant_type"]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds, from a number or a date (against ``Date``); None where absent or unreadable."""
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value) if value.strip().isdigit() else _until(value, headers["date"])
    except (ValueError, TypeError, KeyError, OverflowError):
        return None
    return seconds if 0 <= seconds < math.inf else None


def _until(then: str, now: str) -> float:
    from email.utils import parsedate_to_datetime  # seldom needed, and half of the email package

    return max(0.0, (parsedate_to_datetime(then) - parsedate_to_datetime(now)).total_seconds())
