"""LINE's rules of imagemap messages.

https://developers.line.biz/en/reference/messaging-api/#imagemap-message
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from linetap.errors import Problem, short_repr
from linetap.line.rules.common import message
from linetap.line.rules.engine import Check, Context, Kind, ListOf, Shape, Whole, anything
from linetap.line.rules.limits import LIMITS, REFERENCE
from linetap.line.rules.texts import Text, Url

PAGE = f"{REFERENCE}#imagemap-message"
_LINKS = ("http", "https", "line", "tel")

_AREA = Shape(
    "an area",
    f"{REFERENCE}#imagemap-area-object",
    {"x": Whole(0), "y": Whole(0), "width": Whole(0), "height": Whole(0)},
    required=("x", "y", "width", "height"),
)
_LABEL = Text(LIMITS["imagemap.actions.label"], may_be_empty=True)


def _action(kind: str, name: str, check: Text) -> Shape:
    fields: dict[str, Check] = {"type": anything, "label": _LABEL, name: check, "area": _AREA}
    return Shape(f"a {kind} area", f"{REFERENCE}#imagemap-{kind}-action-object", fields, required=(name, "area"))


_ACTION = Kind(
    "an imagemap action",
    f"{REFERENCE}#imagemap-action-objects",
    {
        "uri": _action("uri", "linkUri", Url(LIMITS["imagemap.actions.linkUri"], _LINKS)),
        "message": _action("message", "text", Text(LIMITS["imagemap.actions.text"])),
        "clipboard": _action("clipboard", "clipboardText", Text(LIMITS["imagemap.actions.clipboardText"])),
    },
)

_VIDEO = Shape(
    "the video",
    PAGE,
    {
        "originalContentUrl": Url(LIMITS["imagemap.video.originalContentUrl"]),
        "previewImageUrl": Url(LIMITS["imagemap.video.previewImageUrl"]),
        "area": _AREA,
        "externalLink": Shape(
            "the video's link",
            PAGE,
            {
                "linkUri": Url(LIMITS["imagemap.video.externalLink.linkUri"], _LINKS),
                "label": Text(LIMITS["imagemap.video.externalLink.label"]),
            },
            required=("linkUri", "label"),
        ),
    },
    required=("originalContentUrl", "previewImageUrl", "area"),
)


def _base(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    url = value.get("baseUrl")
    if type(url) is str and url.lower().endswith((".png", ".jpg", ".jpeg")):
        hint = "leave the file's name out: LINE adds /1040, /700, /460, /300 and /240"
        yield Problem(".baseUrl", "is an address to which LINE adds the width", short_repr(url), PAGE, hint, "advice")


IMAGEMAP = message(
    "imagemap",
    "imagemap-message",
    {
        "baseUrl": Url(LIMITS["imagemap.baseUrl"]),
        "altText": Text(LIMITS["imagemap.altText"]),
        "baseSize": Shape(
            "the base size",
            PAGE,
            {"width": Whole(LIMITS["imagemap.width"].least, LIMITS["imagemap.width"].most), "height": Whole(1)},
            required=("width", "height"),
        ),
        "video": _VIDEO,
        "actions": ListOf(_ACTION, LIMITS["imagemap.actions"]),
    },
    ("baseUrl", "altText", "baseSize", "actions"),
    (_base,),
)
