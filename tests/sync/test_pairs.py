"""Pairs of LINE id and identity: bad rows are reported with their row, or skipped and counted."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from linetap import BadArgument, KnownFollowers
from linetap.clevertap import BadRow
from linetap.sync.pairs import corrected, is_user_id

A, B, C, D = ("U" + letter * 32 for letter in "abcd")
ROWS = [(A, "cust-1"), ("U" + "b" * 31, "cust-2"), ("cust-3", C), ("\t" + D, "cust-4")]


def test_ids_that_are_none_are_reported_with_their_row() -> None:
    """A malformed LINE id and swapped columns raise BadArgument that names each row and the cause."""
    with pytest.raises(BadArgument) as caught:
        KnownFollowers.from_rows(ROWS)
    assert [problem.path for problem in caught.value.problems] == ["rows[1][0]", "rows[2][0]"]
    assert "must be a LINE user ID" in str(caught.value)
    assert "swapped" in caught.value.problems[1].suggestion


def test_bad_rows_can_be_skipped_and_counted() -> None:
    """With on_bad_row="skip" the good rows are pairs, and .skipped counts the others."""
    policy = KnownFollowers.from_rows(ROWS, on_bad_row="skip")
    assert policy.identities([A, D]) == {A: "cust-1", D: "cust-4"}
    assert (policy.skipped, policy.healed) == (2, 1)
    assert repr(policy) == "KnownFollowers(<2 ids>, unknown='withhold', healed=1, skipped=2)"


def test_bad_rows_of_a_file_are_named_by_file_row_and_column(tmp_path: Path) -> None:
    """A function receives each bad row of a CSV file, with the file, the spreadsheet's row and the column."""
    path = tmp_path / "pairs.csv"
    path.write_text(f"identity,LineID\ncust-1,{A}\ncust-2,Ubad\ncust-3\n{C},cust-4\n", encoding="utf-8")
    found: list[BadRow] = []
    policy = KnownFollowers.from_csv(path, on_bad_row=found.append)
    assert [(bad.row, bad.identity, bad.problems[0].path) for bad in found] == [
        ("pairs.csv row 3", "'cust-2'", "pairs.csv row 3, column 'LineID'"),
        ("pairs.csv row 5", f"'{C}'", "pairs.csv row 5, column 'LineID'"),
    ]
    assert policy.skipped == 2


@pytest.mark.parametrize("identity", [42, 4.2, {"id": "cust-1"}, ["cust-1"], b"cust-1"], ids=lambda v: type(v).__name__)
def test_an_identity_that_is_no_text_is_named_with_its_row(identity: Any) -> None:
    """An identity of another type raises BadArgument with its row, and a mapping says to give the id alone."""
    with pytest.raises(BadArgument, match=r"rows\[1\]\['identity'\] must be a string"):
        KnownFollowers.from_rows([{"LineID": A, "identity": "cust-1"}, {"LineID": B, "identity": identity}])


@pytest.mark.parametrize(
    "row", [(None, "cust-1"), ("", "cust-1"), (" ", "cust-1"), (A, None), (A, ""), (A, float("nan"))]
)
def test_rows_without_an_id_or_identity_are_no_pairs(row: Any) -> None:
    """Customers without LINE, and followers without an identity, are neither pairs nor errors."""
    policy = KnownFollowers.from_rows([row, (B, "cust-2")])
    assert dict(policy.identities([A, B])) == {A: None, B: "cust-2"}


def test_an_error_lists_the_first_problems_only() -> None:
    """A file of bad rows gives an error with 20 problems, not one for each row."""
    with pytest.raises(BadArgument) as caught:
        KnownFollowers.from_rows((f"cust-{n}", A) for n in range(100_000))
    assert len(caught.value.problems) == 20


def test_pairs_that_differ_after_correction_are_a_conflict() -> None:
    """Two spellings of one LINE id with different identities are one conflict, in rows and in a mapping."""
    rows = [(A, "cust-1"), (A.upper(), "cust-2")]
    assert KnownFollowers.from_rows(rows).policy_results([A])[A].other == "cust-2"
    with pytest.raises(BadArgument, match="two identities"):
        KnownFollowers(dict(rows))


@pytest.mark.parametrize("seed", range(300))
def test_only_blanks_and_capitals_are_corrected(seed: int) -> None:
    """A user ID with random blanks and capitals is corrected to itself; with any other change it is rejected."""
    dice = random.Random(seed)
    line_id = "U" + "".join(dice.choice("0123456789abcdef") for _ in range(32))
    cased = "".join(dice.choice((letter, letter.upper(), letter.lower())) for letter in line_id)
    blanks = "".join(dice.choice(" \t\u3000\ufeff") for _ in range(dice.randrange(4)))
    assert corrected(blanks + cased + blanks) == line_id, f"seed {seed}"
    place = dice.randrange(33)
    broken = dice.choice([line_id[:place] + line_id[place + 1 :], line_id + "0", line_id[:1] + "g" + line_id[2:]])
    assert corrected(broken) is None, f"seed {seed}"
    assert not is_user_id(broken)
