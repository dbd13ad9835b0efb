"""The notebook table: every value is text, never markup."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from linetap.display import html


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def _seen(markup: str) -> _Seen:
    seen = _Seen()
    seen.feed(markup)
    seen.close()
    return seen


@given(st.text())
def test_no_text_becomes_a_tag(text: str) -> None:
    """No value adds a tag to the table."""
    assert _seen(html.table(text, [(text, text)], note=text)).tags == ["table", "caption", "tr", "th", "td"] + (
        ["div"] if text else []
    )


def test_a_quote_does_not_end_an_attribute() -> None:
    """Escaped text is safe inside an attribute, in either kind of quotes."""
    assert html.escape("\"' onload=x") == "&quot;&#x27; onload=x"


def test_bidirectional_controls_are_replaced() -> None:
    """A right-to-left override in a name cannot reverse the text after it."""
    assert html.escape("evil\u202egpj.exe") == "evil\ufffdgpj.exe"


def test_lone_surrogates_can_be_written_to_a_file() -> None:
    """A lone surrogate from broken JSON still makes a page that can be written as UTF-8."""
    assert html.escape("\ud83d").encode() == "\ufffd".encode()


def test_numbers_have_thousands_separators_and_none_is_blank() -> None:
    """A count has thousands separators, a bool is a word, and None is an empty cell."""
    assert _seen(html.table("t", [("n", 1234567), ("b", True), ("x", None)])).text == "tn1,234,567bTruex"


def test_a_head_names_the_columns() -> None:
    """With a head the first column is a value like the others."""
    assert _seen(html.table("t", [("a", 1)], head=("k", "v"))).tags == [
        "table",
        "caption",
        "tr",
        "th",
        "th",
        "tr",
        "td",
        "td",
    ]


def test_a_row_that_is_one_text_is_one_cell() -> None:
    """A string as a row is one cell, not one cell for each letter."""
    assert _seen(html.table("t", ["abc"])).tags == ["table", "caption", "tr", "th"]
