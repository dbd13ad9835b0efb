"""Identity policies. LINE lists user ids without names, so a policy says which customer each one belongs to.

LINE ids can be paired with customers by account link, LINE Login or a form of yours:
https://developers.line.biz/en/docs/messaging-api/linking-accounts/
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from linetap import frames
from linetap.clevertap.record_rows import OnBadRow
from linetap.errors import invalid, literal_text
from linetap.sync.csv_rows import CsvRows
from linetap.sync.decide import ConflictReason, PolicyResult
from linetap.sync.pairs import Pairs, cells_of_csv, cells_of_rows, checked_mapping, identity_remedy, read_pairs

Unknown = Literal["withhold", "create"]


@runtime_checkable
class IdentityPolicy(Protocol):
    """A policy of your own: an object with these two."""

    creates: bool
    """Whether a follower without an identity gets a new profile, with the LINE id as its identity."""

    def identities(self, line_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The identities of up to 1,000 LINE ids; one that is missing or None has no identity."""
        ...


@runtime_checkable
class _ResultPolicy(Protocol):
    """A policy that finds conflicts in its own data."""

    def policy_results(self, line_ids: Sequence[str]) -> dict[str, PolicyResult]:
        """Its results for these LINE ids."""
        ...


class LineIdAsIdentity:
    """Every follower becomes a profile whose identity is the LINE id: a new, billed profile for each.

    For accounts without customer ids. CleverTap bills by profiles, and merging them with known customers later
    is manual work: :class:`KnownFollowers` is the better choice wherever you can pair.
    """

    creates = True

    def identities(self, line_ids: Sequence[str]) -> Mapping[str, str | None]:
        """No identities: each follower gets a new profile."""
        return {}

    def __repr__(self) -> str:
        return "LineIdAsIdentity()"


class KnownFollowers:
    """Followers whose identity you know: LINE id -> your own id of the customer.

    An identity that CleverTap does not know makes a new profile, which CleverTap bills: check your data, or let
    ``plan_sync(..., check_profiles=1_000)`` read the profiles first.

    Args:
        identity_by_line_id: a mapping, or a function that takes a LINE id and returns the identity or None.
        unknown: for followers without an identity, ``"withhold"`` (default) uploads nothing, ``"create"`` makes
            a new, billed profile for each, with the LINE id as its identity.

    A mapping is checked before the run: keys that are not LINE user IDs raise ``BadArgument``, blanks around them
    and wrong capitals are corrected (``.healed`` counts them), and an identity with two LINE ids is a conflict for
    both. With a function, the second LINE id of an identity is the conflict.
    """

    healed: int = 0
    """LINE ids or identities whose blanks or capitals were corrected."""
    skipped: int = 0
    """Bad rows that were left out (``on_bad_row``)."""

    def __init__(
        self,
        identity_by_line_id: Mapping[str, str | None] | Callable[[str], str | None],
        *,
        unknown: Unknown = "withhold",
    ) -> None:
        _check_source(identity_by_line_id, unknown)
        self.creates = unknown == "create"
        self._source = identity_by_line_id
        # Another mapping may read a database: it is checked at the first page.
        if isinstance(identity_by_line_id, dict):
            self._source, self.healed = checked_mapping(identity_by_line_id)
        self._doubled: dict[str, tuple[str, ...]] = {}
        self._shared: set[str] | None = None

    def __repr__(self) -> str:
        size = f"<{len(self._source)} ids>" if isinstance(self._source, Mapping) else "<callable>"
        counts = "".join(f", {name}={n}" for name, n in (("healed", self.healed), ("skipped", self.skipped)) if n)
        return f"KnownFollowers({size}, unknown={'create' if self.creates else 'withhold'!r}{counts})"

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Mapping[str, Any] | Sequence[Any]] | Any,
        *,
        line_id: str = "LineID",
        identity: str = "identity",
        unknown: Unknown = "withhold",
        on_bad_row: OnBadRow = "raise",
    ) -> KnownFollowers:
        """From rows of a database or a frame: mappings with the two columns, or pairs of LINE id and identity.

        Rows without a LINE id or identity are ignored. A LINE id with two identities is a conflict: it is reported
        and not uploaded.

        Args:
            on_bad_row: ``"raise"`` (default) a BadArgument that names the rows; ``"skip"`` them; or a function that
                is called with each :class:`~linetap.clevertap.BadRow`. ``.skipped`` counts the rows left out.
        """
        _check_columns(line_id, identity)
        cells = cells_of_rows(frames.rows(rows, "rows"), line_id, identity)
        return cls._of_pairs(read_pairs(cells, on_bad_row), unknown)

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        *,
        line_id: str = "LineID",
        identity: str = "identity",
        unknown: Unknown = "withhold",
        encoding: str | None = None,
        on_bad_row: OnBadRow = "raise",
    ) -> KnownFollowers:
        """From a CSV file whose header has the two columns. Rows are counted as in a spreadsheet: the header is row 1.

        Args:
            encoding: such as ``"utf-8"``, ``"cp932"``, ``"cp874"`` or ``"big5"``. None recognises UTF-8, with or
                without BOM, and cp932.
            on_bad_row: as for :meth:`from_rows`.
        """
        _check_columns(line_id, identity)
        rows = CsvRows(path, columns=(line_id, identity), encoding=encoding)
        return cls._of_pairs(read_pairs(cells_of_csv(rows, line_id, identity), on_bad_row), unknown)

    @classmethod
    def _of_pairs(cls, pairs: Pairs, unknown: Unknown) -> KnownFollowers:
        policy = cls(pairs.known, unknown=unknown)
        policy._doubled, policy.healed, policy.skipped = pairs.doubled, pairs.healed, pairs.skipped
        return policy

    @property
    def has_pairs(self) -> bool:
        """Whether there is a mapping with at least one pair."""
        return isinstance(self._source, Mapping) and len(self._source) > 0

    def identities(self, line_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The identities of these LINE ids."""
        source = self._source
        find = source.get if isinstance(source, Mapping) else source
        return {line_id: find(line_id) for line_id in line_ids}

    def policy_results(self, line_ids: Sequence[str]) -> dict[str, PolicyResult]:
        """As :meth:`identities`, with the conflicts in the data."""
        shared = self._shared_identities()
        return {key: self._result(key, value, shared) for key, value in self.identities(line_ids).items()}

    def _result(self, line_id: str, identity: object, shared: set[str]) -> PolicyResult:
        if line_id in self._doubled:
            first, *others = self._doubled[line_id]
            return PolicyResult(first, ConflictReason.TWO_IDENTITIES, ", ".join(others))
        result = policy_result(identity)
        return PolicyResult(result.identity, ConflictReason.SHARED) if result.identity in shared else result

    def _shared_identities(self) -> set[str]:
        """The identities with more than one LINE id, found once."""
        if self._shared is None:
            seen: set[str] = set()
            shared: set[str] = set()
            if isinstance(self._source, Mapping) and not isinstance(self._source, dict):
                self._source, self.healed = checked_mapping(self._source)
            for identity in self._source.values() if isinstance(self._source, Mapping) else ():
                name = policy_result(identity).identity
                if name is not None:
                    (shared if name in seen else seen).add(name)
            self._shared = shared
        return self._shared


def policy_results(policy: IdentityPolicy, line_ids: Sequence[str]) -> dict[str, PolicyResult]:
    """A policy's results for these LINE ids; one that is missing has no identity."""
    if isinstance(policy, _ResultPolicy):
        return policy.policy_results(line_ids)
    return {line_id: policy_result(identity) for line_id, identity in policy.identities(line_ids).items()}


def policy_result(identity: object) -> PolicyResult:
    """One result of a policy; None, '' and NaN mean that there is no identity."""
    if frames.missing(identity):
        return PolicyResult(None)
    if isinstance(identity, str):
        if not identity.isascii() and identity != identity.encode("utf-8", "replace").decode():
            found = literal_text("one that does")
            raise invalid("identity of a follower", "must not contain a lone surrogate", found, "decode the text again")
        return PolicyResult(identity)
    # The path is not "identity", which is the argument of sync_followers.
    found = literal_text(type(identity).__name__)
    raise invalid("identity of a follower", "must be a string", found, identity_remedy(identity))


def creates_all(policy: IdentityPolicy) -> bool:
    """Whether a policy gives every follower a new profile by intent, and not because its pairs match no follower."""
    return policy.creates and not (isinstance(policy, KnownFollowers) and policy.has_pairs)


def check_policy(policy: object) -> IdentityPolicy:
    """Returns the policy, or raises BadArgument with what to write instead."""
    if isinstance(policy, IdentityPolicy) and not isinstance(policy, type):
        return policy
    found = literal_text(getattr(policy, "__name__", type(policy).__name__))
    remedy = "KnownFollowers(your_mapping) or LineIdAsIdentity()"
    raise invalid("identity", "must be an identity policy", found, remedy)


def _check_columns(line_id: str, identity: str) -> None:
    if line_id == identity:
        raise invalid("identity", "must be another column than line_id", identity)


def _check_source(source: object, unknown: object) -> None:
    if unknown not in ("withhold", "create"):
        raise invalid("unknown", "must be 'withhold' or 'create'", unknown)
    if not isinstance(source, Mapping) and not callable(source):
        found, remedy = literal_text(type(source).__name__), "rows go to KnownFollowers.from_rows"
        raise invalid("identity_by_line_id", "must be a mapping or a function", found, remedy)
