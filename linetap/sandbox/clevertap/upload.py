"""CleverTap's upload endpoint: profiles, events and device tokens.

https://developer.clevertap.com/docs/upload-user-profiles-api https://developer.clevertap.com/docs/upload-events-api
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from linetap.http.types import Response
from linetap.sandbox.clevertap.profile_properties import apply_profile
from linetap.sandbox.clevertap.state import CleverTapState, Profile, read_body, rejection
from linetap.sandbox.core.service import Call, json_response

# https://docs.clevertap.com/docs/csv-upload
_PLACEHOLDERS = frozenset(
    """undefined null na n/a 0 nil -1 infinity -infinity inf -inf nan -nan empty xxxxxx none""".split()  # noqa: SIM905
)
# https://docs.clevertap.com/docs/platform-considerations
_RESERVED = frozenset(f"notification {what}" for what in ("sent", "viewed", "clicked", "delivered", "replied")) | {
    *("utm visited", "app launched", "app uninstalled", "app version changed", "stayed", "reply sent"),
    *("experiment rendered", "reachable by", "identity reset", "identity set", "identity error"),
}
# https://developer.clevertap.com/docs/api-errors
ERRORS = {
    509: "Event name missing",
    512: "Event structure invalid",
    513: "Reserved system event used",
    514: "Gender Invalid",
    515: "Email Invalid",
    516: "Phone Invalid",
    517: "Employment status Invalid",
    518: "Education status Invalid",
    519: "Marital status Invalid",
    520: "Age Invalid",
    522: "Too many event properties",
    523: "Identity missing",
    524: "Neither an event nor a profile",
    525: "Timestamp is not an epoch",
    526: "ObjectId Invalid",
    528: "Event was discarded",
    530: "ObjectId Invalid",
    531: "Token data Invalid",
    532: "Token id missing",
    533: "Token type missing",
    534: "Token type not valid",
    535: "Token data Invalid",
    555: "Server error",
}
_SYSTEM: dict[str, tuple[int, Callable[[Any], bool]]] = {
    "Gender": (514, lambda v: v in ("M", "F")),
    "Email": (515, lambda v: isinstance(v, str) and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", v) is not None),
    "Phone": (516, lambda v: re.fullmatch(r"\+?\d{5,15}", str(v)) is not None),
    "Employed": (517, lambda v: v in ("Y", "N")),
    "Education": (518, lambda v: v in ("School", "College", "Graduate")),
    "Married": (519, lambda v: v in ("Y", "N")),
    "Age": (
        520,
        lambda v: not isinstance(v, bool) and re.fullmatch("[0-9]{1,3}", str(v)) is not None and 0 < int(v) < 120,
    ),
}


_YEAR_10000 = 253_402_300_800


class _InvalidRecord(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def upload(box: CleverTapState, call: Call) -> Response:
    """Status 200 for success, partial and fail; the body has the status."""
    records = read_body(call).get("d")
    if not isinstance(records, list):
        raise rejection("The request has no array d")
    if len(records) > box.readings.batch_limit:
        raise rejection(f"More than {box.readings.batch_limit} records")
    dry = call.params.get("dryRun") == "1"
    unprocessed = []
    for number, record in enumerate(records, 1):
        try:
            _take(box, record, dry)
        except _InvalidRecord as bad:
            text = f"{ERRORS.get(bad.code, 'Rejected')}. Skipped record number : {number}"
            unprocessed.append({"status": "fail", "code": bad.code, "error": text, "record": _echo(box, record)})
    done = len(records) - len(unprocessed)
    status = "success" if not unprocessed else "partial" if done else "fail"
    return json_response(200, {"status": status, "processed": done, "unprocessed": unprocessed})


def _take(box: CleverTapState, record: Any, dry: bool) -> None:
    if not isinstance(record, dict) or not isinstance(record.get("type"), str) or record["type"] not in _KINDS:
        raise _InvalidRecord(524)
    identity, object_id = _ids(record)
    if identity in box.rejections:
        raise _InvalidRecord(box.rejections[identity])
    at = record.get("ts")
    if at is not None and (not isinstance(at, int) or isinstance(at, bool) or not 0 < at < _YEAR_10000):
        raise _InvalidRecord(525)
    check, apply = _KINDS[record["type"]]
    check(box, record)
    if not dry:
        apply(box, _profile(box, identity, object_id), record, int(at or box.clock.now()))


def _ids(record: dict[str, Any]) -> tuple[str | None, str | None]:
    object_id = record.get("objectId")
    if object_id is not None and not (isinstance(object_id, str) and object_id.strip()):
        raise _InvalidRecord(526)
    given = next((record[name] for name in ("identity", "FBID", "GPID") if record.get(name) is not None), None)
    if given is None and object_id is None:
        raise _InvalidRecord(523)
    if given is None:
        return None, object_id
    identity = str(given)
    if (
        isinstance(given, (bool, dict, list))
        or not identity.strip()
        or identity.lower() in _PLACEHOLDERS
        or len(identity) > 1023
    ):
        raise _InvalidRecord(523)
    return identity, object_id


def _profile(box: CleverTapState, identity: str | None, object_id: str | None) -> Profile:
    """The profile of this identifier; an unknown one creates a new profile."""
    found = box.find(identity=identity) if identity is not None else None
    if found is None and object_id is not None:
        found = box.find(object_id=object_id)
        if found is not None and identity is not None:
            found.identities.append(identity)
            box.profiles[identity] = found
    return found or box.new_profile(identity, object_id)


# Profiles ------------------------------------------------------------------------------------------------


def _check_profile(box: CleverTapState, record: dict[str, Any]) -> None:
    data = record.get("profileData")
    if not isinstance(data, dict):
        raise _InvalidRecord(524)
    for name, (code, fine) in _SYSTEM.items():
        if data.get(name) is not None and not isinstance(data[name], dict) and not fine(data[name]):
            raise _InvalidRecord(code)


# Events --------------------------------------------------------------------------------------------------


def _check_event(box: CleverTapState, record: dict[str, Any]) -> None:
    name, data = record.get("evtName"), record.get("evtData", {})
    if not isinstance(name, str) or not name.strip():
        raise _InvalidRecord(509)
    if name.lower() in _RESERVED:
        raise _InvalidRecord(513)
    if not isinstance(data, dict):
        raise _InvalidRecord(512)
    if len(data) > 256:
        raise _InvalidRecord(522)
    if name in box.discarded_events:
        raise _InvalidRecord(528)


def _apply_event(box: CleverTapState, profile: Profile, record: dict[str, Any], at: int) -> None:
    name, data = record["evtName"], dict(record.get("evtData") or {})
    profile.happened(name, at, data)
    box.events.append({"identity": profile.identity, "name": name, "data": data, "ts": at})
    del box.events[:-10_000]


# Device tokens -------------------------------------------------------------------------------------------


def _check_token(box: CleverTapState, record: dict[str, Any]) -> None:
    data = record.get("tokenData")
    if not record.get("objectId"):
        raise _InvalidRecord(530)
    if not isinstance(data, dict):
        raise _InvalidRecord(531)
    for name, code in (("id", 532), ("type", 533)):
        if not data.get(name):
            raise _InvalidRecord(code)
        if not isinstance(data[name], str):
            raise _InvalidRecord(531)


def _apply_token(box: CleverTapState, profile: Profile, record: dict[str, Any], at: int) -> None:
    profile.tokens.append(dict(record["tokenData"]))


_KINDS: dict[str, tuple[Callable[..., None], Callable[..., None]]] = {
    "profile": (_check_profile, apply_profile),
    "event": (_check_event, _apply_event),
    "token": (_check_token, _apply_token),
}


def _echo(box: CleverTapState, record: Any) -> Any:
    """The record as it is echoed: in 2018 an identity of 42 came back as "42", a phone as a number."""
    if box.readings.echo == "faithful" or not isinstance(record, dict):
        return record
    changed = dict(record)
    if isinstance(changed.get("identity"), int):
        changed["identity"] = str(changed["identity"])
    data = changed.get("profileData")
    if isinstance(data, dict) and re.fullmatch(r"\+?[0-9]{1,40}", str(data.get("Phone"))):
        changed["profileData"] = {**data, "Phone": int(str(data["Phone"]).lstrip("+"))}
    return changed
