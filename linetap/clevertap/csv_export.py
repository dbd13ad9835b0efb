"""Profiles as CSV files for the dashboard's upload, for accounts without API access.

Upload them under Settings > Engage > CSV Uploads; the manifest maps all columns at once.
https://docs.clevertap.com/docs/csv-upload
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import attrs

from linetap.clevertap import limits
from linetap.clevertap.records import ProfileRecord
from linetap.display import html
from linetap.errors import invalid, literal_text

_LEAST_BYTES = 1_000
_DATE_FORMAT = "dd/MM/yyyy HH:mm:ss"
_TYPES: tuple[tuple[type, str], ...] = ((bool, "BOOLEAN"), (int, "INTEGER"), (datetime, "Date"))


@attrs.frozen
class CsvExport:
    """The files that were written, and how to map their columns."""

    paths: tuple[Path, ...]
    """The files, in order; each has the header row."""
    rows: int
    manifest_path: Path
    manifest: Mapping[str, Any]
    """Column -> property and type, for the dashboard's "upload manifest"."""

    def _repr_html_(self) -> str:
        rows = [(str(path), path.stat().st_size if path.exists() else None) for path in self.paths]
        note = f"{self.rows:,} profiles; map the columns with {self.manifest_path}"
        return html.table("CSV files for the dashboard", rows, head=("file", "bytes"), note=note)


def write_profiles_csv(
    path: str | os.PathLike[str],
    records: Iterable[ProfileRecord],
    *,
    columns: Iterable[str] | None = None,
    max_bytes: int = limits.CSV_BYTES,
) -> CsvExport:
    """Writes profiles as CSV files no larger than ``max_bytes``: ``followers.csv``, ``followers-2.csv`` and so on.

    ``identity`` is the first column. Dates are written as ``dd/MM/yyyy HH:mm:ss`` in UTC.
    ``followers.manifest.json``, in the same folder, has every column's type.

    Args:
        path: the first file, with its suffix. Existing files are not overwritten.
        records: iterated lazily; each with an identity and with values of one cell: no operators, lists or mappings.
        columns: the properties, in order; default: those of the first record. A property that is not a column
            is an error, so that nothing is left out silently.
        max_bytes: the dashboard accepts 1 GB in 2026; an older page says 50 MB.

    Raises:
        BadArgument: a record that does not fit a CSV file, or a file that exists. The new files are removed.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise invalid(
            "path", "must be the path of a file", literal_text(type(path).__name__), "path first, then records"
        )
    writer = _Files(Path(path), _checked_size(max_bytes))
    given: Any = records
    if isinstance(given, (str, bytes, Mapping, ProfileRecord)) or not isinstance(given, Iterable):
        found, remedy = literal_text(type(given).__name__), "pass a list of one record"
        raise invalid("records", "must be an iterable of records", found, remedy)
    sheet = _Sheet(_checked_columns(columns))
    try:
        for number, record in enumerate(records):
            cells = sheet.cells(number, record)
            writer.write(sheet.header, cells)
        writer.write_header(sheet.header)  # a file without rows still has its header
        manifest = sheet.manifest()
        manifest_path = writer.write_manifest(manifest)
    except BaseException:
        writer.remove()
        raise
    writer.close()
    return CsvExport(tuple(writer.paths), writer.rows, manifest_path, manifest)


def _checked_size(max_bytes: object) -> int:
    if isinstance(max_bytes, int) and not isinstance(max_bytes, bool) and max_bytes >= _LEAST_BYTES:
        return max_bytes
    raise invalid("max_bytes", f"must be a whole number from {_LEAST_BYTES}", max_bytes, page=limits.CSV_PAGE)


def _checked_columns(columns: Any) -> list[str] | None:
    """The columns beside ``identity``, each once."""
    if columns is None:
        return None
    if isinstance(columns, str) or not isinstance(columns, Iterable):
        raise invalid("columns", "must be the names of properties", columns, "put a single name in a list")
    names = ["identity"]
    for number, name in enumerate(columns):
        if not isinstance(name, str) or not name:
            raise invalid(f"columns[{number}]", "must be the name of a property", name, page=limits.CSV_PAGE)
        if name in names:
            remedy = "identity is the first column by itself" if name == "identity" else "name each column once"
            raise invalid(f"columns[{number}]", "must be another name than the columns before it", name, remedy)
        names.append(name)
    return names[1:]


class _Sheet:
    """The columns, and the cells of each record."""

    def __init__(self, columns: list[str] | None) -> None:
        self._columns = columns
        self._types: dict[str, str] = {}

    @property
    def header(self) -> list[str]:
        return ["identity", *(self._columns or [])]

    def cells(self, number: int, record: object) -> list[str]:
        """One row; raises if the record does not fit."""
        where = f"records[{number}]"
        if not isinstance(record, ProfileRecord):
            raise invalid(
                where, "must be a ProfileRecord", literal_text(type(record).__name__), "make it with ProfileRecord(...)"
            )
        if record.identity is None:
            raise invalid(
                where,
                "must have an identity: the file's first column",
                literal_text("an object id alone"),
                "",
                limits.CSV_PAGE,
            )
        if self._columns is None:
            self._columns = _checked_columns(record.properties) or []
        extra = [name for name in record.properties if name not in self._columns]
        if extra:
            remedy = f"name all columns: columns=[{', '.join(map(repr, [*self._columns, *extra]))}]"
            raise invalid(where, "must have only properties that are columns", extra[0], remedy, limits.CSV_PAGE)
        return [record.identity, *(self._cell(where, name, record.properties.get(name)) for name in self._columns)]

    def manifest(self) -> dict[str, Any]:
        """The JSON that maps the columns; a column without values is text."""
        mapped: dict[str, Any] = {"identity": {"ctName": "identity", "dataType": "STRING"}}
        for name in self._columns or []:
            kind = self._types.get(name, "STRING")
            mapped[name] = {"ctName": name, "dataType": kind} | ({"dateFormat": _DATE_FORMAT} if kind == "Date" else {})
        return {"columns": mapped}

    def _cell(self, where: str, name: str, value: object) -> str:
        if value is None:
            return ""
        kind = next((word for known, word in _TYPES if isinstance(value, known)), "STRING")
        if kind != self._types.setdefault(name, kind):
            # Text fits every value; a number among texts, or a text among dates, would be rejected row by row.
            self._types[name] = "STRING"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, datetime):
            return _date(value, f"{where}.properties[{name!r}]")
        if isinstance(value, (str, int, float)):
            return str(value)
        rule = "must be one text, number, bool or date"
        found = literal_text(type(value).__name__)
        raise invalid(f"{where}.properties[{name!r}]", rule, found, "upload it with CleverTapClient", limits.CSV_PAGE)


def _date(moment: datetime, path: str) -> str:
    try:
        utc = moment.astimezone(timezone.utc)
    except OverflowError:
        raise invalid(path, "must be a date in the years 1 to 9999 in UTC", moment.isoformat()) from None
    # Not strftime: it writes the year 99 as 99.
    return f"{utc.day:02}/{utc.month:02}/{utc.year:04} {utc.hour:02}:{utc.minute:02}:{utc.second:02}"


class _Files:
    """The files, each of at most ``max_bytes``."""

    def __init__(self, first: Path, max_bytes: int) -> None:
        self._first = first
        self._max = max_bytes
        self._file: io.BufferedWriter | None = None
        self._size = 0
        self.paths: list[Path] = []
        self.rows = 0

    def write(self, header: list[str], cells: list[str]) -> None:
        """Writes one row, in a new file if it does not fit."""
        line = _line(cells)
        if self._file is None or self._size + len(line) > self._max:
            self._open(_line(header))
            if self._size + len(line) > self._max:
                rule = (
                    f"must be more than a header and one row: row {self.rows + 1} alone needs {self._size + len(line)}"
                )
                raise invalid("max_bytes", rule, self._max, page=limits.CSV_PAGE)
        self._put(line)
        self.rows += 1

    def write_header(self, header: list[str]) -> None:
        """Writes the header alone if there was no row."""
        if self._file is None:
            self._open(_line(header))

    def write_manifest(self, manifest: Mapping[str, Any]) -> Path:
        """Writes the manifest, in the folder of the first file."""
        path = self._first.with_suffix(".manifest.json")
        with _create(path) as file:
            file.write(json.dumps(manifest, ensure_ascii=False, indent=2).encode())
        return path

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def remove(self) -> None:
        """Removes the files."""
        self.close()
        for path in self.paths:
            path.unlink(missing_ok=True)

    def _open(self, head: bytes) -> None:
        self.close()
        number = len(self.paths) + 1
        name = self._first.name if number == 1 else f"{self._first.stem}-{number}{self._first.suffix}"
        path = self._first.with_name(name)
        self._file = _create(path)
        self.paths.append(path)
        self._size = 0
        self._put(head)

    def _put(self, line: bytes) -> None:
        assert self._file is not None
        self._file.write(line)
        self._size += len(line)


def _create(path: Path) -> io.BufferedWriter:
    """A new file, readable only by its owner: it contains personal data."""
    try:
        return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
    except OSError as error:
        raise invalid(
            "path", "must be a new file that can be written", str(path), f"{type(error).__name__}: {error.strerror}"
        ) from None


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
