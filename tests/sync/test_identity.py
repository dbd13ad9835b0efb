"""Identity policies: their responses about LINE ids, and the policies and rows that are rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pytest

from linetap.errors import BadArgument
from linetap.sync.decide import ConflictReason, PolicyResult
from linetap.sync.identity import KnownFollowers, LineIdAsIdentity, check_policy, policy_results

U0, U1, U2, U3 = (f"U{number:032x}" for number in range(4))


class Cards:
    """A policy of the user's own."""

    creates = False

    def identities(self, line_ids: Sequence[str]) -> Mapping[str, str | None]:
        return {line_id: f"card-{line_id[-1]}" for line_id in line_ids if line_id != U2}


def test_a_policy_of_ones_own_is_an_object_with_two_names() -> None:
    """A LINE id that a policy does not return is unidentified."""
    assert policy_results(check_policy(Cards()), [U1, U2]) == {U1: PolicyResult("card-1")}


def test_line_id_as_identity_creates_a_profile_for_every_follower() -> None:
    """With LineIdAsIdentity the LINE id is the identity."""
    policy = LineIdAsIdentity()
    assert policy.creates
    assert policy_results(policy, [U1]) == {}


@pytest.mark.parametrize("empty", [None, "", float("nan")])
def test_an_empty_identity_means_not_known(empty: Any) -> None:
    """None, '' and NaN mean that there is no identity."""
    assert policy_results(KnownFollowers({U1: empty}), [U1]) == {U1: PolicyResult(None)}


@pytest.mark.parametrize("wrong", [42, b"x", ["a"], "customer-\ud800"])
def test_an_identity_that_is_no_text_is_rejected(wrong: Any) -> None:
    """An identity that is not a str, or has a lone surrogate, raises BadArgument."""
    with pytest.raises(BadArgument, match="must"):
        policy_results(KnownFollowers(lambda line_id: wrong), [U1])


def test_rows_that_say_the_same_twice_are_no_conflict() -> None:
    """Rows with different identities for one LINE id are a conflict that lists all of them; equal rows are not."""
    policy = KnownFollowers.from_rows([(U1, "a"), (U1, "a"), (U2, "b"), (U2, "c"), (U2, "d"), (U3, None)])
    assert policy_results(policy, [U1, U2, U3]) == {
        U1: PolicyResult("a"),
        U2: PolicyResult("b", ConflictReason.TWO_IDENTITIES, "c, d"),
        U3: PolicyResult(None),
    }


def test_columns_can_be_named() -> None:
    """Rows may be mappings with named columns."""
    policy = KnownFollowers.from_rows([{"line": U1, "id": "a"}], line_id="line", identity="id")
    assert policy_results(policy, [U1]) == {U1: PolicyResult("a")}


@pytest.mark.parametrize("row", [{"line": U1}, (U1,), (U1, "a", "b"), 7])
def test_a_row_without_both_columns_is_named_by_its_place(row: Any) -> None:
    """A row without the columns raises BadArgument that names the row and the columns."""
    with pytest.raises(BadArgument, match=r"rows\[1\]"):
        KnownFollowers.from_rows([(U0, "x"), row])


@pytest.mark.parametrize("wrong", [None, {}, "KnownFollowers", KnownFollowers, LineIdAsIdentity, object()])
def test_what_is_no_policy_is_rejected_with_the_two_that_are(wrong: Any) -> None:
    """What is not an identity policy raises BadArgument with the remedy."""
    with pytest.raises(BadArgument, match="KnownFollowers"):
        check_policy(wrong)


@pytest.mark.parametrize(("source", "unknown"), [([(U1, "a")], "withhold"), ({}, "ignore"), (U1, "create")])
def test_a_source_is_a_mapping_or_a_callable(source: Any, unknown: Any) -> None:
    """Rows given to the constructor raise BadArgument that names from_rows."""
    with pytest.raises(BadArgument):
        KnownFollowers(source, unknown=unknown)


def test_a_repr_shows_no_pairs() -> None:
    """The repr shows the number of pairs and no LINE id or identity."""
    assert repr(KnownFollowers({U1: "aiko"})) == "KnownFollowers(<1 ids>, unknown='withhold')"
    assert "callable" in repr(KnownFollowers(lambda line_id: None, unknown="create"))
    assert repr(LineIdAsIdentity()) == "LineIdAsIdentity()"


@pytest.mark.parametrize("unknown", ["withhold", "create"])
def test_keys_of_a_mapping_are_line_user_ids(unknown: Any) -> None:
    """A mapping from identity to LINE id, and other keys that are not user IDs, raise BadArgument with the cause."""
    with pytest.raises(BadArgument, match="swapped"):
        KnownFollowers({"customer-1": U1, "customer-2": U2}, unknown=unknown)
    with pytest.raises(BadArgument, match="is for search"):
        KnownFollowers({U1: "customer-1", "@brand": "customer-2"}, unknown=unknown)


def test_a_lazy_mapping_is_checked_at_its_first_use() -> None:
    """A mapping that is not a dict is not read by the constructor, and is checked before the first response."""
    policy = KnownFollowers(MappingProxyType({"customer-1": U1}))
    with pytest.raises(BadArgument, match="swapped"):
        policy_results(policy, [U1])


def test_blanks_and_capitals_of_keys_are_corrected_and_counted() -> None:
    """A key with blanks or wrong capitals matches its follower, and .healed counts it."""
    policy = KnownFollowers({f" {U1}": "a", U2.replace("U", "u"): "b", ("U" + "AB" * 16): "c", U3: "d"})
    assert policy.identities([U1, U2, "U" + "ab" * 16, U3]) == {U1: "a", U2: "b", "U" + "ab" * 16: "c", U3: "d"}
    assert policy.healed == 3
    assert "healed=3" in repr(policy)
