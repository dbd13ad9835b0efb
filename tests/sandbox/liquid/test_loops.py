"""Loops, counters and captured text."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.liquid.rendering import PERSON, outcome, render

CELL = '<td class="col1">'
FIVE = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    "head, body, expected",
    [
        ("t in Profile.V", "{{ t }}", "abcde"),
        ("t in Profile.V limit:2", "{{ t }}", "ab"),
        ("t in Profile.V offset:1 limit:2", "{{ t }}", "bc"),
        ("t in Profile.V limit:'2'", "{{ t }}", "ab"),
        ("t in Profile.V limit:nil", "{{ t }}", "abcde"),
        ("t in Profile.V limit:'many'", "{{ t }}", "abcde"),
        ("t in Profile.V limit:-1", "{{ t }}", ""),
        ("t in Profile.V offset:9", "{{ t }}{% else %}none", ""),
        ("t in Profile.None", "x{% else %}none", "none"),
        (
            "t in Profile.V",
            "{{ forloop.index }}{{ forloop.index0 }}{{ forloop.rindex }}{{ forloop.rindex0 }} ",
            "1054 2143 3232 4321 5410 ",
        ),
        ("t in Profile.V offset:3", "{{ forloop.length }}/{{ forloop.rindex }} ", "5/5 5/4 "),
        ("t in Profile.V limit:2", "{{ forloop.length }}{{ forloop.last }} ", "2false 2true "),
        ("t in Profile.V limit:1", "{{ forloop.name }}", "t-Profile.V"),
        ("t in Profile.V limit:1", "[{{ forloop.parentloop }}]", "[]"),
        ("t in Profile.V", "{% if t == 'c' %}cut{% break %}{% endif %}{{ t }}", "ab"),
        ("t in Profile.V", "{% if t == 'c' %}cut{% continue %}{% endif %}{{ t }}", "abde"),
        ("t in Profile.V", "a{% break %}b", "a"),
        ("Profile in Profile.V", "{{ Profile }}", "abcde"),
        ("item-x in Profile.V", "{{ item-x }}", "abcde"),
        ("i in (1..3)", "{{ i }}{{ forloop.length }} ", "12 22 32 "),
        ("i in ('1'..Profile.V.size) limit:2", "{{ i }}", "12"),
        ("i in (3..1)", "x", ""),
        ("i in (1..5) offset:-1", "{{ i }}", "012345"),
        ("i in (1..3)", "{{ i }}{{ Profile.V[9] }}", "1"),
        ("i in (1..'x')", "{{ i }}", ""),
    ],
)
def test_for(head: str, body: str, expected: str) -> None:
    """``limit``, ``offset``, ``else`` and ``forloop``; a limit that is no number does not count."""
    assert render("{% for " + head + " %}" + body + "{% endfor %}", V=FIVE) == expected


@pytest.mark.parametrize(
    "value, expected",
    [
        ("text", "[text]"),
        ("", "[]"),
        (7, "[7]"),
        (False, "[false]"),
        (None, ""),
        ([], ""),
        ({"k": "v", "m": 1}, "[kv][m1]"),
        ([["a", ["b"]], None], "[ab][]"),
    ],
)
def test_what_is_looped_over(value: Any, expected: str) -> None:
    """A text or a number is one element, a map its pairs, nil nothing."""
    assert render("{% for t in Profile.V %}[{{ t }}]{% endfor %}", V=value) == expected


def test_an_offset_before_the_list_fails() -> None:
    """A negative offset fails for that person, as a negative index does."""
    assert outcome("{% for t in Profile.V offset:-1 %}{{ t }}{% endfor %}", V=FIVE) == PERSON


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a{% break %}b", ""),
        ("a{% if true %}b{% continue %}{% endif %}c", ""),
        ("{% assign x = 'a' %}{% if true %}{% assign x = 'b' %}{% endif %}{{ x }}", "b"),
        ("{% for t in Profile.V %}{% assign x = t %}{% endfor %}{{ x }}{{ t }}{{ forloop }}", "e"),
        ("{% assign t = 'x' %}{% for t in Profile.N %}{{ t }}{% endfor %}{{ t }}", "xx"),
        (
            "{% capture x %}Hi {{ Profile.V[0] }}{% endcapture %}{{ x }}{% capture 'y' %}2{% endcapture %}{{ y }}",
            "Hi a2",
        ),
        (
            "{% for t in Profile.V limit:2 %}{% endfor %}{% for t in Profile.V offset:continue %}{{ t }}{% endfor %}",
            "cde",
        ),
        (
            "{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}{% cycle 'c', 'd' %}{% cycle 'g': 1, 2 %}{% cycle 'g': 1, 2 %}",
            "abc12",
        ),
        ("{% increment n %}{% increment n %}{{ n }}{% decrement m %}{% decrement m %}{{ m }}", "012-1-2-2"),
        ("{% assign n = 'x' %}{% increment n %}{{ n }}", "0x"),
        ("{% for t in Profile.V %}{% ifchanged %}{{ t | size }}{% endifchanged %}{% endfor %}", "1"),
        ("{% ifchanged %}", ""),
        ("{% assign Profile = 'x' %}{{ Profile.V }}{{ Profile }}", "x"),
    ],
)
def test_variables(text: str, expected: str) -> None:
    """``assign`` and ``capture`` last beyond loops, loop variables do not; ``break`` outside of a loop empties all."""
    assert render(text, Profile={"V": FIVE, "N": [None]}) == expected


@pytest.mark.parametrize("text", ["{% increment %}", "{% ifchanged %}x{% endifchanged %}", "{% raw -%}"])
def test_tags_that_fail(text: str) -> None:
    """A counter without a name and ``ifchanged`` outside of ``for`` fail for that person."""
    assert outcome(text) == PERSON


@pytest.mark.parametrize(
    "head, expected",
    [
        (
            "i in Profile.V limit:3 cols:2",
            f'<tr class="row1">\n{CELL}a</td><td class="col2">b</td></tr>\n<tr class="row2">{CELL}c</td></tr>\n',
        ),
        ("i in Profile.V limit:1", '<tr class="row1">\n<td class="col1">a</td></tr>\n'),
        ("i in Profile.None", '<tr class="row1">\n</tr>\n'),
    ],
)
def test_tablerow(head: str, expected: str) -> None:
    """Rows and cells of HTML, an empty row for no elements."""
    assert render("{% tablerow " + head + " %}{{ i }}{% endtablerow %}", V=FIVE) == expected
