"""One delivery of a bulk send and its outcome, as frozen values."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

import attrs

from linetap.errors import BadArgument, LinetapError, NoResponse, Rejected, invalid
from linetap.line.api.results import PushResult, SendResult
from linetap.line.api.retry_keys import key_text
from linetap.line.staging import NOT_LISTED


def _check_recipient(self: Any, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str):
        raise invalid("Delivery.to", "must be the id of one user, group or room, as a string", value)


def _key(key: UUID | str | None) -> str | None:
    return None if key is None else key_text(key, "Delivery.retry_key")


class PreparedBody(Protocol):
    """A body that is encoded already, and the messages in it."""

    @property
    def body(self) -> bytes:
        """The body without its recipient (see ``messaging.body_without_recipient``)."""
        ...

    def messages(self) -> tuple[Any, ...]:
        """The messages of the body."""
        ...

    def is_valid(self) -> bool:
        """Whether the body meets LINE's rules; False also where that must be checked with the messages."""
        ...


@attrs.frozen(slots=False)  # with a __dict__: the messages of a prepared delivery are made on first access
class Delivery:
    """Messages for one recipient: the input of ``push_many`` and the output of ``Campaign.deliveries``.

    ``messages`` has the same forms as in ``push``: a message, a str, or a sequence of them (1 to 5).
    """

    to: str = attrs.field(validator=_check_recipient)
    messages: Any
    retry_key: str | None = attrs.field(default=None, converter=_key)
    """Used for all attempts where it is given; otherwise a key is made before the first attempt."""
    notification_disabled: bool = False
    aggregation_unit: str | None = None

    @classmethod
    def prepared(
        cls,
        to: str,
        body: PreparedBody,
        retry_key: str | None,
        notification_disabled: bool,
        aggregation_unit: str | None,
    ) -> Delivery:
        """A delivery with an encoded body; for ``Campaign.deliveries``."""
        made = cls.__new__(cls)
        values = made.__dict__
        values["to"], values["_prepared"], values["retry_key"] = to, body, retry_key
        values["notification_disabled"], values["aggregation_unit"] = notification_disabled, aggregation_unit
        return made

    @property
    def prepared_body(self) -> PreparedBody | None:
        """The encoded body of a delivery that ``Campaign.deliveries`` made."""
        found: PreparedBody | None = self.__dict__.get("_prepared")
        return found

    def __getattr__(self, name: str) -> Any:
        # Called only for attributes that are not set.
        prepared = self.__dict__.get("_prepared")
        if name != "messages" or prepared is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self.__dict__["messages"] = messages = prepared.messages()
        return messages

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in attrs.fields(type(self))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


@attrs.frozen
class DeliveryOutcome:
    """The outcome of one delivery."""

    delivery: Delivery
    result: PushResult | SendResult | None = None
    error: LinetapError | None = None
    attempted: bool = True
    """False where the delivery was read but not sent: the run ended first, or there was no connection."""

    @property
    def ok(self) -> bool:
        """LINE accepted it, in this run or earlier."""
        return self.result is not None


class Fillable(Protocol):
    """A campaign: it makes the delivery for one profile."""

    def fill(self, profile: object) -> Delivery:
        """The delivery for one profile."""
        ...


def count_of(outcome: DeliveryOutcome) -> str:
    """The name of the report's count that an outcome belongs to."""
    if outcome.result is not None:
        return "already_accepted" if outcome.result.already_accepted else "sent"
    error = outcome.error
    if isinstance(error, (NoResponse, Rejected)) and error.may_have_arrived:
        return "no_response"  # a Rejected that a gateway may have passed on is no response of LINE
    if isinstance(error, BadArgument) or (isinstance(error, Rejected) and outcome.attempted):
        return "rejected"
    if isinstance(error, NoResponse) or not outcome.attempted:
        return "not_sent"
    return "no_response"


def reason_of(outcome: DeliveryOutcome) -> str:
    """Why a delivery was not accepted, in words that agree with its count."""
    error = outcome.error
    if error is not None and error.message == NOT_LISTED:
        return "not sent: not in only_to"
    if count_of(outcome) != "not_sent":
        return _kind(error)
    if isinstance(error, NoResponse) and error.attempts:
        return "not sent: no connection"
    ended = error is None or isinstance(error, NoResponse) or type(error) is LinetapError
    return "not sent: the run or its time ended first" if ended else f"not sent: {_kind(error)}"


def _kind(error: LinetapError | None) -> str:
    status = f" ({error.status})" if error is not None and error.status else ""
    return f"{type(error).__name__}{status}"
