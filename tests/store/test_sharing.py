"""Shared files: many processes of one machine write one file, through forks and deaths."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from linetap.errors import BadArgument, FileLocked
from linetap.store import file_system
from linetap.store.formats import CheckedTable, StoreFormat
from linetap.store.rows import Rows, verify
from linetap.store.sqlite_file import Store

posix = pytest.mark.skipif(os.name != "posix", reason="forks and flock are a matter of POSIX")
CALLS = CheckedTable("calls", key=("id",), columns=("id", "body"))
FORMAT = StoreFormat(
    "test outbox",
    ("CREATE TABLE calls (id TEXT PRIMARY KEY, body BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID",),
    tables=(CALLS,),
)


def opened(path: Path) -> Rows:
    return Rows(Store(path, FORMAT, shared=True, durable=True), CALLS)


def child(path: Path, code: str) -> subprocess.Popen[str]:
    """Another process with ``rows`` open; its ``code`` prints and reads lines."""
    lines = f"from pathlib import Path\nfrom tests.store.test_sharing import *\nrows = opened(Path({str(path)!r}))\n"
    root = Path(__file__).resolve().parent.parent.parent
    command = [sys.executable, "-c", lines + code]
    return subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ids(rows: Rows) -> set[str]:
    return {row[0] for row in rows.scan()}


def test_many_threads_and_processes_lose_no_row(tmp_path: Path) -> None:
    """What four processes with two threads each append is there, and every row matches its checksum."""
    path, rows = tmp_path / "o", opened(tmp_path / "o")
    code = """
def work(name):
    for number in range(25):
        rows.insert([(f"{name}-{number}", b"x" * 100)])
threads = [threading.Thread(target=work, args=(f"{os.getpid()}-{i}",)) for i in range(2)]
for t in threads: t.start()
for t in threads: t.join()
"""
    others = [child(path, code) for _ in range(4)]
    for other in others:
        with other:
            other.communicate(timeout=60)
        assert other.returncode == 0
    assert len(ids(rows)) == 4 * 2 * 25
    verify(rows.store)


def test_what_another_process_committed_is_seen_and_what_it_began_is_not(tmp_path: Path) -> None:
    """Readers do not wait for a writer, and see what is committed."""
    rows = opened(tmp_path / "o")
    code = """
with rows.store.transaction():
    rows.insert([("a", b"")]); print("written", flush=True); input()
print("committed", flush=True); input()
"""
    with child(tmp_path / "o", code) as other:
        assert other.stdin is not None and other.stdout is not None  # noqa: PT018
        assert other.stdout.readline() == "written\n"
        assert ids(rows) == set()
        other.stdin.write("\n")
        other.stdin.flush()
        assert other.stdout.readline() == "committed\n"
        assert ids(rows) == {"a"}
        other.communicate("\n")


@posix
def test_a_writer_that_is_killed_blocks_no_other(tmp_path: Path) -> None:
    """The lock of a process that died in the middle of a transaction is free, and its transaction is undone."""
    rows = opened(tmp_path / "o")
    code = 'with rows.store.transaction():\n    rows.insert([("lost", b"")]); print("written", flush=True); input()'
    with child(tmp_path / "o", code) as other:
        assert other.stdout is not None
        other.stdout.readline()
        other.send_signal(signal.SIGKILL)
    rows.insert([("kept", b"")])
    assert ids(rows) == {"kept"}


@posix
def test_a_store_is_used_by_both_sides_of_a_fork(tmp_path: Path) -> None:
    """A child writes through the store that its parent opened, and so does the parent, before and after."""
    code = """
rows.insert([("before", b"")])
pid = os.fork()
rows.insert([("child" if pid == 0 else "parent", b"")])
if pid: os.waitpid(pid, 0)
"""
    with child(tmp_path / "o", code) as other:
        other.communicate(timeout=60)
    rows = opened(tmp_path / "o")
    assert other.returncode == 0
    assert ids(rows) == {"before", "child", "parent"}
    verify(rows.store)


@posix
def test_a_fork_in_a_transaction_does_not_end_it(tmp_path: Path) -> None:
    """The child gets an error, because the transaction is the parent's; the parent commits it; the lock is free after
    both.
    """
    code = """
try:
    with rows.store.transaction():
        rows.insert([("parent", b"")])
        pid = os.fork()
        if pid: os.waitpid(pid, 0)
except FileLocked as error:
    print(error, flush=True)
    os._exit(0)
rows.insert([("later", b"")])
"""
    with child(tmp_path / "o", code) as other:
        said, _ = other.communicate(timeout=60)
    assert "belongs to the process before the fork" in said
    assert ids(opened(tmp_path / "o")) == {"parent", "later"}


def test_one_thread_does_not_wait_for_itself(tmp_path: Path) -> None:
    """Two stores on one file in one thread: writing through one inside the other's transaction is an error."""
    rows, others = opened(tmp_path / "o"), opened(tmp_path / "o")
    with rows.store.transaction(), pytest.raises(FileLocked, match="through another object"):
        others.insert([("a", b"")])
    others.insert([("b", b"")])
    assert ids(rows) == {"b"}


def test_threads_of_one_process_take_turns(tmp_path: Path) -> None:
    """A thread that writes waits until another thread's transaction ends."""
    rows = opened(tmp_path / "o")
    seen: list[str] = []

    def second() -> None:
        rows.insert([("second", b"")])
        seen.append("second")

    thread = threading.Thread(target=second)
    with rows.store.transaction():
        rows.insert([("first", b"")])
        thread.start()
        seen.append("first")
    thread.join()
    assert seen == ["first", "second"]


@posix
def test_file_log_and_lock_are_private(tmp_path: Path) -> None:
    """Whatever the umask, the owner alone may read the file and what is beside it."""
    rows = opened(tmp_path / "o")
    rows.insert([("a", b"")])
    assert {path.name for path in tmp_path.iterdir()} == {"o", "o-wal", "o-shm", "o-lock"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


MOUNTS = """
22 1 0:21 / / rw - ext4 /dev/sda rw
23 22 0:40 / /mnt/team\\040share rw shared:1 - nfs4 server:/x rw
24 23 0:41 / /mnt/team\\040share/local rw - xfs /dev/sdb rw
25 22 0:42 / /s3 rw - fuse.s3fs s3fs rw
"""


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/mnt/team share/a", "nfs4"),
        ("/mnt/team share/local/a", None),
        ("/mnt/team sharee/a", None),
        ("/s3/x/a", "fuse.s3fs"),
        ("/a", None),
    ],
)
@posix
def test_a_network_file_system_is_known_by_its_mount(path: str, found: str | None) -> None:
    """The deepest mount above a file decides, with blanks in its name too."""
    assert file_system.network_file_system(Path(path), MOUNTS) == found


def test_a_file_on_a_network_file_system_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are not reliable there: the error says which file system it is and what to use, and makes no file."""
    monkeypatch.setattr("linetap.store.file_system.network_file_system", lambda path: "nfs4")
    with pytest.raises(BadArgument, match=r"not on a network file system \(nfs4\)(.|\n)*use a local disk"):
        opened(tmp_path / "o")
    assert not (tmp_path / "o").exists()
