"""CSV files for the dashboard: identity first, split by size, with a manifest, nothing left out silently."""

from __future__ import annotations

import csv
import json
import os
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from linetap.clevertap import Add
from linetap.clevertap.csv_export import write_profiles_csv
from linetap.clevertap.records import ProfileRecord
from linetap.errors import BadArgument

TOKYO = timezone(timedelta(hours=9))


def read_rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def people(count: int) -> list[ProfileRecord]:
    return [
        ProfileRecord(f"customer-{i}", {"LineID": f"U{i:032x}", "Name": 'ไทย, "日本"\n', "n": i}) for i in range(count)
    ]


def test_the_files_read_back_as_the_records(tmp_path: Path) -> None:
    """Quotes, commas, line breaks and all scripts are preserved; the identity is the first column."""
    export = write_profiles_csv(tmp_path / "followers.csv", people(3))
    assert (export.rows, export.paths) == (3, (tmp_path / "followers.csv",))
    with open(export.paths[0], newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["identity", "LineID", "Name", "n"]
    assert rows[2] == ["customer-1", f"U{1:032x}", 'ไทย, "日本"\n', "1"]
    assert read_rows(export.paths[0])[2]["n"] == "2"
    assert "3 profiles" in export._repr_html_()


def test_the_manifest_has_dates_and_types(tmp_path: Path) -> None:
    """Each column has a type and date format of the dashboard's manifest."""
    values: dict[str, Any] = {
        "since": datetime(2026, 1, 1, 9, tzinfo=TOKYO),
        "follower": True,
        "age": 30,
        "score": 1.5,
        "raw": "$D_1767225600",
    }
    export = write_profiles_csv(tmp_path / "a.csv", [ProfileRecord("customer-1", values)])
    (row,) = read_rows(export.paths[0])
    assert (row["since"], row["follower"], row["age"]) == ("01/01/2026 00:00:00", "true", "30")
    assert json.loads(export.manifest_path.read_text()) == export.manifest
    assert export.manifest["columns"] == {
        "identity": {"ctName": "identity", "dataType": "STRING"},
        "since": {"ctName": "since", "dataType": "Date", "dateFormat": "dd/MM/yyyy HH:mm:ss"},
        "follower": {"ctName": "follower", "dataType": "BOOLEAN"},
        "age": {"ctName": "age", "dataType": "INTEGER"},
        "score": {"ctName": "score", "dataType": "STRING"},
        "raw": {"ctName": "raw", "dataType": "STRING"},
    }


def test_no_file_is_larger_than_max_bytes(tmp_path: Path) -> None:
    """A row that does not fit goes to the next file; each file has its header, and no row is lost."""
    export = write_profiles_csv(tmp_path / "a.csv", people(100), max_bytes=2_000)
    assert len(export.paths) > 2
    assert all(path.stat().st_size <= 2_000 for path in export.paths)
    assert [path.name for path in export.paths[:2]] == ["a.csv", "a-2.csv"]
    names = [row["identity"] for path in export.paths for row in read_rows(path)]
    assert names == [f"customer-{i}" for i in range(100)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"identity": "x"},
        ProfileRecord(None, {"LineID": "U1"}, object_id="device"),
        ProfileRecord("customer-9", {"LineID": Add("U1")}),
        ProfileRecord("customer-9", {"LineID": ["U1", "U2"]}),
        ProfileRecord("customer-9", {"other": "new"}),
    ],
)
def test_a_record_that_does_not_fit_a_row_is_rejected(tmp_path: Path, wrong: Any) -> None:
    """A record that does not fit a row raises BadArgument with its index, and the new files are removed."""
    with pytest.raises(BadArgument, match=r"records\[3\]"):
        write_profiles_csv(tmp_path / "a.csv", [*people(3), wrong], columns=["LineID", "Name", "n"])
    assert list(tmp_path.iterdir()) == []


def test_files_that_exist_are_not_overwritten(tmp_path: Path) -> None:
    """An existing CSV file or manifest is not replaced."""
    for name in ("a.csv", "a.manifest.json"):
        (tmp_path / name).write_text("mine")
        with pytest.raises(BadArgument, match="FileExistsError"):
            write_profiles_csv(tmp_path / "a.csv", people(1))
        assert [path.name for path in tmp_path.iterdir()] == [name]
        assert (tmp_path / name).read_text() == "mine"
        (tmp_path / name).unlink()


@pytest.mark.parametrize("size", [0, 999, True, 1.5, "1 GB"])
def test_a_size_without_room_for_a_row_is_rejected(tmp_path: Path, size: Any) -> None:
    """max_bytes must allow a header and a row."""
    with pytest.raises(BadArgument, match="max_bytes"):
        write_profiles_csv(tmp_path / "a.csv", people(1), max_bytes=size)


def test_columns_are_a_sequence_of_names(tmp_path: Path) -> None:
    """A single name instead of a list raises BadArgument, and no file is created."""
    with pytest.raises(BadArgument, match="columns"):
        write_profiles_csv(tmp_path / "a.csv", [], columns="LineID")
    assert list(tmp_path.iterdir()) == []


def test_no_records_make_one_file_with_its_header(tmp_path: Path) -> None:
    """Without records one file with the header is written."""
    export = write_profiles_csv(tmp_path / "a.csv", [], columns=["LineID"])
    assert export.paths[0].read_bytes() == b"identity,LineID\r\n"


@pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX")
def test_the_files_are_private(tmp_path: Path) -> None:
    """The files are readable only by their owner."""
    write_profiles_csv(tmp_path / "a.csv", people(1))
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_row_that_is_larger_than_max_bytes(tmp_path: Path) -> None:
    """A single row over the limit is an error, and no file remains."""
    record = ProfileRecord("a", {f"p{number}": "x" * 500 for number in range(3)})
    with pytest.raises(BadArgument, match="max_bytes must be more than a header and one row"):
        write_profiles_csv(tmp_path / "followers.csv", [record], max_bytes=1_000)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("columns", [["Name", "Name"], ["identity"], ["Name", 1], [""], 5])
def test_columns_that_would_be_written_twice_or_without_a_name(tmp_path: Path, columns: Any) -> None:
    """Each column has a name, once; the identity is not a property."""
    with pytest.raises(BadArgument, match="columns"):
        write_profiles_csv(tmp_path / "followers.csv", people(1), columns=columns)


def test_a_property_named_like_the_first_column(tmp_path: Path) -> None:
    """A property ``identity`` would be a second column of that name."""
    with pytest.raises(BadArgument, match=r"columns\[0\]"):
        write_profiles_csv(tmp_path / "followers.csv", [ProfileRecord("a", {"identity": "b"})])


@pytest.mark.parametrize("records", [None, "ab", people(1)[0], {"a": 1}])
def test_records_that_are_no_sequence(tmp_path: Path, records: Any) -> None:
    """A single record, a text or a mapping is a BadArgument, as for an upload."""
    with pytest.raises(BadArgument, match="records must be an iterable of records"):
        write_profiles_csv(tmp_path / "followers.csv", records)


def test_dates_at_the_ends_of_the_calendar(tmp_path: Path) -> None:
    """A year has four digits; a date outside the years 1 to 9999 in UTC is a BadArgument that names its record."""
    export = write_profiles_csv(tmp_path / "a.csv", [ProfileRecord("a", {"Born": datetime(99, 1, 2, tzinfo=TOKYO)})])
    assert read_rows(export.paths[0])[0]["Born"] == "01/01/0099 15:00:00"
    with pytest.raises(BadArgument, match=r"records\[0\].properties\['Born'\] must be a date in the years"):
        write_profiles_csv(tmp_path / "b.csv", [ProfileRecord("a", {"Born": datetime.min.replace(tzinfo=TOKYO)})])
