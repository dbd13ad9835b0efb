"""What LINE was seen to reject and to accept, beyond the limits on its pages: rules, campaign and sandbox agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap import Campaign, ProfileField, RawMessage
from linetap.line.rules import message_problems
from linetap.line.rules.limits import LIMITS
from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.line.messages import problems as sandbox_problems
from tests.line.rules.limit_cases import (
    bubble,
    buttons,
    flex,
    imagemap,
    imagemap_action,
    letters,
    message_action,
    path_of,
    push_of,
    quick_action,
    template,
    text,
)

Build = Callable[[str], dict[str, Any]]
USER = "U" + "0" * 32


def _component(**component: Any) -> dict[str, Any]:
    return flex(bubble(component))


def _confirm(value: str, alt_text: str = "a") -> dict[str, Any]:
    return template({"type": "confirm", "text": value, "actions": [message_action()] * 2}, alt_text)


# Strings that LINE rejects when they are empty ("May not be empty", "must be non-empty text").
REQUIRED: dict[str, tuple[str, Build]] = {
    "text": ("text", text),
    "flex text": ("contents.body.contents[0].text", lambda s: _component(type="text", text=s)),
    "flex text in a box": (
        "contents.body.contents[0].contents[0].text",
        lambda s: _component(type="box", layout="baseline", contents=[{"type": "text", "text": s}]),
    ),
    "action text in a template": ("template.actions[0].text", lambda s: buttons(actions=[message_action(text=s)])),
    "action text in flex": (
        "contents.body.contents[0].action.text",
        lambda s: _component(type="button", action=message_action(text=s)),
    ),
    "action text of a flex box": (
        "contents.body.contents[0].action.text",
        lambda s: _component(type="box", layout="vertical", contents=[], action=message_action(text=s)),
    ),
    "action text in a quick reply": ("quickReply.items[0].action.text", lambda s: quick_action(type="message", text=s)),
    "action text of an imagemap": ("actions[0].text", lambda s: imagemap_action(type="message", text=s)),
    "label in a template": ("template.actions[0].label", lambda s: buttons(actions=[message_action(s)])),
    "label in a quick reply": ("quickReply.items[0].action.label", lambda s: quick_action(**message_action(s))),
    "label of a camera action": ("quickReply.items[0].action.label", lambda s: quick_action(type="camera", label=s)),
    "label of a flex button": (
        "contents.body.contents[0].action.label",
        lambda s: _component(type="button", action=message_action(s)),
    ),
    "alt text of a template": ("altText", lambda s: _confirm("t", s)),
    "address": (
        "address",
        lambda s: {"type": "location", "title": "t", "address": s, "latitude": 35.6, "longitude": 139.7},
    ),
    "text of a confirm template": ("template.text", _confirm),
    "text of a buttons template": ("template.text", lambda s: buttons(text=s)),
    "text of a buttons template with a title": ("template.text", lambda s: buttons(text=s, title="t")),
    "title of a buttons template": ("template.title", lambda s: buttons(title=s)),
}
# Strings of which no such rejection is known.
UNDECIDED: dict[str, tuple[str, Build]] = {
    "alt text of flex": ("altText", lambda s: flex(bubble(), s)),
    "alt text of an imagemap": ("altText", lambda s: imagemap(altText=s)),
    "span": (
        "contents.body.contents[0].contents[0].text",
        lambda s: _component(type="text", contents=[{"type": "span", "text": s}]),
    ),
    "flex text beside spans": (
        "contents.body.contents[0].text",
        lambda s: _component(type="text", text=s, contents=[{"type": "span", "text": "x"}]),
    ),
    "postback data": ("quickReply.items[0].action.data", lambda s: quick_action(type="postback", data=s)),
    "location title": (
        "title",
        lambda s: {"type": "location", "title": s, "address": "a", "latitude": 35.6, "longitude": 139.7},
    ),
}


def found(message: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem.path.removeprefix("messages[0]."), problem.severity) for problem in message_problems([message])]


def rejected(message: dict[str, Any]) -> list[str]:
    """The properties that the sandbox rejects."""
    return [one["property"].removeprefix("messages[0].") for one in sandbox_problems([message], Readings())]


@pytest.mark.parametrize("name", REQUIRED)
def test_an_empty_required_string_is_an_error(name: str) -> None:
    """Rules and sandbox reject each required string that is empty; one blank is accepted."""
    path, build = REQUIRED[name]

    assert found(build("")) == [(path, "error")]
    assert rejected(build("")) == [path]
    assert (found(build(" ")), rejected(build(" "))) == ([], [])


@pytest.mark.parametrize("name", UNDECIDED)
def test_an_empty_string_that_line_may_accept_is_uncertain(name: str) -> None:
    """An empty string is uncertain where no rejection by LINE is known."""
    path, build = UNDECIDED[name]

    assert found(build("")) == [(path, "uncertain")]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_field_that_may_be_empty_in_a_required_string(name: str) -> None:
    """A field with an empty default is uncertain in a campaign, and its preview without a value is invalid."""
    path, build = REQUIRED[name]
    field = str(ProfileField("Rank", default=""))
    campaign = Campaign("Rank").with_message(RawMessage(build(field)))
    statuses = [campaign.preview({"LineID": USER, **more}).status for more in ({}, {"Rank": "gold"})]

    assert (path, "uncertain") in found(build(field))
    assert {severity for _, severity in found(build(field))} == {"uncertain"}
    assert statuses == ["invalid", "rendered"]


_CLUSTERS = [name for name, limit in LIMITS.items() if limit.unit == "grapheme clusters"]
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"  # one cluster, 7 code points
THAI = "\u0e17\u0e35\u0e48"  # one cluster, 3 code points


def _with_letters(name: str, value: str) -> list[tuple[str, str, str]]:
    import json

    body = json.loads(json.dumps(push_of(name, 11)).replace(f'"{letters(11)}"', json.dumps(value)))
    return [(p.path, p.severity, p.found) for p in message_problems(body["messages"], to=body["to"])]


@pytest.mark.parametrize("name", _CLUSTERS)
@pytest.mark.parametrize(("cluster", "points"), [(FAMILY, 7), (THAI, 3)], ids=["family emoji", "Thai"])
def test_clusters_fit_and_code_points_do_not(name: str, cluster: str, points: int) -> None:
    """A text is uncertain, with both counts, if its clusters fit and its code points do not; nothing if both fit."""
    pytest.importorskip("regex", reason="needs linetap[graphemes]")
    most = LIMITS[name].most

    assert _with_letters(name, cluster * (most // points)) == []
    between = most // points + 1
    counts = f"{between:,} grapheme clusters, {between * points:,} code points"
    assert (path_of(name), "uncertain", counts) in _with_letters(name, cluster * between)
    assert (path_of(name), "error", f"{most + 1:,}") in _with_letters(name, cluster * (most + 1))


# A type of each family, in a context of another family: the path, and the message with this type.
CONTEXTS: dict[str, tuple[str, Build]] = {
    "message": ("type", lambda kind: {"type": kind}),
    "action": ("quickReply.items[0].action.type", lambda kind: quick_action(type=kind)),
    "imagemap action": ("actions[0].type", lambda kind: imagemap_action(type=kind)),
    "template": ("template.type", lambda kind: template({"type": kind})),
    "container": ("contents.type", lambda kind: flex({"type": kind})),
    "component": ("contents.body.contents[0].type", lambda kind: _component(type=kind)),
    "span": (
        "contents.body.contents[0].contents[0].type",
        lambda kind: _component(type="text", contents=[{"type": kind}]),
    ),
}
OWN: dict[str, str] = {
    "message": "audio coupon flex image imagemap location sticker template text textV2 video",
    "action": "camera cameraRoll clipboard datetimepicker location message postback uri",
    "imagemap action": "uri message clipboard",
    "template": "buttons carousel confirm image_carousel",
    "container": "bubble carousel",
    "component": "box button filler image separator text",
    "span": "span",
}
EVERY_TYPE = sorted({kind for kinds in OWN.values() for kind in kinds.split()} | {"spacer", "icon", "richmenuswitch"})


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_type_of_another_family_is_an_error(context: str) -> None:
    """Every documented type in a wrong context, and the removed spacer, is an error with a remedy."""
    path, build = CONTEXTS[context]
    for kind in EVERY_TYPE:
        if kind in OWN[context].split():
            continue
        wrong = [problem for problem in message_problems([build(kind)]) if problem.path == f"messages[0].{path}"]
        assert [problem.severity for problem in wrong] == ["error"], kind
        assert path in rejected(build(kind)), kind


def test_the_removed_spacer_has_a_remedy() -> None:
    """The problem of a spacer says what to use instead."""
    [problem] = message_problems([_component(type="spacer", size="lg")])

    assert "padding of a box" in problem.suggestion


@pytest.mark.parametrize("context", CONTEXTS)
@given(kind=st.text("abcxyz", min_size=3).filter(lambda kind: kind not in EVERY_TYPE))
def test_an_unknown_type_is_uncertain(context: str, kind: str) -> None:
    """A type that linetap does not know may be a new one of LINE: it is uncertain everywhere."""
    path, build = CONTEXTS[context]

    assert (path, "uncertain") in found(build(kind))
    assert not [problem for problem in message_problems([build(kind)]) if problem.severity == "error"]


@pytest.mark.parametrize(
    ("width", "severities"), [(1040, []), (745, ["uncertain"]), (2500, ["uncertain"]), (0, ["error"]), (-1, ["error"])]
)
def test_widths_of_an_imagemap(width: int, severities: list[str]) -> None:
    """Another width than 1,040 is uncertain, and the sandbox accepts it; a width below 1 is an error."""
    message = imagemap(baseSize={"width": width, "height": 810})

    assert [severity for _, severity in found(message)] == severities
    assert bool(rejected(message)) == ("error" in severities)


@pytest.mark.parametrize("name", ["offsetTop", "offsetBottom", "offsetStart", "offsetEnd"])
@pytest.mark.parametrize("value", ["-6px", "-0.5%", "6px", "md"])
def test_offsets_may_be_negative(name: str, value: str) -> None:
    """Negative offsets are in LINE's own samples: rules and sandbox accept them."""
    message = _component(type="box", layout="vertical", contents=[], position="absolute", **{name: value})

    assert (found(message), rejected(message)) == ([], [])
