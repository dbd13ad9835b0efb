"""What is to be done about one follower: a pure table over what the policy wants and what the ledger knows."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Final, NamedTuple

from linetap.clevertap import codes, rules


class State(str, enum.Enum):
    """Where a follower stands: exactly one of these."""

    UPLOADED = "uploaded"
    """CleverTap took the LINE id in the last run."""
    UNCHANGED = "unchanged"
    """CleverTap took it in an earlier run, and there was nothing to send."""
    REJECTED = "rejected"
    """CleverTap refused the record, with a code: a dead letter."""
    UNIDENTIFIED = "unidentified"
    """Nobody knows whose LINE id it is."""
    CONFLICT = "conflict"
    """A conflict: sending it would overwrite or double an id."""
    UNCONFIRMED = "unconfirmed"
    """Sent, and no answer came. The next run sends it again."""
    UNFOLLOWED = "unfollowed"
    """No longer a follower."""


class Why(str, enum.Enum):
    """Why a follower is withheld."""

    TWO_IDENTITIES = "two identities have this LINE id"
    SHARED = "this identity has two LINE ids"
    MOVED = "this LINE id is on another profile already, as the ledger knows"
    TAKEN = "this profile carries another LINE id already, as the ledger knows"
    BAD_IDENTITY = "the identity is none that CleverTap takes"
    REPLACED = "the profile carried the LINE id of somebody who no longer follows: it was replaced"
    """Not withheld, but told."""


_REMEDIES: Final = {
    Why.TWO_IDENTITIES: "keep the row of the person whose LINE account it is",
    Why.SHARED: "keep the LINE id the person uses now, and drop the others from your data",
    Why.MOVED: "if the person moved, Ledger(...).forget(line_id), clear the old profile, and sync again",
    Why.TAKEN: "if the person has a new LINE account, Ledger(...).forget(other) and sync again",
    Why.BAD_IDENTITY: "correct the identity in your data",
    Why.REPLACED: "nothing to do",
}


def remedy(why: Why) -> str:
    """What to do about a conflict."""
    return _REMEDIES[why]


class Row(NamedTuple):
    """What the ledger knows about a follower."""

    line_id: str
    state: State
    """Stored states only: UNCHANGED is UPLOADED in an earlier run."""
    identity: str | None = None
    """The profile that carries the id, may carry it, or was refused it."""
    taken: int | None = None
    """The shape of what CleverTap took (see ``shape_of``); None: nothing."""
    code: int | None = None
    why: str | None = None
    wanted: str | None = None
    other: str | None = None
    fixed: str | None = None
    """An identity given by hand: it wins over the policy's."""
    seen: int = 0
    """The snapshot that last listed the follower."""
    sent: int | None = None
    """The run in which CleverTap last took it."""
    since: int = 0
    """Seconds since 1970: when the follower was first listed, or listed again."""
    leaving: int = 0
    """1 where what was sent, or (of one who is gone) refused, was the farewell; LATE where they were gone before."""


class Wish(NamedTuple):
    """What the policy says about one LINE id."""

    identity: str | None
    why: Why | None = None
    other: str | None = None


class Act(enum.Enum):
    """What to do."""

    SEND = "send"
    LEAVE = "leave"
    """CleverTap has it already."""
    NOTE = "note"
    """Only write down the state."""


class Decision(NamedTuple):
    """What is to be done about one follower, and the row as it then stands."""

    act: Act
    row: Row


class Carried(NamedTuple):
    """The LINE id that a profile carries, as far as anybody knows."""

    line_id: str
    gone: bool = False


Owner = Callable[[str], "Carried | None"]


MARKED: Final = 2
"""The shape of a farewell that marked the profile: it still carries the id."""


UNCLEAR: Final = 3
"""A farewell was sent and nobody knows whether it arrived: like no other shape, so what comes next is sent."""


LATE: Final = 2
"""In ``Row.leaving``: the farewell of one who left while nothing was told."""


def shape_of(unfollow: str) -> int:
    """What is uploaded for a follower: 0 the LINE id alone; 1 with the following flag and date."""
    return 1 if unfollow == "mark" else 0


def enough(unfollow: str) -> tuple[int, ...]:
    """The shapes that need no upload: to keep, it is all the same whether the flag is there."""
    return (0, 1) if unfollow == "keep" else (shape_of(unfollow),)


class Rules(NamedTuple):
    """What holds for all followers of one listing."""

    enough: tuple[int, ...]
    """The shapes that count as taken (see ``enough``)."""
    creates: bool
    now: int
    seen: int


def decide(line_id: str, wish: Wish, row: Row | None, owner: Owner, given: Rules) -> Decision:
    """What to do about a listed follower. With ``LEAVE`` the row comes back as the very same object."""
    was = row if row is not None else Row(line_id, State.UNIDENTIFIED, since=given.now)
    known = was.identity if was.taken is not None or was.state is State.UNCONFIRMED else None
    if wish.why is not None and not was.fixed:
        return _withheld(was, wish.why, wish.identity, wish.other, given)
    wanted = was.fixed or wish.identity or known or (line_id if given.creates else None)
    if wanted is None:
        return _plain(was, State.UNIDENTIFIED, given) if row is None else _same(was, State.UNIDENTIFIED, given)
    return _identified(was, wanted, known, owner(wanted), given)


def _identified(was: Row, wanted: str, known: str | None, carried: Carried | None, given: Rules) -> Decision:
    other = carried.line_id if carried is not None and carried.line_id != was.line_id else None
    if wanted != was.line_id and rules.identity_problems(wanted):
        return _withheld(was, Why.BAD_IDENTITY, wanted, None, given)
    if known is not None and known != wanted:
        return _withheld(was, Why.MOVED, wanted, known, given)
    if carried is not None and other is not None and not carried.gone:
        return _withheld(was, Why.TAKEN, wanted, other, given)
    if was.state is State.REJECTED and was.identity == wanted and was.code not in codes.PASSING:
        return Decision(Act.LEAVE, was)  # the same record would be refused again
    if was.taken in given.enough and was.state is not State.UNCONFIRMED:
        return _same(was, State.UPLOADED, given)
    why = None if other is None else Why.REPLACED.name
    since = given.now if was.state is State.UNFOLLOWED else was.since
    # Nearly every follower of a first night comes through here: one tuple, made once.
    row = Row(
        was.line_id,
        State.UNCONFIRMED,
        wanted,
        was.taken,
        None,
        why,
        None,
        other,
        was.fixed,
        given.seen,
        was.sent,
        since,
        0,
    )
    return Decision(Act.SEND, row)


def taken_by(row: Row, other: Carried) -> Row:
    """The row of a follower whose profile carries another one's id."""
    return row._replace(
        state=State.CONFLICT, why=Why.TAKEN.name, wanted=row.identity, identity=None, other=other.line_id, leaving=0
    )


def _same(was: Row, state: State, given: Rules) -> Decision:
    if was.state is state and was.why is None and not was.leaving:
        return Decision(Act.LEAVE, was)
    return _plain(was, state, given)


def _plain(was: Row, state: State, given: Rules) -> Decision:
    row = was._replace(state=state, code=None, why=None, wanted=None, other=None, leaving=0, seen=given.seen)
    return Decision(Act.NOTE, row)


def _withheld(was: Row, why: Why, wanted: str | None, other: str | None, given: Rules) -> Decision:
    row = was._replace(state=State.CONFLICT, why=why.name, wanted=wanted, other=other, leaving=0, seen=given.seen)
    return Decision(Act.NOTE, row)
