"""Erasing a user: after ``linetap.forget`` no byte of the id is in any file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from linetap import Delivery, LineIdAsIdentity, RetryPolicy, forget, plan_sync, sync_followers
from linetap.errors import BadArgument, FileLocked
from linetap.sandbox import Sandbox
from linetap.store.erasure import erase_bytes, forget_sends
from linetap.store.formats import CheckedTable, StoreFormat
from linetap.store.retention import hash_key, keyed_hash
from linetap.store.rows import Rows, verify
from linetap.store.sends import SCHEMA, SENDS
from linetap.store.sqlite_file import Store
from linetap.sync.ledger import Ledger
from linetap.sync.plan import SyncPlan
from tests.line.test_client import client

OUTBOX = StoreFormat("test outbox", (SCHEMA,), tables=(SENDS,))
ME, OTHER = "U" + "a" * 32, "U" + "b" * 32


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


def found_in(folder: Path, user_id: str) -> list[str]:
    """The files that contain the bytes of an id: files, logs and locks."""
    return sorted(path.name for path in folder.iterdir() if user_id.encode() in path.read_bytes())


def test_no_file_contains_a_byte_of_a_forgotten_user(box: Sandbox, tmp_path: Path) -> None:
    """Ledger, plan and journals with open and settled requests: the id is in none of them, and all are intact."""
    ids = box.line.add_followers(600)
    me, ledger, plan, journal, open_journal = ids[100], *(tmp_path / name for name in ("l", "p", "j", "o"))
    line, clevertap = box.line_client(), box.clevertap_client()
    sync_followers(line, clevertap, identity=LineIdAsIdentity(), ledger=ledger)
    plan_sync(line, clevertap, identity=LineIdAsIdentity(), ledger=ledger, plan=plan).close()
    line.push_many([Delivery(each, "Hello") for each in ids], journal=journal)
    box.faults.add("line.multicast", cut="before", times=2)
    once = client(box, retry=RetryPolicy(attempts=1))
    once.push_many([Delivery(each, "Hello") for each in ids], journal=open_journal, use_multicast=True)
    assert found_in(tmp_path, me) == ["j", "l", "o", "p"]

    report = forget(me, [ledger, plan, journal, open_journal])

    assert found_in(tmp_path, me) == []
    assert report.ok
    assert [file.rows for file in report.files] == [1, 1, 1, 1]
    with Ledger(ledger) as opened, SyncPlan.open(plan):
        assert opened.state(me) is None
        assert sum(opened.counts().values()) == 599
    # The multicast that named the user is not sent again; the one that did not is.
    again = line.push_many([Delivery(each, "Hello") for each in ids], journal=open_journal, use_multicast=True)
    assert (again.sent, again.no_response) == (100, 500)
    assert line.push_many([Delivery(each, "Hello") for each in ids], journal=journal).already_accepted == 600
    assert found_in(tmp_path, me) == []


def test_the_report_names_what_is_not_reached(box: Sandbox, tmp_path: Path) -> None:
    """LINE's audiences, CleverTap and backups are not changed, and the report says so."""
    report = forget(ME, [])
    assert report.ok
    text = str(report)
    assert all(word in text for word in ("audiences", "CleverTap", "backups"))
    assert ME not in text


def test_nothing_is_erased_where_a_path_is_wrong(box: Sandbox, tmp_path: Path) -> None:
    """Every argument is checked before the first file is changed."""
    with Ledger(tmp_path / "l"):
        pass
    (tmp_path / "text").write_text("notes" * 2000)
    for stores in (
        [tmp_path / "l", tmp_path / "none"],
        [tmp_path / "l", tmp_path / "text"],
        str(tmp_path / "l"),
        [5],
        None,
    ):
        with pytest.raises(BadArgument):
            forget(ME, stores)  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="user_id"):
        forget("", [tmp_path / "l"])
    with pytest.raises(BadArgument, match="user_id must be a LINE user id"):
        forget(ME.upper(), [])


def test_a_file_in_use_fails_and_the_others_are_erased(box: Sandbox, tmp_path: Path) -> None:
    """An error names the file that could not be changed, and carries the report of all of them."""
    line, clevertap = box.line_client(), box.clevertap_client()
    [me] = box.line.add_followers(1)
    for name in ("a", "b"):
        sync_followers(line, clevertap, identity=LineIdAsIdentity(), ledger=tmp_path / name)
    with Ledger(tmp_path / "a") as opened:
        with pytest.raises(FileLocked):
            forget(me, [tmp_path / "a"])
        report = forget(me, [opened, tmp_path / "b"])
    assert [file.rows for file in report.files] == [1, 1]


def test_a_body_that_mentions_the_user_is_erased(tmp_path: Path) -> None:
    """A request to another user whose body contains the id is not sent again either."""
    with Store(tmp_path / "o", OUTBOX, shared=True, durable=True) as store:
        sends, key = Rows(store, SENDS), hash_key(store)
        mine, others = keyed_hash(key, ME.encode()), keyed_hash(key, OTHER.encode())
        sends.insert(
            [
                ("k1", 0, 5, None, f'["{ME}"]', mine, b"x", None),
                ("k2", 0, 5, None, f'["{OTHER}"]', others, b'{"mentionee": "%s"}' % ME.encode(), None),
                ("k3", 0, 5, None, f'["{OTHER}"]', others, b"x", None),
                ("k4", 1, 5, 6, None, mine + others, None, "r"),
            ]
        )
        assert forget_sends(sends, key, ME) == 3
        verify(store)
        assert [row[1] for row in sends.scan()] == [3, 3, 0, 1]
        assert sends.get("k4") == ("k4", 1, 5, 6, None, b"\0" * 16 + others, None, "r")
        assert found_in(tmp_path, ME) == []
    assert found_in(tmp_path, ME) == []


NOTES = CheckedTable("notes", ("id",), ("id", "text"))
NOTEBOOK = StoreFormat(
    "test file",
    ("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT, checksum INTEGER NOT NULL)",),
    tables=(NOTES,),
)


@pytest.mark.parametrize("shared", [False, True])
def test_what_deleted_rows_left_in_pages_is_erased(tmp_path: Path, shared: bool) -> None:
    """Rows that moved between pages before they were deleted leave no bytes."""
    with Store(tmp_path / "n", NOTEBOOK, shared=shared) as store:
        notes = Rows(store, NOTES)
        for number in range(0, 4000, 7):
            notes.put([(number * 37 % 4001, f"{ME if number % 3 else OTHER} {'x' * (number % 90)}")])
        notes.delete(f"text LIKE '{ME}%'")
        erase_bytes(store, ME)
        assert found_in(tmp_path, ME) == []
        assert found_in(tmp_path, OTHER) != []
        verify(store)
