"""Properties over generated templates and values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from linetap.liquid import LiquidSyntaxError, parse
from linetap.liquid.dialect import FILTERS

_ATOMS = (
    *("'a'", '""', "' '", "5", "-3", "0", "1.5", "Profile.V", "Profile.W", "Profile.L[0]", "Profile[x]", "x", "t"),
    *("nil", "true", "empty", "blank", "forloop.index", "'%Y-%U %H %Z'", "'Asia/Tokyo'", "99999999999"),
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers()
_VALUES = st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
_JSON = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text()


@st.composite
def _filtered(draw: st.DrawFn) -> str:
    parts = [draw(st.sampled_from(_ATOMS))]
    for name in draw(st.lists(st.sampled_from(sorted(FILTERS)), max_size=3)):
        arguments = draw(st.lists(st.sampled_from(_ATOMS), max_size=2))
        parts.append(f"{name}: {', '.join(arguments)}" if arguments else name)
    return " | ".join(parts)


@st.composite
def _conditions(draw: st.DrawFn) -> str:
    operators = st.sampled_from(("==", "!=", "<", ">", "<=", ">=", "contains", "and", "or"))
    return f"{draw(st.sampled_from(_ATOMS))} {draw(operators)} {draw(st.sampled_from(_ATOMS))}"


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(_conditions(), inner, inner).map(
            lambda it: f"{{% if {it[0]} %}}{it[1]}{{% else %}}{it[2]}{{% endif %}}"
        ),
        inner.map(lambda body: "{% for t in Profile.L limit: 3 %}" + body + "{% endfor %}"),
        inner.map(lambda body: "{% for x in (1..Profile.V) %}" + body + "{% break %}{% endfor %}"),
        inner.map(lambda body: "{% capture x %}" + body + "{% endcapture %}"),
        _filtered().map(lambda value: "{% assign x = " + value + " %}"),
        st.tuples(inner, inner).map("".join),
    )


TEMPLATES = st.recursive(_filtered().map(lambda value: "{{ " + value + " }}"), _blocks, max_leaves=6)


class _Hostile(Mapping[str, Any]):
    """A mapping that fails when it is read."""

    def __getitem__(self, key: str) -> Any:
        raise OSError(key)

    def __iter__(self) -> Any:
        raise OSError

    def __len__(self) -> int:
        raise OSError


@settings(max_examples=150, deadline=None)
@given(TEMPLATES, _VALUES, _VALUES)
def test_rendering_never_raises(source: str, first: Any, second: Any) -> None:
    """Whatever the values are, rendering ends in one of the four statuses with text that can be encoded."""
    values = {"Profile": {"V": first, "W": second, "L": [first, second]}}
    rendered = parse(source).render(values)

    assert rendered.status in ("rendered", "aborted", "failed", "uncertain")
    rendered.text.encode()
    assert parse(source).render(values) == rendered


def test_hostile_values_are_uncertain() -> None:
    """Values that nest in themselves, fail when read, or double at each level end as uncertain."""
    loop: list[Any] = []
    loop.append(loop)
    doubled: list[Any] = [1]
    for _ in range(40):
        doubled = [doubled, doubled]
    for value in (loop, doubled, _Hostile(), object(), b"x"):
        assert parse("{{ Profile.V | append: 'x' }}").render({"Profile": {"V": value}}).status == "uncertain"
        assert parse("{{ Profile.V }}").render({"Profile": {"V": value}}).status == "uncertain"


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="{}%-'\"| .:abifendorx=!<>()[]1\n\\\u00a0", max_size=60))
def test_parsing_raises_only_syntax_errors(source: str) -> None:
    """Any text is either read or a LiquidSyntaxError whose place is in the text."""
    error = _error(source)
    assert error is None or (0 <= error.offset <= len(source) and error.line >= 1 and error.column >= 1)


def _error(source: str) -> LiquidSyntaxError | None:
    try:
        parse(source).render({})
    except LiquidSyntaxError as error:
        return error
    return None


@given(st.text(max_size=40).filter(lambda text: "{{" not in text and "{%" not in text))
def test_text_outside_tags_is_unchanged(text: str) -> None:
    """Text without a tag renders as itself."""
    assert parse(text).render({}).text == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@given(st.text(max_size=40), st.text(max_size=10))
def test_values_are_not_read_as_liquid(value: str, other: str) -> None:
    """A value prints as it is, also where it looks like a tag; append joins two values."""
    rendered = parse("{{ Profile.V | append: Profile.W }}").render({"Profile": {"V": value, "W": other}})
    assert (rendered.status, rendered.text) == ("rendered", value + other)


@given(_JSON)
def test_blank_equals_nothing(value: Any) -> None:
    """``X == blank`` is false and ``X != blank`` true for every value."""
    source = "{% if Profile.V == blank %}equal{% endif %}{% if Profile.V != blank %}different{% endif %}"
    assert parse(source).render({"Profile": {"V": value}}).text == "different"


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_wrap_at_64_bits(left: int, right: int) -> None:
    """plus, minus and times keep 64 bits; divided_by and modulo cut towards 0."""
    values = {"Profile": {"V": left, "W": right}}
    expected = {"plus": left + right, "minus": left - right, "times": left * right}
    if right:
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        expected |= {"divided_by": quotient, "modulo": left - right * quotient}
    for name, result in expected.items():
        wrapped = (result + 2**63) % 2**64 - 2**63
        assert parse(f"{{{{ Profile.V | {name}: Profile.W }}}}").render(values).text == str(wrapped)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_print_as_numbers_that_read_back(value: float) -> None:
    """A decimal prints with a point, with an exponent only below 0.001 and from ten million, and reads back."""
    rendered = parse("{{ Profile.V }}").render({"Profile": {"V": value}})
    if rendered.status == "uncertain":
        return
    assert float(rendered.text) == value
    assert "." in rendered.text
    assert ("E" in rendered.text) == (value != 0 and not 1e-3 <= math.fabs(value) < 1e7)


@given(_JSON, _JSON)
def test_comparisons_of_order_take_numbers_only(left: Any, right: Any) -> None:
    """``<`` is true for two numbers in order and false for anything else."""
    text = parse("{% if Profile.V < Profile.W %}less{% endif %}").render({"Profile": {"V": left, "W": right}}).text
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (left, right))
    assert (text == "less") == (numbers and float(left) < float(right))
