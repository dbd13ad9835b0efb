"""One page of followers, judged together: the policy is asked once, the ledger is read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from linetap.sync.decide import Act, Carried, Decision, Row, Rules, Wish, decide, enough
from linetap.sync.identity import IdentityPolicy, wishes


class Book(Protocol):
    """What a judgement reads: the ledger, or the ledger under a plan."""

    def rows(self, line_ids: Sequence[str]) -> dict[str, Row]:
        """What is known about these followers."""
        ...

    def owners(self, identities: Sequence[str]) -> dict[str, Carried]:
        """The LINE ids that these profiles carry."""
        ...


class Judge:
    """Decides about followers. It remembers those whose records wait for their batch: no book knows them yet."""

    def __init__(self, book: Book, policy: IdentityPolicy, *, unfollow: str, now: int, named: bool) -> None:
        self._book = book
        self._policy = policy
        self._enough = enough(unfollow)
        self._now = now
        # Where no profile has a name of its own, none can carry somebody else's LINE id.
        self._named = named
        self._waiting: dict[str, str] = {}
        self._carried: dict[str, Carried] = {}

    def page(self, line_ids: Iterable[str], *, snapshot: int) -> Iterator[tuple[Decision, Row | None]]:
        """What to do about each follower of a page that this snapshot has not listed before."""
        fresh = [line_id for line_id in dict.fromkeys(line_ids) if line_id not in self._waiting]
        known = self._book.rows(fresh)
        todo = [line_id for line_id in fresh if line_id not in known or known[line_id].seen != snapshot]
        wanted = wishes(self._policy, todo)
        carried = self._carriers(todo, wanted, known)
        given = Rules(self._enough, self._policy.creates, self._now, snapshot)
        for line_id in todo:
            row = known.get(line_id)
            yield self._one(line_id, wanted, row, carried, given), row

    def written(self, line_ids: Iterable[str]) -> None:
        """These are in the book now."""
        for line_id in line_ids:
            identity = self._waiting.pop(line_id, None)
            if identity is not None:
                self._carried.pop(identity, None)

    def _one(
        self,
        line_id: str,
        wanted: Mapping[str, Wish],
        row: Row | None,
        carried: Mapping[str, Carried],
        given: Rules,
    ) -> Decision:
        def owner(identity: str) -> Carried | None:
            return self._carried.get(identity) or carried.get(identity)

        decision = decide(line_id, wanted.get(line_id) or _NOBODY, row, owner, given)
        if decision.act is Act.SEND and (identity := decision.row.identity) is not None:
            self._named = self._named or identity != line_id
            self._waiting[line_id] = identity
            self._carried[identity] = Carried(line_id)
        return decision

    def _carriers(
        self, todo: Sequence[str], wanted: Mapping[str, Wish], known: Mapping[str, Row]
    ) -> dict[str, Carried]:
        names: set[str] = set()
        for wish in wanted.values():
            if wish.identity is not None and wish.why is None:
                names.add(wish.identity)
        for row in known.values():
            names.update(name for name in (row.fixed, row.identity) if name is not None and name != row.line_id)
        if self._policy.creates and self._named:
            names.update(todo)
        return self._book.owners(sorted(names)) if names else {}


_NOBODY = Wish(None)
