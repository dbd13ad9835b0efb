"""Liquid of the user's own: whole blocks over several pieces and strings, in previews, fills and differences."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.campaign.body import CustomBody
from linetap.campaign.campaign import Campaign
from linetap.campaign.conditions import when
from linetap.errors import BadArgument
from linetap.fields import LiteralText, ProfileField, RawLiquid
from linetap.line.messages.kinds import TextMessage
from tests.campaign.strategies import USER

NAME = ProfileField("Name", default="friend")
SHAPE = '{"to":"{{ Profile.LineID }}","messages":[{"type":"text","text":"%s"}]}'


def text_of(campaign: Campaign, **profile: Any) -> Any:
    """The text of the first message that is filled."""
    return getattr(campaign.fill({"LineID": USER, **profile}).messages[0], "text", None)


BLOCKS = [
    "{% case Profile.Grade %}{% when 'gold' %}Gold{% else %}Member{% endcase %}",
    "{% if Profile.Grade == 'gold' %}G{% elsif Profile.Grade == 'silver' %}S{% else %}M{% endif %}",
    "{% for i in (1..3) %}{{ i }}{% unless forloop.last %},{% endunless %}{% endfor %}",
    "{% assign x = Profile.Grade | upcase %}{{ x }}",
    "{% capture x %}[{{ Profile.Grade }}]{% endcapture %}{{ x | upcase }}",
    "{% raw %}{{ Profile.Grade }}{% endraw %}",
    "a {%- if true -%} b {%- endif -%} c",
    "{% comment %}{{ Profile.Grade }}{% endcomment %}x",
]


@pytest.mark.parametrize("block", BLOCKS)
def test_whole_blocks_are_kept(block: str) -> None:
    """A block is previewed as the engine renders it, filled to the same text, and has no differences to itself."""
    campaign = Campaign("c").with_text(f"Hi {RawLiquid(block)}!")
    for grade in ("gold", "silver", "x"):
        preview = campaign.preview({"LineID": USER, "Grade": grade})
        assert preview.status == "rendered", preview.problems
        assert preview.messages[0]["text"] == text_of(campaign, Grade=grade)
    assert campaign.diff(str(campaign.body())) == ()
    pasted = CustomBody.parse(SHAPE % f"Hi {block}!")
    assert pasted.preview({"LineID": USER, "Grade": "gold"}).messages[0]["text"] == text_of(campaign, Grade="gold")


def test_a_block_may_enclose_fields_and_literal_text() -> None:
    """Fields and text with quotes or braces inside a block of RawLiquid are filled where the block shows them."""
    opening, closing = RawLiquid("{% if Profile.VIP %}"), RawLiquid("{% endif %}")
    quoted = LiteralText(' {{"x"}}')
    campaign = Campaign("c").with_text(f"a{opening}{quoted}\n{ProfileField('Name')}{closing}z")
    assert text_of(campaign, VIP=True, Name='the "N"') == 'a {{"x"}}\nthe "N"z'
    assert text_of(campaign, Name="x") == "az"
    assert text_of(campaign) == "az"  # the required field is in the branch that is not rendered
    assert campaign.preview({"LineID": USER}).status == "rendered"
    with pytest.raises(BadArgument, match="Name"):
        campaign.fill({"LineID": USER, "VIP": True})


def test_a_variable_of_one_string_is_known_in_the_next() -> None:
    """The strings of a body are one template: an assign in the first message is known in the second."""
    campaign = Campaign("c").with_text(RawLiquid("{% assign x = Profile.A %}one")).with_text(RawLiquid("{{ x }}"))
    assert campaign.fill({"LineID": USER, "A": "two"}).messages == (TextMessage("one"), TextMessage("two"))
    assert campaign.preview({"LineID": USER, "A": "two"}).status == "rendered"


def test_abort_skips_the_profile() -> None:
    """An abort of RawLiquid aborts the preview and is a reason in fill."""
    campaign = Campaign("c").with_text(f"x{RawLiquid('{% if Profile.Stop %}{% abort %}{% endif %}')}")
    assert campaign.preview({"LineID": USER, "Stop": True}).status == "aborted"
    assert campaign.preview({"LineID": USER}).status == "rendered"
    with pytest.raises(BadArgument):
        campaign.fill({"LineID": USER, "Stop": True})


def test_raw_liquid_inside_a_conditional_text() -> None:
    """A conditional text may contain RawLiquid in one of its branches."""
    shout = RawLiquid("{{ Profile.Name | upcase }}")
    campaign = Campaign("c").with_text(when(ProfileField("VIP").equals(True), f"{shout}!", otherwise=f"Hi {NAME}"))
    assert text_of(campaign, VIP=True, Name="bo") == "BO!"
    assert text_of(campaign, Name="bo") == "Hi bo"
    assert campaign.preview({"LineID": USER, "VIP": True, "Name": "bo"}).status == "rendered"


def test_nested_values_are_given_to_the_engine() -> None:
    """Lists and mappings are rendered by RawLiquid; values that are not read do not matter."""
    items = RawLiquid("{% for item in ExternalTrigger.Items %}{{ item.name }}:{{ item.price }};{% endfor %}")
    campaign = Campaign("c").with_text(f"{items}{RawLiquid('{{ Event.Items[0].price }}')}")
    trigger = {"Items": [{"name": "tea", "price": 3}, {"name": "pot", "price": 20}]}
    odd = {"LineID": USER, "Home": {"a": {"b": {"c": {"d": {"e": 1}}}}}}
    delivery = campaign.fill(odd, event={"Items": [{"price": 7}]}, trigger=trigger)
    assert delivery.messages == (TextMessage("tea:3;pot:20;7"),)
    assert campaign.preview(odd, event={"Items": [{"price": 7}]}, trigger=trigger).status == "rendered"


raws = st.sampled_from([RawLiquid(block) for block in BLOCKS] + [RawLiquid("{{ Profile.Name | upcase }}")])
pieces = st.lists(
    st.one_of(raws.map(str), st.just(str(NAME)), st.text('x {}"\\\n', max_size=6).map(LiteralText).map(str)),
    min_size=1,
    max_size=4,
)


@given(pieces.map(lambda found: "x" + "".join(found)), st.sampled_from(["bo", "花子", 7, None]))
def test_any_mixture_previews_as_it_is_filled(text: str, name: object) -> None:
    """For any mixture of RawLiquid, fields and text the preview equals the fill; the body equals itself."""
    campaign = Campaign("c").with_text(text)
    preview = campaign.preview({"LineID": USER, "Name": name, "Grade": "gold"})
    assert preview.status in ("rendered", "defaulted"), preview.problems
    assert preview.messages[0]["text"] == text_of(campaign, Name=name, Grade="gold")
    assert campaign.diff(str(campaign.body())) == ()


@pytest.mark.parametrize(
    "text, value, shown",
    [
        ('{% assign x = "it\'s" %}{{ x }}', None, "it's"),
        ("{{ Profile.V | replace: '\"', '' }}", 'a "b"', "a b"),
        ('{{ Profile.V | default: "you" }}', None, "you"),
        ("a {{- Profile.V -}} b", "v", "avb"),
        ("x{{ Profile.V-}}", "v", "x"),
        ("[{{ Profile.V }}]", False, "[false]"),
        ("[{{ Profile.V | default: '' }}]", False, "[]"),
        ("[{{ Profile.V }}]", [], "[]"),
        ("{% if Profile.V %}yes{% endif %}", "", "yes"),
        ("x{% if Profile.V == nil %}nil{% endif %}", "", "x"),
        ("{{ Profile.V | size }}", ["a", "", "b"], "3"),
        ("{% for Profile in Profile.V %}{{ Profile }}{% endfor %}", ["a", "b"], "ab"),
        ("{% assign Profile = 'x' %}{{ Profile }}", None, "x"),
    ],
)
def test_pasted_liquid_is_previewed_as_the_engine_reads_it(text: str, value: object, shown: str) -> None:
    """Quotes, trimmed white space, false, '' and shadowed names in a pasted body are rendered as by the engine."""
    preview = CustomBody.parse(SHAPE % text).preview({"LineID": USER, "V": value})
    assert preview.status in ("rendered", "defaulted"), preview.problems
    assert preview.messages[0]["text"] == shown
