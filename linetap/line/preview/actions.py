"""Actions of buttons and images: the tooltip that describes a tap, and a link only for an address that LINE opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from linetap.display.html import escape
from linetap.fields import has_mark
from linetap.line.preview.helpers import mapping, text
from linetap.line.preview.inline_text import plain_text, safe_link, to_html

_PHRASES: Mapping[str, Callable[[Callable[[str], str]], str]] = {
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


def describe(action: object) -> str:
    """What the action does, in one phrase; '' where there is no action."""
    given = mapping(action)
    kind = given.get("type") if "type" in given else ("uri" if "linkUri" in given else None)
    if not given:
        return ""
    phrase = _PHRASES.get(kind) if isinstance(kind, str) else None
    return (
        phrase(lambda name: plain_text(text(given.get(name)))[:300]) if phrase else f"unknown action {text(kind)[:40]}"
    )


def label(action: object, limit: int) -> str:
    """The action's label as HTML, with the part beyond LINE's limit marked."""
    return to_html(text(mapping(action).get("label")), limit, clusters=True)


def tap(action: object, inner: str, classes: str, style: str = "") -> str:
    """``inner`` as an element to tap: a link where the action opens an address, a plain element otherwise.

    ``inner`` must not contain a link: HTML does not allow a link inside a link.
    """
    given = mapping(action)
    address = given.get("uri", given.get("linkUri"))
    blocked = _blocked_class(given, address)
    title = f' title="{escape(describe(given))}{blocked and ": LINE does not open this address"}"' if given else ""
    if (given.get("type") == "uri") and (link := safe_link(address)):
        follow = f'href="{escape(link)}" target="_blank" rel="noopener noreferrer"'
        return f'<a class="{classes}" {follow}{title}{style}>{inner}</a>'
    return f'<span class="{classes}{blocked}"{title}{style}>{inner}</span>'


def _blocked_class(given: Mapping[str, Any], address: object) -> str:
    is_blocked = given.get("type") == "uri" and not (isinstance(address, str) and has_mark(address))
    return " lt-blocked" if is_blocked else ""
