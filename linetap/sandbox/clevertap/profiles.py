"""CleverTap's profile endpoints: one profile, many profiles by cursor, counts, delete."""

from __future__ import annotations

from urllib.parse import quote

from linetap.http.types import Response
from linetap.sandbox.clevertap.queries import Match, query
from linetap.sandbox.clevertap.state import CleverTapState, fail, read_body, rejection, whole_number
from linetap.sandbox.core.service import Call, json_response

_FOUR_DAYS = 4 * 86_400
_TWO_DAYS = 2 * 86_400


def profile(box: CleverTapState, call: Call) -> Response:
    """https://developer.clevertap.com/docs/get-user-profile-api"""
    asked = {name: call.params[name] for name in ("identity", "email", "objectId") if name in call.params}
    if len(asked) != 1:
        raise rejection("One of identity, email or objectId is needed")
    name, value = next(iter(asked.items()))
    found = box.find(**{"object_id" if name == "objectId" else name: value})
    if found is not None:
        return json_response(200, {"status": "success", "record": found.record()})
    if box.readings.unknown_profile == "empty record":
        return json_response(200, {"status": "success", "record": {}})
    return fail("Profile not found", 404, status=404 if box.readings.unknown_profile == "404" else 200)


# Many: https://developer.clevertap.com/docs/get-user-profiles-api -----------------------------------------


def profiles_start(box: CleverTapState, call: Call) -> Response:
    """Returns a cursor, percent-encoded for the next URL."""
    matches = _query(box, call)
    found = [p.object_id for p in box.each() if matches(p)]
    size = whole_number(call.params.get("batch_size", "5000"), 5000)
    if size is None:
        raise rejection("batch_size must be between 1 and 5000")
    step = size // 23 * 23 or 5000
    return json_response(200, {"status": "success", "cursor": _cursor(box, found, step)})


def profiles_next(box: CleverTapState, call: Call) -> Response:
    """One page. ``next_cursor`` is absent on the last one."""
    asked = call.params.get("cursor", "")
    found, step, made = box.cursors.get(asked, ([], 0, float("-inf")))
    if not step or box.clock.now() - made > _FOUR_DAYS:
        return fail("Incorrect Usage", 1)
    if box.preparing > 0:
        box.preparing -= 1
        return fail("Request still in progress, please retry later", 2)
    page, rest = found[:step], found[step:]
    records = [p.record() for p in map(box.by_object_id.__getitem__, page) if not box.gone(p)]
    more = {"next_cursor": _cursor(box, rest, step)} if rest else {}
    return json_response(200, {"status": "success", "records": records, **more})


def _cursor(box: CleverTapState, found: list[str], step: int) -> str:
    plain = f"{box.ids.hex('cursor')}=="
    box.cursors[plain] = (found, step, box.clock.now())
    return quote(plain, safe="")


# Counts: https://developer.clevertap.com/docs/get-profile-count-api ---------------------------------------


def count_start(box: CleverTapState, call: Call) -> Response:
    found = sum(map(_query(box, call), box.each()))
    if box.readings.counts == "success":
        return json_response(200, {"status": "success", "count": found})
    request_id = box.ids.number("count")
    box.polls[request_id] = found
    return json_response(200, {"status": "partial", "req_id": request_id})


def count_next(box: CleverTapState, call: Call) -> Response:
    """The first poll is partial, the second has the count."""
    key = whole_number(call.params.get("req_id", ""), 10**15)
    if key is None or key not in box.polls:
        return fail("req_id is not known", 400, status=400)
    if key in box.polled:
        return json_response(200, {"status": "success", "count": box.polls[key]})
    box.polled.add(key)
    return json_response(200, {"status": "partial", "req_id": key})


# Delete: https://developer.clevertap.com/docs/delete-user-profile-api -------------------------------------


def delete(box: CleverTapState, call: Call) -> Response:
    body = read_body(call)
    asked = [name for name in ("identity", "guid") if name in body]
    if len(asked) != 1:
        raise rejection("Exactly one of identity and guid is needed")
    given = body[asked[0]]
    values = given if isinstance(given, list) else [given]
    if not 1 <= len(values) <= 100 or not all(isinstance(value, str) and value for value in values):
        raise rejection("1 to 100 identities are needed")
    wait = _TWO_DAYS if box.readings.deletion == "within 48 hours" else 0
    for value in values:
        if found := box.find(**{"identity" if asked[0] == "identity" else "object_id": value}):
            found.deleted_at = box.clock.now() + wait
    return json_response(200, {"status": "success"})


def _query(box: CleverTapState, call: Call) -> Match:
    """CleverTap's pages contradict one another on whether an export needs an event."""
    return query(box, read_body(call), base_required=box.readings.base_event == "required")
