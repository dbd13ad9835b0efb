"""For any JSON the picture is made, and no part of the JSON becomes markup or style."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.errors import Problem
from linetap.fields import LiteralText, ProfileField, RawLiquid
from linetap.line.preview import ChatSnapshot, chat_fragment, chat_html, gallery_fragment
from tests.line.preview.samples import CHATS, box, flex
from tests.line.preview.test_page import Page

_TAGS = {"div", "span", "style", "b", "i", "a", "br", "img"}
_ATTRIBUTES = {"class", "style", "title", "href", "target", "rel", "dir", "src", "alt", "referrerpolicy", "loading"}
_LENGTH = r"-?\d+(?:\.\d+)?(?:px|%|em)"
_COLOUR = "#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3}(?:[0-9a-fA-F]{2})?)?"
_HSL = r"hsl\(\d+ \d+% \d+%\)"
_EDGES = "|".join(
    f"{edge}-{side}" for edge in ("padding", "margin") for side in ("top", "bottom", "inline-start", "inline-end")
)
# Every declaration the picture writes: a property that is not here, or another value, came from the JSON.
_STYLE = re.compile(
    rf"(?:{_EDGES}|top|bottom|left|inset-inline-start|inset-inline-end|width|max-width|height|max-height|border-width"
    rf"|border-radius|font-size):{_LENGTH}"
    rf"|(?:color|background|background-color|border-color):{_COLOUR}"
    rf"|background:linear-gradient\(\d+(?:\.\d+)?deg(?:,(?:{_COLOUR}|{_HSL})(?: {_LENGTH})?){{2,3}}\)"
    r"|flex:(?:\d+(?:\.\d+)? 0 (?:auto|0)|0 0 auto)|position:absolute|text-align:(?:start|center|end)"
    r"|(?:justify-content|align-items):(?:center|flex-start|flex-end|space-between|space-around|space-evenly)"
    r"|font-weight:(?:400|700)|font-style:(?:normal|italic)|text-decoration:(?:none|underline|line-through)"
    r"|display:-webkit-box|-webkit-line-clamp:\d+|-webkit-box-orient:vertical|aspect-ratio:\d+(?:\.\d+)?"
    rf"|line-height:calc\(1\.4em \+ {_LENGTH}\)|margin-block:calc\({_LENGTH} / -2\)"
    rf"|font-size:min\({_LENGTH},calc\(100cqi / \d+\.\d+\)\)"
)
_EVIL = [
    "<script>window.ran=1</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "javascript:alert(1)",
    "red;background:url(https://evil.example/x)",
    "#fff;position:fixed",
    "10px;}body{display:none",
    "url(https://evil.example)",
    "expression(alert(1))",
    "</style><script>alert(1)</script>",
    "\ud800",
    "\x00",
    "12px\n",
    "90deg),url(//evil.example",
    f"{ProfileField('Name', default='<script>')}",
    f"{ProfileField('<img src=x>', default='x')}",
    f"{RawLiquid('<script>alert(1)</script>')}",
    f"{LiteralText('<script>')}",
    f"{ProfileField('Name')}"[:-4],
    "{x}",
    "$",
]
_WORDS = [
    *("text", "textV2", "sticker", "image", "video", "audio", "location", "coupon", "imagemap", "template", "flex"),
    *("bubble", "carousel", "box", "button", "icon", "span", "separator", "filler", "horizontal", "vertical"),
    *("baseline", "buttons", "confirm", "image_carousel", "uri", "message", "postback", "linearGradient", "mention"),
    *(
        "absolute",
        "md",
        "xxl",
        "full",
        "giga",
        "nano",
        "10px",
        "50%",
        "#112233",
        "1:2",
        "90deg",
        "center",
        "rtl",
        "all",
    ),
]
_KEYS = [
    *("type", "text", "contents", "body", "hero", "header", "footer", "styles", "layout", "action", "actions", "uri"),
    *("label", "template", "columns", "title", "quickReply", "items", "sender", "name", "iconUrl", "size", "flex"),
    *("margin", "spacing", "color", "backgroundColor", "background", "angle", "startColor", "endColor", "width"),
    *("height", "position", "offsetTop", "paddingAll", "cornerRadius", "borderWidth", "borderColor", "aspectRatio"),
    *("maxLines", "wrap", "lineSpacing", "adjustMode", "url", "previewImageUrl", "baseUrl", "baseSize", "area"),
    *("substitution", "x", "emojis", "index", "duration", "latitude", "separator", "direction", "align", "gravity"),
]
_leaf = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(_WORDS),
    st.sampled_from(_EVIL),
)
_json = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(_KEYS), st.sampled_from(_EVIL)), inner, max_size=7),
    ),
    max_leaves=40,
)
_part = st.fixed_dictionaries(
    {"type": st.sampled_from(["box", "text", "button", "image", "icon", "video", "separator", "filler", "span"])},
    optional={key: st.one_of(_leaf, _json) for key in _KEYS if key != "type"},
)


def _only_ours(markup: str) -> None:
    """Every tag, attribute, style value and address is one that the picture may contain."""
    page = Page(markup)
    assert {tag for tag, _, _ in page.elements} <= _TAGS
    assert {name for _, attrs, _ in page.elements for name in attrs} <= _ATTRIBUTES
    assert not [v for v in page.attribute("href") if not re.match(r"(?i)https?://|line://|tel:", v)]
    assert not [v for v in page.attribute("src") if not v.startswith("https://")]
    declared = [d for style in page.attribute("style") for d in re.split(r";(?![^(]*\))", style)]
    assert not [d for d in declared if not _STYLE.fullmatch(d)]
    markup.encode()  # a lone surrogate would break the file


@given(_json)
def test_any_json_is_rendered(value: Any) -> None:
    """No value raises an exception or adds a tag, a style or an address to the picture."""
    _only_ours(chat_fragment(value, load_images=True))
    _only_ours(chat_fragment([value], load_images=True))


@given(st.lists(_part, max_size=5), st.dictionaries(st.sampled_from(_KEYS), _leaf, max_size=8))
def test_any_component_of_a_bubble_is_rendered(parts: list[Any], more: dict[str, Any]) -> None:
    """No value in a flex bubble, the source of most style values, raises or adds markup."""
    body = {
        "layout": "horizontal",
        **more,
        "type": "box",
        "contents": [*parts, {**more, "type": "box", "contents": parts}],
    }
    _only_ours(chat_fragment([flex({"type": "bubble", "hero": parts and parts[0], "body": body})], load_images=True))


_any_text = st.one_of(st.text(), st.sampled_from(_EVIL))


@given(_any_text, _any_text, _any_text)
def test_no_caption_is_markup(title: str, caption: str, status: str) -> None:
    """Titles, captions and problems are escaped like the messages."""
    problem = Problem(title, caption, status, title, caption)
    _only_ours(gallery_fragment([ChatSnapshot(caption, [], status, (problem,), note=title)], title=title))


@pytest.mark.parametrize("evil", _EVIL)
def test_no_title_is_markup(evil: str) -> None:
    """A page's own title, in its head and in the bar above the chat, is escaped."""
    head, _, _ = chat_html([], title=evil, note=evil).partition("<style>")
    assert [tag for tag, _, _ in Page(head).elements] == ["html", "head", "meta", "meta", "meta", "meta", "title"]
    _only_ours(chat_fragment([], title=evil, note=evil))


def _filled(value: Any, evil: str) -> Any:
    if isinstance(value, dict):
        return {key: inner if key in ("type", "layout") else _filled(inner, evil) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, evil) for inner in value]
    return evil if isinstance(value, str) else value


@pytest.mark.parametrize("evil", _EVIL)
def test_every_string_of_every_kind_may_be_hostile(evil: str) -> None:
    """Sample messages in which every text, address, size and colour is an attack add no markup."""
    for messages in CHATS.values():
        _only_ours(chat_fragment(_filled(messages, evil), title=evil, load_images=True))


@pytest.mark.parametrize("evil", _EVIL)
def test_hostile_placeholders_are_escaped(evil: str) -> None:
    """Ids of emojis and users, which only a tooltip shows, are escaped."""
    emoji = {"type": "emoji", "productId": evil, "emojiId": evil}
    who = {"type": "mention", "mentionee": {"type": "user", "userId": evil}}
    _only_ours(chat_fragment([{"type": "textV2", "text": "{a}{b}{c}", "substitution": {"a": emoji, "b": who}}]))
    _only_ours(chat_fragment([{"type": "text", "text": "$", "emojis": [{**emoji, "index": 0}]}]))


def test_a_thousand_boxes_in_boxes_are_cut_short() -> None:
    """Nesting is limited: deeper components are replaced by a placeholder."""
    inner: dict[str, Any] = box("vertical")
    for _ in range(3000):
        inner = box("vertical", inner)
    assert chat_html([flex({"type": "bubble", "body": inner})]).count("lt-lost") == 2


def test_a_list_that_contains_itself_ends() -> None:
    """Values made in Python may be circular; the number of parts shown is limited, not only their depth."""
    loop: dict[str, Any] = {"type": "box", "layout": "vertical", "contents": []}
    loop["contents"] = [loop] * 20
    assert chat_html([flex({"type": "bubble", "body": loop}), loop]).count("that is not JSON") == 1


def test_a_message_is_rendered_after_a_huge_one() -> None:
    """Parts beyond the limit are omitted from that message only, and a placeholder is shown."""
    big = flex({"type": "bubble", "body": box("vertical", *[box("vertical", *[box("vertical")] * 190)] * 190)})
    page = Page(chat_fragment([big, {"type": "text", "text": "still here"}]))
    assert page.of("lt-say") == ["still here"]
    assert page.of("lt-lost")


def test_a_text_without_end_is_cut() -> None:
    """A text of one megabyte is shown in part."""
    assert len(chat_fragment([{"type": "text", "text": "<" * 10**6}])) < 200_000
