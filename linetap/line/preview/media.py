"""Images and videos: by their address until the reader asks for them, then by ``<img>``."""

from __future__ import annotations

import zlib
from urllib.parse import unquote

from linetap.display.html import escape
from linetap.fields import has_mark
from linetap.line.preview import style
from linetap.line.preview.helpers import Pen, text
from linetap.line.preview.inline_text import bare, draw, safe_link

_SHORT, _LONG = 60, 400  # characters of an address that are shown: as it is; with a field in it
PLAY = '<span class="lt-play"></span>'


def picture(
    pen: Pen, address: object, shape: float | None, *, fit: bool = False, over: str = "", own: bool = False
) -> str:
    """An image's area, ``shape`` wide for each 1 of height (None: as tall as what holds it).

    Either the address stands in it, on a colour made from it, so that two images differ; or, with
    ``load_images``, the image itself (``own``: in its own shape). ``over`` is markup above both.
    """
    url = text(address)
    title = escape(bare(url)[:300])
    if _loads(pen, url):
        kind = "lt-own" if own else "lt-fit" if fit else "lt-cover"
        area = style.attribute(**_area(None if own else shape, full=not own))
        told = f'alt="{escape(_shown(url))}" referrerpolicy="no-referrer" loading="lazy"'
        return f'<div class="lt-pic" title="{title}"{area}><img class="{kind}" src="{escape(url)}" {told}>{over}</div>'
    place = "lt-addr lt-top" if over else "lt-addr"
    label = f'<span class="{place}"><span>{draw(_shown(url)) if url else "no address"}</span></span>'
    area = style.attribute(**_area(shape, full=True), background=_tint(url))
    return f'<div class="lt-pic" title="{title}"{area}>{label}{over}</div>'


def _area(shape: float | None, *, full: bool) -> dict[str, str | None]:
    return {"aspect_ratio": f"{shape:g}" if shape else None, "height": "100%" if full and not shape else None}


def _loads(pen: Pen, url: str) -> bool:
    # LINE takes media over HTTPS only: https://developers.line.biz/en/reference/messaging-api/#image-message
    return pen.load_images and url.startswith("https://") and safe_link(url) is not None


def _shown(url: str) -> str:
    """An address as short as it can be told apart by: its host and the end of its path."""
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
