"""``python -m linetap.store``: what a file contains, and whether every row is intact."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from linetap import Delivery
from linetap.line.bulk.journal import Journal
from linetap.store.__main__ import main
from linetap.sync.ledger import Ledger

KEY = "123e4567-e89b-12d3-a456-426614174000"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with one open request."""
    path = tmp_path / "journal.sqlite"
    journal = Journal(path, lambda: 1_767_225_600.0)
    entry = journal.find(Delivery("U" + "1" * 32, "Hello"), b"{}")
    journal.before_send(KEY, ["U" + "1" * 32], b"{}", [entry.row_key])
    journal.close()
    return path


def test_info_prints_kind_version_counts_and_the_oldest_row(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``info`` prints what the file says about itself, without a LINE id."""
    assert main(["info", str(path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "kind: push journal",
        "version: 1",
        "parts: 1 rows",
        "sends: 1 rows",
        "oldest row: 2026-01-01T00:00:00+00:00",
    ]


def test_check_says_that_a_file_is_intact_or_what_is_damaged(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``check`` compares every row with its checksum, and its exit status says which it was."""
    assert main(["check", str(path)]) == 0
    assert "intact: every row matches its checksum" in capsys.readouterr().out
    with sqlite3.connect(path) as db:
        db.execute("UPDATE sends SET recipients = '[]'")
    db.close()
    assert main(["check", str(path)]) == 1
    assert "table sends: 1 of 1 rows do not match their checksums" in capsys.readouterr().out


def test_files_of_every_kind_are_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A ledger is opened by the same command as a journal."""
    Ledger(tmp_path / "ledger").close()
    assert main(["check", str(tmp_path / "ledger")]) == 0
    assert main(["info", str(tmp_path / "ledger")]) == 0
    assert "kind: sync ledger" in capsys.readouterr().out


def test_a_file_that_cannot_be_opened_is_reported(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No file, a file of another program, and a file in use give a sentence and the status 2; damage gives 1."""
    (tmp_path / "text").write_text("some notes" * 1000)
    with sqlite3.connect(tmp_path / "theirs") as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()
    for name, says in [("none", "a file that exists"), ("text", "linetap"), ("theirs", "linetap")]:
        assert main(["info", str(tmp_path / name)]) == 2
        assert says in capsys.readouterr().err
    with Ledger(tmp_path / "ledger"):
        assert main(["check", str(tmp_path / "ledger")]) == 2
        assert "in use" in capsys.readouterr().err
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = 'other' WHERE key = 'kind'")
    db.close()
    assert main(["info", str(path)]) == 1
    assert "damaged" in capsys.readouterr().err
