"""Filters for texts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.liquid.rendering import PERSON, outcome, render


@pytest.mark.parametrize(
    "filters, value, expected",
    [
        ("default: 'd'", {}, "d"),
        ("default: 'd'", 0, "0"),
        ("default: 'd'", [""], ""),
        ("default", None, ""),
        ("default: 'd', allow_false: true", False, "d"),
        ("default: a: 1", None, "{a=1}"),
        ("capitalize", "aIKO tanaka", "AIKO tanaka"),
        ("capitalize", "ß", "ß"),
        ("capitalize", ["ab", "cd"], "Abcd"),
        ("upcase", "straße ｆ", "STRASSE Ｆ"),
        ("downcase", "İÉ", "i̇é"),
        ("upcase", True, "TRUE"),
        ("upcase", None, ""),
        ("append: 5", 1.0, "1.05"),
        ("append: Profile.L", "a", "axy"),
        ("prepend: nil", "a", "a"),
        ("append: 'b', 'c'", "a", "ab"),
        ("strip", "\t x\xa0\n", "x\xa0"),
        ("strip", ["  a ", " b "], "  a  b "),
        ("lstrip", "\u3000 x", "\u3000 x"),
        ("rstrip", "x \u2028", "x\u2028"),
        ("strip_newlines", "a\r\nb\n", "ab"),
        ("newline_to_br", "a\nb", "a<br />\nb"),
        ("escape", "<b>\"&'", "&lt;b&gt;&quot;&amp;'"),
        ("h", 5, "5"),
        ("escape_once", "&amp; & &#39; &#x2F;", "&amp; &amp; &#39; &#x2F;"),
        ("url_encode", "a b~*/é\n🎉", "a+b%7E*%2F%C3%A9%0A%F0%9F%8E%89"),
        ("url_decode", "a+b%20%E6%84%9B", "a b 愛"),
        ("url_decode", "100%", "100%"),
        ("url_decode", "%zz", "%zz"),
        ("replace: 'a'", "banana", "bnn"),
        ("replace: '', 'x'", "ab", "xaxbx"),
        ("replace: 'a', 5", "banana", "b5n5n5"),
        ("replace_first: '.', '$1'", "a.b.c", "a$1b.c"),
        ("remove: 2", 1232, "13"),
        ("remove_first: '.'", "a.b.c", "ab.c"),
        ("replace: Profile.L, 'z'", "a[x, y]", "az"),
        ("replace: Profile.S, 'z'", "ab", "ab"),
        ("truncate: 8", "The quick brown", "The q..."),
        ("truncate: 3", "short", "..."),
        ("truncate: 5.9, '→'", "abcdefgh", "abcd→"),
        ("truncate: 5, ''", "ab🎉🎉", "ab🎉?"),
        ("truncate", "x" * 51, "x" * 47 + "..."),
        ("truncate: 2", None, ""),
        ("truncatewords: 2", "The  quick   fox", "The quick..."),
        ("truncatewords: 1", " lead", "..."),
        ("truncatewords: 9", "a  b ", "a  b "),
        ("slice: 1, 3", "hello", "ell"),
        ("slice: -2, 9", "hello", "lo"),
        ("slice: 9", "hello", ""),
        ("slice: 5", "hello", ""),
        ("size", "愛子🎉", "4"),
        ("size", 1.5, "8"),
        ("size", True, "0"),
        ("size", {"a": 1}, "0"),
        ("size", "12", "2"),
        ("size", None, "0"),
        ("split: ','", "a,b,,c,,", "ab" + "c"),
        ("split: ',' | join: '-'", ",a,b,,", ",a-b"),
        ("split: '' | join: '-'", "愛子", "愛-子"),
        ("split: ',' | size", None, "1"),
        ("split: nil | join: '-'", "ab", "a-b"),
        ("split: 'ab' | join: '-'", "1ab2ab3", "1-2-3"),
        ("split: ',' | join: '-'", ",", ","),
        ("date: '%Y' | upcase", "x", "X"),
    ],
)
def test_filters(filters: str, value: Any, expected: str) -> None:
    """Each filter's text for one value; any value has a text, and lists are joined without a separator."""
    setup = "{% assign s = 'a,b' | split: ',' %}" if "Profile.S" in filters else ""
    text = setup + "{{ Profile.V | " + filters.replace("Profile.S", "s") + " }}"

    assert render(text, Profile={"V": value, "L": ["x", "y"]}) == expected


@pytest.mark.parametrize(
    "filters",
    [
        "append",
        "prepend",
        "remove",
        "remove: nil",
        "replace: nil, 'x'",
        "replace: 'a', nil",
        "split",
        "truncate: 'x'",
        "truncate: nil",
        "slice",
        "slice: 'a'",
        "slice: 1, -2",
        "slice: 1.5",
        "truncatewords: 'x'",
    ],
)
def test_filters_that_fail(filters: str) -> None:
    """A parameter that is missing or is no number fails for that person."""
    assert outcome("{{ Profile.V | " + filters + " }}", V="banana") == PERSON


@pytest.mark.parametrize(
    "value, expected",
    [
        ("<b>Hi</b> you", "Hi you"),
        ("<p>one</p><p>two</p>", "one two"),
        ("<script>x()</script>y", "y"),
        ("<style>p{}</style>z", "z"),
        ("a &amp; b", "a & b"),
        ("x <br> y", "x y"),
        ("unclosed <b", "unclosed"),
        ("  a \n\t b\xa0c ", "a b c"),
        ("<!-- no -->yes", "yes"),
        ("plain", "plain"),
        ("1 < 2", "1 < 2"),
        (None, ""),
        ("<a href='x>y'>link</a>", "link"),
    ],
)
def test_strip_html(value: Any, expected: str) -> None:
    """The text that a browser would show, its blanks folded."""
    assert render("{{ Profile.V | strip_html }}", V=value) == expected


def test_html_that_browsers_repair_is_not_guessed() -> None:
    """A table, a form field or a document's frame fails for that person: what the engine shows is not sure."""
    assert {
        outcome("{{ Profile.V | strip_html }}", V=f"a<{tag}>b") for tag in ("table", "textarea", "title", "?x")
    } == {PERSON}


def test_brackets_that_never_close_are_read_in_bounded_steps() -> None:
    """A value of openings alone is not looked at again and again."""
    assert render("{{ Profile.V | strip_html }}", V="x<b>y" + "< " * 50_000).startswith("xy< <")
