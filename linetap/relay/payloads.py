"""The people of a webhook call, each with the values that a campaign needs. Nothing here touches a file.

CleverTap writes names both ways (``profileData`` and ``ProfileData``), ``profiles`` as a list or as one object, and
``key_values`` for the call, for each person, or not at all. https://docs.clevertap.com/docs/create-message-webhook
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

# Name in a profile -> the names that a call may use for it.
_OWN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Identity": ("identity", "Identity"),
    "Email": ("email", "Email"),
    "Phone": ("phone", "Phone"),
    "Name": ("name", "Name"),
}


@attrs.frozen
class CalledPerson:
    """One person of a call."""

    target: str
    """``targetId``, the id of the campaign in CleverTap; empty where the call has none."""
    key_values: Mapping[str, Any] = attrs.field(repr=False)
    """Those of the call, and over them those of the person."""
    profile: Mapping[str, Any] = attrs.field(repr=False)
    """The properties by CleverTap's names: ``profileData``, and Identity, Email, Phone and Name."""
    event: Mapping[str, Any] = attrs.field(repr=False)
    payload: Mapping[str, Any] = attrs.field(repr=False)
    """The call with this person alone: it is stored with the entry, so that it can be rendered again."""


def people_of(body: str) -> Iterator[CalledPerson]:
    """The people of a call that the relay has checked, in their order."""
    call = json.loads(body)
    profiles = call["profiles"]
    shared = {name: value for name, value in call.items() if name != "profiles"}
    for person in profiles if isinstance(profiles, list) else [profiles]:
        yield _person(shared, person)


def _person(call: Mapping[str, Any], person: Mapping[str, Any]) -> CalledPerson:
    target = call.get("targetId")
    return CalledPerson(
        target="" if target is None or isinstance(target, bool) else str(target),
        key_values={**_mapping(call, "key_values"), **_mapping(person, "key_values")},
        profile=_profile(person),
        event=_mapping(person, "event_properties", "Event_properties"),
        payload={**call, "profiles": person},
    )


def _profile(person: Mapping[str, Any]) -> dict[str, Any]:
    own = {}
    for name, spellings in _OWN_FIELDS.items():
        value = next((person[each] for each in spellings if person.get(each) not in (None, "")), None)
        if isinstance(value, (str, int, float)):
            own[name] = value
    return {**own, **_mapping(person, "profileData", "ProfileData")}


def _mapping(found: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        value = found.get(name)
        if isinstance(value, dict):
            return value
    return {}
