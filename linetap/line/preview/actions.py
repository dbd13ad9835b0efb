"""What a tap does, told in a tooltip; only a link LINE itself would open can be followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from linetap.display.html import escape
from linetap.fields import has_mark
from linetap.line.preview.helpers import mapping, text
from linetap.line.preview.inline_text import bare, draw, safe_link

_TOLD: Mapping[str, Callable[[Callable[[str], str]], str]] = {
    "uri": lambda get: f"opens {get('uri') or get('linkUri')}",
    "message": lambda get: f"sends “{get('text')}”",
    "postback": lambda get: (
        f"posts back “{get('data')}”" + (f" and says “{get('displayText')}”" if get("displayText") else "")
    ),
    "datetimepicker": lambda get: f"asks for a {get('mode') or 'date'} and posts back “{get('data')}”",
    "clipboard": lambda get: f"copies “{get('clipboardText')}”",
    "camera": lambda get: "opens the camera",
    "cameraRoll": lambda get: "opens the camera roll",
    "location": lambda get: "asks for a location",
    "richmenuswitch": lambda get: f"switches to rich menu {get('richMenuAliasId')}",
}


def told(action: object) -> str:
    """What the action does, in one phrase; '' where there is none."""
    given = mapping(action)
    kind = given.get("type") if "type" in given else ("uri" if "linkUri" in given else None)
    if not given:
        return ""
    phrase = _TOLD.get(kind) if isinstance(kind, str) else None
    return phrase(lambda name: bare(text(given.get(name)))[:300]) if phrase else f"unknown action {text(kind)[:40]}"


def label(action: object, limit: int) -> str:
    """The action's label as HTML, marked where it is longer than LINE takes there."""
    return draw(text(mapping(action).get("label")), limit, clusters=True)


def tap(action: object, inner: str, classes: str, style: str = "") -> str:
    """``inner`` as something to tap: a link where the action opens one, a plain element otherwise.

    Leaves only: a link inside a link is no HTML.
    """
    given = mapping(action)
    address = given.get("uri", given.get("linkUri"))
    doubt = _doubt(given, address)
    title = f' title="{escape(told(given))}{doubt and ": no address LINE opens"}"' if given else ""
    if (given.get("type") == "uri") and (link := safe_link(address)):
        follow = f'href="{escape(link)}" target="_blank" rel="noopener noreferrer"'
        return f'<a class="{classes}" {follow}{title}{style}>{inner}</a>'
    return f'<span class="{classes}{doubt}"{title}{style}>{inner}</span>'


def _doubt(given: Mapping[str, Any], address: object) -> str:
    blocked = given.get("type") == "uri" and not (isinstance(address, str) and has_mark(address))
    return " lt-blocked" if blocked else ""
