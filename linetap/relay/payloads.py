"""The people of a webhook call, each with the values that a campaign needs. Nothing here touches a file.

https://docs.clevertap.com/docs/create-message-webhook
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from linetap.clevertap.webhook_calls import CleverTapWebhook, WebhookProfile, read_clevertap_webhook
from linetap.errors import invalid, literal_text

NAME, VERSION = "linetap_campaign", "linetap_version"
"""The key-value pairs of a CleverTap campaign that name a campaign of linetap, and its ``fingerprint``."""
_PAGE = "https://docs.clevertap.com/docs/create-message-webhook"
# Without case and underscores. Of another type than documented, the call cannot be understood.
_MAPPINGS = {"keyvalues", "profiledata", "eventproperties", "payload", "reward"}


@attrs.frozen
class CalledPerson:
    """One person of a call."""

    target: str
    """``targetId``, the id of the campaign in CleverTap; empty where the call has none."""
    key_values: Mapping[str, Any] = attrs.field(repr=False)
    """Those of the call, and over them those of the person."""
    profile: Mapping[str, Any] = attrs.field(repr=False)
    """The custom properties, with Identity, Name, Email and Phone."""
    event: Mapping[str, Any] = attrs.field(repr=False)
    payload: Mapping[str, Any] = attrs.field(repr=False)
    """The call with this person alone: it is stored with the entry, so that it can be rendered again."""


def read_call(body: bytes, max_bytes: int) -> CleverTapWebhook:
    """A call of CleverTap's that has people, or its test call. Raises ``BadArgument`` for every other body."""
    call = read_clevertap_webhook(body, max_bytes=max_bytes)
    if call.is_test:
        return call
    if call.kind == "custom" or not call.profiles:
        remedy = "choose 'Profile variables & custom key-value pairs' in the campaign, not a custom body"
        raise invalid("body", "must have profiles, an object or a list of objects", literal_text("none"), remedy, _PAGE)
    for found in (call.unknown, *(profile.unknown for profile in call.profiles)):
        for name, value in found.items():
            if value is not None and name.replace("_", "").lower() in _MAPPINGS:
                raise invalid(f"body.{name}", "must be an object", literal_text(type(value).__name__), "", _PAGE)
    return call


def route_of(call: CleverTapWebhook) -> str:
    """What names the campaign of a call, for its first person."""
    name = call.profiles[0].key_values.get(NAME)
    return _storable(name if isinstance(name, str) and name else (call.campaign_id or ""))[:200]


def _storable(text: str) -> str:
    """Without the character NUL, which Postgres cannot store."""
    return text.replace("\0", "\ufffd")


def people_of(body: str) -> Iterator[CalledPerson]:
    """The people of a call that the relay has checked, in their order."""
    call = read_call(body.encode(), max_bytes=len(body) * 4 + 1)
    key = next(name for name in call.raw if name.replace("_", "").lower() == "profiles")
    shared = {name: value for name, value in call.raw.items() if name != key}
    given = call.raw[key]
    for profile, raw in zip(call.profiles, given if isinstance(given, list) else [given], strict=True):
        yield _person(call.campaign_id, profile, {**shared, key: raw})


def _person(target: str | None, profile: WebhookProfile, payload: Mapping[str, Any]) -> CalledPerson:
    return CalledPerson(_storable(target or ""), profile.key_values, profile.flat(), profile.event_properties, payload)
