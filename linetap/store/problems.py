"""What SQLite's errors mean to the caller, and what the caller can do."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final, Literal

from linetap.errors import FileLocked, StorageError, invalid
from linetap.store.checksums import DAMAGED
from linetap.store.formats import StoreFormat

Reason = Literal["full", "damaged", "read-only", "failed"]

_MAGIC = b"SQLite format 3\0"
_FEW_BYTES = 4
_PAGE = 4096  # bytes: the size of every page that linetap writes
_SPACE = "free some space there and run again: what was recorded is kept"
_RESTORE = "restore it from a backup"
# SQLite's own words (its error codes are in Python only since 3.11).
_TROUBLES: Final[tuple[tuple[str, Reason, str, str], ...]] = (
    ("full", "full", "the disk is full", _SPACE),
    ("readonly", "read-only", "the file cannot be written", "let this user write it and its directory"),
    ("unable to open", "read-only", "the file cannot be opened", "let this user read and write it and its directory"),
    ("disk I/O", "failed", "the disk failed", "check the disk and run again"),
    ("malformed", "damaged", "the file is damaged", _RESTORE),
    ("corrupt", "damaged", "the file is damaged", _RESTORE),
    ("ould not decode", "damaged", "the file is damaged", _RESTORE),
    ("integer overflow", "damaged", "the file is damaged", _RESTORE),
    ("too big", "damaged", "the file is damaged", _RESTORE),
    ("unsupported file format", "damaged", "the file is damaged", _RESTORE),
    (DAMAGED, "damaged", "the file is damaged: a row does not match its checksum", _RESTORE),
)


class Problems:
    """Makes the errors about one file."""

    def __init__(self, path: Path | None, form: StoreFormat) -> None:
        self._path = None if path is None else str(path)
        self._form = form
        self.name = self._path or "a temporary file of linetap"

    def from_sqlite(self, error: Exception, *, opening: bool = False) -> Exception:
        """The error for the caller; the same error where a statement of linetap is wrong."""
        text = str(error)
        if "locked" in text or "busy" in text:
            return self.locked()
        if "not a database" in text:
            return self.damaged("the file is damaged") if self._was_sqlite() else self.no_file_of_linetap()
        for words, reason, what, remedy in _TROUBLES:
            if words in text:
                return self._storage(reason, what, remedy)
        if opening or isinstance(error, (MemoryError, sqlite3.IntegrityError)) or not isinstance(error, sqlite3.Error):
            return self.damaged("the file is damaged")
        return error

    def replaced(self) -> StorageError:
        """Another program removed the file, or put another one in its place, while it was in use."""
        what = "the file or its log was removed or replaced while it was in use, and what was written to it is lost"
        return self._storage("damaged", what, _RESTORE)

    def locked(self) -> FileLocked:
        """Another process uses the file."""
        where = f"{self.name} is in use by another process, or is open twice in this process"
        return FileLocked(f"{where}: wait until the other use ends, or close it")

    def no_file_of_linetap(self, found: str = "") -> Exception:
        """The file is something else."""
        argument, fix = self._form.argument, "name another file"
        return invalid(
            argument, f"must be a file of the kind {self._form.kind!r} that linetap wrote", found or self.name, fix
        )

    def damaged(self, what: str, trust: str = "") -> StorageError:
        """The file is damaged; ``trust`` says what can still be used."""
        return self._storage("damaged", f"{what}{f'; {trust}' if trust else ''}", _RESTORE)

    def _was_sqlite(self) -> bool:
        """Whether a file that SQLite does not know is a damaged one of its files, not something else."""
        if self._path is None:
            return False
        with open(self._path, "rb") as file:
            first = file.read(len(_MAGIC))
            wrong = sum(one != other for one, other in zip(first, _MAGIC, strict=False))
            if len(first) == len(_MAGIC) and wrong <= _FEW_BYTES:
                return True
            while page := file.read(_PAGE):  # the first page is in another place
                if page[_PAGE - len(_MAGIC) :] == _MAGIC:
                    return True
        return False

    def _storage(self, reason: Reason, what: str, remedy: str) -> StorageError:
        instead = f", or {self._form.instead}" if self._form.instead and reason == "damaged" else ""
        return StorageError(f"{self.name}: {what}; {remedy}{instead}", path=self._path, reason=reason)
