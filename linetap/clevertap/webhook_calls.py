"""The calls that CleverTap makes to your service, as values: campaigns, test calls, post-action webhooks, rewards.

CleverTap's samples differ: ``profiles`` is an array or an object, keys are lower camel case or capitalised,
``key_values`` are at the top, in each profile or both, and any key may be missing. All of them are read; keys that
are not documented are kept in ``unknown``. https://docs.clevertap.com/docs/create-message-webhook
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs

from linetap.clevertap import webhook_json
from linetap.clevertap.webhook_json import MAX_BYTES
from linetap.errors import invalid, literal_text

MAX_PEOPLE = 100_000
"""CleverTap states no number of people in a call. Its smallest profiles have some 50 bytes, and a value of this library
has twenty times that: without a limit a small body would need gigabytes."""
Kind: TypeAlias = Literal["campaign", "post_action", "reward", "custom"]


@attrs.frozen(kw_only=True)
class WebhookProfile:
    """One user of a call. What CleverTap did not send is None or empty."""

    identity: str | None = None
    all_identities: tuple[str, ...] = attrs.field(default=(), repr=False)
    object_id: str | None = None
    email: str | None = attrs.field(default=None, repr=False)
    phone: str | None = attrs.field(default=None, repr=False)
    name: str | None = attrs.field(default=None, repr=False)
    push_token: str | None = attrs.field(default=None, repr=False)
    properties: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """``profileData``: the custom properties, ``LineID`` among them. Times are in milliseconds since 1970."""
    system_properties: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """``systemProfileData``: subscriptions, time zone, country and so on."""
    event_properties: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """Of the event that triggered a live campaign; dates are ``$D_`` and seconds."""
    session_properties: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    key_values: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """The campaign's pairs: those of the call, and those of this profile, which take precedence."""
    payload: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """Of a post-action webhook: title, body and ``kvs`` of the push that was delivered."""
    unknown: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """Keys that CleverTap does not document, and values of an unexpected type, unchanged."""

    def flat(self) -> dict[str, Any]:
        """The custom properties with Identity, Name, Email and Phone: the values that a campaign's fields read."""
        own = {"Identity": self.identity, "Name": self.name, "Email": self.email, "Phone": self.phone}
        return {key: value for key, value in own.items() if value is not None} | dict(self.properties)


@attrs.frozen(kw_only=True)
class CleverTapWebhook:
    """One call of CleverTap's to your service."""

    kind: Kind
    """``campaign``; ``post_action`` (after a delivered push); ``reward``; ``custom``: a custom body."""
    is_test: bool = False
    """The test call that CleverTap makes when a template is saved: respond with 200, and send nothing."""
    campaign_id: str | None = None
    """``targetId``, or the ``campaignId`` of a reward."""
    profiles: tuple[WebhookProfile, ...] = attrs.field(default=(), repr=lambda found: f"<{len(found)}>")
    is_broadcast: bool = False
    """Whether ``profiles`` was an array: one call for several users."""
    key_values: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    reward: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    custom_metadata: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """``customMetadata`` of a reward."""
    unknown: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """Keys that CleverTap does not document, and values of an unexpected type, unchanged."""
    raw: Any = attrs.field(default=None, repr=False)
    """The whole body: the JSON value, or the text of a custom body in plain text."""


def read_clevertap_webhook(
    body: bytes | bytearray | memoryview | str, headers: Any = None, *, max_bytes: int = MAX_BYTES
) -> CleverTapWebhook:
    """Reads a call of CleverTap's, in every documented shape.

    CleverTap does not sign its calls: protect the URL with a secret header of the template, and compare it before
    you read the body. The same call may come again after a slow or failed response.

    Args:
        body: the raw body of the request.
        headers: its headers, as a mapping or pairs; a ``text/plain`` body need not be JSON.
        max_bytes: the largest body that is parsed.

    Raises:
        BadArgument: the body is too large, is not JSON, or is JSON that no documented call has: a key twice, NaN, a
            number of more than 40 digits, more than 64 levels, half of a surrogate pair, more than 100,000 people.

    https://docs.clevertap.com/docs/setup-webhooks
    """
    content = webhook_json.raw_body(body, max_bytes)
    if webhook_json.header(headers, "content-encoding") not in ("", "identity"):
        raise invalid("body", "must be decoded", literal_text("a Content-Encoding"), "decompress it first")
    if webhook_json.header(headers, "content-type").startswith("text/plain"):
        try:
            value = webhook_json.parse(content)
        except ValueError:  # BadArgument is one
            return CleverTapWebhook(kind="custom", raw=_plain_text(content))
    else:
        value = webhook_json.parse(content)
    if not isinstance(value, dict):
        return CleverTapWebhook(kind="custom", raw=value)
    return _call(value)


def _plain_text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid("body", "must be UTF-8", literal_text(f"another byte at {error.start}")) from None


# Each documented key, without case and underscores: the attribute, and the type of its value.
_TOP: dict[str, tuple[str, str]] = {
    "istest": ("is_test", "flag"),
    "targetid": ("campaign_id", "id"),
    "keyvalues": ("key_values", "mapping"),
    "profiles": ("profiles", "profiles"),
    "reward": ("reward", "mapping"),
    "custommetadata": ("custom_metadata", "mapping"),
}
_PROFILE: dict[str, tuple[str, str]] = {
    "identity": ("identity", "id"),
    "allidentities": ("all_identities", "ids"),
    "objectid": ("object_id", "id"),
    "email": ("email", "id"),
    "phone": ("phone", "id"),
    "name": ("name", "id"),
    "pushtoken": ("push_token", "id"),
    "profiledata": ("properties", "mapping"),
    "systemprofiledata": ("system_properties", "mapping"),
    "eventproperties": ("event_properties", "mapping"),
    "sessionprops": ("session_properties", "mapping"),
    "sessionproperties": ("session_properties", "mapping"),
    "keyvalues": ("key_values", "mapping"),
    "payload": ("payload", "mapping"),
}


def _call(body: dict[str, Any]) -> CleverTapWebhook:
    values, unknown = _read(body, _TOP)
    given = values.pop("profiles", None)
    if given is None and "reward" not in values and not (values.get("is_test") or "campaign_id" in values):
        return CleverTapWebhook(kind="custom", raw=body)
    profiles = _profiles(given, values.get("key_values", {}))
    reward = values.get("reward", {})
    kind: Kind = "reward" if "reward" in values else "campaign"
    if any(profile.payload for profile in profiles):
        kind = "post_action"
    campaign = values.pop("campaign_id", None) or _converted("id", reward.get("campaignId"))
    broadcast = isinstance(given, list)
    return CleverTapWebhook(
        kind=kind, campaign_id=campaign, profiles=profiles, is_broadcast=broadcast, unknown=unknown, raw=body, **values
    )


def _profiles(given: Any, shared: Mapping[str, Any]) -> tuple[WebhookProfile, ...]:
    if given is None:
        return ()
    entries = given if isinstance(given, list) else [given]
    if len(entries) > MAX_PEOPLE:
        raise invalid("body.profiles", f"must have at most {MAX_PEOPLE:,} people", literal_text(f"{len(entries):,}"))
    found = []
    for i, entry in enumerate(entries):
        if not isinstance(entry, dict):
            path = f"body.profiles[{i}]" if isinstance(given, list) else "body.profiles"
            raise invalid(path, "must be an object", literal_text(type(entry).__name__))
        values, unknown = _read(entry, _PROFILE)
        pairs = dict(shared) | dict(values.pop("key_values", {}))
        found.append(WebhookProfile(key_values=pairs, unknown=unknown, **values))
    return tuple(found)


def _read(entry: dict[str, Any], table: Mapping[str, tuple[str, str]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The documented values by attribute, and the rest. Of two spellings of a key the first is read."""
    values: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for key, value in entry.items():
        name, kind = table.get(key.replace("_", "").lower(), ("", ""))
        converted = _converted(kind, value) if name and name not in values else None
        if converted is not None:
            values[name] = converted
        elif not name or value is not None:
            unknown[key] = value
    return values, unknown


def _converted(kind: str, value: Any) -> Any:
    """The value in its documented type; None where it is of another type."""
    if kind == "profiles":
        return value
    if kind == "mapping":
        return value if isinstance(value, dict) else None
    if kind == "flag":
        return {True: True, False: False, "true": True, "false": False}.get(value) if _hashable(value) else None
    if kind == "ids":
        return tuple(map(str, value)) if isinstance(value, list) and all(map(_is_id, value)) else None
    return str(value) if _is_id(value) else None


def _hashable(value: object) -> bool:
    return isinstance(value, (bool, str))


def _is_id(value: object) -> bool:
    # CleverTap sends an identity or phone of digits as a number.
    return isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != ""
