"""The rules of the dialect's page (docs/liquid.md), one table each."""

from __future__ import annotations

from typing import Any

import pytest

from linetap.liquid import LiquidSyntaxError, parse

TABLE = (
    '<tr class="row1">\n<td class="col1">a</td><td class="col2">b</td></tr>\n'
    '<tr class="row2"><td class="col1">c</td></tr>\n'
)


def _text(source: str, **profile: Any) -> str:
    rendered = parse(source).render({"Profile": profile})
    return rendered.text if rendered.status == "rendered" else rendered.status


@pytest.mark.parametrize("value", [None, False])
def test_nil_and_false_alone_are_false(value: Any) -> None:
    """Only nil and false are false in a condition."""
    assert _text("{% if Profile.V %}true{% else %}false{% endif %}", V=value) == "false"


@pytest.mark.parametrize("value", [0, "", " ", [], {}, 0.0, "false"])
def test_everything_else_is_true(value: Any) -> None:
    """0, empty texts and empty lists are true."""
    assert _text("{% if Profile.V %}true{% else %}false{% endif %}", V=value) == "true"


@pytest.mark.parametrize(
    "value, text",
    [(None, "d"), (False, "d"), ("", "d"), ([], "d"), ({}, "d"), (" ", " "), (0, "0"), ([""], ""), (True, "true")],
)
def test_default(value: Any, text: str) -> None:
    """default replaces nil, false, '', [] and {}, and keeps blanks, 0 and lists with an item."""
    assert _text("{{ Profile.V | default: 'd' }}", V=value) == text


@pytest.mark.parametrize(
    "condition, holds",
    [
        ("Profile.N == 5.0", True),
        ("Profile.N == '5'", False),
        ("Profile.S == '5'", True),
        ("Profile.N != '5'", True),
        ("Profile.None == nil", True),
        ("Profile.E == nil", False),
        ("Profile.E == empty", True),
        ("Profile.L == empty", True),
        ("Profile.M == empty", True),
        ("empty == Profile.M", False),
        ("Profile.None == empty", False),
        ("Profile.B == empty", False),
        ("Profile.E == blank", False),
        ("Profile.None == blank", False),
        ("Profile.E != blank", True),
        ("Profile.N > 4", True),
        ("Profile.S > 4", False),
        ("Profile.S < 4", False),
        ("Profile.None < 4", False),
        ("Profile.T contains 'b'", True),
        ("Profile.G contains 'b'", True),
        ("Profile.G contains 'bc'", False),
        ("Profile.W contains 1", False),
        ("Profile.T contains nil", True),
        ("Profile.N contains 5", False),
    ],
)
def test_comparisons(condition: str, holds: bool) -> None:
    """Nothing is converted to compare; order takes numbers only; blank equals nothing, empty is '', [] and {}."""
    values = {"N": 5, "S": "5", "E": "", "B": " ", "L": [], "M": {}, "T": "abc", "G": ["b", "c"], "W": [1, 2]}
    assert _text(f"{{% if {condition} %}}true{{% else %}}false{{% endif %}}", **values) == str(holds).lower()


@pytest.mark.parametrize(
    "condition, holds",
    [
        ("true and false or true", True),
        ("false and true or true", False),
        ("true or false and false", True),
        ("false or true and true", True),
        ("(false and true) or true", True),
        ("true and (true and false)", False),
        ("1 < 2 == true", True),
        ("'abc' contains 'b' == true", False),
    ],
)
def test_operators_group_from_the_right(condition: str, holds: bool) -> None:
    """and and or have one rank and group from the right; order binds closest, then equality, then contains."""
    assert _text(f"{{% if {condition} %}}true{{% else %}}false{{% endif %}}") == str(holds).lower()


@pytest.mark.parametrize(
    "value, text",
    [
        (45.0, "45.0"),
        (10_000_000.0, "1.0E7"),
        (9_999_999.0, "9999999.0"),
        (0.001, "0.001"),
        (0.0009, "9.0E-4"),
        (-12345678.25, "-1.234567825E7"),
        (-0.0, "-0.0"),
        (1e21, "1.0E21"),
        (float("inf"), "Infinity"),
        (float("nan"), "NaN"),
        (10**20, "100000000000000000000"),
        (True, "true"),
        (["a", None, ["b", None]], "anull[b, null]"),
        ({"city": "Osaka", "tags": ["x"]}, "{city=Osaka, tags=[x]}"),
    ],
)
def test_printing(value: Any, text: str) -> None:
    """Values print as Java prints them."""
    assert _text("{{ Profile.V }}", V=value) == text


@pytest.mark.parametrize(
    "filters, value, text",
    [
        ("divided_by: 2", 7, "3"),
        ("divided_by: 2", -7, "-3"),
        ("divided_by: 2.0", 7, "3.5"),
        ("divided_by: 0", 7, "failed"),
        ("divided_by: 0.0", 7, "Infinity"),
        ("modulo: 3", -7, "-1"),
        ("plus: 1", None, "1"),
        ("plus: 1", "8 ", "9"),
        ("plus: 1", "x", "failed"),
        ("plus: nil", 1, "failed"),
        ("plus: 1, 2", 1, "failed"),
        ("plus: 1", 2**63 - 1, "-9223372036854775808"),
        ("times: 3", 0.1, "0.30000000000000004"),
        ("round", 2.5, "3"),
        ("round", -2.5, "-3"),
        ("round", -0.4, "-0"),
        ("round: 2", 7, "7.00"),
        ("round: 2", 2.675, "2.67"),
        ("round", "words", "0"),
        ("round", 1e7, "0"),
        ("at_most: 5", "4", "4.0"),
        ("floor", "-2.5", "-3"),
        ("ceil", 2.1, "3"),
        ("abs", "-8", "8"),
    ],
)
def test_arithmetic(filters: str, value: Any, text: str) -> None:
    """Whole numbers keep 64 bits and divide towards 0; words and nil as arguments fail for this profile."""
    assert _text(f"{{{{ Profile.V | {filters} }}}}", V=value) == text


@pytest.mark.parametrize(
    "filters, value, text",
    [
        ("strip", "\t a \n", "a"),
        ("strip", "\u3000a\u00a0", "\u3000a\u00a0"),
        ("strip", None, ""),
        ("lstrip", "  a ", "a "),
        ("rstrip", " a \r\n", " a"),
        ("capitalize", "mAI ö", "MAI ö"),
        ("upcase", "straße", "STRASSE"),
        ("size", "🎉", "2"),
        ("size", 5, "8"),
        ("truncate: 5", "Hello world", "He..."),
        ("truncate: 2", "Hello", "..."),
        ("truncatewords: 1", "one two", "one..."),
        ("slice: -2, 2", "Hello", "lo"),
        ("slice: 9", "Hello", ""),
        ("slice: 'x'", "Hello", "failed"),
        ("split: ',' | join: '+'", ",a,,b,,", ",a++b"),
        ("split: '' | join: '+'", "abc", "a+b+c"),
        ("replace: 'a', 'b'", "aa", "bb"),
        ("replace: nil", "aa", "failed"),
        ("replace: '', '-'", "ab", "-a-b-"),
        ("remove_first: 'a'", "aba", "ba"),
        ("escape", '<a href="x">&\'', "&lt;a href=&quot;x&quot;&gt;&amp;'"),
        ("escape_once", "&lt;&", "&lt;&amp;"),
        ("newline_to_br", "a\nb", "a<br />\nb"),
        ("strip_newlines", "a\r\nb", "ab"),
        ("url_encode", "a b~*é", "a+b%7E*%C3%A9"),
        ("url_decode", "a+b%41", "a bA"),
        ("url_decode", "50%", "50%"),
        ("strip_html", "<p>a</p> <b>b</b>", "a b"),
        ("strip_html", "<div>a</div>b<br>c&nbsp; d<script>x()</script>e", "a b c d e"),
        ("strip_html", "1 < 2 &#39;&eacute;&", "1 < 2 'é&"),
        ("strip_html", "<table>a", "uncertain"),
        ("strip_html", "<b>a</i>", "uncertain"),
        ("append", "a", "failed"),
    ],
)
def test_text_filters(filters: str, value: Any, text: str) -> None:
    """Texts are cut and counted in Java's chars; only ASCII blanks are stripped."""
    assert _text(f"{{{{ Profile.V | {filters} }}}}", V=value) == text


@pytest.mark.parametrize(
    "filters, value, text",
    [
        ("first", [1, 2], "1"),
        ("last", {"a": 1, "b": 2}, "b2"),
        ("join", ["a", None, "b"], "a  b"),
        ("sort | join: ','", ["b", "C", "a"], "C,a,b"),
        ("sort", [1, "a"], "failed"),
        ("sort", "text", "failed"),
        ("sort_natural | join: ','", ["b", "C", "a"], "a,b,C"),
        ("sort: 'n' | map: 'n' | join: ','", [{"n": 2}, {"n": 1}], "1,2"),
        ("uniq | join: ','", [1, 1.0, 1, "1"], "1,1.0,1"),
        ("compact | size", [1, None], "1"),
        ("concat: Profile.V | join: ','", [1, 2], "1,2,1,2"),
        ("concat: 5", [1], "failed"),
        ("reverse | join: ','", [1, 2], "2,1"),
        ("map: 'n'", [{"n": 1}, {}, {"n": 3}], "13"),
        ("map: 'n'", [1], "failed"),
    ],
)
def test_list_filters(filters: str, value: Any, text: str) -> None:
    """Lists sort like with like; a list prints without a separator."""
    assert _text(f"{{{{ Profile.V | {filters} }}}}", V=value) == text


@pytest.mark.parametrize(
    "value, text",
    [
        ("2026-03-05 09:07:03", "05 Mar 2026"),
        ("2026-03-05 09:07:03 +0900", "05 Mar 2026"),
        ("2026-13-01 00:00:00", "01 Jan 2027"),
        ("Thu Mar 05 12:07:03 2026", "05 Mar 2026"),
        ("1500-02-29 00:00:00", "29 Feb 1500"),
        ("1582-10-10 00:00:00", "20 Oct 1582"),
        ("2026-03-05", "2026-03-05"),
        ("2026/03/05 09:07:03", "2026/03/05 09:07:03"),
        ("", ""),
        (None, ""),
    ],
)
def test_dates_that_are_read(value: Any, text: str) -> None:
    """date reads two forms of text, carries overflowing days over, and does not change anything else."""
    assert _text("{{ Profile.V | date: '%d %b %Y' }}", V=value) == text


def test_directives() -> None:
    """Each directive prints as the page says; an unknown one is unchanged."""
    first = _text("{{ '2026-03-05 00:07:03' | date: '%a %A %b %B %c|%d %e %h %H %I %j %k %l %m %M' }}")
    second = _text("{{ '2026-03-05 00:07:03' | date: '%p %S %w %x %X %y %Y %% %q %' }}")

    assert first == "Thu Thursday Mar March Thu Mar 05 00:07:03 2026|05 5 Mar 00 12 064 0 12 03 07"
    assert second == "AM 03 1 03/05/26 00:07:03 26 2026 % %q %"
    assert parse("{{ '2026-01-04 00:00:00' | date: '%U' }}").render({}).status == "uncertain"
    assert parse("{{ '2026-01-04 00:00:00' | date: '%Z' }}").render({}).status == "uncertain"


@pytest.mark.parametrize(
    "source, text",
    [
        ("{% for t in Profile.L limit:2 offset:1 %}{{ t }}{{ forloop.length }}{% endfor %}", "b2c2"),
        ("{% for t in Profile.S %}[{{ t }}]{% endfor %}", "[text]"),
        ("{% for t in Profile.None %}x{% else %}none{% endfor %}", "none"),
        ("{% for i in (1..3) %}{{ i }}{{ forloop.rindex }}{% endfor %}", "122130"),
        ("{% for t in Profile.L %}{{ t }}{% if t == 'b' %}{% break %}{% endif %}-{% endfor %}", "a-b"),
        ("{% for t in Profile.L %}{% if t == 'b' %}x{% continue %}{% endif %}{{ t }}{% endfor %}", "acd"),
        ("{% for t in Profile.L offset:-1 %}{{ t }}{% endfor %}", "failed"),
        ("{% for i in (1..3) %}{{ i }}{{ i | divided_by: 0 }}{% endfor %}x", "1x"),
        ("a{% break %}b", ""),
        ("{% tablerow t in Profile.L cols:2 limit:3 %}{{ t }}{% endtablerow %}", TABLE),
        ("{% for t in Profile.L %}{% cycle 'x', 'y' %}{% endfor %}", "xyxy"),
        ("{% increment n %}{% increment n %}{% decrement m %}{{ n }}", "01-12"),
        ("{% capture c %}{{ Profile.S }}!{% endcapture %}{{ c }}", "text!"),
        ("{% case Profile.S %}{% when 'a', 'text' %}1{% else %}2{% endcase %}", "1"),
        ("{% raw %}{{ x }}{% endraw %}{% comment %}{{ y }}{% endcomment %}", "{{ x }}"),
        ("a {{- ' b ' -}} c", "a b c"),
        ("a\u00a0{{- 'b' }}", "a\u00a0b"),
        ("{{ Profile['S'] }}{{ Profile.S.size }}{{ Profile.L[0] }}{{ Profile.L.last }}{{ Profile.if }}", "text4ad"),
        ("{{ Profile.L[9] }}", "failed"),
        ("{{ Profile.S-}}", ""),
    ],
)
def test_blocks_and_lookups(source: str, text: str) -> None:
    """Loops, jumps, counters, captures, trimming and lookups do what the page says."""
    assert _text(source, L=["a", "b", "c", "d"], S="text") == text


@pytest.mark.parametrize(
    "source",
    [
        "{{ Profile.First Name }}",
        "{{ Profile.Name | Upcase }}",
        "{{ Profile.Name | json }}",
        "{{ Profile.Name | default 'x' }}",
        "{{ Profile.Name | default: “x” }}",
        "{{\u00a0Profile.Name }}",
        "{{ Profile.氏名 }}",
        "{{ Profile.2nd }}",
        "{{ Profile.blank }}",
        "{{ Profile.Name",
        "{{ 'it\\'s' }}",
        "{{ 99999999999999999999 }}",
        "{{ Profile.A && Profile.B }}",
        "{{ }}",
        "{% if Profile.A = 1 %}x{% endif %}",
        "{% if Profile.A %}x",
        "{% if Profile.A %}x{% endfor %}",
        "{% if Profile.A %}{% else if Profile.B %}{% endif %}",
        "{% if Profile.A %}{% elseif Profile.B %}{% endif %}",
        "{% unless Profile.A %}{% elsif Profile.B %}{% endunless %}",
        "{% case Profile.A %}{% endcase %}",
        "{% case Profile.A %}{% else %}{% when 1 %}{% endcase %}",
        "{% for t in Profile.L reversed %}{% endfor %}",
        "{% for t in Profile.L limit:1, offset:1 %}{% endfor %}",
        "{% for i in (1..3) %}{% else %}{% endfor %}",
        "{% comment %}{{ {% endcomment %} x",
        "{% endif %}",
        "{% nope %}",
        "{% %}",
        "{% raw %}x",
    ],
)
def test_templates_that_cannot_be_read(source: str) -> None:
    """The engine fails for every profile: the error says what must be."""
    with pytest.raises(LiquidSyntaxError, match="must"):
        parse(source)


@pytest.mark.parametrize(
    "source, text",
    [
        ("{{! x }}", ""),
        ("{{ Profile.A % }}", "a"),
        ("{{ {Profile.A } }}", "unreadable"),
        ("{% comment %}a{% comment %}b{% endcomment %}c{% endcomment %}d", "d"),
        ("{% comment %}a{% endcomment %}{% if %}{% endcomment %}b", "b"),
        ("}} %} { {x} 100%", "}} %} { {x} 100%"),
        ("{{{ Profile.A }}}", "unreadable"),
        ("{{ Profile.A? }}", "a"),
        ("{{ ['Profile'] }}", "{A=a}"),
    ],
)
def test_oddities_that_are_read(source: str, text: str) -> None:
    """A single character of an operator inside a tag is skipped, two are an error; comments may be nested."""
    if text == "unreadable":
        with pytest.raises(LiquidSyntaxError):
            parse(source + "{{ ! }}")
    else:
        assert _text(source, A="a") == text
