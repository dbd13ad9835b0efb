"""Whose LINE id is it? LINE lists ids without names, so somebody has to say; that is a policy.

LINE ids can be paired with customers by account link, LINE Login or a form of yours:
https://developers.line.biz/en/docs/messaging-api/linking-accounts/
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from linetap import frames
from linetap.clevertap.csv_export import read_rows
from linetap.errors import BadArgument, Problem, invalid, literal_text
from linetap.sync.decide import ConflictReason, PolicyAnswer

Unknown = Literal["withhold", "create"]


@runtime_checkable
class IdentityPolicy(Protocol):
    """A policy of your own: an object with these two."""

    creates: bool
    """Whether a follower nobody knows gets a profile of their own, with the LINE id as its identity."""

    def identities(self, line_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The identities of up to 1,000 LINE ids; who is missing or None is not known."""
        ...


@runtime_checkable
class _AnsweringPolicy(Protocol):
    """A policy that knows of conflicts in its own data."""

    def policy_answers(self, line_ids: Sequence[str]) -> dict[str, PolicyAnswer]:
        """What it says about these LINE ids."""
        ...


class LineIdAsIdentity:
    """Every follower becomes a profile whose identity is the LINE id: a new, billable profile for each.

    For bases without customer ids. CleverTap bills by profiles, and merging them with known customers later
    is work by hand: :class:`KnownFollowers` is the better choice wherever you can pair.
    """

    creates = True

    def identities(self, line_ids: Sequence[str]) -> Mapping[str, str | None]:
        """Nobody is known: each follower is created."""
        return {}

    def __repr__(self) -> str:
        return "LineIdAsIdentity()"


class KnownFollowers:
    """Followers you can name: LINE id -> your own identity of the person.

    Args:
        identity_by_line_id: a mapping, or a callable that takes a LINE id and gives the identity or None.
        unknown: ``"withhold"`` followers nobody knows (default), or ``"create"`` a new, billable profile for
            each, with the LINE id as its identity.

    A mapping is looked through once before the run: an identity with two LINE ids is withheld with both.
    A callable's duplicates show late: the later one is withheld.
    """

    def __init__(
        self,
        identity_by_line_id: Mapping[str, str | None] | Callable[[str], str | None],
        *,
        unknown: Unknown = "withhold",
    ) -> None:
        _check_source(identity_by_line_id, unknown)
        self.creates = unknown == "create"
        self._source = identity_by_line_id
        self._doubled: dict[str, tuple[str, ...]] = {}
        self._shared: set[str] | None = None

    def __repr__(self) -> str:
        size = f"<{len(self._source)} ids>" if isinstance(self._source, Mapping) else "<callable>"
        return f"KnownFollowers({size}, unknown={'create' if self.creates else 'withhold'!r})"

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Mapping[str, Any] | Sequence[Any]] | Any,
        *,
        line_id: str = "LineID",
        identity: str = "identity",
        unknown: Unknown = "withhold",
    ) -> KnownFollowers:
        """From rows of a database, a frame or a CSV file: mappings, or pairs of LINE id and identity.

        A LINE id that stands there with two identities is a conflict: it is withheld and reported.
        """
        known: dict[str, str | None] = {}
        doubled: dict[str, tuple[str, ...]] = {}
        for number, row in enumerate(frames.rows(rows, "rows")):
            key, value = _pair(row, number, line_id, identity)
            if frames.missing(key) or frames.missing(value):
                continue
            if key in known and known[key] != value:
                doubled[key] = tuple(dict.fromkeys((*doubled.get(key, (str(known[key]),)), str(value))))
            known.setdefault(key, value)
        policy = cls(known, unknown=unknown)
        policy._doubled = doubled
        return policy

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        *,
        line_id: str = "LineID",
        identity: str = "identity",
        unknown: Unknown = "withhold",
    ) -> KnownFollowers:
        """From a CSV file (UTF-8) whose header names the two columns; conflicts as in :meth:`from_rows`."""
        return cls.from_rows(read_rows(path), line_id=line_id, identity=identity, unknown=unknown)

    def identities(self, line_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The identities of these LINE ids."""
        source = self._source
        ask = source.get if isinstance(source, Mapping) else source
        return {line_id: ask(line_id) for line_id in line_ids}

    def policy_answers(self, line_ids: Sequence[str]) -> dict[str, PolicyAnswer]:
        """As :meth:`identities`, with the conflicts that the data itself holds."""
        shared = self._look_through()
        return {key: self._wish(key, value, shared) for key, value in self.identities(line_ids).items()}

    def _wish(self, line_id: str, identity: object, shared: set[str]) -> PolicyAnswer:
        if line_id in self._doubled:
            first, *others = self._doubled[line_id]
            return PolicyAnswer(first, ConflictReason.TWO_IDENTITIES, ", ".join(others))
        answer = policy_answer(identity)
        return PolicyAnswer(answer.identity, ConflictReason.SHARED) if answer.identity in shared else answer

    def _look_through(self) -> set[str]:
        """The identities that stand with more than one LINE id, found once."""
        if self._shared is None:
            seen: set[str] = set()
            shared: set[str] = set()
            for identity in self._source.values() if isinstance(self._source, Mapping) else ():
                name = policy_answer(identity).identity
                if name is not None:
                    (shared if name in seen else seen).add(name)
            self._shared = shared
        return self._shared


def policy_answers(policy: IdentityPolicy, line_ids: Sequence[str]) -> dict[str, PolicyAnswer]:
    """What a policy says about these LINE ids; who is missing is not known."""
    if isinstance(policy, _AnsweringPolicy):
        return policy.policy_answers(line_ids)
    return {line_id: policy_answer(identity) for line_id, identity in policy.identities(line_ids).items()}


def policy_answer(identity: object) -> PolicyAnswer:
    """One answer of a policy; None, '' and NaN mean that nobody knows."""
    if frames.missing(identity):
        return PolicyAnswer(None)
    if isinstance(identity, str):
        return PolicyAnswer(identity)
    rule = "an identity is a string"
    problem = Problem("identity", rule, type(identity).__name__, suggestion="write str(...) around it")
    raise BadArgument(problems=[problem])


def check_policy(policy: object) -> IdentityPolicy:
    """Refuses what is no policy, with what to write instead."""
    if isinstance(policy, IdentityPolicy) and not isinstance(policy, type):
        return policy
    remedy = "KnownFollowers(your_mapping) or LineIdAsIdentity()"
    raise invalid(
        "identity", "is an identity policy", literal_text(getattr(policy, "__name__", type(policy).__name__)), remedy
    )


def _check_source(source: object, unknown: object) -> None:
    if unknown not in ("withhold", "create"):
        raise invalid("unknown", "is 'withhold' or 'create'", unknown)
    if not isinstance(source, Mapping) and not callable(source):
        found = literal_text(type(source).__name__)
        raise invalid("identity_by_line_id", "is a mapping or a callable", found, "rows go to KnownFollowers.from_rows")


def _pair(row: Any, number: int, line_id: str, identity: str) -> tuple[Any, Any]:
    try:
        if isinstance(row, Mapping):
            return row[line_id], row[identity]
        key, value = row
    except (KeyError, TypeError, ValueError):
        rule = f"a row has {line_id!r} and {identity!r}, or is a pair of LINE id and identity"
        raise invalid(
            f"rows[{number}]", rule, literal_text(type(row).__name__), "name the columns: line_id=, identity="
        ) from None
    return key, value
