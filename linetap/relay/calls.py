"""One webhook call as it came: the value between the relay and the outbox, also through a queue of the user's own."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import attrs

from linetap.errors import invalid, literal_text
from linetap.relay.schema import is_encodable

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)
_NAMES = ("id", "kind", "route", "received_at", "body")


def _text(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, str):
        raise invalid(f"InboundCall.{attribute.name}", "must be a string", literal_text(f"a {type(value).__name__}"))
    if not is_encodable(value):
        raise invalid(f"InboundCall.{attribute.name}", "must not contain a lone surrogate", literal_text("one"))


def _id(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    try:
        fine = isinstance(value, str) and UUID(value).hex == value
    except ValueError:
        fine = False
    if not fine:
        raise invalid("InboundCall.id", "must be a UUID as 32 lowercase hexadecimal digits", value)


def _time(self: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise invalid("InboundCall.received_at", "must be a datetime with a time zone", value)


@attrs.frozen
class InboundCall:
    """One webhook call of CleverTap, as it came. An outbox stores a call with the same ``id`` once.

    https://docs.clevertap.com/docs/create-message-webhook
    """

    id: str = attrs.field(validator=_id)
    """A UUID that the relay makes: CleverTap sends no id of its own."""
    kind: str = attrs.field(validator=_text)
    """``campaign``, ``post_action`` or ``reward``."""
    received_at: datetime = attrs.field(validator=_time)
    body: str = attrs.field(validator=_text, repr=lambda body: f"<{len(body)} characters>")
    """The JSON text of the call; it contains personal data, so ``repr`` does not show it."""
    route: str = attrs.field(default="", validator=_text)
    """The ``linetap_campaign`` or ``targetId`` of the call where it has one: urgent calls are read first."""

    @property
    def arrived_ms(self) -> int:
        """``received_at`` in milliseconds since 1970."""
        return (self.received_at - _EPOCH) // _MILLISECOND

    def to_json(self) -> str:
        """The call as JSON text, for a queue; :meth:`from_json` reads it back."""
        values = {**{name: getattr(self, name) for name in _NAMES}, "received_at": self.received_at.isoformat()}
        return json.dumps(values, ensure_ascii=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> InboundCall:
        """The call of :meth:`to_json`. Raises ``BadArgument`` for any other text."""
        rule, remedy = "must be the text that InboundCall.to_json returned", "pass the message of the queue unchanged"
        try:
            found = json.loads(text)
            values = {name: found[name] for name in _NAMES}
            values["received_at"] = datetime.fromisoformat(values["received_at"])
        except (ValueError, TypeError, KeyError, RecursionError):
            raise invalid("text", rule, literal_text("other text"), remedy) from None
        return cls(**values)
