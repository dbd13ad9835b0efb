"""A plan: what a sync would do, in a file of its own. ``planning`` makes it, ``apply`` applies it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import attrs

from linetap.clevertap import limits
from linetap.clevertap.records import ProfileRecord
from linetap.display import html
from linetap.errors import invalid
from linetap.store.erasure import erase_bytes
from linetap.store.formats import CheckedTable, StoreFormat
from linetap.store.rows import Rows, verify
from linetap.store.sqlite_file import Store
from linetap.sync import profile_records
from linetap.sync.decide import ConflictReason, Row, State
from linetap.sync.report import CONFLICTS_KEPT, SyncConflict, SyncReport
from linetap.sync.unfollows import over_safety_limit

_VERSION_1 = """
CREATE TABLE planned (
    number INTEGER PRIMARY KEY,
    line_id TEXT NOT NULL UNIQUE,
    act TEXT NOT NULL,
    identity TEXT,
    why TEXT,
    other TEXT,
    creates INTEGER NOT NULL DEFAULT 0,
    since INTEGER NOT NULL DEFAULT 0,
    there INTEGER NOT NULL DEFAULT 0,
    checksum INTEGER NOT NULL
);
CREATE INDEX planned_by_identity ON planned (identity) WHERE act IN ('add', 'change')
"""
PLANNED = CheckedTable(
    "planned", ("number",), ("number", "line_id", "act", "identity", "why", "other", "creates", "since")
)
"""The followers of a plan. ``there`` is not checked: applying a plan sets it before it is read."""
FORMAT = StoreFormat("sync plan", (_VERSION_1,), tables=(PLANNED,), argument="plan", instead="plan again")
UNFOLLOW_ACTIONS = ("unfollow", "late")
"""The acts of a plan that are about users who are not listed."""
_UPLOAD_SECONDS = 0.3  # assumed for one upload call


@attrs.frozen
class Summary:
    """The counts of a plan."""

    adds: int = 0
    """Followers whose LINE id CleverTap does not have."""
    changes: int = 0
    """Followers who are sent again: the policy changed, or an earlier upload got no response."""
    unfollows: int = 0
    """Followers of the last listing who are not in this one."""
    late: int = 0
    """Users who unfollowed while ``unfollow="keep"`` was set: their profiles are marked or cleared now."""
    unchanged: int = 0
    rejected: int = 0
    """Rejected before, and not sent again as they are."""
    unidentified: int = 0
    withheld: int = 0
    creates: int = 0
    """New profiles with the LINE id as identity: CleverTap bills them."""
    first_uploads: int = 0
    """Adds to identities that no earlier run uploaded to. CleverTap makes a new, billed profile for each identity
    that it does not know."""
    profiles_checked: int = 0
    """Those of ``first_uploads`` whose profile was read (``check_profiles``)."""
    new_profiles: int = 0
    """Those of ``profiles_checked`` that CleverTap does not know: new, billed profiles."""
    followers: int = 0
    base: int = 0
    """Followers before, as the ledger knows."""
    pages: int = 0
    page_seconds: float = 0.0
    """Seconds for one page of LINE's list."""

    @property
    def calls(self) -> int:
        """Uploads needed."""
        kinds = (self.adds + self.changes, self.unfollows, self.late)
        return sum(-(-count // limits.RECORDS_PER_UPLOAD) for count in kinds)


def plan_file(path: str | os.PathLike[str] | None) -> Store:
    """The file of a plan; None: a temporary one that closing removes."""
    return Store(path, FORMAT)


class SyncPlan:
    """What a sync would do, stored in a file of its own (or, without one, as long as this object exists).

    ``SyncPlan.open(path)`` reads it back. Close it, or use it in a ``with`` block.
    """

    def __init__(self, store: Store, summary: Summary, facts: Mapping[str, Any]) -> None:
        self.store = store
        self.summary = summary
        self.facts = dict(facts)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> SyncPlan:
        """Opens a plan's file, and compares every row with its checksum.

        Raises:
            BadArgument: no finished plan is in this file.
            StorageError: a row is damaged or missing.
        """
        if not os.path.exists(path):
            raise invalid("path", "must be the file of a plan", str(path), "plan_sync(..., plan=path) writes one")
        store = plan_file(path)
        try:
            return cls._read(store, path)
        except BaseException:
            store.close()
            raise

    @classmethod
    def _read(cls, store: Store, path: str | os.PathLike[str]) -> SyncPlan:
        kept = store.meta("summary")
        if kept is None:
            raise invalid("path", "must be a finished plan", str(path), "plan again: this one was interrupted")
        if store.meta(f"table {PLANNED.name} {PLANNED.check}") is None:
            raise invalid("path", "must be a plan of this version of linetap", str(path), "plan again")
        verify(store)
        return cls(store, Summary(**json.loads(kept)), json.loads(store.meta("facts") or "{}"))

    def __enter__(self) -> SyncPlan:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}={value}" for name, value in attrs.asdict(self.summary).items() if value)
        return f"SyncPlan({counts})"

    def close(self) -> None:
        """Closes the file; a plan without a file is deleted."""
        self.store.close()

    @property
    def over_safety_limit(self) -> bool:
        """Whether applying it would stop at the safety limit."""
        return over_safety_limit(self.summary.unfollows, self.summary.base, self.facts["share"], self.facts["unfollow"])

    @property
    def braked(self) -> bool:
        """The first name of :attr:`over_safety_limit`."""
        return self.over_safety_limit

    def conflicts(self) -> Iterator[SyncConflict]:
        """The followers in conflict, and why."""
        for _, line_id, _, identity, why, other, _, _ in self.scan("why IS NOT NULL"):
            yield SyncConflict(
                line_id,
                ConflictReason[why],
                identity,
                other,
                withheld=ConflictReason[why] is not ConflictReason.REPLACED,
            )

    def each(self, act: str) -> Iterator[str]:
        """The LINE ids of one kind: ``add``, ``change``, ``unfollow``, ``late``, ``unchanged``, ..."""
        for row in self.scan("act = ?", (act,)):
            yield row[1]

    def records(self) -> Iterator[ProfileRecord]:
        """The records of the followers who would be added or changed, for example for ``write_profiles_csv``.

        The ledger does not record an upload by hand: the next sync sends the same records again, which is safe.
        """
        writer = profile_records.Writer(self.facts["property"], self.facts["unfollow"], int(self.facts["made"]))
        for _, line_id, _, identity, _, _, _, since in self.scan("act IN ('add', 'change')"):
            yield writer.follow(Row(line_id, State.UNCONFIRMED, identity, following_since=since))

    def seconds(self, upload: float = _UPLOAD_SECONDS, in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT) -> float:
        """Estimated seconds of a sync: the longer of listing (measured) and uploading (assumed)."""
        return max(self.summary.pages * self.summary.page_seconds, self.summary.calls * upload / in_flight)

    def report(self) -> SyncReport:
        """The report that a sync would give if nothing changes."""
        found, summary = tuple(islice(self.conflicts(), CONFLICTS_KEPT)), self.summary
        return SyncReport(
            uploaded=summary.adds + summary.changes,
            unchanged=summary.unchanged,
            rejected=summary.rejected,
            unidentified=summary.unidentified,
            withheld=summary.withheld,
            unfollowed_total=self.facts["gone"] + (0 if self.over_safety_limit else summary.unfollows),
            unfollows_rejected=self.facts["unheard"],  # its name in the file
            followers=summary.followers,
            unfollowed=summary.unfollows,
            created=summary.creates + summary.new_profiles,
            first_uploads=summary.first_uploads,
            profiles_checked=summary.profiles_checked,
            matched=self.facts.get("matched"),
            over_safety_limit=self.over_safety_limit,
            conflicts=found,
            pages=summary.pages,
            calls=summary.calls,
            elapsed=self.facts["elapsed"],
            complete=True,
            dry_run=True,
        )

    def _repr_html_(self) -> str:
        words = {
            "creates": "new profiles (billed)",
            "first_uploads": "first uploads (new profiles if unknown, billed)",
            "profiles_checked": "of these, profiles read before",
            "new_profiles": "unknown to CleverTap: new profiles (billed)",
            "base": "followers before",
            "page_seconds": "seconds a page",
        }
        rows = [(words.get(name, name), value) for name, value in attrs.asdict(self.summary).items() if value]
        rows += [("uploads", self.summary.calls), ("seconds, about", round(self.seconds(), 1))]
        note = "The safety limit would stop it: too many are missing at once." if self.over_safety_limit else ""
        return html.table("Plan of a sync", rows, note=note)

    def scan(self, where: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Rows of the plan in their order, read a thousand at a time and compared with their checksums."""
        return Rows(self.store, PLANNED).scan(where, values)


def forget(path: str | os.PathLike[str], user_id: str) -> int:
    """Erases a user from a plan that is not in use; gives the number of rows that named them."""
    with plan_file(path) as store, store.transaction():
        rows = Rows(store, PLANNED)
        found = rows.delete("line_id = ?", (user_id,))
        found += rows.update({"other": "NULL"}, "other = ?1", [(user_id,)])
    with plan_file(path) as store:
        erase_bytes(store, user_id)
    return found
