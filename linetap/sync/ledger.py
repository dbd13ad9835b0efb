# ruff: noqa: S608 - statements are put together from this file's own words; values are always bound
"""The ledger: one SQLite file in which every follower is in exactly one state.

A sync writes it while it runs, so that a run that was killed continues where it stopped: a row says "unconfirmed"
before the first byte of its record is sent, and "uploaded" only after CleverTap's response.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs

from linetap.clevertap import codes
from linetap.errors import BadArgument, Problem, invalid
from linetap.store.erasure import erase_bytes
from linetap.store.rows import Rows, verify
from linetap.store.sqlite_file import Store, unclean
from linetap.sync.decide import SHAPE_MARKED, ConflictReason, ProfileHolder, Row, State
from linetap.sync.ledger_format import (
    FOLLOWERS,
    FORMAT,
    GONE,
    LATE,
    MISSING,
    NUMBER,
    REJECTED,
    STATES,
    UNKNOWN,
    UPLOADED,
    Census,
    Run,
    sent_unless_late,
)
from linetap.sync.report import DeadLetter, SyncConflict


@attrs.define
class Ledger:
    """One SQLite file (readable by its owner alone) for one bot, account and property.

    Raises ``FileLocked`` if another process uses the file, ``StorageError`` if it is damaged or its disk is full.
    Use it in a ``with`` block, or close it.
    """

    path: str | os.PathLike[str] | None
    _store: Store = attrs.field(init=False, repr=False)
    run: Run = attrs.field(init=False, repr=False)

    _rows: Rows = attrs.field(init=False, repr=False)
    _verified: bool = attrs.field(init=False, repr=False, default=False)

    def __attrs_post_init__(self) -> None:
        self._open(readonly=False)

    @classmethod
    def for_reading(cls, path: str | os.PathLike[str]) -> Ledger:
        """A ledger that is not written to. If there is no file: an empty one."""
        if not os.path.exists(path):
            return cls(None)
        if unclean(path):  # its log has to be read too, which only an owner of the file can do
            return cls(path)
        ledger = object.__new__(cls)
        ledger.path, ledger._verified = path, False
        ledger._open(readonly=True)
        return ledger

    def _open(self, *, readonly: bool) -> None:
        self._store = Store(self.path, FORMAT, readonly=readonly)
        self._rows = Rows(self._store, FOLLOWERS)
        self.run = self._read_run()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._store.close()

    # For users.

    def counts(self) -> dict[str, int]:
        """The number of followers in each state; the sum is all that were ever listed and not erased."""
        return self.census().states

    def state(self, line_id: str) -> State | None:
        """The state of one follower; None if the ledger does not have them."""
        row = self.rows([line_id]).get(line_id)
        if row is None:
            return None
        return State.UNCHANGED if row.state is State.UPLOADED and row.accepted_in_run != self.run.number else row.state

    def dead_letters(self) -> Iterator[DeadLetter]:
        """The records that CleverTap rejected, each with the reason; ``unfollow`` if it was an unfollow update."""
        for row in self.each_rejected():
            reason, hint = codes.meaning(row.code)
            yield DeadLetter(row.line_id, row.identity, row.code, reason, hint, unfollow=bool(row.unfollow_pending))

    def conflicts(self) -> Iterator[SyncConflict]:
        """Followers in conflict and the reason, and profiles whose old LINE id was replaced."""
        for row in self._scan("why IS NOT NULL AND state <> ?", (GONE,)):
            why = self._reason(row.why)
            identity = row.wanted or row.identity
            yield SyncConflict(row.line_id, why, identity, row.other, withheld=why is not ConflictReason.REPLACED)

    def fix(self, line_id: str, *, identity: str) -> None:
        """Gives a follower another identity than the policy does; the next sync, or a replay, uses it."""
        from linetap.clevertap.rules import errors, identity_problems

        if problems := errors(identity_problems(identity)):
            raise BadArgument(problems=problems)
        with self._store.transaction():
            if not self._rows.update({"fixed": "?1"}, "line_id = ?2", [(identity, line_id)]):
                raise invalid("line_id", "must be a follower that the ledger knows", line_id)

    def forget(self, user_id: str) -> bool:
        """Erases a user from the ledger, down to the bytes; False if they were not in it.

        Their profile in CleverTap stays: ``clevertap.delete_profiles([identity])`` deletes that.
        """
        named = ("identity", "wanted", "other", "fixed")
        cleared = {column: f"nullif({column}, ?1)" for column in named}
        # A profile that has the user's id as its identity: what was uploaded to it is no longer known.
        cleared["taken"] = "CASE WHEN identity = ?1 THEN NULL ELSE taken END"
        with self._store.transaction():
            found = self._rows.delete("line_id = ?", (user_id,)) > 0
            others = self._rows.update(cleared, f"?1 IN ({', '.join(named)})", [(user_id,)])
        erase_bytes(self._store, user_id)
        return found or bool(others)

    # For a sync.

    def bind(self, *, bot: str, account: str, prop: str) -> None:
        """Rejects a ledger of another bot, account or property; a new one is bound from then on."""
        kept = self.check_binding(bot=bot, account=account, prop=prop)
        if None in kept.values():
            with self._store.transaction():
                for key, value in (("bot", bot), ("account", account), ("property", prop)):
                    self._store.set_meta(key, value)

    def check_binding(self, *, bot: str, account: str, prop: str) -> dict[str, str | None]:
        """As :meth:`bind`, without writing. Every run starts with it."""
        self._verify_once()
        self.run = self._read_run()  # not what an interrupted run had changed and not written
        facts = {"bot": bot, "account": account, "property": prop}
        kept = {key: self._store.meta(key) for key in facts}
        rule = "must be the same in every run with one ledger"
        problems = [
            Problem(f"ledger.{key}", rule, f"{kept[key]!r} in the ledger, {value!r} here", "", "name another file")
            for key, value in facts.items()
            if kept[key] is not None and kept[key] != value
        ]
        if problems:
            raise BadArgument(problems=problems)
        return kept

    def bound(self, fact: str) -> str | None:
        """The ``bot``, ``account`` or ``property`` it belongs to."""
        return self._store.meta(fact)

    def rows(self, line_ids: Sequence[str]) -> dict[str, Row]:
        """The rows of these followers."""
        return {raw[0]: self._row(raw) for raw in self._rows.among("line_id", line_ids)}

    def profile_holders(self, identities: Sequence[str]) -> dict[str, ProfileHolder]:
        """The LINE ids that these profiles have, or may have. A follower comes before an unfollowed user."""
        holders = f"(taken IS NOT NULL OR state = {UNKNOWN})"
        found: dict[str, ProfileHolder] = {}
        for column, where in (("identity", "identity <> line_id"), ("line_id", "identity = line_id")):
            for raw in self._rows.among(column, identities, f"{where} AND {holders}"):
                row = self._row(raw)
                if row.identity is not None and (row.state is not State.UNFOLLOWED or row.identity not in found):
                    found[row.identity] = ProfileHolder(row.line_id, row.state is State.UNFOLLOWED)
        return found

    def put(self, rows: Iterable[Row]) -> None:
        """Writes rows whole."""
        self._rows.put([(row[0], NUMBER[row.state], *row[2:]) for row in rows])

    def record_listed(self, line_ids: Iterable[str]) -> None:
        """They are listed, and nothing else changed."""
        seen = self.run.snapshot
        self._rows.update({"seen": "?1"}, "line_id = ?2", ((seen, key) for key in line_ids))

    def record_accepted(self, line_ids: Iterable[str]) -> None:
        """CleverTap accepted these records."""
        changes = {"state": f"{UPLOADED}", "taken": "?1", "sent": "?2", "code": "NULL"}
        run = self.run
        self._rows.update(changes, "line_id = ?3", ((run.shape, run.number, key) for key in line_ids))

    def record_rejected(self, pairs: Iterable[tuple[int | None, str]]) -> None:
        """CleverTap rejected these records: (code, LINE id)."""
        self._rows.update({"state": f"{REJECTED}", "code": "?1"}, "line_id = ?2", pairs)

    def record_unfollow_rejected(self, pairs: Iterable[tuple[int | None, str]]) -> None:
        """They no longer follow, and CleverTap rejected the unfollow update: (code, LINE id). ``leaving`` says so."""
        changes = {"state": f"{GONE}", "why": "NULL", "sent": sent_unless_late(f"{self.run.number}"), "code": "?1"}
        self._rows.update(changes, "line_id = ?2", pairs)

    def record_unfollowed(self, line_ids: Iterable[str], *, confirmed: bool) -> None:
        """They no longer follow. ``confirmed``: the profile in CleverTap is marked, or no longer has the id."""
        changes = {"state": f"{GONE}", "leaving": "0", "code": "NULL", "why": "NULL", "sent": sent_unless_late("?1")}
        now: tuple[int | None, ...] = (self.run.number,)
        if confirmed:
            changes["taken"] = "?3"
            now = (self.run.number, None, SHAPE_MARKED if self.run.shape else None)
        self._rows.update(changes, "line_id = ?2", ((now[0], key, *now[2:]) for key in line_ids))

    def count_following(self) -> int:
        """The number of followers in the ledger."""
        self._verify_once()
        return int(self._store.one("SELECT count(*) FROM followers WHERE state <> ?", (GONE,)))

    def count_missing(self) -> int:
        """The number of followers who are not in this listing."""
        return int(self._store.one(f"SELECT count(*) FROM followers WHERE {MISSING}", (self.run.snapshot,)))

    def each_missing(self) -> Iterator[Row]:
        """These followers; rows may be changed meanwhile."""
        return self._scan(MISSING, (self.run.snapshot,))

    def each_late(self, unfollow: str) -> Iterator[Row]:
        """Unfollowed users whose profile does not say so; rows may be changed meanwhile."""
        again = f"(NOT leaving OR code IN ({', '.join(map(str, codes.TEMPORARY))}))"
        where = f"{LATE} AND {again}"
        return self._scan(f"{where} AND taken <> {SHAPE_MARKED}" if unfollow == "mark" else where, ())

    def each_following(self) -> Iterator[Row]:
        """All followers; rows may be changed meanwhile."""
        return self._scan(f"state <> {GONE}", ())

    def each_unconfirmed(self) -> Iterator[Row]:
        """Followers whose upload got no response; rows may be changed meanwhile."""
        return self._scan("state = ?", (UNKNOWN,))

    def each_rejected(self) -> Iterator[Row]:
        """The dead letters as rows; rows may be changed meanwhile."""
        return self._scan(f"(state = {REJECTED} OR state = {GONE} AND leaving)", ())

    def census(self) -> Census:
        """All rows counted, in one query."""
        self._verify_once()
        sql = "SELECT state, sent = ?, seen = ?, leaving <> 0, count(*) FROM followers GROUP BY 1, 2, 3, 4"
        census = Census(dict.fromkeys((state.value for state in State), 0))
        for number, *facts in self._store.rows(sql, (self.run.number, self.run.snapshot)):
            census.add(STATES[number], *facts)
        return census

    def named(self) -> bool:
        """Whether any profile has an identity that is not the LINE id itself."""
        return self._store.one("SELECT 1 FROM followers WHERE identity <> line_id LIMIT 1") is not None

    def transaction(self) -> Any:
        """All or nothing."""
        return self._store.transaction()

    def save_run(self) -> None:
        """Stores the progress of the run."""
        self._store.set_meta("run", self.run.to_json())

    def _read_run(self) -> Run:
        return Run.from_json(self._store.meta("run"))

    def _scan(self, where: str, values: tuple[Any, ...]) -> Iterator[Row]:
        """The rows in the order of their LINE ids; they may be changed meanwhile."""
        return map(self._row, self._rows.scan(where, values))

    def _row(self, raw: tuple[Any, ...]) -> Row:
        try:
            return Row(raw[0], STATES[raw[1]], *raw[2:])
        except (IndexError, TypeError):
            raise self._store.problems.damaged(f"the state of {raw[0]!r} is unknown") from None

    def _reason(self, name: str | None) -> ConflictReason:
        try:
            return ConflictReason[name or ""]
        except KeyError:
            raise self._store.problems.damaged(f"the conflict {name!r} is unknown") from None

    def _verify_once(self) -> None:
        """Before rows are counted: what is missing would not be counted."""
        if not self._verified:
            verify(self._store)
            self._verified = True


def forget(path: str | os.PathLike[str], user_id: str) -> bool:
    """Erases a user from a ledger that is not in use."""
    with Ledger(path) as ledger:
        return ledger.forget(user_id)
