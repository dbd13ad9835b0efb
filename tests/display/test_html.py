"""The notebook table: every value is text, none is markup."""

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
    """Whatever a value holds, the table has the tags of its own shape and no other."""
    assert _seen(html.table(text, [(text, text)], note=text)).tags == ["table", "caption", "tr", "th", "td"] + (
        ["div"] if text else []
    )


def test_a_quote_does_not_end_an_attribute() -> None:
    """Escaped text is safe inside an attribute, in either kind of quotes."""
    assert html.escape("\"' onload=x") == "&quot;&#x27; onload=x"


def test_marks_that_turn_the_writing_around_are_shown_not_obeyed() -> None:
    """A right-to-left override in a name cannot reverse what stands after it."""
    assert html.escape("evil\u202egpj.exe") == "evil\ufffdgpj.exe"


def test_lone_surrogates_can_be_written_to_a_file() -> None:
    """What came out of broken JSON still makes a page that UTF-8 can hold."""
    assert html.escape("\ud83d").encode() == "\ufffd".encode()


def test_numbers_are_read_by_thousands_and_none_is_blank() -> None:
    """A count is grouped, a bool stays a word, and what is missing leaves its cell empty."""
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
    """A bare string is not taken apart into letters."""
    assert _seen(html.table("t", ["abc"])).tags == ["table", "caption", "tr", "th"]
