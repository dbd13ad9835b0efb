"""Parsing tags and editor tokens into fields, conditional texts and conditions."""

from __future__ import annotations

import pytest

from linetap.campaign import liquid_parser, liquid_writer
from linetap.campaign.body import CustomBody
from linetap.campaign.json_tree import pieces
from linetap.fields import ConditionalText, Field, ProfileField, RawLiquid

A = ProfileField("A")
SET = "{% assign linetap_v = Profile.A | default: '' | strip %}{% if linetap_v != '' %}"


def raw(*texts: str) -> list[str | Field]:
    """Each text as RawLiquid."""
    return [RawLiquid(text) for text in texts]


@pytest.mark.parametrize(
    "text, read",
    [
        ("x {{ Profile.A }} y", ["x ", ProfileField("A", default=""), " y"]),
        (f"{SET}{{{{ Profile.A }}}}{{% else %}}{{% abort %}}{{% endif %}}", [A]),
        (
            f'{SET}{{{{ Profile.A }}}}{{% else %}}it\'s \\"x\\"{{% endif %}}',
            [ProfileField("A", default='it\'s "x"')],
        ),
        (f"{SET}a{{% else %}}b{{% endif %}}", [ConditionalText(A.is_set(), "a", "b")]),
        (
            "{% if Profile.A and Profile.A != blank %}{{ Profile.A }}{% else %}{% abort %}{% endif %}",
            raw(
                "{% if Profile.A and Profile.A != blank %}",
                "{{ Profile.A }}",
                "{% else %}",
                "{% abort %}",
                "{% endif %}",
            ),
        ),
        (
            "{% case Profile.A %}{% when 'x' %}1{% endcase %}",
            [*raw("{% case Profile.A %}", "{% when 'x' %}"), "1", *raw("{% endcase %}")],
        ),
        (
            "{% for i in Profile.L %}{{ i }}{{ Profile.A }}{% endfor %}",
            raw("{% for i in Profile.L %}", "{{ i }}", "{{ Profile.A }}", "{% endfor %}"),
        ),
        ("{% if Profile.A contains 'U' %}{{ Profile.A }}{% else %}{% abort %}{% endif %}", [A]),
        ("{% if Profile.A == 'x' %}a{% else %}b{% endif %}", [ConditionalText(A.equals("x"), "a", "b")]),
        ('{% if Profile.A == \\"x\\" %}a{% endif %}', [*raw("{% if Profile.A == 'x' %}"), "a", *raw("{% endif %}")]),
        ("{% if Profile.A == 3 %}a{% endif %}", [ConditionalText(A.equals(3), "a", "")]),
        ("{% if Profile.A != true %}a{% endif %}", [ConditionalText(A.differs_from(True), "a", "")]),
        (
            "{% if Profile.A == 'x' %}{{ Profile.A | default: '-' }}{% else %}b{% endif %}",
            [ConditionalText(A.equals("x"), f"{ProfileField('A', default='-')}", "b")],
        ),
        ("{% if Profile.A > 3 %}a{% endif %}", [*raw("{% if Profile.A > 3 %}"), "a", *raw("{% endif %}")]),
        (
            "{% if Profile.A == 'x' %}a{% elsif Profile.A == 'y' %}b{% endif %}",
            [*raw("{% if Profile.A == 'x' %}"), "a", *raw("{% elsif Profile.A == 'y' %}"), "b", *raw("{% endif %}")],
        ),
        ("{% if Profile.A == 'x' %}a", [RawLiquid("{% if Profile.A == 'x' %}"), "a"]),
        ("a{% endif %}b", ["a", RawLiquid("{% endif %}"), "b"]),
        (
            "{% unless Profile.A == 'x' %}a{% endunless %}",
            [*raw("{% unless Profile.A == 'x' %}"), "a", *raw("{% endunless %}")],
        ),
        ("{% abort %}", [RawLiquid("{% abort %}")]),
        (
            "{% raw %}{{ Profile.A }}{% endraw %}",
            [RawLiquid("{% raw %}"), "{{ Profile.A }}", RawLiquid("{% endraw %}")],
        ),
    ],
)
def test_what_is_read(text: str, read: list[str | Field]) -> None:
    """The forms that linetap writes and the usual ones become fields; other Liquid is kept, in order."""
    assert list(pieces(liquid_parser.with_marks(text))) == read


def test_a_chip_without_default_ends_where_its_known_name_ends() -> None:
    """Known fields show where the name in an editor token without a default ends."""
    text = "Hi @Profile - First Name, welcome"
    assert list(pieces(liquid_parser.with_marks(text, [ProfileField("First Name")])))[1] == ProfileField("First Name")
    assert list(pieces(liquid_parser.with_marks(text)))[1] == ProfileField("First")


@pytest.mark.parametrize(
    "to, field, guards",
    [
        ("{{ Profile.LineID | default: 'N.A' }}", ProfileField("LineID"), 0),
        ('@Profile - LineID | default: " N.A" ', ProfileField("LineID"), 0),
        (
            f"{SET.replace(' if ', ' unless ')}{{% abort %}}{{% endunless %}}{{{{ Profile.LineID }}}}",
            ProfileField("LineID"),
            1,
        ),
        ("{{ ExternalTrigger.to }}", None, 0),
        ("{% unless Profile.A == 'x' %}{% abort %}{% endunless %}{{ Profile.LineID }}", ProfileField("LineID"), 1),
        ("U123", None, 0),
        ("{{ Profile.LineID }}{{ Profile.A }}", None, 0),
        ("", None, 0),
    ],
)
def test_the_recipient(to: str, field: Field | None, guards: int) -> None:
    """A recipient is one field after guards; the default N.A is removed."""
    only_if, found = liquid_parser.recipient(liquid_parser.with_marks(to))
    assert len(only_if) == guards
    assert found == field or (field is None and (found is None or found.name == "to"))


@pytest.mark.parametrize("mark", [str(RawLiquid("{{ Profile.Email }}")), str(A)[:-3]], ids=["whole", "damaged"])
def test_a_pasted_text_cannot_bring_its_own_fields(mark: str) -> None:
    """A mark in a pasted text is not a field, and does not raise."""
    body = CustomBody.parse(f'{{"to": "{{{{ Profile.LineID }}}}", "messages": [{{"type": "text", "text": "{mark}"}}]}}')

    assert body.fields == ()
    assert [problem.path for problem in body.problems if problem.severity == "error"] == ["body"]


@pytest.mark.parametrize("piece", ["{{", "{%", "{% if Profile.A %}", "[", "{% unless  ", "{% if a %}{% else %}"])
def test_unclosed_tags_are_read_in_linear_time(piece: str) -> None:
    """A long text of opening tags is an error and takes no quadratic time, at any depth."""
    body = CustomBody.parse(piece * 20_000)

    assert [problem.path for problem in body.problems if problem.severity == "error"][-1] == "body"


@pytest.mark.parametrize("ends", [0, 1, 29, 30, 31, 300])
def test_blocks_that_are_never_closed_are_read_in_one_go(ends: int) -> None:
    """With unclosed blocks no part of the text is lost or duplicated."""
    text = "{% if Profile.A == 'x' %}" * 30 + "y" + "{% endif %}" * ends
    read = pieces(liquid_parser.with_marks(text))
    written = "".join(piece if isinstance(piece, str) else liquid_writer.liquid(piece, False) for piece in read)
    assert written.replace("{% else %}", "") == text
