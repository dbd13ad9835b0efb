"""Reads a CSV file row by row; its encoding is given, or UTF-8 (with or without BOM) or cp932 is recognised.

RFC 4180 for the format. Excel saves "CSV" in the encoding of its country: cp932 (Japan), cp874 (Thailand), Big5
(Taiwan); "CSV UTF-8" is the choice that works everywhere.
"""

from __future__ import annotations

import codecs
import csv
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from linetap.errors import BadArgument, Problem, invalid, literal_text, short_repr

_GUESSES = ("utf-8-sig", "cp932")
_CHUNK = 1 << 20
_SAVE_AS = "save the file as 'CSV UTF-8' in Excel, or give its encoding: cp932 (Japan), cp874 (Thailand), big5 (Taiwan)"
_UTF16 = "the file seems to be UTF-16 without a byte order mark: give encoding='utf-16-le' or 'utf-16-be'"
_QUOTES = f"check the quotes from this row on: a quote inside quotes is written twice; or {_SAVE_AS}"
# Thai and other text read as cp932 by mistake is mostly halfwidth katakana and private characters.
_SUSPECT = re.compile("[\uff61-\uff9f\ue000-\uf8ff\x80-\x9f]")


class CsvRows:
    """The rows of a CSV file with a header, as mappings. ``encoding`` is the one in use.

    Iterating gives the number of each row, as a spreadsheet counts (the header is row 1), and its cells.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, columns: Sequence[str] = (), encoding: str | None = None
    ) -> None:
        self._path = _checked_path(path)
        self.name = self._path.name
        self.is_guess = encoding is None
        self.encoding = _recognised(self._path) if encoding is None else _known(encoding)
        self._columns = tuple(columns)
        self._extra = 0

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        number = 1
        try:
            with open(self._path, newline="", encoding=self.encoding) as file:
                # strict: a quote that is not closed would take the rest of the file as one cell.
                reader = csv.reader(file, strict=True)
                header = self._checked_header(next(reader, []))
                for number, cells in enumerate(reader, 2):
                    if cells:
                        self._extra = len(cells) if any(cells[len(header) :]) else 0
                        yield number, dict(zip(header, cells, strict=False))
        except UnicodeError as error:
            raise self._undecodable(number, error) from None
        except csv.Error as error:
            rule = f"must be CSV: {error}"
            remedy = _UTF16 if "NUL" in str(error) else _QUOTES  # Python 3.10 does not read null characters
            raise invalid(f"{self.name} row {number + 1}", rule, literal_text("other text"), remedy) from None

    def path(self, number: int, column: str | None = None) -> str:
        """The name of a row, or of one cell, for an error."""
        return f"{self.name} row {number}" + ("" if column is None else f", column {column!r}")

    def suspect(self, cell: str) -> bool:
        """Whether a cell was probably read in the wrong encoding."""
        return self.is_guess and self.encoding == "cp932" and _SUSPECT.search(cell) is not None

    def encoding_problem(self, number: int, column: str, cell: str) -> Problem:
        """The problem of such a cell."""
        rule = "must be readable text: the encoding was recognised as cp932, which is probably wrong"
        return Problem(self.path(number, column), rule, short_repr(cell, 40), suggestion=_SAVE_AS)

    def shape_problem(self, number: int) -> Problem | None:
        """The problem of the row that was read last if it has more cells than the header."""
        if not self._extra:
            return None
        rule, remedy = "must not have more cells than the header", "put quotes around a cell that contains a comma"
        return Problem(self.path(number), rule, literal_text(f"{self._extra} cells"), suggestion=remedy)

    def _checked_header(self, header: list[str]) -> list[str]:
        names = [name.strip().lstrip("\ufeff") for name in header]
        if twice := [column for column in self._columns if names.count(column) > 1]:
            rule = "must have each column once"
            raise invalid(f"{self.name} row 1", rule, literal_text(f"{' and '.join(map(repr, twice))} twice"))
        missing = [column for column in self._columns if column not in names]
        if not missing:
            return names
        listed = ", ".join(map(repr, names)) or "no columns"
        problem = Problem(
            f"{self.name} row 1",
            f"must have the column{'s' * (len(missing) > 1)} {' and '.join(map(repr, missing))}",
            f"{listed}, read as {_shown(self.encoding)}",
            suggestion=_header_remedy(names, missing),
        )
        raise BadArgument(problems=[problem])

    def _undecodable(self, number: int, error: UnicodeError) -> BadArgument:
        rule = f"must be text in {_shown(self.encoding)}"
        wrong = error.object[error.start] if isinstance(error, UnicodeDecodeError) else None
        found = literal_text(f"{'other text' if wrong is None else f'the byte 0x{wrong:02x}'} at or after row {number}")
        return invalid(self.name, rule, found, _SAVE_AS)


def _header_remedy(names: list[str], missing: list[str]) -> str:
    if any("\0" in name for name in names):
        return _UTF16
    separator = next((mark for mark in (";", "\t", "|") if len(names) == 1 and mark in names[0]), None)
    if separator is not None:
        return f"the columns seem to be separated by {separator!r}: save the file with commas"
    close = [name for column in missing for name in names if _letters(name) == _letters(column)]
    meant = f" (the file has {' and '.join(map(repr, close))})" if close else ""
    return f"name the columns: line_id=, identity={meant}; or give encoding= if the names look wrong"


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _checked_path(path: object) -> Path:
    """The path of a file that can be read."""
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise invalid("path", "must be the path of a CSV file", literal_text(type(path).__name__))
    given = Path(os.fsdecode(path))
    try:
        with open(given, "rb"):
            return given
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        why = literal_text(getattr(error, "strerror", None) or str(error))
        raise invalid("path", f"must be a file that can be read: {short_repr(given.name, 100)}", why) from None


def _known(encoding: object) -> str:
    try:
        name = codecs.lookup(encoding if isinstance(encoding, str) else "").name
        "a".encode(name).decode(name)  # some codecs are not encodings of text: rot13, base64, undefined
    except (LookupError, TypeError, ValueError):
        raise invalid(
            "encoding", "must be the name of a text encoding", encoding, "such as 'utf-8' or 'cp932'"
        ) from None
    return "utf-8-sig" if name == "utf-8" else name


def _recognised(path: Path) -> str:
    """The first of UTF-8 and cp932 in which the whole file can be decoded; UTF-16 by its byte order mark."""
    with open(path, "rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
    for encoding in _GUESSES:
        if _decodes(path, encoding):
            return encoding
    raise invalid(path.name, "must be text in UTF-8 or cp932", literal_text("another encoding"), _SAVE_AS)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _shown(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding
