"""Messages of one bubble: text, sticker, image, video, audio, location, coupon, and unknown kinds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from linetap.display.html import escape
from linetap.line.preview.helpers import RenderOptions, items, mapping, number, text
from linetap.line.preview.inline_text import InlineLabel, Piece, inline_label, pieces, plain_text, to_html
from linetap.line.preview.media import PLAY, picture

Message = Mapping[str, Any]
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([0-9a-zA-Z_]{1,20})\}")
_TEXT_LIMIT = 5000  # https://developers.line.biz/en/reference/messaging-api/#text-message


def text_message(options: RenderOptions, message: Message) -> str:
    """A text message; LINE emojis (``$`` at an index) are shown as labels."""
    content = text(message.get("text"))
    return _bubble(to_html(_with_emojis(content, message), _TEXT_LIMIT, links=True), empty=not content)


def text_v2_message(options: RenderOptions, message: Message) -> str:
    """A textV2 message: ``{key}`` is shown as its mention or emoji, doubled braces as single ones."""
    content, substitutions = text(message.get("text")), mapping(message.get("substitution"))
    parts: list[Piece] = []
    end = 0
    for found in _PLACEHOLDER.finditer(content[: 2 * _TEXT_LIMIT]):
        parts += pieces(content[end : found.start()])
        parts.append(_substituted(found[1], substitutions) if found[1] else found[0][0])
        end = found.end()
    return _bubble(to_html([*parts, *pieces(content[end:])], _TEXT_LIMIT, links=True), empty=not content)


def sticker(options: RenderOptions, message: Message) -> str:
    """A sticker, by its ids: LINE documents no address of sticker images."""
    ids = (f"{name} {text(message.get(f'{name}Id'))[:40]}" for name in ("package", "sticker"))
    lines = "<br>".join(to_html(line) for line in ids)
    return f'<div class="lt-sticker"><span class="lt-smile">☺</span><span>{lines}</span></div>'


def image(options: RenderOptions, message: Message) -> str:
    """An image, by its preview."""
    return f'<div class="lt-media">{picture(options, message.get("previewImageUrl"), 4 / 3, own=True)}</div>'


def video(options: RenderOptions, message: Message) -> str:
    """A video, by its preview."""
    return (
        f'<div class="lt-media">{picture(options, message.get("previewImageUrl"), 16 / 9, over=PLAY, own=True)}</div>'
    )


def audio(options: RenderOptions, message: Message) -> str:
    """An audio message, with its length in minutes and seconds."""
    seconds = round((number(message.get("duration")) or 0) / 1000)
    bars = "".join(f'<i style="height:{6 + (n * 7) % 13}px"></i>' for n in range(18))
    title = escape(plain_text(text(message.get("originalContentUrl")))[:300])
    clock = f"{max(seconds, 0) // 60}:{max(seconds, 0) % 60:02d}"
    inner = f'<span class="lt-play lt-small"></span><span class="lt-wave">{bars}</span><span>{clock}</span>'
    return f'<div class="lt-say lt-audio" title="{title}">{inner}</div>'


def location(options: RenderOptions, message: Message) -> str:
    """A location: LINE shows a map; the picture shows a placeholder with the coordinates."""
    at = ", ".join(f"{number(message.get(name)) or 0:.5g}" for name in ("latitude", "longitude"))
    content = "".join(
        f'<div class="{kind}">{to_html(text(message.get(name)), 100)}</div>'
        for name, kind in (("title", "lt-head"), ("address", "lt-sub"))
    )
    sketch = f'<div class="lt-map"><span class="lt-pin"></span><span class="lt-addr">{at}</span></div>'
    return _card(content, over=sketch)


def coupon(options: RenderOptions, message: Message) -> str:
    """A coupon, by its id: the message does not contain what LINE shows."""
    content = f'<div class="lt-head">{to_html(text(message.get("couponId")))}</div>'
    content += '<div class="lt-sub">LINE shows the content of the coupon</div>'
    return _card(content, over='<div class="lt-ticket">COUPON</div>')


def unknown(options: RenderOptions, message: object, heading: str = "") -> str:
    """A message of an unknown kind: its type and its JSON."""
    kind = text(mapping(message).get("type")) or type(message).__name__
    heading = heading or f"message of an unknown kind “{plain_text(kind)[:60]}”"
    content = f'<div class="lt-head">{escape(heading)}</div><div class="lt-json">{to_html(_json(message))}</div>'
    return _card(content, kind=" lt-odd")


SIMPLE: Mapping[str, Callable[[RenderOptions, Message], str]] = {
    "text": text_message,
    "textV2": text_v2_message,
    "sticker": sticker,
    "image": image,
    "video": video,
    "audio": audio,
    "location": location,
    "coupon": coupon,
}


def _card(content: str, *, over: str = "", kind: str = "") -> str:
    return f'<div class="lt-card{kind}">{over}<div class="lt-pad">{content}</div></div>'


def _bubble(inner: str, *, empty: bool) -> str:
    shown = inner if not empty else inline_label(InlineLabel("no text", "LINE rejects an empty text", "bad"))
    return f'<div class="lt-say">{shown}</div>'


def _with_emojis(content: str, message: Message) -> list[Piece]:
    given = {at: e for e in map(mapping, items(message.get("emojis"))) if isinstance(at := e.get("index"), int)}
    if not given:
        return pieces(content)
    parts: list[Piece] = []
    at = end = 0
    for spot, letter in enumerate(content):
        if letter == "$" and at in given:
            parts += [*pieces(content[end:spot]), _emoji(given[at])]
            end = spot + 1
        at += 2 if ord(letter) > 0xFFFF else 1  # LINE's indexes are UTF-16 code units
    return [*parts, *pieces(content[end:])]


def _emoji(given: Mapping[str, Any]) -> InlineLabel:
    return InlineLabel("☺", f"LINE emoji {text(given.get('productId'))} {text(given.get('emojiId'))}", "emoji")


def _substituted(key: str, substitutions: Mapping[str, Any]) -> InlineLabel:
    given = mapping(substitutions.get(key))
    if given.get("type") == "emoji":
        return _emoji(given)
    if given.get("type") != "mention":
        return InlineLabel(f"{{{key}}}", "no substitution of this name: LINE rejects the message", "bad")
    mentionee = mapping(given.get("mentionee"))
    everyone = mentionee.get("type") == "all"
    return InlineLabel(
        "@All" if everyone else "@name",
        "everyone" if everyone else plain_text(text(mentionee.get("userId"))),
        "mention",
    )


def _json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=1, default=repr)[:1500]
    except (ValueError, RecursionError, TypeError):
        return f"(a {type(value).__name__} that is not JSON)"
