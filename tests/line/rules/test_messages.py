"""One case for every rule that is not a limit: its path and severity."""

from __future__ import annotations

from typing import Any

import pytest

from linetap.fields import EventField, LiteralText, ProfileField, RawLiquid
from linetap.line.rules import message_problems
from tests.line.rules.limit_cases import (
    URL,
    area,
    bubble,
    buttons,
    carousel,
    column,
    flex,
    image_carousel,
    imagemap,
    imagemap_action,
    imagemap_video,
    message_action,
    quick_action,
    quick_reply,
    template,
    text,
    video,
)

GROUP, USER = "C" + "0" * 32, "U" + "0" * 32
NAME = str(ProfileField("Name"))
LONG = str(ProfileField("n", default="x" * 101))
DATA = {"type": "datetimepicker", "data": "d", "mode": "date"}
HERE = "quickReply.items[0].action"
BODY = "contents.body.contents[0]"


def box(layout: str, *contents: Any, **more: Any) -> dict[str, Any]:
    return {"type": "box", "layout": layout, "contents": list(contents), **more}


def image(**more: Any) -> dict[str, Any]:
    return {"type": "image", "originalContentUrl": URL, "previewImageUrl": URL, **more}


def v2(words: str, **given: Any) -> dict[str, Any]:
    return {"type": "textV2", "text": words, "substitution": given}


WORDS: dict[str, Any] = {"type": "text", "text": "x"}
MENTION = {"type": "mention", "mentionee": {"type": "user", "userId": USER}}
EMOJI = {"productId": "p", "emojiId": "e"}


def part(name: str, value: Any, **more: Any) -> dict[str, Any]:
    """A flex message with one component that has one attribute."""
    return flex(bubble({"type": "text", "text": "x", name: value, **more}))


def boxed(name: str, value: Any) -> dict[str, Any]:
    return flex(bubble(box("vertical", **{name: value})))


def painted(**background: Any) -> dict[str, Any]:
    colours = {"startColor": "#ffffff", "endColor": "#000000"}
    return boxed("background", {"type": "linearGradient", "angle": "0deg", **colours, **background})


GOOD: dict[str, dict[str, Any]] = {
    "date of a leap year": quick_action(**DATA, initial="2028-02-29"),
    "first and last day": quick_action(**DATA, min="1900-01-01", max="2100-12-31"),
    "time": quick_action(**{**DATA, "mode": "time"}, initial="00:00", min="00:00", max="23:59"),
    "small t": quick_action(**{**DATA, "mode": "datetime"}, initial="2026-06-18t06:15"),
    "display text alone": quick_action(type="postback", data="d", displayText="x"),
    "fill-in text with a keyboard": quick_action(type="postback", data="d", fillInText="x", inputOption="openKeyboard"),
    "line scheme": quick_action(type="uri", uri="line://app/1"),
    "tel scheme": quick_action(type="uri", uri="tel:0120"),
    "http link": quick_action(type="uri", uri="http://e.com"),
    "upper-case scheme": image(originalContentUrl="HTTPS://e.com/a"),
    "percent-encoded address": image(originalContentUrl="https://e.com/%E3%81%82?a=b&c=[1]#d"),
    "emoji after an astral letter": text("😀$", emojis=[{"index": 2, **EMOJI}]),
    "doubled braces": v2(
        "{{x}} }}{{",
    ),
    "every placeholder twice": v2("{a} {a}", a={"type": "emoji", **EMOJI}),
    "columns alike": carousel(column(title="a"), column(title="b")),
    "image carousel without labels": image_carousel({"imageUrl": URL, "action": {"type": "uri", "uri": URL}}),
    "no area to tap": imagemap(),
    "area with an empty label": imagemap_action(type="message", text="t", label=""),
    "empty box": flex(bubble(box("horizontal"))),
    "baseline box": flex(bubble(box("baseline", {"type": "icon", "url": URL}, WORDS, {"type": "filler"}))),
    "spans alone": flex(bubble({"type": "text", "contents": [{"type": "span", "text": "x"}]})),
    "bubbles of one size, said and unsaid": flex({"type": "carousel", "contents": [bubble(size="mega"), bubble()]}),
    "video in a mega bubble": video(),
    "tall image": flex(bubble({"type": "image", "url": URL, "aspectRatio": "1:3", "size": "full"})),
    "flat image": flex(bubble({"type": "image", "url": URL, "aspectRatio": "100000:1"})),
    "finest ratio": flex(bubble({"type": "image", "url": URL, "aspectRatio": "100000:100000"})),
    "middle of a gradient": painted(centerPosition="50%"),
    "ten animated and some that are not": flex(
        bubble(*[{"type": "image", "url": URL, "animated": place < 10} for place in range(15)])
    ),
    "percent of an image": flex(bubble({"type": "image", "url": URL, "size": "33.3%"})),
    "gradient": painted(angle="359.9deg", centerColor="#11223344", centerPosition="100%"),
    "largest size": part("size", "5xl"),
    "label of a text": part("action", {"type": "uri", "uri": URL}),
    "altContent of a box": video(altContent=box("vertical")),
    "location at the pole": {"type": "location", "title": "t", "address": "a", "latitude": -90, "longitude": 180},
    "offset below zero": part("offsetTop", "-5px", offsetEnd="-1.5%"),
    "no sound": {"type": "audio", "originalContentUrl": URL, "duration": 0},
    "tracking id of signs": {**image(), "type": "video", "trackingId": "a-.=,+*()%$&;:@{}!?<>[]Z9"},
}

E, U, A = "error", "uncertain", "advice"
BAD: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    # text
    "text missing": ({"type": "text"}, [("text", E)]),
    "text null": ({"type": "text", "text": None}, [("text", E)]),
    "text a number": (text(5), [("text", E)]),  # type: ignore[arg-type]
    "quote token null": (text(quoteToken=None), [("quoteToken", U)]),
    "quote token empty": (text(quoteToken=""), [("quoteToken", U)]),
    "misspelt key": (text(quotetoken="x"), [("quotetoken", U)]),
    "lone surrogate": (text("a\ud800"), [("text", E)]),
    "emoji beside a dollar": (text("a$", emojis=[{"index": 0, **EMOJI}]), [("emojis[0].index", E)]),
    "emoji beside many dollars": (text("a" + "$" * 12, emojis=[{"index": 0, **EMOJI}]), [("emojis[0].index", E)]),
    "emoji behind the text": (text("$", emojis=[{"index": 1, **EMOJI}]), [("emojis[0].index", E)]),
    "emoji counted by code points": (text("😀$", emojis=[{"index": 1, **EMOJI}]), [("emojis[0].index", E)]),
    "emoji before the text": (text("$", emojis=[{"index": -1, **EMOJI}]), [("emojis[0].index", E)]),
    "emoji that moves": (text(f"{NAME}$", emojis=[{"index": 5, **EMOJI}]), [("emojis[0].index", U)]),
    "emoji without its ids": (
        text("$", emojis=[{"index": 0}]),
        [("emojis[0].productId", E), ("emojis[0].emojiId", E)],
    ),
    "no room for emojis": (text("$" + "x" * 4960, emojis=[{"index": 0, **EMOJI}]), [("text", U)]),
    "emojis no list": (text(emojis={}), [("emojis", E)]),
    "sender LINE": (text(sender={"name": "LINE"}), [("sender.name", E)]),
    "sender no object": (text(sender="x"), [("sender", E)]),
    "sender without a name": (text(sender={"name": ""}), [("sender.name", U)]),
    # textV2
    "single brace": (v2("a { b"), [("text", E)]),
    "closing brace": (v2("a } b"), [("text", E)]),
    "empty placeholder": (v2("{}"), [("text", E)]),
    "placeholder with a blank": (v2("{a b} {"), [("text", E), ("text", E)]),
    "placeholder without its substitution": (v2("{a}"), [("text", E)]),
    "substitution without its placeholder": (v2("x", a={"type": "emoji", **EMOJI}), [("substitution.a", A)]),
    "unknown substitution": (v2("{a}", a={"type": "x"}), [("substitution.a.type", U)]),
    "substitution no object": ({**v2("x"), "substitution": []}, [("substitution", E)]),
    "key with a hyphen": (
        v2("x", **{"a-b": {"type": "emoji", **EMOJI}}),
        [("substitution", E), ("substitution.a-b", A)],
    ),
    "mention of no user": (
        v2("{a}", a={"type": "mention", "mentionee": {"type": "user", "userId": "x"}}),
        [("substitution.a.mentionee.userId", E)],
    ),
    "mention without anyone": (v2("{a}", a={"type": "mention"}), [("substitution.a.mentionee", E)]),
    "field beside placeholders": (v2(f"{NAME} x"), [("text", U)]),
    # media and the rest
    "http image": (image(originalContentUrl="http://e.com"), [("originalContentUrl", E)]),
    "address without a host": (image(originalContentUrl="https://"), [("originalContentUrl", E)]),
    "address with a blank": (image(originalContentUrl="https://e.com/a b"), [("originalContentUrl", E)]),
    "address with a line break": (image(originalContentUrl="https://e.com/a\n"), [("originalContentUrl", E)]),
    "address in Japanese": (image(originalContentUrl="https://e.com/あ"), [("originalContentUrl", U)]),
    "address with a bracket": (image(originalContentUrl="https://e.com/{a}"), [("originalContentUrl", U)]),
    "address missing": ({"type": "image", "originalContentUrl": URL}, [("previewImageUrl", E)]),
    "address of a field": (image(originalContentUrl=NAME), [("originalContentUrl", U)]),
    "address that ends in a field": (image(originalContentUrl=f"https://e.com/{NAME}"), [("originalContentUrl", U)]),
    "address whose host is a field": (image(originalContentUrl=f"https://{NAME}"), [("originalContentUrl", U)]),
    "http address with a field": (image(originalContentUrl=f"http://e.com/{NAME}"), [("originalContentUrl", E)]),
    "blank beside a field": (image(originalContentUrl=f"https://e.com/ {NAME}"), [("originalContentUrl", E)]),
    "duration as text": ({"type": "audio", "originalContentUrl": URL, "duration": "1"}, [("duration", E)]),
    "duration true": ({"type": "audio", "originalContentUrl": URL, "duration": True}, [("duration", E)]),
    "duration negative": ({"type": "audio", "originalContentUrl": URL, "duration": -1}, [("duration", E)]),
    "tracking id with a blank": ({**image(), "type": "video", "trackingId": "a b"}, [("trackingId", E)]),
    "delivery tag with a hyphen": ({"type": "coupon", "couponId": "c", "deliveryTag": "a-b"}, [("deliveryTag", E)]),
    "coupon without its id": ({"type": "coupon"}, [("couponId", E)]),
    "sticker by numbers": (
        {"type": "sticker", "packageId": 1, "stickerId": 2},
        [("packageId", E), ("stickerId", E)],
    ),
    "beyond the pole": (
        {"type": "location", "title": "t", "address": "a", "latitude": 91, "longitude": -181.5},
        [("latitude", U), ("longitude", U)],
    ),
    "location as text": (
        {"type": "location", "title": "t", "address": "", "latitude": "1", "longitude": True},
        [("address", E), ("latitude", E), ("longitude", E)],
    ),
    "message of tomorrow": ({"type": "hologram"}, [("type", U)]),
    "message without a type": ({"text": "x"}, [("type", E)]),
    # quick replies and actions
    "button without a type": (quick_reply({"action": message_action()}), [("quickReply.items[0].type", E)]),
    "button of another type": (
        quick_reply({"type": "x", "action": message_action()}),
        [("quickReply.items[0].type", E)],
    ),
    "no buttons": (quick_reply(), [("quickReply.items", E)]),
    "buttons missing": (text(quickReply={}), [("quickReply.items", E)]),
    "null among buttons": (text(quickReply={"items": [None]}), [("quickReply.items[0]", E)]),
    "http icon": (
        quick_reply({"type": "action", "imageUrl": "http://e.com", "action": message_action()}),
        [("quickReply.items[0].imageUrl", E)],
    ),
    "label missing": (quick_reply({"type": "action", "action": {"type": "camera"}}), [(f"{HERE}.label", E)]),
    "label empty": (quick_action(type="camera", label=""), [(f"{HERE}.label", E)]),
    "rich menus only": (
        quick_action(type="richmenuswitch", richMenuAliasId="a", data="d"),
        [(f"{HERE}.type", E)],
    ),
    "action of tomorrow": (quick_action(type="beam"), [(f"{HERE}.type", U)]),
    "both shown": (quick_action(type="postback", data="d", displayText="a", text="b"), [(f"{HERE}.text", E)]),
    "fill-in without a keyboard": (
        quick_action(type="postback", data="d", fillInText="a"),
        [(f"{HERE}.fillInText", E)],
    ),
    "fill-in by voice": (
        quick_action(type="postback", data="d", fillInText="a", inputOption="openVoice"),
        [(f"{HERE}.fillInText", E)],
    ),
    "input option of its own": (quick_action(type="postback", data="d", inputOption="x"), [(f"{HERE}.inputOption", E)]),
    "ftp link": (quick_action(type="uri", uri="ftp://e.com"), [(f"{HERE}.uri", E)]),
    "desktop link": (
        quick_action(type="uri", uri=URL, altUri={"desktop": "ftp://e.com"}),
        [(f"{HERE}.altUri.desktop", E)],
    ),
    "mode missing": (quick_action(type="datetimepicker", data="d"), [(f"{HERE}.mode", E)]),
    "mode of its own": (quick_action(type="datetimepicker", data="d", mode="week"), [(f"{HERE}.mode", E)]),
    "a day of no mode": (quick_action(**{**DATA, "mode": "week"}, initial="2026-06-18"), [(f"{HERE}.mode", E)]),
    "a mode of its own kind": (quick_action(**{**DATA, "mode": []}, initial="2026-06-18"), [(f"{HERE}.mode", E)]),
    "no such day": (quick_action(**DATA, initial="2026-02-29"), [(f"{HERE}.initial", E)]),
    "a time as a date": (quick_action(**DATA, initial="06:15"), [(f"{HERE}.initial", E)]),
    "no such hour": (quick_action(**{**DATA, "mode": "time"}, max="24:00"), [(f"{HERE}.max", E)]),
    "before 1900": (quick_action(**DATA, min="1899-12-31"), [(f"{HERE}.min", E)]),
    "after 2100": (quick_action(**DATA, max="2101-01-01"), [(f"{HERE}.max", E)]),
    "min after max": (quick_action(**DATA, min="2026-06-19", max="2026-06-18"), [(f"{HERE}.min", E)]),
    "min equals max": (quick_action(**DATA, min="2026-06-18", max="2026-06-18"), [(f"{HERE}.min", E)]),
    "a day by a field": (quick_action(**DATA, initial=NAME), [(f"{HERE}.initial", U)]),
    "a day as a number": (quick_action(**DATA, initial=20260618), [(f"{HERE}.initial", E)]),
    # templates
    "camera in a template": (
        buttons(actions=[{"type": "camera", "label": "x"}]),
        [("template.actions[0].type", E)],
    ),
    "camera in a template, label too long": (
        buttons(actions=[{"type": "camera", "label": "x" * 21}]),
        [("template.actions[0].type", E), ("template.actions[0].label", E)],
    ),
    "label missing in a template": (
        buttons(actions=[{"type": "message", "text": "t"}]),
        [("template.actions[0].label", E)],
    ),
    "colour with alpha in a template": (
        buttons(imageBackgroundColor="#FFFFFFFF"),
        [("template.imageBackgroundColor", E)],
    ),
    "ratio of its own": (buttons(imageAspectRatio="1:1"), [("template.imageAspectRatio", E)]),
    "image size of its own": (buttons(imageSize="full"), [("template.imageSize", E)]),
    "default action with a long label": (
        buttons(defaultAction=message_action("x" * 21)),
        [("template.defaultAction.label", E)],
    ),
    "unequal actions": (
        carousel(column(), column(actions=[message_action()] * 2)),
        [("template.columns", E)],
    ),
    "a title in one": (carousel(column(title="x"), column()), [("template.columns", E)]),
    "an image in one": (carousel(column(), column(thumbnailImageUrl=URL)), [("template.columns", E)]),
    "template of tomorrow": (template({"type": "wall"}), [("template.type", U)]),
    "template missing": ({"type": "template", "altText": "x"}, [("template", E)]),
    "long text by a field beside a title": (
        buttons(text=f"{'x' * 61}{NAME}", title="t"),
        [("template.text", U), ("template.text", E)],
    ),
    # imagemap
    "base size missing": (imagemap(baseSize={"width": 1040}), [("baseSize.height", E)]),
    "no height": (imagemap(baseSize={"width": 1040, "height": 0}), [("baseSize.height", E)]),
    "base address with a file name": (imagemap(baseUrl="https://e.com/a.PNG"), [("baseUrl", A)]),
    "area off the image": (
        imagemap(actions=[{"type": "message", "text": "t", "area": {**area(), "x": -1}}]),
        [("actions[0].area.x", E)],
    ),
    "area missing": (imagemap(actions=[{"type": "message", "text": "t"}]), [("actions[0].area", E)]),
    "camera on an area": (imagemap_action(type="camera"), [("actions[0].type", E)]),
    "link without a label": (
        imagemap_video(externalLink={"linkUri": URL}),
        [("video.externalLink.label", E)],
    ),
    "video without its area": (
        imagemap(video={"originalContentUrl": URL, "previewImageUrl": URL}),
        [("video.area", E)],
    ),
    # flex
    "contents of tomorrow": (flex({"type": "cube"}), [("contents.type", U)]),
    "contents a list": (flex([]), [("contents", E)]),  # type: ignore[arg-type]
    "bubble without blocks": (flex({"type": "bubble"}), [("contents", U)]),
    "text as a body": (flex({"type": "bubble", "body": WORDS}), [("contents.body.type", E)]),
    "icon as a hero": (flex(bubble(hero={"type": "icon", "url": URL})), [("contents.hero.type", E)]),
    "icon in a vertical box": (flex(bubble({"type": "icon", "url": URL})), [(f"{BODY}.type", E)]),
    "button in a baseline box": (
        flex(bubble(box("baseline", {"type": "button", "action": message_action()}))),
        [(f"{BODY}.contents[0].type", E)],
    ),
    "span in a box": (flex(bubble({"type": "span", "text": "x"})), [(f"{BODY}.type", E)]),
    "text in a text": (part("contents", [WORDS]), [(f"{BODY}.contents[0].type", E)]),
    "video in a box": (flex(bubble({"type": "video"})), [(f"{BODY}.type", E)]),
    "null in a box": (flex(bubble(None)), [(BODY, E)]),  # type: ignore[arg-type]
    "component of tomorrow": (flex(bubble({"type": "map"})), [(f"{BODY}.type", U)]),
    "text without words": (flex(bubble({"type": "text"})), [(BODY, E)]),
    "text of nothing": (part("text", ""), [(f"{BODY}.text", E)]),
    "text of nothing beside spans": (part("text", "", contents=[]), [(f"{BODY}.text", U)]),
    "layout missing": (flex(bubble({"type": "box", "contents": []})), [(f"{BODY}.layout", E)]),
    "layout of its own": (flex(bubble(box("diagonal"))), [(f"{BODY}.layout", E)]),
    "button without a label": (
        flex(bubble({"type": "button", "action": {"type": "uri", "uri": URL}})),
        [(f"{BODY}.action.label", E)],
    ),
    "wrap as text": (part("wrap", "true"), [(f"{BODY}.wrap", E)]),
    "flex as a fraction": (part("flex", 0.5), [(f"{BODY}.flex", E)]),
    "colour by name": (part("color", "red"), [(f"{BODY}.color", E)]),
    "short colour": (part("color", "#fff"), [(f"{BODY}.color", E)]),
    "size in percent": (part("size", "50%"), [(f"{BODY}.size", E)]),
    "size without a unit": (part("size", "12"), [(f"{BODY}.size", E)]),
    "size full of a text": (part("size", "full"), [(f"{BODY}.size", E)]),
    "margin in percent": (part("margin", "5%"), [(f"{BODY}.margin", E)]),
    "margin below zero": (part("margin", "-5px"), [(f"{BODY}.margin", U)]),
    "offset of minus a word": (part("offsetTop", "-bold"), [(f"{BODY}.offsetTop", E)]),
    "line spacing by a word": (part("lineSpacing", "md"), [(f"{BODY}.lineSpacing", E)]),
    "position fixed": (part("position", "fixed"), [(f"{BODY}.position", E)]),
    "colour by a field": (part("color", NAME), [(f"{BODY}.color", U)]),
    "weight by a field": (part("weight", NAME), [(f"{BODY}.weight", U)]),
    "align left": (part("align", "left"), [(f"{BODY}.align", E)]),
    "corner in percent": (boxed("cornerRadius", "5%"), [(f"{BODY}.cornerRadius", E)]),
    "border thick": (boxed("borderWidth", "thick"), [(f"{BODY}.borderWidth", E)]),
    "width by a word": (boxed("width", "md"), [(f"{BODY}.width", E)]),
    "full circle": (painted(angle="360deg"), [(f"{BODY}.background.angle", E)]),
    "angle without a unit": (painted(angle="90"), [(f"{BODY}.background.angle", E)]),
    "beyond the end": (painted(centerPosition="100.1%"), [(f"{BODY}.background.centerPosition", E)]),
    "angle by a field": (painted(angle=NAME), [(f"{BODY}.background.angle", U)]),
    "radial": (boxed("background", {"type": "radialGradient"}), [(f"{BODY}.background.type", U)]),
    "gradient without its end": (
        boxed("background", {"type": "linearGradient", "angle": "0deg", "startColor": "#ffffff"}),
        [(f"{BODY}.background.endColor", E)],
    ),
    "too tall": (flex(bubble({"type": "image", "url": URL, "aspectRatio": "1:3.1"})), [(f"{BODY}.aspectRatio", E)]),
    "ratio of nothing": (
        flex(bubble({"type": "image", "url": URL, "aspectRatio": "0:0"})),
        [(f"{BODY}.aspectRatio", E)],
    ),
    "ratio too fine": (
        flex(bubble({"type": "image", "url": URL, "aspectRatio": "100001:1"})),
        [(f"{BODY}.aspectRatio", E)],
    ),
    "ratio by a slash": (
        flex(bubble({"type": "image", "url": URL, "aspectRatio": "1/1"})),
        [(f"{BODY}.aspectRatio", E)],
    ),
    "too many animated, one perhaps": (
        flex(bubble(*[{"type": "image", "url": URL, "animated": place < 11 or None} for place in range(12)])),
        [("contents", E), ("contents.body.contents[11].animated", U)],
    ),
    "bubble of its own size": (flex(bubble(size="tera")), [("contents.size", E)]),
    "bubble up and down": (flex(bubble(direction="ttb")), [("contents.direction", E)]),
    "style of its own": (flex(bubble(styles={"body": {"separator": 1}})), [("contents.styles.body.separator", E)]),
    "video in a small bubble": (
        {**video(), "contents": {**video()["contents"], "size": "micro"}},
        [("contents.size", E)],
    ),
    "video without an alternative": (
        flex({"type": "bubble", "hero": {"type": "video", "url": URL, "previewUrl": URL}}),
        [("contents.hero.altContent", E)],
    ),
    "text in place of a video": (video(altContent=WORDS), [("contents.hero.altContent.type", E)]),
    "postback on a video": (
        video(action={"type": "postback", "data": "d"}),
        [("contents.hero.action.type", E)],
    ),
    "video in a carousel": (
        flex({"type": "carousel", "contents": [video()["contents"]]}),
        [("contents.contents[0].hero.type", E)],
    ),
    "bubbles of two sizes": (
        flex({"type": "carousel", "contents": [bubble(), bubble(size="kilo")]}),
        [("contents.contents", E)],
    ),
    "carousel in a carousel": (
        flex({"type": "carousel", "contents": [{"type": "carousel", "contents": []}]}),
        [("contents.contents[0].type", E)],
    ),
    # values
    "label by a field": (quick_action(type="camera", label=NAME), [(f"{HERE}.label", U)]),
    "text by raw Liquid": (text(str(RawLiquid("{{ x }}"))), [("text", U)]),
    "text by a field that may be empty": (text(str(EventField("e", "n", default=""))), [("text", U)]),
    "text by literal nothing": (text(str(LiteralText(""))), [("text", U)]),
    "long literal": (quick_action(type="camera", label=f"a{LiteralText('{{' * 10)}"), [(f"{HERE}.label", U)]),
    "long default": (
        {"type": "location", "title": LONG, "address": "a", "latitude": 1, "longitude": 1},
        [("title", U)],
    ),
    "damaged field": (text(NAME[:-2]), [("text", E)]),
    "damaged field in a key of tomorrow": (text(x=[NAME[:-2]]), [("x", U), ("x[0]", E)]),
    "not a number in a key of tomorrow": (text(x=float("inf")), [("x", U), ("x", E)]),
}  # fmt: skip


def _summaries(message: dict[str, Any], **how: Any) -> list[tuple[str, str]]:
    return [(p.path.removeprefix("messages[0]").lstrip("."), p.severity) for p in message_problems([message], **how)]


@pytest.mark.parametrize("name", GOOD)
def test_correct_messages_have_no_problems(name: str) -> None:
    """A message that LINE documents as correct has no problem."""
    assert _summaries(GOOD[name]) == []


@pytest.mark.parametrize("name", BAD)
def test_problems_of_wrong_messages(name: str) -> None:
    """Each rule reports its path once, with its severity, as a requirement that starts with "must"."""
    message, expected = BAD[name]

    assert sorted(_summaries(message)) == sorted(expected)
    assert all(problem.rule.startswith("must ") for problem in message_problems([message]))


def test_fields_in_large_bubbles() -> None:
    """The size of a bubble excludes its fields, and is uncertain if their values could exceed the limit."""

    def of_length(letters: int) -> list[tuple[str, str]]:
        return _summaries(flex(bubble({"type": "text", "text": "x" * letters + NAME})))

    frame = len('{"type":"bubble","body":{"type":"box","layout":"vertical","contents":[{"type":"text","text":""}]}}')
    assert of_length(30_000 - 512 - frame) == []
    assert of_length(30_000 - 512 - frame + 1) == [("contents", U)]
    assert of_length(30_720 - frame) == [("contents", U)]
    assert of_length(30_720 - frame + 1) == [("contents", E)]


def test_animated_images_beside_a_field() -> None:
    """Animated images are counted also if there is a field beside them."""
    images = [{"type": "image", "url": URL, "animated": True}] * 10
    words = {"type": "text", "text": NAME}

    assert _summaries(flex(bubble(words, *images))) == []
    assert _summaries(flex(bubble(words, *images, images[0]))) == [("contents", E)]


def test_a_field_elsewhere_changes_nothing() -> None:
    """A URL without a field is checked as usual beside a text with a field."""
    problems = message_problems([text(NAME), image(originalContentUrl="http://e.com")])

    assert [(p.path, p.severity) for p in problems] == [("messages[1].originalContentUrl", E)]


def test_a_field_elsewhere_adds_no_braces() -> None:
    """Only a field in the text itself can add braces to it."""
    assert _summaries({**v2("{a}", a={"type": "emoji", **EMOJI}), "quoteToken": NAME}) == []


def test_the_assumed_length_of_fields() -> None:
    """A field counts as the longest value that CleverTap stores, a literal as its own length."""
    place = {"type": "location", "address": "a", "latitude": 1, "longitude": 1}

    assert _summaries({**place, "title": str(LiteralText("x" * 100))}) == []
    assert _summaries({**place, "title": "x" + str(LiteralText("x" * 100))}) == [("title", U)]
    assert _summaries(image(originalContentUrl=f"https://e.com/{'a' * 1474}{NAME}")) == [("originalContentUrl", U)]
    assert len(_summaries(image(originalContentUrl=f"https://e.com/{'a' * 1475}{NAME}"))) == 2


@pytest.mark.parametrize("channel", ["multicast", "broadcast", "narrowcast"])
def test_properties_for_push_and_reply_only(channel: Any) -> None:
    """Quotes and mentions are rejected for endpoints that send to many users."""
    mention = v2("{a}", a=MENTION)

    assert _summaries(text(quoteToken="q"), channel=channel) == [("quoteToken", E)]
    assert _summaries({"type": "sticker", "packageId": "1", "stickerId": "2", "quoteToken": "q"}, channel=channel)
    assert _summaries(mention, channel=channel) == [("substitution.a.type", E)]
    for fine in ("push", "reply", "validate"):
        assert _summaries(text(quoteToken="q"), channel=fine) == []
        assert _summaries(mention, channel=fine) == []


def test_properties_that_depend_on_the_recipient() -> None:
    """Mentions are for groups and rooms, tracked videos for users."""
    tracked = {**image(), "type": "video", "trackingId": "t"}

    assert _summaries(v2("{a}", a=MENTION), to=USER) == [("substitution.a.type", E)]
    assert _summaries(v2("{a}", a=MENTION), to=GROUP) == []
    assert _summaries(tracked, to=GROUP) == [("trackingId", U)]
    assert _summaries(tracked, to="R" + GROUP[1:]) == [("trackingId", U)]
    assert _summaries(tracked, to=USER) == []


def test_too_many_messages_have_a_remedy() -> None:
    """The problem of six messages has a remedy; that of no message has none."""
    hello = {"type": "text", "text": "Hello"}
    (many,), (none,) = message_problems([hello] * 6), message_problems([])

    assert (many.found, many.suggestion) == ("6", "send the rest in a second request")
    assert (none.found, none.suggestion) == ("0", "")
