"""The decision about one follower: a pure function of the identity policy's result and the ledger's row."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Final, NamedTuple

from linetap.clevertap import codes, rules


class State(str, enum.Enum):
    """The state of a follower in the ledger: each follower has exactly one."""

    UPLOADED = "uploaded"
    """CleverTap accepted the LINE id in the last run."""
    UNCHANGED = "unchanged"
    """CleverTap accepted it in an earlier run, and there was nothing to send."""
    REJECTED = "rejected"
    """CleverTap rejected the record, with a code: a dead letter."""
    UNIDENTIFIED = "unidentified"
    """The identity policy has no identity for the LINE id."""
    CONFLICT = "conflict"
    """A conflict: the upload would overwrite a LINE id or put one on two profiles."""
    UNCONFIRMED = "unconfirmed"
    """Sent, and no response came. The next run sends it again."""
    UNFOLLOWED = "unfollowed"
    """No longer a follower."""


class ConflictReason(str, enum.Enum):
    """Why a follower is in conflict and is not uploaded."""

    TWO_IDENTITIES = "this LINE id has two identities in your data"
    SHARED = "this identity has two LINE ids in your data"
    MOVED = "the ledger says that another profile has this LINE id"
    TAKEN = "the ledger says that this profile has another LINE id"
    BAD_IDENTITY = "CleverTap does not accept this identity"
    REPLACED = "the profile had the LINE id of a user who no longer follows: it was replaced"
    """Uploaded all the same; only reported."""


_REMEDIES: Final = {
    ConflictReason.TWO_IDENTITIES: "keep the row of the customer whose LINE account it is",
    ConflictReason.SHARED: "keep the LINE id that the customer uses now and remove the others",
    ConflictReason.MOVED: "if the customer has a new profile: Ledger(...).forget(line_id), clear the old one, and sync",
    ConflictReason.TAKEN: "if the customer has a new LINE account: Ledger(...).forget(other), and sync again",
    ConflictReason.BAD_IDENTITY: "correct the identity in your data",
    ConflictReason.REPLACED: "nothing to do",
}


def remedy(why: ConflictReason) -> str:
    """How to resolve a conflict."""
    return _REMEDIES[why]


class Row(NamedTuple):
    """The ledger's row of a follower."""

    line_id: str
    state: State
    """Never UNCHANGED, which is UPLOADED by an earlier run."""
    identity: str | None = None
    """The profile that has the LINE id, may have it, or whose record was rejected."""
    accepted_shape: int | None = None
    """The shape of the record that CleverTap last accepted (see ``record_shape``); None: none."""
    code: int | None = None
    why: str | None = None
    wanted: str | None = None
    other: str | None = None
    fixed: str | None = None
    """The identity given with ``Ledger.fix``: it takes precedence over the policy's."""
    last_listed: int = 0
    """The number of the listing that last contained the follower."""
    accepted_in_run: int | None = None
    """The run in which CleverTap last accepted the record."""
    following_since: int = 0
    """Seconds since 1970: when the follower was first listed, or listed again."""
    unfollow_pending: int = 0
    """1 where the record that was sent or rejected is an unfollow update; LATE_UNFOLLOW for a late one."""


class PolicyResult(NamedTuple):
    """The identity policy's result for one LINE id."""

    identity: str | None
    why: ConflictReason | None = None
    other: str | None = None


class Action(enum.Enum):
    """What a run does about a follower."""

    SEND = "send"
    SKIP = "skip"
    """Nothing: CleverTap has the record, and the row stays as it is."""
    RECORD = "record"
    """Store the row; send nothing."""


class Decision(NamedTuple):
    """The action for one follower, and the row to store."""

    action: Action
    row: Row


class ProfileHolder(NamedTuple):
    """The LINE id that a profile has, as the ledger knows."""

    line_id: str
    unfollowed: bool = False


FindHolder = Callable[[str], "ProfileHolder | None"]


SHAPE_MARKED: Final = 2
"""The shape of an unfollow update that marked the profile: the profile keeps the LINE id."""


SHAPE_UNKNOWN: Final = 3
"""An unfollow update without a response: equal to no other shape, so the next record is always sent."""


LATE_UNFOLLOW: Final = 2
"""In ``Row.unfollow_pending``: the update of a user who unfollowed while ``unfollow="keep"`` was set."""


def record_shape(unfollow: str) -> int:
    """The shape of a follower's record: 0 is the LINE id alone; 1 has the follower flag and date too."""
    return 1 if unfollow == "mark" else 0


def accepted_shapes(unfollow: str) -> tuple[int, ...]:
    """The shapes that need no upload; with ``unfollow="keep"`` the follower flag does not matter."""
    return (0, 1) if unfollow == "keep" else (record_shape(unfollow),)


class DecisionContext(NamedTuple):
    """The facts that are the same for all followers of one listing."""

    accepted_shapes: tuple[int, ...]
    """The shapes that count as taken (see ``enough``)."""
    creates: bool
    now: int
    snapshot: int


def decide(
    line_id: str, result: PolicyResult, row: Row | None, find_holder: FindHolder, context: DecisionContext
) -> Decision:
    """The decision about a listed follower. With ``SKIP`` the row is the same object."""
    was = row if row is not None else Row(line_id, State.UNIDENTIFIED, following_since=context.now)
    known = was.identity if was.accepted_shape is not None or was.state is State.UNCONFIRMED else None
    if result.why is not None and not was.fixed:
        return _conflict(was, result.why, result.identity, result.other, context)
    wanted = was.fixed or result.identity or known or (line_id if context.creates else None)
    if wanted is None:
        return (
            _recorded(was, State.UNIDENTIFIED, context) if row is None else _unchanged(was, State.UNIDENTIFIED, context)
        )
    return _identified(was, wanted, known, find_holder(wanted), context)


def _identified(
    was: Row, wanted: str, known: str | None, holder: ProfileHolder | None, context: DecisionContext
) -> Decision:
    other = holder.line_id if holder is not None and holder.line_id != was.line_id else None
    if wanted != was.line_id and rules.errors(rules.identity_problems(wanted)):
        return _conflict(was, ConflictReason.BAD_IDENTITY, wanted, None, context)
    if known is not None and known != wanted:
        return _conflict(was, ConflictReason.MOVED, wanted, known, context)
    if holder is not None and other is not None and not holder.unfollowed:
        return _conflict(was, ConflictReason.TAKEN, wanted, other, context)
    if was.state is State.REJECTED and was.identity == wanted and was.code not in codes.TEMPORARY:
        return Decision(Action.SKIP, was)  # the same record would be rejected again
    if was.accepted_shape in context.accepted_shapes and was.state is not State.UNCONFIRMED:
        return _unchanged(was, State.UPLOADED, context)
    why = None if other is None else ConflictReason.REPLACED.name
    since = context.now if was.state is State.UNFOLLOWED else was.following_since
    # The path of nearly every follower of a first run: one tuple, built once.
    row = Row(
        was.line_id,
        State.UNCONFIRMED,
        wanted,
        was.accepted_shape,
        None,
        why,
        None,
        other,
        was.fixed,
        context.snapshot,
        was.accepted_in_run,
        since,
        0,
    )
    return Decision(Action.SEND, row)


def holder_conflict(row: Row, other: ProfileHolder) -> Row:
    """The row of a follower whose profile has another LINE id."""
    why = ConflictReason.TAKEN.name
    changed = row._replace(state=State.CONFLICT, why=why, wanted=row.identity, identity=None, other=other.line_id)
    return changed._replace(unfollow_pending=0)


def _unchanged(was: Row, state: State, context: DecisionContext) -> Decision:
    if was.state is state and was.why is None and not was.unfollow_pending:
        return Decision(Action.SKIP, was)
    return _recorded(was, state, context)


def _recorded(was: Row, state: State, context: DecisionContext) -> Decision:
    row = was._replace(state=state, code=None, why=None, wanted=None, other=None, unfollow_pending=0)
    return Decision(Action.RECORD, row._replace(last_listed=context.snapshot))


def _conflict(
    was: Row, why: ConflictReason, wanted: str | None, other: str | None, context: DecisionContext
) -> Decision:
    row = was._replace(state=State.CONFLICT, why=why.name, wanted=wanted, other=other, unfollow_pending=0)
    return Decision(Action.RECORD, row._replace(last_listed=context.snapshot))
