"""LINE's rules for imagemap messages.

https://developers.line.biz/en/reference/messaging-api/#imagemap-message
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from linetap.errors import Problem, short_repr
from linetap.line.rules.common import message
from linetap.line.rules.engine import (
    Check,
    Context,
    ListOf,
    ObjectRule,
    Problems,
    TypedObjectRule,
    WholeNumber,
    no_check,
    one_problem,
)
from linetap.line.rules.limits import LIMITS, REFERENCE
from linetap.line.rules.texts import Text, Url

PAGE = f"{REFERENCE}#imagemap-message"
_LINKS = ("http", "https", "line", "tel")

_AREA = ObjectRule(
    "an area",
    f"{REFERENCE}#imagemap-area-object",
    {"x": WholeNumber(0), "y": WholeNumber(0), "width": WholeNumber(0), "height": WholeNumber(0)},
    required=("x", "y", "width", "height"),
)
_LABEL = Text(LIMITS["imagemap.actions.label"], may_be_empty=True)


def _action(kind: str, name: str, check: Text) -> ObjectRule:
    fields: dict[str, Check] = {"type": no_check, "label": _LABEL, name: check, "area": _AREA}
    return ObjectRule(f"a {kind} area", f"{REFERENCE}#imagemap-{kind}-action-object", fields, required=(name, "area"))


_ACTION = TypedObjectRule(
    "an imagemap action",
    f"{REFERENCE}#imagemap-action-objects",
    {
        "uri": _action("uri", "linkUri", Url(LIMITS["imagemap.actions.linkUri"], _LINKS)),
        "message": _action("message", "text", Text(LIMITS["imagemap.actions.text"])),
        "clipboard": _action("clipboard", "clipboardText", Text(LIMITS["imagemap.actions.clipboardText"])),
    },
)

_VIDEO = ObjectRule(
    "the video",
    PAGE,
    {
        "originalContentUrl": Url(LIMITS["imagemap.video.originalContentUrl"]),
        "previewImageUrl": Url(LIMITS["imagemap.video.previewImageUrl"]),
        "area": _AREA,
        "externalLink": ObjectRule(
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


_HEIGHT = WholeNumber(1)


def _width(value: Any, context: Context) -> Problems:
    """The page says "1040"; other widths were accepted by LINE."""
    if found := _HEIGHT(value, context):
        return found
    return () if value == 1040 else one_problem("must be 1,040", value, _OTHER_WIDTH, page=PAGE, severity="uncertain")


_OTHER_WIDTH = "give the areas in pixels of an image that is 1,040 wide: LINE accepts other widths without a promise"


def _base(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    url = value.get("baseUrl")
    if type(url) is str and url.lower().endswith((".png", ".jpg", ".jpeg")):
        hint = "remove the file name: LINE adds /1040, /700, /460, /300 and /240"
        yield Problem(
            ".baseUrl", "must be a URL to which LINE can add the width", short_repr(url), PAGE, hint, "advice"
        )


IMAGEMAP = message(
    "imagemap",
    "imagemap-message",
    {
        "baseUrl": Url(LIMITS["imagemap.baseUrl"]),
        "altText": Text(LIMITS["imagemap.altText"]),
        "baseSize": ObjectRule(
            "the base size",
            PAGE,
            {"width": _width, "height": _HEIGHT},
            required=("width", "height"),
        ),
        "video": _VIDEO,
        "actions": ListOf(_ACTION, LIMITS["imagemap.actions"]),
    },
    ("baseUrl", "altText", "baseSize", "actions"),
    (_base,),
)
