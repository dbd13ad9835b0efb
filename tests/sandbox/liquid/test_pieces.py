"""Splitting a Liquid text: the same pieces as by the expressions they replace, in time that grows with the text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.sandbox.liquid import LiquidError, Template
from linetap.sandbox.liquid.pieces import pieces_of
from linetap.sandbox.readings import Readings

_PIECES = re.compile(r"\{\{(?P<out>.*?)\}\}|\{%(?P<tag>.*?)%\}", re.DOTALL)
_VERBATIM = re.compile(r"\{%-?\s*(raw|comment)\s*-?%\}(.*?)\{%-?\s*end\1\s*-?%\}", re.DOTALL)
PARTS = ["{{", "}}", "{%", "%}", "-", " ", "a", "raw", "comment", "end", "{", "%", "{% raw %}", "{% endraw -%}", "\n"]


def by_expressions(text: str) -> list[tuple[str, str]]:
    """What the pieces are: short to say, and quadratic in brackets that are never closed."""
    pieces: list[tuple[str, str]] = []
    at = 0
    for verbatim in _VERBATIM.finditer(text):
        pieces += plain(text[at : verbatim.start()]) + [("raw", verbatim[2])] * (verbatim[1] == "raw")
        at = verbatim.end()
    return pieces + plain(text[at:])


def plain(text: str) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    at, trim = 0, False
    for found in _PIECES.finditer(text):
        kind = str(found.lastgroup)
        before = text[at : found.start()].lstrip() if trim else text[at : found.start()]
        pieces.append(("text", before.rstrip() if found[kind].startswith("-") else before))
        pieces.append((kind, found[kind].strip("-").strip()))
        trim, at = found[kind].endswith("-"), found.end()
    rest = text[at:].lstrip() if trim else text[at:]
    if "{{" in rest or "{%" in rest:
        raise LiquidError("not closed")
    return [piece for piece in [*pieces, ("text", rest)] if piece != ("text", "")]


@given(st.lists(st.sampled_from(PARTS), max_size=14).map("".join))
def test_pieces_are_what_the_expressions_say(text: str) -> None:
    """Brackets of every kind, closed or not, in one another or not, fall into the pieces that are meant."""
    try:
        expected = by_expressions(text)
    except LiquidError:
        with pytest.raises(LiquidError, match="is not closed"):
            pieces_of(text)
    else:
        assert pieces_of(text) == expected


@pytest.mark.parametrize(
    "part", ["{{ a ", "{% a ", "{{", "{% raw %}", "{% comment %}", "{% raw %}{% comment %}", "{{ 'a "]
)
def test_what_is_never_closed_takes_no_time(part: str) -> None:
    """A megabyte of openings is refused at once: each of them looking for its end would take hours."""
    with pytest.raises(LiquidError):
        Template(part * (1_000_000 // len(part)), Readings())


def test_a_name_of_blanks_and_a_value_of_brackets_take_no_time() -> None:
    """The same holds for the editor's tokens, and for a filter that looks for ``<...>``."""
    assert Template("@Profile - " + " " * 300_000, Readings()).render({}) == "@Profile - " + " " * 300_000
    strip = Template("{{ Profile.a | strip_html }}", Readings())
    assert strip.render({"Profile": {"a": "x<b>y" + "<" * 300_000}}) == "xy" + "<" * 300_000


def test_tags_nested_too_deep_are_refused() -> None:
    """More levels than can be read are a LiquidError, like all that is not understood."""
    with pytest.raises(LiquidError, match="nested too deep"):
        Template("{% if Profile.a %}" * 50_000, Readings())
