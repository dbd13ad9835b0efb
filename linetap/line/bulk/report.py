"""What a bulk send takes and what it gives, as frozen values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import copy
from typing import Any
from uuid import UUID

import attrs

from linetap.errors import BadArgument, LinetapError, NoResponse, Rejected, invalid
from linetap.line.api.results import PushResult, SendResult, how_many
from linetap.line.api.retry_keys import key_text


def _check_recipient(self: Any, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str):
        raise invalid("Delivery.to", "is the id of one user, group or room, as a string", value)


def _key(key: UUID | str | None) -> str | None:
    return None if key is None else key_text(key, "Delivery.retry_key")


@attrs.frozen
class Delivery:
    """Messages for one recipient: what ``push_many`` takes and ``Campaign.deliveries`` gives.

    ``messages`` is anything ``push`` takes: a message, a str, or a sequence of them (1 to 5).
    """

    to: str = attrs.field(validator=_check_recipient)
    messages: Any
    retry_key: str | None = attrs.field(default=None, converter=_key)
    """Given, it is kept; otherwise one is made before the first attempt."""
    notification_disabled: bool = False
    aggregation_unit: str | None = None


@attrs.frozen
class DeliveryOutcome:
    """What became of one delivery."""

    delivery: Delivery
    result: PushResult | SendResult | None = None
    error: LinetapError | None = None
    attempted: bool = True
    """False where the delivery was drawn but never sent: the run or its time ended, or there was no connection."""

    @property
    def ok(self) -> bool:
        """LINE accepted it, now or before."""
        return self.result is not None


@attrs.frozen
class SendReport:
    """What became of a bulk send. The five counts add up to the deliveries drawn."""

    sent: int = 0
    """Accepted by LINE in this run."""
    already_accepted: int = 0
    """Accepted earlier under the same retry key, or in an earlier run of the same journal."""
    rejected: int = 0
    """LINE, or linetap's own checks, said no; nothing was sent to them."""
    no_response: int = 0
    """Sent without an answer, to the end of all attempts: they may have arrived."""
    not_sent: int = 0
    """Drawn, but never sent: no connection, or the run had stopped (a used-up quota, an error of the caller's)."""
    elapsed: float = 0.0
    """Seconds."""
    failures: tuple[DeliveryOutcome, ...] = attrs.field(default=(), repr=how_many)
    """The first 10,000 outcomes that are not ok; ``on_outcome`` sees all."""
    stopped_by: LinetapError | None = None
    """What ended the run early: an error, a cancellation, Ctrl-C. None: it came to its end."""

    @property
    def drawn(self) -> int:
        """How many deliveries were taken from what was given."""
        return self.sent + self.already_accepted + self.rejected + self.no_response + self.not_sent

    @property
    def ok(self) -> bool:
        """Everything drawn was accepted, and the run came to its end."""
        return self.stopped_by is None and self.drawn == self.sent + self.already_accepted

    def raise_for_failures(self) -> SendReport:
        """This report where it is ``ok``; otherwise the error that ended the run, or the first one kept."""
        if self.ok:
            return self
        error = self.stopped_by or next((outcome.error for outcome in self.failures if outcome.error), None)
        # A copy: the report holds the error itself, and a circle does not pickle.
        error = copy(error) if error else LinetapError("not everything was sent")
        error.report = self
        raise error

    def __str__(self) -> str:
        from linetap.display import text

        # Kinds and counts, not people: what is printed ends up in logs.
        kinds = Counter(_why(outcome) for outcome in self.failures)
        rows = [(count, kind) for kind, count in kinds.most_common()]
        told = text.table(
            "Not accepted",
            rows,
            head=("deliveries", "why"),
            note="each is in .failures (the first 10,000); on_outcome and a journal see all",
        )
        return (self._counted(text.table) + (told if rows else "")).rstrip()

    def _counted(self, table: Callable[..., str]) -> str:
        counts = [
            ("sent", self.sent),
            ("accepted before", self.already_accepted),
            ("rejected", self.rejected),
            ("no_response", self.no_response),
            ("not sent", self.not_sent),
        ]
        rows = [*counts, ("seconds", round(self.elapsed, 1))]
        return table("Bulk send", rows, note=f"stopped: {self.stopped_by}" if self.stopped_by else "")

    def _repr_html_(self) -> str:
        from linetap.display import html

        picture = self._counted(html.table)
        if not self.failures:
            return picture
        more = len(self.failures) - 10
        rows = [(outcome.delivery.to, str(outcome.error or _why(outcome))) for outcome in self.failures[:10]]
        return picture + html.table(
            "Not accepted", rows, head=("to", "why"), note=f"and {more:,} more in .failures" if more > 0 else ""
        )


def count_of(outcome: DeliveryOutcome) -> str:
    """Which of a report's counts an outcome belongs to."""
    if outcome.result is not None:
        return "already_accepted" if outcome.result.already_accepted else "sent"
    error = outcome.error
    if isinstance(error, NoResponse) and error.may_have_arrived:
        return "no_response"
    if isinstance(error, BadArgument) or (isinstance(error, Rejected) and outcome.attempted):
        return "rejected"
    if isinstance(error, NoResponse) or not outcome.attempted:
        return "not_sent"
    return "no_response"


def _why(outcome: DeliveryOutcome) -> str:
    """Why a delivery was not accepted, in words that agree with what it is counted as."""
    error = outcome.error
    if count_of(outcome) != "not_sent":
        return _kind(error)
    if isinstance(error, NoResponse) and error.attempts:
        return "not sent: no connection"
    ended = error is None or isinstance(error, NoResponse) or type(error) is LinetapError
    return "not sent: the run or its time ended first" if ended else f"not sent: {_kind(error)}"


def _kind(error: LinetapError | None) -> str:
    status = f" ({error.status})" if error is not None and error.status else ""
    return f"{type(error).__name__}{status}"
