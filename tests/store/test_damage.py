"""Damaged files: nothing is sent twice without StorageError, nothing hangs, no error of SQLite is raised."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from linetap import Delivery, Ledger, LineIdAsIdentity, RetryPolicy, sync_followers
from linetap.errors import BadArgument, QuotaExceeded, StorageError
from linetap.line.bulk.journal import Journal, journal_rows
from linetap.sandbox import Sandbox
from tests.line.test_client import client
from tests.store.damages import damage, ten_seconds

SEEDS = range(12)
MANY_SEEDS = range(12, 512)


class Sends:
    """A journal with accepted, open and missing deliveries, and the run that resumes it."""

    def __init__(self, folder: Path) -> None:
        self.box = Sandbox()
        self.original = folder / "journal"
        self.deliveries = [Delivery(user, f"for {user}") for user in self.box.line.add_followers(120)]
        self.box.line.quota, self.box.line.used = 80, 0
        once = client(self.box, retry=RetryPolicy(attempts=1))
        self.box.faults.add("line.push", cut="after", taken=True, after=20, times=3)
        with pytest.raises(QuotaExceeded):
            once.push_many(self.deliveries, journal=self.original, in_flight=4)
        rows = list(journal_rows(self.original))
        self.accepted = {to for _, [to], state in rows if state == "accepted"}
        self.open = {to: key for key, [to], state in rows if state == "open"}
        assert (len(self.accepted), len(self.open)) == (77, 3)
        self.box.line.quota = 1_000_000

    def check(self, path: Path) -> str:
        """Resumes a damaged journal, and returns the result."""
        self.box.journal.clear()
        try:
            with ten_seconds():
                report = client(self.box).push_many(self.deliveries, journal=path)
        except (StorageError, BadArgument) as error:
            assert not self.box.journal.of("push")
            return type(error).__name__
        seen: dict[str, str] = {}
        for entry in self.box.journal.of("push"):
            body = entry.json()
            to, key = body["to"], entry.headers["x-line-retry-key"]
            assert body["messages"][0]["text"] == f"for {to}"
            assert to not in self.accepted
            assert seen.setdefault(to, self.open.get(to, key)) == key
        assert report.ok
        return "well"


class Nights:
    """A ledger after a night, and the next night over it, in which nothing is new."""

    def __init__(self, folder: Path) -> None:
        self.box = Sandbox()
        self.original = folder / "ledger"
        ids = self.box.line.add_followers(300)
        for user in ids[::50]:
            self.box.clevertap.reject_record(user, 515)
        self._sync(self.original)
        for user in ids[10:20]:
            self.box.line.block(user)
        self._sync(self.original)
        self.clean = self._look(self.original)

    def _sync(self, path: Path) -> dict[str, int]:
        line, clevertap = self.box.line_client(), self.box.clevertap_client()
        report = sync_followers(line, clevertap, identity=LineIdAsIdentity(), ledger=path)
        return dict(report.states)

    def _look(self, path: Path) -> Any:
        with Ledger(path) as ledger:
            letters = [letter.line_id for letter in ledger.dead_letters()]
            return letters, ledger.counts(), list(ledger.conflicts())

    def check(self, path: Path) -> str:
        """Looks into a damaged ledger and syncs with it; what came of it."""
        self.box.journal.clear()
        ended = "well"
        try:
            with ten_seconds():
                assert self._look(path) == self.clean
        except (StorageError, BadArgument) as error:
            ended = type(error).__name__
        try:
            with ten_seconds():
                self._sync(path)
        except (StorageError, BadArgument) as error:
            assert not self.box.journal.of("upload")
            return type(error).__name__
        assert ended == "well"
        assert not self.box.journal.of("upload")
        return ended


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sends | Nights]:
    folder = tmp_path_factory.mktemp("worlds")
    return {"journal": Sends(folder), "ledger": Nights(folder)}


def run_damaged(world: Sends | Nights, path: Path, seed: int) -> str:
    shutil.copy(world.original, path)
    draw = random.Random(seed)
    how = damage(path, draw)
    print(f"seed {seed}: {how}")
    if path.stat().st_size == 0 and isinstance(world, Nights):
        return "empty"  # an empty file is a new ledger
    return world.check(path)


@pytest.mark.parametrize("kind", ["journal", "ledger"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_file_sends_nothing_twice(
    worlds: dict[str, Sends | Nights], tmp_path: Path, kind: str, seed: int
) -> None:
    """A randomly damaged file either raises before anything is sent, or the run does what it would have done."""
    run_damaged(worlds[kind], tmp_path / "file", seed)


@pytest.mark.ci
@pytest.mark.parametrize("kind", ["journal", "ledger"])
def test_five_hundred_damages_send_nothing_twice(worlds: dict[str, Sends | Nights], tmp_path: Path, kind: str) -> None:
    """The same for 500 seeds; most damage is noticed, the rest was in bytes that mean nothing."""
    ended = [run_damaged(worlds[kind], tmp_path / str(seed), seed) for seed in MANY_SEEDS]
    print({name: ended.count(name) for name in set(ended)})
    assert ended.count("StorageError") > len(ended) / 2


@pytest.mark.parametrize("kind", ["journal", "ledger"])
def test_a_file_without_damage_is_resumed(worlds: dict[str, Sends | Nights], tmp_path: Path, kind: str) -> None:
    """The runs of this file end well where nothing is damaged, so the tests above can fail."""
    shutil.copy(worlds[kind].original, tmp_path / "file")
    assert worlds[kind].check(tmp_path / "file") == "well"


ALTERED: list[tuple[str, str]] = [
    ("journal", "UPDATE sends SET recipients = '[\"{other}\"]' WHERE state = 0"),
    ("journal", "UPDATE sends SET body = x'7b7d' WHERE state = 0"),
    ("journal", "UPDATE sends SET started_at = started_at + 100 WHERE state = 0"),
    ("journal", "UPDATE sends SET state = 2 WHERE state = 1"),
    ("journal", "DELETE FROM sends WHERE state = 1"),
    ("journal", "DELETE FROM parts"),
    ("journal", "UPDATE parts SET run = 99"),
    ("journal", "UPDATE meta SET value = 'x' WHERE key = 'runs'"),
    ("journal", "UPDATE meta SET value = '00' WHERE key = 'hash_key'"),
    ("journal", "DELETE FROM meta WHERE key = 'hash_key'"),
    ("journal", "DELETE FROM meta"),
    ("journal", "DELETE FROM totals"),
    ("ledger", "UPDATE meta SET value = '[1]' WHERE key = 'run'"),
    ("ledger", "DELETE FROM meta WHERE key = 'run'"),
    ("ledger", "UPDATE followers SET state = 'x'"),
    ("ledger", "UPDATE followers SET why = 'NO_REASON'"),
    ("ledger", "UPDATE followers SET line_id = '!' || substr(line_id, 2)"),
    ("ledger", "DELETE FROM followers WHERE state = 0"),
]


@pytest.mark.parametrize(("kind", "sql"), ALTERED)
def test_what_another_program_wrote_is_not_believed(
    worlds: dict[str, Sends | Nights], tmp_path: Path, kind: str, sql: str
) -> None:
    """Altered, deleted and invented facts raise StorageError before anything is sent."""
    shutil.copy(worlds[kind].original, tmp_path / "file")
    with closing(sqlite3.connect(tmp_path / "file")) as db:
        db.execute(sql.replace("{other}", "U" + "0" * 32))
        db.commit()
    assert worlds[kind].check(tmp_path / "file") == "StorageError"


def crashed(folder: Path, name: str) -> Path:
    """A journal whose process died with everything still in the log."""
    path = folder / "running"
    journal = Journal(path, lambda: 1_767_225_600.0)
    for number in range(20):
        user = f"U{number:032x}"
        entry = journal.find(Delivery(user, "x"), b"{}")
        journal.before_send(f"key-{number}", [user], b"{}", [entry.row_key])
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", folder / f"{name}{suffix}")
    journal.close()
    return folder / name


def test_a_log_without_damage_is_whole(tmp_path: Path) -> None:
    """After a crash everything that was committed is there, also where the last frame was half written."""
    for cut in (0, 1, 4095, 4096, 4119, 4120):
        path = crashed(tmp_path, f"copy{cut}")
        log = Path(f"{path}-wal").read_bytes()
        Path(f"{path}-wal").write_bytes(log[: len(log) - cut])
        journal = Journal(path, lambda: 1_767_225_600.0)
        assert len(journal.unfinished()) >= 19
        journal.close()


@pytest.mark.parametrize("seed", range(10))
def test_a_damaged_log_is_noticed(tmp_path: Path, seed: int) -> None:
    """A flipped bit in the middle of the log, which SQLite passes over in silence, raises StorageError, each time."""
    path = crashed(tmp_path, "copy")
    log = bytearray(Path(f"{path}-wal").read_bytes())
    place = random.Random(seed).randrange(12, len(log) - 6 * 4120)
    log[place] ^= 1
    Path(f"{path}-wal").write_bytes(log)
    for _ in range(2):
        with pytest.raises(StorageError, match="damaged"):
            Journal(path, lambda: 1_767_225_600.0)
