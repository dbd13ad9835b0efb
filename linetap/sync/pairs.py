"""Pairs of LINE id and identity: read from rows and files, blanks and capitals corrected, bad rows reported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from linetap import frames
from linetap.clevertap.record_rows import BadRows, OnBadRow
from linetap.errors import BadArgument, Problem, short_repr
from linetap.sync.csv_rows import CsvRows

_USER_ID = re.compile(r"U[0-9a-f]{32}")
_PAGE = "https://developers.line.biz/en/docs/messaging-api/getting-user-ids/"
_RULE = "must be a LINE user ID: U and 32 characters of 0-9a-f"
_MOST = 20
"""Problems that one error lists."""
# Besides blanks: a byte order mark and zero-width characters, which copied text may contain.
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,}")  # what Excel makes of a long number: 8.19012E+10
_BLANKS = " \t\r\n\u00a0\u3000\ufeff\u200b\u200c\u200d"


def is_user_id(value: object) -> bool:
    """Whether a value is a LINE user ID."""
    return isinstance(value, str) and _USER_ID.fullmatch(value) is not None


def corrected(value: object) -> str | None:
    """A LINE user ID without blanks around it and with the right case; None if the value is none."""
    if not isinstance(value, str):
        return None
    text = value.strip(_BLANKS)
    text = text[:1].upper() + text[1:].lower()
    return text if _USER_ID.fullmatch(text) else None


def id_problem(path: str, line_id: object, identity: object, page: str = _PAGE) -> Problem:
    """The problem of a LINE id that is none, with the most likely cause."""
    if corrected(identity) is not None:
        remedy = "the identity is a LINE user ID: the two are swapped"
    elif isinstance(line_id, str) and line_id.strip().startswith("@"):
        remedy = "a LINE ID that starts with @ is for search, not a user ID"
    else:
        remedy = "take user IDs from LINE's webhooks, LINE Login or line.followers()"
    return Problem(path, _RULE, short_repr(line_id, 60), page, remedy)


@attrs.define
class Pairs:
    """The pairs of a source."""

    known: dict[str, str | None] = attrs.field(factory=dict)
    doubled: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    """LINE id -> its identities, where rows disagree."""
    healed: int = 0
    """Rows whose blanks or capitals were corrected."""
    skipped: int = 0
    """Bad rows that were left out."""

    def add(self, line_id: str, identity: str) -> None:
        """Stores a pair; a second identity of a LINE id is a conflict."""
        if line_id in self.known and self.known[line_id] != identity:
            first = self.doubled.get(line_id, (str(self.known[line_id]),))
            self.doubled[line_id] = tuple(dict.fromkeys((*first, identity)))
        self.known.setdefault(line_id, identity)


def read_pairs(cells: Iterable[Cells], on_bad_row: OnBadRow) -> Pairs:
    """The pairs of all rows. Rows without a LINE id or without an identity are no pairs."""
    pairs, bad, found = Pairs(), BadRows(on_bad_row), list[Problem]()
    for cell in cells:
        problems = cell.problems or _cell_problems(cell)
        if problems and on_bad_row == "raise":
            found += problems
            if len(found) >= _MOST:
                break
        elif problems:
            bad.add(cell.row, cell.identity, problems)
        elif (line_id := corrected(cell.line_id)) is not None and not frames.missing(cell.identity):
            identity = str(cell.identity).strip(_BLANKS)
            pairs.healed += (line_id, identity) != (cell.line_id, cell.identity)
            if identity:
                pairs.add(line_id, identity)
    if found:
        raise BadArgument(problems=found)
    pairs.skipped = bad.count
    return pairs


@attrs.frozen
class Cells:
    """The two cells of one row, and the names of row and cells for an error."""

    row: str
    line_id: Any
    identity: Any
    line_id_path: str = ""
    identity_path: str = ""
    problems: tuple[Problem, ...] = ()


def _cell_problems(cell: Cells) -> tuple[Problem, ...]:
    if frames.missing(cell.line_id) or (isinstance(cell.line_id, str) and not cell.line_id.strip(_BLANKS)):
        return ()
    if corrected(cell.line_id) is None:
        return (id_problem(cell.line_id_path, cell.line_id, cell.identity),)
    if frames.missing(cell.identity) or isinstance(cell.identity, str):
        return ()
    remedy = identity_remedy(cell.identity)
    return (Problem(cell.identity_path, "must be a string", type(cell.identity).__name__, suggestion=remedy),)


def cells_of_rows(rows: Iterable[Any], line_id: str, identity: str) -> Iterator[Cells]:
    """The cells of mappings with the two columns, or of pairs of LINE id and identity."""
    for number, row in enumerate(rows):
        path = f"rows[{number}]"
        try:
            if isinstance(row, Mapping):
                key, value = row[line_id], row[identity]
                names = f"{path}[{line_id!r}]", f"{path}[{identity!r}]"
            else:
                key, value = row
                names = f"{path}[0]", f"{path}[1]"
        except (KeyError, TypeError, ValueError):
            yield Cells(path, None, None, problems=(_shape_problem(path, row, line_id, identity),))
        else:
            yield Cells(path, key, value, *names)


def _shape_problem(path: str, row: object, line_id: str, identity: str) -> Problem:
    rule = f"must have {line_id!r} and {identity!r}, or be a pair of LINE id and identity"
    found = "the columns " + ", ".join(map(repr, row)) if isinstance(row, Mapping) else type(row).__name__
    return Problem(path, rule, found, suggestion="name the columns: line_id=, identity=")


def cells_of_csv(rows: CsvRows, line_id: str, identity: str) -> Iterator[Cells]:
    """The cells of a CSV file's rows."""
    for number, row in rows:
        key, value = row.get(line_id, ""), row.get(identity, "")
        names = rows.path(number, line_id), rows.path(number, identity)
        suspect = [(column, cell) for column, cell in ((line_id, key), (identity, value)) if rows.suspect(cell)]
        problems = [rows.encoding_problem(number, column, cell) for column, cell in suspect]
        if extra := rows.shape_problem(number):
            problems.append(extra)
        if _ROUNDED.fullmatch(value.strip(_BLANKS)):
            rule = "must be the whole identity, not a number that a spreadsheet has rounded"
            problems.append(Problem(names[1], rule, value, suggestion="format the column as text before you save it"))
        yield Cells(rows.path(number), key, value, *names, problems=tuple(problems))


def _check_identities(source: Mapping[Any, Any]) -> None:
    """Rejects identities that are not strings; None and other missing values mean that there is no identity."""
    wrong = [(key, value) for key, value in source.items() if type(value) is not str and not _may_be_identity(value)]
    if wrong:
        problems = [
            Problem(_key_path(key), "must be a string", short_repr(value, 60), suggestion=identity_remedy(value))
            for key, value in wrong[:_MOST]
        ]
        raise BadArgument(problems=problems)


def _may_be_identity(value: Any) -> bool:
    return isinstance(value, str) or frames.missing(value)


def identity_remedy(identity: object) -> str:
    """How to correct an identity that is not a string."""
    if isinstance(identity, Mapping):
        return "give the customer's id alone"
    if isinstance(identity, float):
        return "read the column as text (pandas: dtype=str): str(...) would add '.0' to it"
    return "write str(...) around it"


def checked_mapping(source: Mapping[Any, Any]) -> tuple[Mapping[Any, Any], int]:
    """The mapping, with corrected LINE ids where blanks or capitals are wrong, and how many were corrected."""
    _check_identities(source)
    if all(map(is_user_id, source)):
        return source, 0
    wrong = [(key, value) for key, value in source.items() if corrected(key) is None]
    if wrong:
        problems = [id_problem(_key_path(key), key, value) for key, value in wrong[:_MOST]]
        raise BadArgument(problems=problems)
    pairs = Pairs()
    for key, value in source.items():
        line_id = str(corrected(key))
        pairs.healed += line_id != key
        if pairs.known.setdefault(line_id, value) != value:
            rule = "must not have two identities for one LINE id, written in different ways"
            raise BadArgument(problems=[Problem(_key_path(key), rule, short_repr(value))])
    return pairs.known, pairs.healed


def _key_path(key: object) -> str:
    return f"identity_by_line_id[{short_repr(key, 60)}]"
