"""Images and videos: the address by default, an ``<img>`` element with ``load_images=True``."""

from __future__ import annotations

import zlib
from urllib.parse import unquote

from linetap.display.html import escape
from linetap.fields import has_mark
from linetap.line.preview import style
from linetap.line.preview.helpers import RenderOptions, text
from linetap.line.preview.inline_text import plain_text, safe_link, to_html

_SHORT, _LONG = 60, 400  # characters of an address that are shown: without a field in it, with one
PLAY = '<span class="lt-play"></span>'


def picture(
    options: RenderOptions,
    address: object,
    shape: float | None,
    *,
    fit: bool = False,
    over: str = "",
    own: bool = False,
) -> str:
    """The area of an image with the aspect ratio ``shape`` (None: as high as its container).

    It shows the address on a colour derived from it, so that two images differ. With ``load_images`` it shows the
    image (``own``: in the aspect ratio of the image). ``over`` is markup on top of either.
    """
    url = text(address)
    title = escape(plain_text(url)[:300])
    if _loads(options, url):
        kind = "lt-own" if own else "lt-fit" if fit else "lt-cover"
        area = style.attribute(**_area(None if own else shape, full=not own))
        attributes = f'alt="{escape(_shown(url))}" referrerpolicy="no-referrer" loading="lazy"'
        element = f'<img class="{kind}" src="{escape(url)}" {attributes}>'
        return f'<div class="lt-pic" title="{title}"{area}>{element}{over}</div>'
    classes = "lt-addr lt-top" if over else "lt-addr"
    label = f'<span class="{classes}"><span>{to_html(_shown(url)) if url else "no address"}</span></span>'
    area = style.attribute(**_area(shape, full=True), background=_tint(url))
    return f'<div class="lt-pic" title="{title}"{area}>{label}{over}</div>'


def _area(shape: float | None, *, full: bool) -> dict[str, str | None]:
    return {"aspect_ratio": f"{shape:g}" if shape else None, "height": "100%" if full and not shape else None}


def _loads(options: RenderOptions, url: str) -> bool:
    # LINE takes media over HTTPS only: https://developers.line.biz/en/reference/messaging-api/#image-message
    return options.load_images and url.startswith("https://") and safe_link(url) is not None


def _shown(url: str) -> str:
    """A short form of an address: its host and the end of its path."""
    whole = url.removeprefix("https://")
    whole = whole if has_mark(whole) else unquote(whole[:_LONG])
    if len(whole) <= _SHORT or has_mark(whole):
        return whole[:_LONG]
    host, _, path = whole.partition("?")[0].partition("/")
    return f"{host[:40]}/…/{path.rpartition('/')[2][-30:]}"


def _tint(url: str) -> str:
    turn = zlib.crc32(url.encode("utf-8", "replace"))
    hue = turn % 360
    return f"linear-gradient({turn // 360 % 180}deg,hsl({hue} 38% 80%),hsl({(hue + 50) % 360} 42% 66%))"
