"""Identity policies: what they say about LINE ids, and what is refused as a policy or a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from linetap.errors import BadArgument
from linetap.sync.decide import Why, Wish
from linetap.sync.identity import KnownFollowers, LineIdAsIdentity, check_policy, wishes


class Cards:
    """A policy of somebody's own."""

    creates = False

    def identities(self, line_ids: Sequence[str]) -> Mapping[str, str | None]:
        return {line_id: f"card-{line_id}" for line_id in line_ids if line_id != "U2"}


def test_a_policy_of_ones_own_is_an_object_with_two_names() -> None:
    """Who is missing from its answer is not known."""
    assert wishes(check_policy(Cards()), ["U1", "U2"]) == {"U1": Wish("card-U1")}


def test_line_id_as_identity_knows_nobody_and_creates_everybody() -> None:
    """The LINE id becomes the identity where nobody is known."""
    policy = LineIdAsIdentity()
    assert policy.creates
    assert wishes(policy, ["U1"]) == {}


@pytest.mark.parametrize("empty", [None, "", float("nan")])
def test_an_empty_identity_means_not_known(empty: Any) -> None:
    """None, '' and NaN, as databases and frames write them."""
    assert wishes(KnownFollowers({"U1": empty}), ["U1"]) == {"U1": Wish(None)}


@pytest.mark.parametrize("wrong", [42, b"x", ["a"]])
def test_an_identity_that_is_no_text_is_refused(wrong: Any) -> None:
    """It would have to be guessed how to write it."""
    with pytest.raises(BadArgument, match="str"):
        wishes(KnownFollowers(lambda line_id: wrong), ["U1"])


def test_rows_that_say_the_same_twice_are_no_conflict() -> None:
    """Only another identity for the same LINE id is one; all of them are told."""
    policy = KnownFollowers.from_rows([("U1", "a"), ("U1", "a"), ("U2", "b"), ("U2", "c"), ("U2", "d"), ("U3", None)])
    assert wishes(policy, ["U1", "U2", "U3"]) == {
        "U1": Wish("a"),
        "U2": Wish("b", Why.TWO_IDENTITIES, "c, d"),
        "U3": Wish(None),
    }


def test_columns_can_be_named() -> None:
    """Rows of any table do, as mappings."""
    policy = KnownFollowers.from_rows([{"line": "U1", "id": "a"}], line_id="line", identity="id")
    assert wishes(policy, ["U1"]) == {"U1": Wish("a")}


@pytest.mark.parametrize("row", [{"line": "U1"}, ("U1",), ("U1", "a", "b"), 7])
def test_a_row_without_both_columns_is_named_by_its_place(row: Any) -> None:
    """The error says which row, and which columns it should have."""
    with pytest.raises(BadArgument, match=r"rows\[1\]"):
        KnownFollowers.from_rows([("U0", "x"), row])


@pytest.mark.parametrize("wrong", [None, {}, "KnownFollowers", KnownFollowers, LineIdAsIdentity, object()])
def test_what_is_no_policy_is_refused_with_the_two_that_are(wrong: Any) -> None:
    """A bare mapping, a class instead of an object, nothing at all."""
    with pytest.raises(BadArgument, match="KnownFollowers"):
        check_policy(wrong)


@pytest.mark.parametrize(("source", "unknown"), [([("U1", "a")], "withhold"), ({}, "ignore"), ("U1", "create")])
def test_a_source_is_a_mapping_or_a_callable(source: Any, unknown: Any) -> None:
    """Rows have a constructor of their own."""
    with pytest.raises(BadArgument):
        KnownFollowers(source, unknown=unknown)


def test_a_repr_shows_no_pairs() -> None:
    """Pairs are personal data; how many there are is not."""
    assert repr(KnownFollowers({"U1": "aiko"})) == "KnownFollowers(<1 ids>, unknown='withhold')"
    assert "callable" in repr(KnownFollowers(lambda line_id: None, unknown="create"))
    assert repr(LineIdAsIdentity()) == "LineIdAsIdentity()"
