# ruff: noqa: S608 - statements are put together from this file's own words; values are always bound
"""What a ledger stores: its table, the numbers of the states, the conditions on rows, the progress of a run."""

from __future__ import annotations

import json

import attrs

from linetap.store.formats import CheckedTable, StoreFormat
from linetap.sync.decide import LATE_UNFOLLOW, State

_VERSION_1 = """
CREATE TABLE followers (
    line_id TEXT PRIMARY KEY,
    state INTEGER NOT NULL,
    identity TEXT,
    taken INTEGER,
    code INTEGER,
    why TEXT,
    wanted TEXT,
    other TEXT,
    fixed TEXT,
    seen INTEGER NOT NULL,
    sent INTEGER,
    since INTEGER NOT NULL,
    leaving INTEGER NOT NULL DEFAULT 0,
    checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX followers_by_identity ON followers (identity) WHERE identity <> line_id
"""
_INSTEAD = "start a new ledger: all followers are uploaded again, and those who left meanwhile are not noticed"
_FACTS = ("line_id", "state", "identity", "taken", "code", "why", "wanted", "other", "fixed")
_COLUMNS = (*_FACTS, "seen", "sent", "since", "leaving")
FOLLOWERS = CheckedTable("followers", ("line_id",), _COLUMNS)
FORMAT = StoreFormat("sync ledger", (_VERSION_1,), (FOLLOWERS,), argument="ledger", instead=_INSTEAD)
STATES = (State.UPLOADED, State.REJECTED, State.UNIDENTIFIED, State.CONFLICT, State.UNCONFIRMED, State.UNFOLLOWED)
NUMBER = {state: number for number, state in enumerate(STATES)}
UPLOADED, REJECTED, _UNIDENTIFIED, _WITHHELD, UNKNOWN, GONE = range(6)

# An unfollow update that is in flight is not sent again.
MISSING = f"seen < ? AND state NOT IN ({GONE}, {UNKNOWN})"

# Skip profiles that have since been given another LINE id.
_SINCE = f"""
    SELECT 1 FROM followers o WHERE o.line_id <> followers.line_id AND (o.taken IS NOT NULL OR o.state = {UNKNOWN})
    AND (o.state <> {GONE} OR o.sent > followers.sent)"""
LATE = f"""state = {GONE} AND taken IS NOT NULL AND identity IS NOT NULL
    AND NOT EXISTS ({_SINCE} AND o.identity = followers.identity AND o.identity <> o.line_id)
    AND NOT EXISTS ({_SINCE} AND o.line_id = followers.identity AND o.identity = o.line_id)"""


def sent_unless_late(now: str) -> str:
    """The value of ``sent`` after an unfollow update: a late one does not change it."""
    return f"CASE WHEN leaving = {LATE_UNFOLLOW} THEN sent ELSE {now} END"


@attrs.define
class Run:
    """The progress of the current run; stored in the ledger with the rows."""

    number: int = 0
    snapshot: int = 0
    """The number of the listing of all followers; a listing that starts over has a new one."""
    phase: str = "done"
    """``walk``, ``unfollow`` or ``done``."""
    token: str | None = None
    """LINE's token of the first page whose followers are not all in the ledger."""
    token_at: float = 0.0
    started: float = 0.0
    base: int = 0
    """Followers when the run began: the number that the safety limit is a ratio of."""
    pages: int = 0
    calls: int = 0
    created: int = 0
    first_uploads: int = 0
    profiles_checked: int = 0
    matched: int = 0
    resent: int = 0
    shape: int = 0
    unfollow: str = ""

    @classmethod
    def from_json(cls, kept: str | None) -> Run:
        """The run that the ledger stores. A newer version may have written facts that this one does not know."""
        facts = json.loads(kept) if kept else {}
        return cls(**{field.name: facts[field.name] for field in attrs.fields(cls) if field.name in facts})

    def to_json(self) -> str:
        """What :meth:`from_json` reads."""
        return json.dumps(attrs.asdict(self))


@attrs.define
class Census:
    """The number of followers in each state."""

    states: dict[str, int]
    listed: int = 0
    """Followers that this listing contains so far."""
    left: int = 0
    """Users that this run found unfollowed."""
    unfollows_rejected: int = 0
    """Unfollowed users whose unfollow update CleverTap rejected."""

    def add(self, state: State, now: int | None, seen: int, leaving: int, count: int) -> None:
        """Counts rows of one state: ``now`` if this run uploaded them, ``seen`` if this listing contains them."""
        following = state is not State.UNFOLLOWED
        self.states[(State.UNCHANGED if state is State.UPLOADED and not now else state).value] += count
        self.listed += count if seen and following else 0
        self.left += count if now and not following else 0
        self.unfollows_rejected += count if leaving and not following else 0
