"""``Feedback``: the outcomes of messages as events and properties of CleverTap profiles.

What is to be uploaded is written in the transaction that records the outcome; a thread of the leader uploads it
(:mod:`linetap.relay.feedback_uploads`). So neither a killed process nor a slow CleverTap changes what is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from linetap.clevertap import rules
from linetap.clevertap.client import CleverTapClient
from linetap.errors import BadArgument, invalid
from linetap.relay.feedback_rows import EVENT, NO_PROFILE, PROFILE, WAITING, FeedbackRows, NewFeedback
from linetap.relay.schema import ACCEPTED, REJECTED
from linetap.relay.tables import Entry, Tables

REJECTED_EVENT, ACCEPTED_EVENT = "LINE Message Rejected", "LINE Message Accepted"
_UNKNOWN_ID = "BadRequest: Failed to send messages"
"""The reason of an entry whose user id the channel does not know: the kind of the error, and LINE's message.
https://developers.line.biz/en/reference/messaging-api/#error-messages"""
_LONGEST_REASON = 100
"""Characters; CleverTap's limit for a value is 512 bytes."""
Ended = tuple[Entry, int, str]


class Feedback:
    """Uploads outcomes to CleverTap: pass it as ``OutboxSender(feedback=...)``.

    CleverTap's events have no id: one that is uploaded twice counts twice. So a batch is marked on the disk before it
    leaves, and is never uploaded again; where its response is lost, ``outbox.status().feedback`` counts it under ``may
    have been recorded``. Uploads have a thread of their own: a slow CleverTap does not delay messages.

    The profile is the one that CleverTap's call named (``identity``, else ``objectId``). An enqueued delivery, and a
    call with neither, has no profile: nothing is uploaded, and it is counted under ``no profile``.

    Args:
        clevertap: the client of the account whose campaigns call the relay.
        rejected: upload an event for each message that LINE rejected: True for ``LINE Message Rejected``, or the
            event's name. Its properties: ``Campaign``, ``CleverTap campaign`` (the ``targetId``) and ``Reason``.
        accepted: the same for each message that LINE accepted (``LINE Message Accepted``). LINE accepts a message to
            a user who blocked the account too, and does not report what was shown.
        following: set the property ``LINE follower`` to False where LINE responded that it does not know the user id
            (400, ``Failed to send messages``), as ``sync_followers`` does for a user who unfollowed. Blocking cannot
            be seen from a push: LINE responds with 200. Only the nightly sync and the unfollow webhook show it.

    Raises:
        BadArgument: no CleverTapClient, an event name that CleverTap does not take, or nothing to upload.

    https://developer.clevertap.com/docs/upload-events-api
    https://developers.line.biz/en/reference/messaging-api/#send-push-message
    """

    def __init__(
        self,
        clevertap: CleverTapClient,
        rejected: bool | str = True,
        accepted: bool | str = False,
        following: bool = True,
    ) -> None:
        given: Any = clevertap
        if not isinstance(given, CleverTapClient):
            raise invalid("clevertap", "must be a CleverTapClient", clevertap)
        if not isinstance(following, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise invalid("following", "must be True or False", following)
        self.clevertap = clevertap
        """The client that uploads."""
        self._events: dict[int, str] = {}
        for name, value, state, default in (
            ("rejected", rejected, REJECTED, REJECTED_EVENT),
            ("accepted", accepted, ACCEPTED, ACCEPTED_EVENT),
        ):
            if event := _event_name(name, value, default):
                self._events[state] = event
        self._following = following
        if not self._events and not following:
            raise invalid("rejected", "must be True, or another option must be", rejected, "or pass feedback=None")

    def __repr__(self) -> str:
        return f"Feedback({self.clevertap!r}, events={sorted(self._events.values())}, following={self._following})"

    def store(self, tables: Tables, ended: Iterable[Ended]) -> None:
        """Writes what is to be uploaded for entries that ended, inside the transaction that records their ends."""
        found = [(entry, values) for entry, state, reason in ended for values in self._of(entry, state, reason)]
        if not found:
            return
        rows, new = FeedbackRows(tables), list[NewFeedback]()
        stored = rows.user_hashes([entry.id for entry, _ in found])
        for entry, (kind, values) in found:
            if stored.get(entry.id) != entry.user_hash:
                continue  # the user was erased while the request was in flight
            who = profile_of(entry.payload)
            state, record = (WAITING, {**who, **values}) if who else (NO_PROFILE, None)
            new.append((kind, state, entry.user_hash, record))
        if new:
            rows.add(new)

    def _of(self, entry: Entry, state: int, reason: str) -> list[tuple[int, dict[str, Any]]]:
        """The uploads for one end: (kind, values)."""
        found: list[tuple[int, dict[str, Any]]] = []
        if (name := self._events.get(state)) is not None:
            given = {
                "Campaign": entry.campaign,
                "CleverTap campaign": entry.target,
                "Reason": reason[:_LONGEST_REASON],
            }
            found.append((EVENT, {"event": name, "properties": {key: value for key, value in given.items() if value}}))
        if self._following and state == REJECTED and reason.startswith(_UNKNOWN_ID):
            found.append((PROFILE, {}))
        return found


def profile_of(payload: str | None) -> dict[str, str] | None:
    """The identity or the object id of a stored payload, which has one person; None where there is neither."""
    if payload is None:
        return None
    person = _member(json.loads(payload), "profiles")
    person = person[0] if isinstance(person, list) and person else person
    if not isinstance(person, dict):
        return None
    for own, theirs in (("identity", "identity"), ("object_id", "objectid")):
        value = _member(person, theirs)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != "":
            return {own: str(value)}
    return None


def _member(found: dict[str, Any], name: str) -> Any:
    """The value of a key in any of CleverTap's spellings."""
    return next((value for key, value in found.items() if key.replace("_", "").lower() == name), None)


def _event_name(path: str, given: Any, default: str) -> str | None:
    if isinstance(given, bool):
        return default if given else None
    if problems := rules.event_name_problems(given, path):
        raise BadArgument(problems=problems)
    return str(given)
