"""Messages that are one bubble: text, sticker, image, video, audio, location, coupon, and what is unknown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from linetap.display.html import escape
from linetap.line.preview.helpers import Pen, items, mapping, number, text
from linetap.line.preview.inline_text import Chip, Piece, bare, chip, draw, pieces
from linetap.line.preview.media import PLAY, picture

Message = Mapping[str, Any]
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([0-9a-zA-Z_]{1,20})\}")
_TEXT_LIMIT = 5000  # https://developers.line.biz/en/reference/messaging-api/#text-message


def said(pen: Pen, message: Message) -> str:
    """A text message; LINE's own emojis (``$`` at an index) are named."""
    words = text(message.get("text"))
    return _bubble(draw(_with_emojis(words, message), _TEXT_LIMIT, links=True), empty=not words)


def said_v2(pen: Pen, message: Message) -> str:
    """A textV2 message: ``{key}`` becomes its mention or emoji, doubled braces become single ones."""
    words, stands_for = text(message.get("text")), mapping(message.get("substitution"))
    drawn: list[Piece] = []
    end = 0
    for found in _PLACEHOLDER.finditer(words[: 2 * _TEXT_LIMIT]):
        drawn += pieces(words[end : found.start()])
        drawn.append(_stand_in(found[1], stands_for) if found[1] else found[0][0])
        end = found.end()
    return _bubble(draw([*drawn, *pieces(words[end:])], _TEXT_LIMIT, links=True), empty=not words)


def sticker(pen: Pen, message: Message) -> str:
    """A sticker, by its ids: LINE publishes no address of its pictures."""
    ids = (f"{name} {text(message.get(f'{name}Id'))[:40]}" for name in ("package", "sticker"))
    lines = "<br>".join(draw(line) for line in ids)
    return f'<div class="lt-sticker"><span class="lt-smile">☺</span><span>{lines}</span></div>'


def image(pen: Pen, message: Message) -> str:
    """An image, by its preview."""
    return f'<div class="lt-media">{picture(pen, message.get("previewImageUrl"), 4 / 3, own=True)}</div>'


def video(pen: Pen, message: Message) -> str:
    """A video, by its preview."""
    return f'<div class="lt-media">{picture(pen, message.get("previewImageUrl"), 16 / 9, over=PLAY, own=True)}</div>'


def audio(pen: Pen, message: Message) -> str:
    """An audio message, with its length in minutes and seconds."""
    seconds = round((number(message.get("duration")) or 0) / 1000)
    bars = "".join(f'<i style="height:{6 + (n * 7) % 13}px"></i>' for n in range(18))
    title = escape(bare(text(message.get("originalContentUrl")))[:300])
    clock = f"{max(seconds, 0) // 60}:{max(seconds, 0) % 60:02d}"
    inner = f'<span class="lt-play lt-small"></span><span class="lt-wave">{bars}</span><span>{clock}</span>'
    return f'<div class="lt-say lt-audio" title="{title}">{inner}</div>'


def location(pen: Pen, message: Message) -> str:
    """A location: LINE draws a map, here a sketch of one with the coordinates on it."""
    at = ", ".join(f"{number(message.get(name)) or 0:.5g}" for name in ("latitude", "longitude"))
    words = "".join(
        f'<div class="{kind}">{draw(text(message.get(name)), 100)}</div>'
        for name, kind in (("title", "lt-head"), ("address", "lt-sub"))
    )
    sketch = f'<div class="lt-map"><span class="lt-pin"></span><span class="lt-addr">{at}</span></div>'
    return _card(words, over=sketch)


def coupon(pen: Pen, message: Message) -> str:
    """A coupon, by its id: what LINE shows of it is known to LINE alone."""
    words = f'<div class="lt-head">{draw(text(message.get("couponId")))}</div>'
    words += '<div class="lt-sub">drawn by LINE from the coupon itself</div>'
    return _card(words, over='<div class="lt-ticket">COUPON</div>')


def unknown(pen: Pen, message: object, told: str = "") -> str:
    """What this module has no drawing for: its kind and its JSON, to be read."""
    kind = text(mapping(message).get("type")) or type(message).__name__
    heading = told or f"message of an unknown kind “{bare(kind)[:60]}”"
    words = f'<div class="lt-head">{escape(heading)}</div><div class="lt-json">{draw(_json(message))}</div>'
    return _card(words, kind=" lt-odd")


SIMPLE: Mapping[str, Callable[[Pen, Message], str]] = {
    "text": said,
    "textV2": said_v2,
    "sticker": sticker,
    "image": image,
    "video": video,
    "audio": audio,
    "location": location,
    "coupon": coupon,
}


def _card(words: str, *, over: str = "", kind: str = "") -> str:
    return f'<div class="lt-card{kind}">{over}<div class="lt-pad">{words}</div></div>'


def _bubble(inner: str, *, empty: bool) -> str:
    shown = inner if not empty else chip(Chip("no text", "LINE refuses an empty text", "bad"))
    return f'<div class="lt-say">{shown}</div>'


def _with_emojis(words: str, message: Message) -> list[Piece]:
    given = {at: e for e in map(mapping, items(message.get("emojis"))) if isinstance(at := e.get("index"), int)}
    if not given:
        return pieces(words)
    drawn: list[Piece] = []
    at = end = 0
    for spot, letter in enumerate(words):
        if letter == "$" and at in given:
            drawn += [*pieces(words[end:spot]), _emoji(given[at])]
            end = spot + 1
        at += 2 if ord(letter) > 0xFFFF else 1  # LINE's indexes count UTF-16 units
    return [*drawn, *pieces(words[end:])]


def _emoji(given: Mapping[str, Any]) -> Chip:
    return Chip("☺", f"LINE emoji {text(given.get('productId'))} {text(given.get('emojiId'))}", "emoji")


def _stand_in(key: str, stands_for: Mapping[str, Any]) -> Chip:
    given = mapping(stands_for.get(key))
    if given.get("type") == "emoji":
        return _emoji(given)
    if given.get("type") != "mention":
        return Chip(f"{{{key}}}", "no substitution of this name: LINE refuses the message", "bad")
    who = mapping(given.get("mentionee"))
    everyone = who.get("type") == "all"
    return Chip("@All" if everyone else "@name", "everyone" if everyone else bare(text(who.get("userId"))), "mention")


def _json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=1, default=repr)[:1500]
    except (ValueError, RecursionError, TypeError):
        return f"(a {type(value).__name__} that is no JSON)"
