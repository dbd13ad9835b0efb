"""Preview, fill and the sandbox's dispatcher, an independent implementation, agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.campaign.campaign import Campaign
from linetap.campaign.conditions import when
from linetap.campaign.liquid_writer import Style
from linetap.errors import BadArgument
from linetap.fields import EventField, LiteralText, ProfileField, RawLiquid
from linetap.line.messages.json import messages_to_json
from linetap.line.messages.kinds import TextMessageV2
from linetap.sandbox import Sandbox
from tests.campaign import strategies as some
from tests.campaign.test_raw_liquid import BLOCKS

ABORTED, STREAMED = "LiquidLogicAborted", "streamed"
NAME, CITY = ProfileField("Name", default="friend"), ProfileField("City")
FIRST = ProfileField("First Name", default="x")
OWN = RawLiquid("{% case Profile.Plan %}{% when 'gold' %}1{% else %}2{% endcase %}")
ASKED = ProfileField("Plan").equals("gold")

CAMPAIGNS = {
    "a default": Campaign("c").with_text(f"Hello {NAME}"),
    "a required field": Campaign("c").with_text(f"In {CITY}"),
    "a default outside the tags": Campaign("c").with_text(ProfileField("Name", default="l'ami {") + "!"),
    "names in brackets": Campaign("c").with_text(ProfileField("氏名", default="様") + FIRST),
    "braces": Campaign("c").with_text(f"{LiteralText('{{ Profile.Name }} {')}{NAME}{LiteralText('{% abort %}')}"),
    "textV2": Campaign("c").with_message(TextMessageV2(f"{{{{not a key}}}} {NAME}")),
    "a choice": Campaign("c").with_text(when(ASKED, f"Gold {CITY}", otherwise=f"Hi {NAME}")),
    "a guard": Campaign("c").with_text("For you").skip_unless(ProfileField("Tags").contains("vip"), CITY.is_set()),
    "Liquid of one's own": Campaign("c").with_text(OWN),
    "two messages": Campaign("c")
    .with_text(f"{NAME}")
    .with_text(f"{NAME}")
    .with_image("https://e.com/a", "https://e.com/b"),
}
VALUES: list[Any] = [
    "Hanako",
    "花子",
    "สมหญิง 👍",
    "",
    " ",
    "\u3000",
    None,
    False,
    True,
    0,
    12,
    2.5,
    ["a", "b"],
    [],
    'the "x"',
    "C:\\new",
    "u\\u0041",
    "tail\\",
    "two\nlines",
    "tab\t",
    "{{ Profile.LineID }}",
    "{% abort %}",
    "{x}",
    "N.A",
    "<b>&amp;",
    'x"},{"type":"text","text":"y',
]
PEOPLE: list[dict[str, Any]] = [
    {},
    *({"Name": value} for value in VALUES),
    *({"City": value, "Tags": ["vip", "new"]} for value in VALUES),
    *({"氏名": value, "First Name": value} for value in VALUES),
    *({"Plan": "gold", "City": value, "Tags": "a vip b"} for value in VALUES),
    {"Plan": "gold"},
    {"Plan": "Gold", "Tags": "vip", "City": "x"},
    {"Name": "x", "LineID": "N.A"},
    {"Name": "x", "LineID": " N.A"},
    {"Name": "x", "LineID": ""},
    {"Name": "x", "LineID": 12},
    {"Name": "x", "LineID": None},
    {"Name": "x", "LineID": "U123"},
]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """Both services, with one follower for each person of the table."""
    with Sandbox() as box:
        box.readings.liquid = "standard"  # the preview's engine reads ``blank`` as the standard does
        box.line.add_followers(len(PEOPLE))
        for i, (user_id, person) in enumerate(zip(box.line.followers, PEOPLE, strict=True)):
            box.clevertap.add_profile(f"p{i}", {"LineID": user_id, **person})
        yield box


def published(box: Sandbox, campaign: Campaign, style: Style = "liquid", **options: Any) -> Iterator[tuple[Any, Any]]:
    """Each person with what the dispatcher did for them."""
    headers = {"Authorization": f"Bearer {box.channel_access_token}", "Content-Type": "application/json"}
    template = box.clevertap.add_template("LINE", "https://api.line.me/v2/bot/message/push", headers=headers)
    publication = box.clevertap.publish(str(campaign.body(style)), template.template_id, **options)
    for delivery in publication.deliveries:
        yield dict(box.clevertap.profiles[delivery.identity].data), delivery


@pytest.fixture
def engine(box: Sandbox, request: pytest.FixtureRequest) -> Iterator[str]:
    """The reading of CleverTap's Liquid that the sandbox follows."""
    box.readings.liquid = request.param
    yield request.param
    box.readings.liquid = "LiqP"


@pytest.mark.parametrize("engine", ["LiqP", "standard"], indirect=True)
@pytest.mark.parametrize("kind", CAMPAIGNS)
def test_preview_and_dispatcher_agree(box: Sandbox, engine: str, kind: str) -> None:
    """The same profiles are skipped and the bodies are identical, in LiqP and in standard Liquid."""
    campaign = CAMPAIGNS[kind]
    for person, delivery in published(box, campaign):
        preview = campaign.preview(person)
        assert (preview.status == "aborted") == (delivery.status == ABORTED), person
        assert preview.text == (delivery.body or ""), person
        if preview.status in ("rendered", "defaulted"):
            assert (delivery.status, delivery.json()) == (STREAMED, preview.body), person
        elif preview.status == "invalid" and preview.body is None:
            assert delivery.status != STREAMED, person


@pytest.mark.parametrize("kind", CAMPAIGNS)
def test_where_values_are_escaped_everyone_gets_what_was_meant(box: Sandbox, kind: str) -> None:
    """If CleverTap escapes values for JSON, its bodies equal those of fill."""
    campaign = CAMPAIGNS[kind]
    box.readings.escaping = "JSON"
    try:
        for person, delivery in published(box, campaign):
            try:
                filled = campaign.fill(person)
            except BadArgument:
                assert delivery.status == ABORTED, person
                continue
            if kind != "textV2" or not set(str(person.get("Name"))) & {"{", "}"}:
                assert delivery.json() == {"to": filled.to, "messages": messages_to_json(filled.messages)}, person
    finally:
        box.readings.escaping = "none"


def test_dashboard_bodies_reach_the_same_people(box: Sandbox) -> None:
    """The dashboard style sends the same text to profiles with an id, and N.A for the others."""
    campaign = CAMPAIGNS["a default"]
    for person, delivery in published(box, campaign, "dashboard"):
        preview = campaign.preview(person)
        if preview.status in ("rendered", "defaulted") and person.get("Name") is not False:  # false is not documented
            assert delivery.json() == preview.body
        elif preview.status == "aborted":
            assert delivery.status != STREAMED


def test_event_properties_agree(box: Sandbox) -> None:
    """Event properties of a live campaign are rendered as in the preview."""
    fields = EventField("Charged", "Amount"), EventField("Charged", "Item Name", default="-")
    campaign = Campaign("c").with_text(" ".join(map(str, fields)))
    event = {"Amount": 12.5}
    for person, delivery in published(box, campaign, event=("Charged", event)):
        assert campaign.preview(person, event=event).text == (delivery.body or "")


hostile: st.SearchStrategy[Any] = st.one_of(
    some.words,
    some.odd,
    st.sampled_from(VALUES),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**70), 2**70),
    st.lists(some.words | st.integers(-5, 5), max_size=3),
    st.dictionaries(st.sampled_from(["a", "b c"]), some.words, max_size=2),
    st.sampled_from(["$D_1685355900", "$D_soon", "\u3000", "\x00", "\u2028", "</script>", "'", "{{", "LtM"]),
)
raw = st.sampled_from([RawLiquid(block) for block in BLOCKS])
with_raw = st.builds(lambda campaign, found: campaign.with_text(f"x{found}"), some.campaigns, raw)


@given(campaign=some.campaigns | with_raw, profile=some.profiles(hostile))
def test_any_campaign_and_any_profile(box: Sandbox, campaign: Campaign, profile: dict[str, Any]) -> None:
    """For any campaign and hostile profile the dispatcher sends the preview's text, or the preview is uncertain."""
    box.clevertap.add_profile("anybody", {})
    box.clevertap.profiles["anybody"].data.clear()
    box.clevertap.profiles["anybody"].data.update(profile)
    ((_, delivery),) = published(box, campaign, segment=["anybody"])
    preview = campaign.preview(profile)
    if (
        preview.status == "uncertain" and not preview.text
    ):  # such as a double of 17 digits, which Java may print otherwise
        assert preview.problems
        return
    assert (preview.text, preview.status == "aborted") == (delivery.body or "", delivery.status == ABORTED)


@given(campaign=some.campaigns, profile=some.profiles(some.words | some.odd_anywhere))
def test_any_campaign_in_standard_liquid(box: Sandbox, campaign: Campaign, profile: dict[str, Any]) -> None:
    """The conditions that linetap writes skip and choose the same profiles in standard Liquid."""
    box.readings.liquid = "standard"
    try:
        test_any_campaign_and_any_profile.hypothesis.inner_test(box, campaign, profile)  # type: ignore[attr-defined]
    finally:
        box.readings.liquid = "LiqP"
