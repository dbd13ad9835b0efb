"""The SQLite file under ledger and journals: owned, versioned, private, and all or nothing."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from linetap.errors import BadArgument, FileLocked, StorageError
from linetap.store.formats import StoreFormat
from linetap.store.rows import verify
from linetap.store.sqlite_file import Store, unclean
from linetap.sync.ledger import Ledger
from linetap.sync.plan import plan_file

FIRST = "CREATE TABLE things (name TEXT PRIMARY KEY)"
SECOND = "ALTER TABLE things ADD COLUMN size INTEGER; INSERT INTO things VALUES ('new', 1)"


def store(path: Path | None, *migrations: str, kind: str = "test file", **options: bool) -> Store:
    return Store(path, StoreFormat(kind, migrations or (FIRST,), instead="use a new one"), **options)


def test_what_is_committed_is_there_after_reopening(tmp_path: Path) -> None:
    """A transaction's rows are in the file; an aborted one's are not."""
    with store(tmp_path / "a") as book:
        with book.transaction():
            book.execute("INSERT INTO things VALUES ('kept')")
        with pytest.raises(ZeroDivisionError), book.transaction():
            book.execute("INSERT INTO things VALUES ('lost')")
            raise ZeroDivisionError
    with store(tmp_path / "a") as book:
        assert book.rows("SELECT name FROM things") == [("kept",)]


def test_nested_transactions_are_one(tmp_path: Path) -> None:
    """An inner transaction that ends well is undone with the outer one."""
    with store(None) as book:
        with pytest.raises(ZeroDivisionError), book.transaction():
            with book.transaction():
                book.execute("INSERT INTO things VALUES ('inner')")
            raise ZeroDivisionError
        assert book.rows("SELECT name FROM things") == []


def test_a_file_in_use_is_rejected(tmp_path: Path) -> None:
    """A second opening, in this process or another, raises FileLocked."""
    code = f"from tests.store.test_sqlite_file import *; store(Path({str(tmp_path / 'a')!r}))"
    with store(tmp_path / "a"):
        with pytest.raises(FileLocked, match="in use"):
            store(tmp_path / "a")
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "FileLocked" in other.stderr
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_older_file_gets_the_scripts_that_it_misses(tmp_path: Path) -> None:
    """A file of an older version is brought to the newest one, once."""
    store(tmp_path / "a").close()
    for _ in range(2):
        with store(tmp_path / "a", FIRST, SECOND) as book:
            assert book.rows("SELECT * FROM things") == [("new", 1)]


def test_neighbouring_versions_use_one_file(tmp_path: Path) -> None:
    """A file of a newer version is read and written by the one before it, and then by the newer one again."""
    store(tmp_path / "a", FIRST, SECOND).close()
    with store(tmp_path / "a") as older:
        older.execute("INSERT INTO things (name) VALUES ('old')")
    with store(tmp_path / "a", FIRST, SECOND) as newer:
        assert newer.rows("SELECT * FROM things") == [("new", 1), ("old", None)]
        verify(newer)


def test_a_file_of_a_version_that_is_too_new_is_rejected(tmp_path: Path) -> None:
    """A file that says which version it needs is not used by an older one, and the error says what to use."""
    form = StoreFormat("test file", (FIRST, SECOND), compatible_from=2)
    Store(tmp_path / "a", form).close()
    with pytest.raises(BadArgument, match=r"version 2(.|\n)*[Uu]se the linetap that wrote it"):
        store(tmp_path / "a")


def test_files_of_another_kind_are_rejected_and_left_alone(tmp_path: Path) -> None:
    """A text file, another program's database and a book of another kind are not touched."""
    text, foreign = tmp_path / "text", tmp_path / "foreign"
    text.write_bytes(b"some notes of mine, and no database at all" * 100)
    with sqlite3.connect(foreign) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()
    store(tmp_path / "a").close()
    for path, kind in ((text, "test file"), (foreign, "test file"), (tmp_path / "a", "other file")):
        before = path.read_bytes()
        with pytest.raises(BadArgument):
            store(path, kind=kind)
        assert path.read_bytes()[100:] == before[100:]


def test_a_directory_that_is_not_there_is_a_bad_argument(tmp_path: Path) -> None:
    """The error names the path instead of a line of sqlite3."""
    with pytest.raises(BadArgument, match=r"nowhere.a"):
        store(tmp_path / "nowhere" / "a")


@pytest.mark.skipif(os.name != "posix", reason="file modes and forks are a matter of POSIX")
def test_the_file_and_its_log_are_private(tmp_path: Path) -> None:
    """Whatever the umask, only the owner may read; a wider mode is narrowed."""
    store(tmp_path / "a").close()
    (tmp_path / "a").chmod(0o666)
    with store(tmp_path / "a") as book:
        book.execute("INSERT INTO things VALUES ('x')")
        assert unclean(tmp_path / "a")
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert not unclean(tmp_path / "a")


def test_a_fork_may_not_use_its_parents_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's locks do not survive a fork: the error says that the child must open the file itself."""
    with store(tmp_path / "a") as book:
        monkeypatch.setattr("linetap.store.sqlite_file.os.getpid", lambda: -1)
        with pytest.raises(FileLocked, match="fork"):
            book.rows("SELECT 1")
        monkeypatch.undo()


def test_reading_only_writes_nothing(tmp_path: Path) -> None:
    """A read-only store makes no log file and accepts no change."""
    store(tmp_path / "a").close()
    with store(tmp_path / "a", readonly=True) as book:
        assert book.rows("SELECT * FROM things") == []
        with pytest.raises(StorageError, match="cannot be written"):
            book.execute("INSERT INTO things VALUES ('x')")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_crash_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    """After a process ends without closing, its commits are there and the file can be opened again."""
    code = (
        "import os; from tests.store.test_sqlite_file import *\n"
        f"book = store(Path({str(tmp_path / 'a')!r}))\n"
        "with book.transaction(): book.execute(\"INSERT INTO things VALUES ('kept')\")\n"
        "book.execute('BEGIN'); book.execute(\"INSERT INTO things VALUES ('open')\"); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    with store(tmp_path / "a") as book:
        assert book.rows("SELECT name FROM things") == [("kept",)]


def test_any_number_of_keys_can_be_read(tmp_path: Path) -> None:
    """More keys than SQLite accepts in one statement are read in parts."""
    with store(None) as book:
        keys = [str(i) for i in range(40_000)]
        book.executemany("INSERT INTO things VALUES (?)", ((key,) for key in keys[::2]))
        assert sum(1 for _ in book.among("SELECT name FROM things WHERE name IN ({})", keys)) == 20_000


def test_a_name_that_sqlite_reads_otherwise_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``:memory:`` names a file like any other: what is kept in it is there the next time."""
    monkeypatch.chdir(tmp_path)
    with store(Path(":memory:")) as book:
        book.execute("INSERT INTO things VALUES ('kept')")
    with store(Path(":memory:")) as book:
        assert book.rows("SELECT name FROM things") == [("kept",)]


@pytest.mark.parametrize("many", [False, True])
def test_a_full_disk_is_reported_as_such(tmp_path: Path, many: bool) -> None:
    """A full disk names the file and the remedy; committed rows are kept, the rest is undone, and the store can be
    used.
    """
    rows = [(f"{number} {'x' * 500}",) for number in range(10_000)]
    with store(tmp_path / "a") as book:
        book.execute("INSERT INTO things VALUES ('before')")
        book.execute("PRAGMA max_page_count = 5")
        with pytest.raises(StorageError, match=r"a: the disk is full; free some space") as caught, book.transaction():
            if many:
                book.executemany("INSERT INTO things VALUES (?)", rows)
            for row in rows:
                book.execute("INSERT INTO things VALUES (?)", row)
        assert (caught.value.reason, caught.value.path) == ("full", str(tmp_path / "a"))
        with book.transaction():
            book.execute("INSERT INTO things VALUES ('kept')")
    with store(tmp_path / "a") as book:
        assert book.rows("SELECT name FROM things") == [("before",), ("kept",)]


def test_a_full_disk_under_a_temporary_file_says_which(tmp_path: Path) -> None:
    """A store without a name says that it is a temporary file."""
    with store(None) as book:
        book.execute("PRAGMA max_page_count = 2")
        with pytest.raises(StorageError, match="a temporary file of linetap: the disk is full"):
            book.execute("CREATE TABLE more (x)")


def test_a_disk_that_fails_while_undoing_is_reported_as_such(tmp_path: Path) -> None:
    """A disk that fails during a rollback is reported as a storage error, and the file can be used."""

    class Dying:
        def __init__(self, db: sqlite3.Connection) -> None:
            self.db = db

        def execute(self, sql: str, *values: Any) -> Any:
            if sql == "ROLLBACK":
                raise sqlite3.OperationalError("disk I/O error")
            return self.db.execute(sql, *values)

    with store(tmp_path / "a") as book:
        whole = book._db
        assert whole is not None
        with pytest.raises(StorageError, match=r"a: the disk failed; check the disk") as caught, book.transaction():
            book._db = Dying(whole)  # type: ignore[assignment]
            raise KeyError("why")
        book._db = whole
        assert caught.value.reason == "failed"
        with book.transaction():
            book.execute("INSERT INTO things VALUES ('after')")


@pytest.mark.parametrize("opened", [False, True], ids=["found when opened", "found when read"])
def test_a_damaged_file_is_reported_as_such(tmp_path: Path, opened: bool) -> None:
    """Damage is no 'file of another program': the error says what to restore, and what to do without."""
    with store(tmp_path / "a") as book:
        book.executemany("INSERT INTO things VALUES (?)", ((f"{number} {'x' * 500}",) for number in range(100)))
    content = (tmp_path / "a").read_bytes()
    start = 4096 if opened else 100  # SQLite's pages; the first holds its header and the schema
    (tmp_path / "a").write_bytes(content[:start] + b"\xa5" * (len(content) - start))
    with pytest.raises(StorageError, match=r"a: the file is damaged; restore it.*, or use a new one$") as caught:
        store(tmp_path / "a").rows("SELECT * FROM things")
    assert caught.value.reason == "damaged"


def test_a_directory_that_may_not_be_written_is_reported_as_such(tmp_path: Path) -> None:
    """SQLite needs a log beside the file: where it can make none, the error says whose right is missing."""
    store(tmp_path / "a").close()
    (tmp_path / "a-wal").mkdir()
    with pytest.raises(StorageError, match=r"a: the file cannot be opened; let this user") as caught:
        store(tmp_path / "a")
    assert caught.value.reason == "read-only"


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    """A store used after it was closed raises an error that says to open it again."""
    book = store(tmp_path / "a")
    book.close()
    book.close()
    with pytest.raises(BadArgument, match=r"was closed\)\.\n[Oo]pen /.*/a again"), book.transaction():
        book.execute("SELECT 1")


def test_an_error_in_sql_is_no_storage_error(tmp_path: Path) -> None:
    """SQLite's errors about linetap's own statements are raised unchanged."""
    with store(None) as book, pytest.raises(sqlite3.OperationalError, match="no such table"):
        book.execute("INSERT INTO missing VALUES (1)")


def test_an_interrupted_transaction_blocks_no_other(tmp_path: Path) -> None:
    """A transaction interrupted by Ctrl-C after BEGIN is undone, and the next transaction works."""
    with store(tmp_path / "a") as book:
        book.execute("BEGIN IMMEDIATE")
        book.execute("INSERT INTO things VALUES ('half')")

        with book.transaction():
            book.execute("INSERT INTO things VALUES ('whole')")

        assert book.rows("SELECT * FROM things") == [("whole",)]


@pytest.mark.parametrize(
    ("opened", "argument"),
    [(Ledger, "ledger"), (plan_file, "plan"), (store, "path")],
)
def test_a_path_that_is_no_file_is_reported_by_its_argument(
    tmp_path: Path, opened: Callable[[Any], object], argument: str
) -> None:
    """A missing path, a wrong type and a path below a file are each reported with the caller's argument name."""
    (tmp_path / "file").write_text("x")

    for wrong, says in [
        ("", "must be the path of a file"),
        (5, "must be the path of a file"),
        ("a\0b", "must be the path of a file"),
        ("\ud800", "must be the path of a file"),
        ("x" * 1_000_000, "must be the path of a file"),
        (b"x", "must be the path of a file"),
        (
            tmp_path / "file" / "x.sqlite",
            r"must be the path of a file that can be created \(got .*\n.* part of the path is a file",
        ),
    ]:
        with pytest.raises(BadArgument, match=f"{argument}:? {says}"):
            opened(wrong)
