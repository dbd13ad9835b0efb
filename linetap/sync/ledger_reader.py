"""Decides about one page of followers together: the policy is called once, the ledger is read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from linetap.sync.decide import (
    Action,
    Decision,
    DecisionContext,
    PolicyResult,
    ProfileHolder,
    Row,
    accepted_shapes,
    decide,
)
from linetap.sync.identity import IdentityPolicy, creates_all, policy_results


class LedgerReader(Protocol):
    """What a decision reads: the ledger, or the ledger and a plan."""

    def rows(self, line_ids: Sequence[str]) -> dict[str, Row]:
        """The rows of these followers."""
        ...

    def profile_holders(self, identities: Sequence[str]) -> dict[str, ProfileHolder]:
        """The LINE ids that these profiles have."""
        ...


class Decider:
    """Decides about followers. It remembers those whose records wait for a batch: no ledger has them yet."""

    def __init__(self, ledger: LedgerReader, policy: IdentityPolicy, *, unfollow: str, now: int, named: bool) -> None:
        self._ledger = ledger
        self._policy = policy
        self._accepted_shapes = accepted_shapes(unfollow)
        self._now = now
        # If every identity is the LINE id itself, no profile can have another follower's LINE id.
        self._named = named
        self._waiting: dict[str, str] = {}
        self._counts_all = creates_all(policy)
        self.matched = 0
        """Followers so far for whom there is an identity, or who get a profile by intent."""
        self._new_holders: dict[str, ProfileHolder] = {}

    def page(self, line_ids: Iterable[str], *, snapshot: int) -> Iterator[tuple[Decision, Row | None]]:
        """The decision about each follower of a page who is new in this listing."""
        fresh = [line_id for line_id in dict.fromkeys(line_ids) if line_id not in self._waiting]
        known = self._ledger.rows(fresh)
        todo = [line_id for line_id in fresh if line_id not in known or known[line_id].last_listed != snapshot]
        wanted = policy_results(self._policy, todo)
        holders = self._holders(todo, wanted, known)
        context = DecisionContext(self._accepted_shapes, self._policy.creates, self._now, snapshot)
        for line_id in todo:
            row = known.get(line_id)
            yield self._one(line_id, wanted, row, holders, context), row

    def stored(self, line_ids: Iterable[str]) -> None:
        """These are in the ledger now."""
        for line_id in line_ids:
            identity = self._waiting.pop(line_id, None)
            if identity is not None:
                self._new_holders.pop(identity, None)

    def _one(
        self,
        line_id: str,
        wanted: Mapping[str, PolicyResult],
        row: Row | None,
        holders: Mapping[str, ProfileHolder],
        context: DecisionContext,
    ) -> Decision:
        def find_holder(identity: str) -> ProfileHolder | None:
            return self._new_holders.get(identity) or holders.get(identity)

        result = wanted.get(line_id) or _UNKNOWN_IDENTITY
        assigned = row is not None and row.fixed is not None
        self.matched += self._counts_all or assigned or result.identity is not None or result.why is not None
        decision = decide(line_id, result, row, find_holder, context)
        if decision.action is Action.SEND and (identity := decision.row.identity) is not None:
            self._named = self._named or identity != line_id
            self._waiting[line_id] = identity
            self._new_holders[identity] = ProfileHolder(line_id)
        return decision

    def _holders(
        self, todo: Sequence[str], wanted: Mapping[str, PolicyResult], known: Mapping[str, Row]
    ) -> dict[str, ProfileHolder]:
        names: set[str] = set()
        for result in wanted.values():
            if result.identity is not None and result.why is None:
                names.add(result.identity)
        for row in known.values():
            names.update(name for name in (row.fixed, row.identity) if name is not None and name != row.line_id)
        if self._policy.creates and self._named:
            names.update(todo)
        return self._ledger.profile_holders(sorted(names)) if names else {}


_UNKNOWN_IDENTITY = PolicyResult(None)
