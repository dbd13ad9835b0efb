"""What can be read at all: anything else fails the whole template, for every person."""

from __future__ import annotations

import pytest

from tests.sandbox.liquid.rendering import WHOLE, outcome, render


@pytest.mark.parametrize(
    "text",
    [
        # filters and tags that the engine does not have
        "{{ Profile.V | json }}",
        "{{ Profile.V | Upcase }}",
        "{{ Profile.V | money }}",
        "{% nope %}",
        "{% IF true %}",
        "{% render 'x' %}",
        "{% set x = 1 %}",
        "{% endif %}",
        "{% elsif x %}",
        "{% else %}",
        "{% %}",
        "{%",
        # names
        "{{ Profile.First Name }}",
        "{{ Profile.2nd }}",
        "{{ Profile.氏名 }}",
        "{{ Profile.blank }}",
        "{{ Profile. }}",
        "{{ .Name }}",
        "{{ Profile#Name }}",
        "{{ Profile.L.0 }}",
        "{{ Profile.L[] }}",
        "{{ Profile.L[0]] }}",
        "{% assign if = 1 %}",
        "{% assign my var = 1 %}",
        "{% assign endless = 1 %}",
        "{% for in Profile.L %}{% endfor %}",
        # blanks and quotes of a word processor
        "{{\xa0Profile.V }}",
        "{{ Profile.V\u200b }}",
        "{{\u3000Profile.V }}",
        "{{ Profile.V | default: “x” }}",
        "{{ 'it\\'s' }}",
        '{{ "a\\"b" }}',
        '{{ "unclosed }}',
        "{{ Profile.V | default: 'l''ami' }}",
        # outputs and filters
        "{{}}",
        "{{ Profile.V",
        "{{ Profile.V | }}",
        "{{ Profile.V || upcase }}",
        "{{ Profile.V upcase }}",
        "{{ Profile.V | default 'x' }}",
        "{{ Profile.V | upcase: }}",
        "{{ Profile.V | default: 'x' 'y' }}",
        "{{ 5 - 3 }}",
        "{{ 4 * 2 }}",
        "{{ .5 }}",
        "{{ 5..6 }}",
        "{{ -Profile.V }}",
        "{{ 12345678901234567890 }}",
        "{{ {{ Profile.V }} }}",
        "{{ Profile.V ? 'a' : 'b' }}",
        # conditions
        "{% if %}{% endif %}",
        "{% if Profile.V %}",
        "{% if Profile.V = 1 %}{% endif %}",
        "{% if a && b %}{% endif %}",
        "{% if Profile.V == %}x{% endif %}",
        "{% if a %}{% else %}{% else %}{% endif %}",
        "{% if a %}{% endunless %}",
        "{% if not a %}{% endif %}",
        "{% if a %}{% else if b %}{% endif %}",
        "{% if a %}{% elseif b %}{% endif %}",
        "{% unless a %}{% elsif b %}{% endunless %}",
        "{% if a AND b %}{% endif %}",
        "{% if a | size %}{% endif %}",
        "{% case a %}{% endcase %}",
        "{% case a %}{% else %}{% when 1 %}{% endcase %}",
        "{% case a %}{{ a }}{% when 1 %}{% endcase %}",
        # loops and text
        "{% for t in L reversed %}{% endfor %}",
        "{% for t in L limit:1, offset:1 %}{% endfor %}",
        "{% for t of L %}{% endfor %}",
        "{% for t in 'a,b' %}{% endfor %}",
        "{% for i in (1..3) %}{% else %}{% endfor %}",
        "{% for t in L %}",
        "{% tablerow i in (1..2) %}{% endtablerow %}",
        "{% capture %}{% endcapture %}",
        "{% raw %}",
        "{% comment %}",
        "{% comment %}{{ {% endcomment %} x",
        "{% include x %}",
        "{% assign x = %}",
        "{% assign x == 1 %}",
    ],
)
def test_what_the_engine_cannot_read_fails_whole(text: str) -> None:
    """Unknown filters and tags, names that are none, foreign blanks and quotes, and blocks that do not close."""
    assert outcome(text, V="v") == WHOLE


@pytest.mark.parametrize(
    "text, expected",
    [
        ("{{ Profile.if }}{{ Profile.endless }}{{ Profile.nil }}{{ Profile.raw }}", ""),
        ("{{ Profile.V-}}|{{-Profile.V-}}|{{ Profile.V- }}", "||"),
        ("{{ Profile . V }}{{ Profile[ 'V' ] }}{{ Profile.V? }}{{ ['Profile'] | size }}", "vvv0"),
        ("{{ ('a') }}{{ Profile.V == 'v' }}{{ Profile.X or 'x' }}", "atruetrue"),
        ("{{ 'a\\nb' }}{{ \"it's\" }}{{ 'line\nbreak' }}", "a\\nbit'sline\nbreak"),
        ("{{ 007 }}{{ 5. }}{{ -4 }}{{ 1.50 }}", "75.0-41.5"),
        ("{{{ Profile.V }}}", "v}"),
        ("{% if Profile.V <> 'x' %}y{% endif %}", "y"),
        ("{%if Profile.V%}y{%endif%}{%   if   Profile.V   %}z{%   endif   %}", "yz"),
        ("{% include 'x' %}{% include 'x' with 'y' %}", ""),
        ("{{ Profile.V | upcase : 'a' }}{{Profile.V|default:'x'|upcase}}", "VV"),
    ],
)
def test_odd_spellings_that_are_read(text: str, expected: str) -> None:
    """A hyphen belongs to a name, words of the engine are names behind a dot, and strings have no escapes."""
    assert render(text, V="v") == expected


@pytest.mark.parametrize("sign", ["!Profile.V", "Profile.V %", "Profile.V }", "Profile.V {"])
def test_the_start_of_a_sign_is_passed_over_once(sign: str) -> None:
    """One stray ``!``, ``%`` or brace in a template is as if it were not there; a second one fails it."""
    text = "{{ " + sign + " }}"

    assert (outcome(text, V="v"), outcome(text + text, V="v")) == ("v", WHOLE)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a {{- 'x' -}} b", "axb"),
        ("a\n\n{{- 'x' }}\n", "ax\n"),
        ("a {%- if true -%} x {%- endif -%} b", "axb"),
        ("a\xa0{{- 'x' -}}\u3000b", "a\xa0x\u3000b"),
        ("{% raw -%} {{ 'x' }} {%- endraw -%} b", "xb"),
        ("{% raw %} {{ x {% endraw -%}  b", " {{ x b"),
    ],
)
def test_hyphens_trim_blanks(text: str, expected: str) -> None:
    """``{{-`` and ``-%}`` take away blanks, tabs and line breaks, and no others."""
    assert render(text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a{% comment %}{{ x }}{% if %}{% endcomment %}b", "ab"),
        ("a{% comment %}1{% comment %}2{% endcomment %}3{% endcomment %}b", "ab"),
        ("{% comment %}1{% endcomment %}a{% comment %}2{% endcomment %}b", "ab"),
        ("{% comment %}1{% endcomment %}a{% if %}{% comment %}2{% endcomment %}b", "b"),
        ("{% increment n %}{% ifchanged %}x{% endifchanged %}", "0"),
    ],
)
def test_a_comment_ends_where_the_rest_can_be_read(text: str, expected: str) -> None:
    """Comments in comments end right, and one may take away what could not be read behind it."""
    assert render(text) == expected


@pytest.mark.parametrize(
    "part", ["{{ a ", "{% a ", "{{", "{% raw %}", "{% comment %}", "{% raw %}{% comment %}", "{{ 'a "]
)
def test_what_is_never_closed_is_read_in_bounded_steps(part: str) -> None:
    """A hundred thousand characters of openings fail at once: nothing is looked for again from each of them."""
    assert outcome(part * (100_000 // len(part))) == WHOLE


def test_tags_nested_too_deep_fail() -> None:
    """More levels than can be read fail the template, like everything that cannot be read."""
    assert outcome("{% if Profile.V %}" * 20_000 + "{% endif %}" * 20_000) == WHOLE
    assert outcome("{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}") == WHOLE


def test_a_token_of_blanks_is_read_in_bounded_steps() -> None:
    """The editor's tokens are found without trying each blank of a name."""
    text = "@Profile - " + " " * 100_000

    assert render(text) == text
