"""CSV files: encodings recognised or given, and errors that name file, row and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linetap import BadArgument, KnownFollowers
from linetap.sync.csv_rows import CsvRows

USER = "U" + "a" * 32
TEXT = f"identity,LineID,会員名\ncust-1,{USER},山田\n"


def written(path: Path, text: str, encoding: str) -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without BOM, cp932 and UTF-16 with BOM are read without an argument."""
    path = written(tmp_path / "pairs.csv", TEXT, encoding)
    assert KnownFollowers.from_csv(path).identities([USER]) == {USER: "cust-1"}
    assert next(row for _, row in CsvRows(path))["会員名"] == "山田"


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp874", "ลูกค้า"), ("big5", "會員"), ("cp932", "会員"), ("utf-8", "🙂"), ("euc_kr", "회원")]
)
def test_an_encoding_can_be_given(tmp_path: Path, encoding: str, name: str) -> None:
    """The given encoding is used for header and cells."""
    path = written(tmp_path / "pairs.csv", f"{name},LineID\n{name}1,{USER}\n", encoding)
    policy = KnownFollowers.from_csv(path, identity=name, encoding=encoding)
    assert policy.identities([USER]) == {USER: f"{name}1"}


@pytest.mark.parametrize("encoding", ["klingon", 7, "", "utf-8\x00", "rot13", "base64", "undefined"])
def test_an_unknown_encoding_is_rejected(tmp_path: Path, encoding: Any) -> None:
    """A name that is not an encoding raises BadArgument."""
    with pytest.raises(BadArgument, match="encoding must be the name"):
        CsvRows(written(tmp_path / "pairs.csv", TEXT, "utf-8"), encoding=encoding)


def test_a_file_in_another_encoding_is_named_with_the_remedy(tmp_path: Path) -> None:
    """Bytes that fit neither UTF-8 nor cp932, or not the given encoding, raise BadArgument with file and remedy."""
    path = written(tmp_path / "pairs.csv", "identity,LineID\n\x81\x20,x\n", "latin-1")
    for given in (None, "utf-8", "ascii"):
        with pytest.raises(BadArgument) as caught:
            KnownFollowers.from_csv(path, encoding=given)
        assert "pairs.csv must be text in" in str(caught.value)
        assert "CSV UTF-8" in str(caught.value)


def test_a_wrong_guess_is_not_uploaded(tmp_path: Path) -> None:
    """A Thai identity that was read as cp932 raises BadArgument instead of becoming another customer's id."""
    path = written(tmp_path / "pairs.csv", f"identity,LineID\nลูกค้า,{USER}\n", "cp874")
    with pytest.raises(BadArgument, match=r"pairs.csv row 2, column 'identity' must be readable"):
        KnownFollowers.from_csv(path)
    assert KnownFollowers.from_csv(path, encoding="cp874").identities([USER]) == {USER: "ลูกค้า"}


def test_wrong_headers_are_listed_with_the_encoding(tmp_path: Path) -> None:
    """A missing column raises BadArgument that lists the columns and the encoding in use."""
    path = written(tmp_path / "pairs.csv", f"customer,line\ncust-1,{USER}\n", "cp932")
    with pytest.raises(BadArgument) as caught:
        KnownFollowers.from_csv(path)
    text = str(caught.value)
    assert "pairs.csv row 1 must have the columns 'LineID' and 'identity'" in text
    assert "'customer', 'line', read as utf-8" in text


@pytest.mark.parametrize(("text", "words"), [("identity;LineID\n", "separated by ';'"), ("", "no columns")])
def test_a_header_that_is_none_says_why(tmp_path: Path, text: str, words: str) -> None:
    """An empty file, and a file with another separator, raise BadArgument with the cause."""
    with pytest.raises(BadArgument, match=words):
        KnownFollowers.from_csv(written(tmp_path / "pairs.csv", text, "utf-8"))


def test_rows_are_counted_as_in_a_spreadsheet(tmp_path: Path) -> None:
    """The header is row 1; blank rows and cells with line breaks count as one row each."""
    text = 'identity,LineID\n"cust\n1",x\n\n,\ncust-4,y\n'
    assert [number for number, _ in CsvRows(written(tmp_path / "a.csv", text, "utf-8"))] == [2, 4, 5]


def test_text_that_is_not_csv_is_named(tmp_path: Path) -> None:
    """A cell over the csv module's limit raises BadArgument with its row."""
    path = written(tmp_path / "a.csv", f"identity,LineID\ncust-1,{USER}\n{'x' * 200_000},y\n", "utf-8")
    with pytest.raises(BadArgument, match=r"a.csv row 3 must be CSV"):
        list(CsvRows(path))


SHAPES = {
    "a column twice": (f"LineID,identity,LineID\n{USER},x,y\n", "row 1 must have each column once.*'LineID' twice"),
    "a comma in a cell": (
        f"LineID,name,identity\n{USER},Sato, Ai,x\n",
        "row 2 must not have more cells than the header",
    ),
    "an open quote": (f'LineID,identity\n"{USER},x\n{USER},y\n', "row 2 must be CSV.*quotes from this row on"),
    "text after a quote": (f'LineID,identity\n{USER},"x"y\n', "row 2 must be CSV.*quotes from this row on"),
    "a rounded number": (
        f"LineID,identity\n{USER},8.19012E+10\n",
        "row 2, column 'identity' must be the whole identity",
    ),
    "another case": (f"Line ID,Identity\n{USER},x\n", "the file has 'Line ID' and 'Identity'"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_file_of_another_shape(tmp_path: Path, name: str) -> None:
    """Rows whose cells would go to the wrong column, or be lost, raise BadArgument."""
    text, words = SHAPES[name]
    path = written(tmp_path / "pairs.csv", text, "utf-8")
    with pytest.raises(BadArgument, match=f"(?s){words}"):
        KnownFollowers.from_csv(path)


def test_rows_with_too_many_cells_can_be_skipped(tmp_path: Path) -> None:
    """They are counted; empty cells at the end of a row, as Excel writes them, are no error."""
    path = written(tmp_path / "pairs.csv", f"LineID,identity\n{USER},x,,\n{USER[:-1]}b,y, z\n", "utf-8")
    policy = KnownFollowers.from_csv(path, on_bad_row="skip")
    assert policy.identities([USER]) == {USER: "x"}
    assert (policy.skipped, policy.identities([USER[:-1] + "b"])[USER[:-1] + "b"]) == (1, None)


def test_utf16_without_a_mark_is_named(tmp_path: Path) -> None:
    """A header with null characters names UTF-16, and the file is read with that encoding."""
    path = written(tmp_path / "pairs.csv", TEXT, "utf-16-le")
    with pytest.raises(BadArgument, match="encoding='utf-16-le'"):
        KnownFollowers.from_csv(path)
    assert KnownFollowers.from_csv(path, encoding="utf-16-le").identities([USER]) == {USER: "cust-1"}


@pytest.mark.parametrize("path", ["missing.csv", ".", "a\0b", None, 3])
def test_a_file_that_cannot_be_read(tmp_path: Path, path: Any) -> None:
    """A path without a file, a folder, and a value that is no path raise BadArgument."""
    with pytest.raises(BadArgument, match="path must be"):
        KnownFollowers.from_csv(tmp_path / path if isinstance(path, str) else path)


def test_one_column_for_both(tmp_path: Path) -> None:
    """The identity must be another column than the LINE id."""
    path = written(tmp_path / "pairs.csv", TEXT, "utf-8")
    with pytest.raises(BadArgument, match="another column than line_id"):
        KnownFollowers.from_csv(path, identity="LineID")
