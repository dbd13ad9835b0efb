"""The JSON that CleverTap itself writes into webhook calls, in the shapes of its pages.

https://docs.clevertap.com/docs/create-message-webhook https://docs.clevertap.com/docs/setup-webhooks
https://docs.clevertap.com/docs/post-action-webhooks
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from linetap.sandbox.clevertap.state import Profile
from linetap.sandbox.core.ambiguities import Readings

KeyValues = Literal["both", "top", "each person", "none"]
Repeat = Literal["none", "same bytes", "rebuilt", "other groups"]
Writer = Callable[[Profile], Any]
"""Makes the payload of one person."""
WEBHOOK_FIELDS: dict[str, frozenset[str]] = {
    "profile-attributes": frozenset({"name", "profileData", "systemProfileData"}),
    "tokens": frozenset({"push_token"}),
    "identities": frozenset({"email", "identity", "all_identities", "objectId", "phone"}),
}
"""What each value of ``webhook_fields`` adds to a person; the grouping is an assumption of the sandbox."""

TEST_CALL = {
    "is_test": True,
    "targetId": 1234,
    "key_values": {"key": "value"},
    "profiles": [{"Identity": "UserId", "Email": "User@user.com", "push_token": "Token"}] * 5,
}
"""The call on Create, as the setup page prints it."""

_BESIDE = {"Email": "email", "Name": "name", "Phone": "phone"}
_SUBSCRIPTIONS = {
    "MSG-push": "mobilePushSubscription",
    "MSG-email": "emailSubscription",
    "MSG-sms": "smsSubscription",
    "MSG-whatsapp": "whatsappSubscription",
}
_STANDARD = frozenset({*_BESIDE, *_SUBSCRIPTIONS, "Identity", "Gender", "DOB", "Age", "Employed", "Education"}) | {
    *("Married", "Photo", "MSG-dndPhone", "MSG-dndEmail", "category-unsubscribe", "category-resubscribe"),
}
"""Properties of CleverTap's own: never in ``profileData``, which has custom ones."""
_CAPITALISED = frozenset({"email", "identity", "objectId", "profileData", "event_properties", "push_token"})
"""The keys of the capitalised sample; it has neither ``all_identities`` nor ``key_values`` for each person."""


@dataclass(frozen=True)
class Variables:
    """The body mode "Profile variables & custom key-value pairs". None is the reading of the sandbox."""

    key_values: Mapping[str, str] = field(default_factory=dict)
    capitalised: bool | None = None
    """``Identity`` and ``ProfileData`` in place of ``identity`` and ``profileData``."""
    broadcast: bool = True
    """``profiles`` is an array; False: one object, so one person in each request."""
    per_request: int = 50
    """People in one request; not documented."""
    event_properties: Mapping[str, Any] = field(default_factory=dict)
    session_properties: Mapping[str, Any] = field(default_factory=dict)
    key_values_in: KeyValues | None = None
    without: Iterable[str] = ()
    """Keys of a person, in lower camel case, that are not posted: ``("objectId",)``."""
    fields: Iterable[str] | None = None
    """``webhook_fields`` of a campaign; None posts every key."""
    repeat: Repeat = "none"
    """Every call again: the same bytes, the same people written anew, or the people cut into other groups."""
    parallel: int = 1
    """Calls in flight at once."""

    def __post_init__(self) -> None:
        if self.per_request < 1 or self.parallel < 1:
            raise ValueError(f"per_request and parallel must be at least 1 (got {self.per_request}, {self.parallel})")
        for name, value, allowed in (
            ("repeat", self.repeat, get_args(Repeat)),
            ("key_values_in", self.key_values_in, (None, *get_args(KeyValues))),
        ):
            if value not in allowed:
                raise ValueError(f"{name} must be one of {allowed} (got {value!r})")
        object.__setattr__(self, "without", frozenset(self.without))
        object.__setattr__(self, "fields", None if self.fields is None else frozenset(self.fields))


@dataclass(frozen=True)
class WebhookCall:
    """One call: the people in it, and its body."""

    identities: tuple[str, ...]
    text: str


class Payloads:
    """The calls of one campaign in the mode of profile variables."""

    def __init__(self, campaign_id: int, variables: Variables, readings: Readings) -> None:
        self._campaign_id, self._variables = campaign_id, variables
        chosen = variables.capitalised
        self._capitalised = readings.payload_keys == "Capitalised" if chosen is None else chosen
        self._where: str = variables.key_values_in or readings.key_values_in
        self._without = {*variables.without, *(("objectId",) if readings.payload_object_id == "absent" else ())}
        if variables.fields is not None:
            kept = frozenset[str]().union(*(WEBHOOK_FIELDS[name] for name in variables.fields))
            self._without |= frozenset[str]().union(*WEBHOOK_FIELDS.values()) - kept

    def calls(self, people: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[WebhookCall]:
        """The calls for these pairs of identity and person."""
        variables = self._variables
        size = variables.per_request if variables.broadcast else 1
        yield from map(self._call, _groups(people, size, first=size))

    def repeated(self, people: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[WebhookCall]:
        """The same people a second time, in the way that ``repeat`` names."""
        variables = self._variables
        size = variables.per_request if variables.broadcast else 1
        if variables.repeat == "same bytes":
            yield from self.calls(people)
        elif variables.repeat == "rebuilt":
            for call in self.calls(people):
                payload = json.loads(call.text)
                again = json.dumps(dict(reversed(payload.items())), ensure_ascii=True, separators=(",", ":"))
                yield WebhookCall(call.identities, again)
        elif variables.repeat == "other groups":
            yield from map(self._call, _groups(people, size, first=max(1, size // 2)))

    def person(self, profile: Profile) -> dict[str, Any]:
        """One person, under the keys of the chosen shape."""
        variables = self._variables
        found: dict[str, Any] = {
            **{key: profile.data.get(name) for name, key in _BESIDE.items()},
            "identity": profile.identity,
            "all_identities": list(profile.identities),
            "objectId": profile.object_id,
            "push_token": next((token.get("id") for token in profile.tokens), None),
            "systemProfileData": _system_data(profile),
            "profileData": {k: _in_milliseconds(v) for k, v in profile.data.items() if k not in _STANDARD},
            "event_properties": dict(variables.event_properties),
            "session_props": dict(variables.session_properties),
        }
        found = {k: v for k, v in found.items() if v not in (None, {}, "") and k not in self._without}
        if self._capitalised:
            return {key[0].upper() + key[1:]: value for key, value in found.items() if key in _CAPITALISED}
        each = {"key_values": dict(variables.key_values)} if self._where in ("both", "each person") else {}
        return {**each, **found}

    def _call(self, people: Sequence[tuple[str, dict[str, Any]]]) -> WebhookCall:
        persons = [person for _, person in people]
        top = self._where in ("both", "top") or (self._capitalised and self._where != "none")
        payload = {
            "targetId": self._campaign_id,
            **({"key_values": dict(self._variables.key_values)} if top else {}),
            "profiles": persons if self._variables.broadcast else persons[0],
        }
        return WebhookCall(tuple(identity for identity, _ in people), write(payload))


def post_action(campaign_id: int, profile: Profile, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The call after a delivered push: ``payload`` has title, body and kvs; no ``key_values``."""
    person = {
        "identity": profile.identity,
        "all_identities": list(profile.identities),
        "objectId": profile.object_id,
        "payload": dict(payload),
    }
    return {"targetId": campaign_id, "profiles": [person]}


def reward(profile: Profile, values: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The call of a custom reward: ``profiles`` is an object, and there is no ``targetId``."""
    person = {
        "email": profile.data.get("Email"),
        "identity": profile.identity,
        "phone": profile.data.get("Phone"),
        "objectId": profile.object_id,
    }
    kept = {name: value for name, value in person.items() if value}
    return {"profiles": kept, "reward": dict(values), "customMetadata": dict(metadata)}


def write(payload: Any) -> str:
    """A payload as JSON; ``ValueError`` or ``TypeError`` for a value that JSON does not have."""
    return json.dumps(payload, ensure_ascii=False, allow_nan=False)


def _groups(people: Sequence[Any], size: int, first: int) -> Iterator[Sequence[Any]]:
    at, step = 0, first
    while at < len(people):
        yield people[at : at + step]
        at, step = at + step, size


def _system_data(profile: Profile) -> dict[str, Any]:
    """What CleverTap keeps by itself; the sandbox has no devices, so only subscriptions and the age."""
    reached = {
        "MSG-push": bool(profile.tokens),
        "MSG-email": "Email" in profile.data,
        "MSG-sms": "Phone" in profile.data,
        "MSG-whatsapp": "Phone" in profile.data,
    }
    found: dict[str, Any] = {
        name: "Unsubscribed" if profile.data.get(flag) is False else "Subscribed"
        for flag, name in _SUBSCRIPTIONS.items()
        if reached[flag] or flag in profile.data
    }
    return {**found, "age": profile.data["Age"]} if "Age" in profile.data else found


def _in_milliseconds(value: Any) -> Any:
    """A ``$D_`` date of a profile as a number of milliseconds; event properties keep theirs."""
    if isinstance(value, str) and value.startswith("$D_") and value[3:].isascii() and value[3:].isdigit():
        return int(value[3:19]) * 1000
    return value
