"""Nothing raises for any value: what cannot be rendered is that person's failure, in bounded steps and output."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.liquid.filters import filters_of
from linetap.sandbox.liquid.printing import MOST_CHARACTERS
from tests.sandbox.liquid.rendering import PERSON, WHOLE, outcome


def holds_itself() -> list[Any]:
    found: list[Any] = [1]
    found.append(found)
    return found


def nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


def doubled(depth: int) -> list[Any]:
    """A list of two lists of two lists ..., in little memory."""
    found: list[Any] = ["x"]
    for _ in range(depth):
        found = [found, found]
    return found


ODD: dict[str, Any] = {
    "itself": holds_itself(),
    "map of itself": {"a": holds_itself()},
    "deep": nested(5000),
    "doubled": doubled(40),
    "huge": 10**6000,
    "negative huge": -(10**400),
    "infinite": math.inf,
    "no number": math.nan,
    "half": "a\ud83cb",
    "moment": datetime(2026, 1, 1, tzinfo=timezone.utc),
    "decimal": Decimal("1.5"),
    "bytes": b"x",
    "set": {1},
    "object": object(),
    "odd keys": {1: "a", None: "b", (1, 2): "c"},
    "long": "x" * 300_000,
    "many": list(range(50_000)),
    "tuple": ("a", "b"),
    "digits": "9" * 5000,
    "word": "many",
    "minus": -1,
    "exponent": "1e400",
    "signs": "$D_99999999999999",
}
TEMPLATES = [
    "{{ Profile.V }}",
    "{{ Profile.V[0][1].a.size }}{{ Profile[Profile.V] }}",
    "{% if Profile.V == Profile.W %}y{% endif %}",
    "{% if Profile.V contains Profile.V or Profile.V < Profile.V %}y{% endif %}",
    "{% for t in Profile.V limit: Profile.V offset: Profile.V %}{{ t }}{% endfor %}",
    "{% for i in (1..3) limit: Profile.V %}*{% endfor %}",
    "{% for i in (Profile.V..Profile.V) %}*{% endfor %}",
    "{% for i in (1..2000000000) %}{{ Profile.V }}{% endfor %}",
    "{% tablerow t in Profile.V cols: Profile.V %}{{ t }}{% endtablerow %}",
    "{% case Profile.V %}{% when Profile.W, blank, empty %}y{% endcase %}",
    "{% cycle Profile.V: Profile.V, 1 %}",
    ("{% assign x = Profile.V %}{% for i in (1..99) %}{% assign x = x | append: x %}{% endfor %}{{ x }}"),
    (
        "{% capture x %}{{ Profile.V }}{% endcapture %}{% for i in (1..99) %}"
        "{% capture x %}{{ x }}{{ x }}{% endcapture %}{% endfor %}{{ x }}"
    ),
    (
        "{% for a in Profile.V %}{% for b in Profile.V %}"
        "{% for c in Profile.V %}{{ c }}{% endfor %}{% endfor %}{% endfor %}"
    ),
    "{% for t in Profile.V %}{{ Profile.V | join: ',' | size }}{% endfor %}",
]


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("text", TEMPLATES)
def test_odd_values_in_tags(text: str, value: str) -> None:
    """Any value in any place gives a text of bounded length or this person's failure, and no other exception."""
    found = outcome(text, Profile={"V": ODD[value], "W": ODD[value]})

    assert found != WHOLE
    assert len(found) <= MOST_CHARACTERS
    found.encode("utf-8")


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("name", sorted(filters_of(Readings(url_escape="known"))))
def test_odd_values_in_filters(name: str, value: str) -> None:
    """The same applies to each filter, with the value as input and as a parameter."""
    known = Readings(url_escape="known")
    for parameters in (": 2", ": Profile.V", ": '', Profile.V"):
        found = outcome(
            "{{ Profile.V | " + name + parameters + " }}{{ 'ab' | " + name + parameters + " }}", known, V=ODD[value]
        )
        assert len(found) <= MOST_CHARACTERS
        found.encode("utf-8")


@pytest.mark.parametrize("value", ["itself", "deep", "doubled", "huge", "moment", "object", "bytes"])
def test_what_json_has_not_fails_for_that_person(value: str) -> None:
    """A value that no upload can carry is not rendered; a template that does not read it does not mind."""
    assert (outcome("{{ Profile.V }}", V=ODD[value]), outcome("fine", V=ODD[value])) == (PERSON, "fine")


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["5", " 8 ", "1e2", "2026-03-05 09:07:03"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_PARTS = st.sampled_from(
    [
        "{{",
        "}}",
        "{%",
        "%}",
        "-",
        "|",
        ":",
        "'",
        '"',
        "[",
        "]",
        "(",
        ")",
        ".",
        "..",
        ",",
        "=",
        "==",
        "<",
        "contains",
        "and",
        "if",
        "else",
        "elsif",
        "endif",
        "for",
        "in",
        "endfor",
        "limit:",
        "1",
        "-1",
        "1.5",
        "Profile.V",
        "x",
        "raw",
        "endraw",
        "comment",
        "endcomment",
        "assign",
        "capture",
        "endcapture",
        "case",
        "when",
        "endcase",
        "cycle",
        "break",
        "abort",
        "ifchanged",
        "endifchanged",
        "increment",
        "nil",
        "blank",
        "empty",
        "upcase",
        "default",
        "join",
        "split",
        "%",
        "!",
        "\xa0",
    ]
)


@given(parts=st.lists(_PARTS, max_size=20), value=_VALUES)
def test_any_template_and_any_value(parts: list[str], value: Any) -> None:
    """Pieces of Liquid in any sequence are rendered or fail; there is no other result."""
    outcome(" ".join(parts), V=value)
    outcome("{{ Profile.V | " + " ".join(parts) + " }}", V=value)


@given(name=st.sampled_from(sorted(filters_of(Readings()))), value=_VALUES, parameter=_VALUES, more=st.booleans())
def test_any_filter_and_any_value(name: str, value: Any, parameter: Any, more: bool) -> None:
    """A filter of any value gives a value, or fails for that person; the same each time."""
    text = "{{ Profile.V | " + name + ": Profile.W" + (", Profile.W" if more else "") + " | size }}"
    objects: Mapping[str, Any] = {"V": value, "W": parameter}

    assert outcome(text, Profile=objects) == outcome(text, Profile=objects)


@given(
    condition=st.sampled_from(
        ["V == W", "V != W", "V < W", "V >= W", "V contains W", "V == blank", "V == empty", "V and W"]
    ),
    left=_VALUES,
    right=_VALUES,
)
def test_any_condition_is_true_or_false(condition: str, left: Any, right: Any) -> None:
    """A condition of any two values is true or false; ``!=`` never equals ``==``, and nothing equals ``blank``."""
    text = "{% if " + condition.replace("V", "Profile.V").replace("W", "Profile.W") + " %}y{% else %}n{% endif %}"
    found = outcome(text, Profile={"V": left, "W": right})

    assert found in ("y", "n")
    if condition == "V == W":
        assert found != outcome(text.replace("==", "!="), Profile={"V": left, "W": right})
    if condition == "V == blank":
        assert found == "n"
