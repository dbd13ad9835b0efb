"""Types that LINE documents in another context, or has removed: no new type of LINE can be expected under these names.

https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from __future__ import annotations

from collections.abc import Mapping

_TYPES: Mapping[str, str] = {
    "a message": "audio coupon flex image imagemap location sticker template text textV2 video",
    "an action": "camera cameraRoll clipboard datetimepicker location message postback richmenuswitch uri",
    "a template": "buttons carousel confirm image_carousel",
    "a flex container": "bubble carousel",
    "a flex component": "box button filler icon image separator span text video",
    "a background of a flex box": "linearGradient",
    "a substitution of a textV2 message": "emoji mention",
}
_KNOWN: dict[str, list[str]] = {}
for _family, _names in _TYPES.items():
    for _name in _names.split():
        _KNOWN.setdefault(_name, []).append(_family)
# Removed: https://github.com/line/line-openapi/issues/17
_REMOVED: Mapping[str, str] = {
    "spacer": "LINE removed spacer: use the padding of a box or the margin of a component",
}


def wrong_context_remedy(kind: str) -> str:
    """The remedy for a type in a wrong context; empty for a type that linetap does not know."""
    if kind in _REMOVED:
        return _REMOVED[kind]
    families = _KNOWN.get(kind, [])
    return f"{kind!r} is the type of {' or '.join(families)}" if families else ""
