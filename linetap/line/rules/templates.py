"""LINE's rules of template and imagemap messages.

https://developers.line.biz/en/reference/messaging-api/#template-messages
https://developers.line.biz/en/reference/messaging-api/#imagemap-message
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from linetap.errors import Problem, literal_text
from linetap.line.rules.actions import DEFAULT_ACTION, IN_IMAGE_CAROUSEL, IN_TEMPLATE
from linetap.line.rules.common import message
from linetap.line.rules.engine import Check, Context, Kind, ListOf, Rule, Shape, anything, one
from linetap.line.rules.limits import LIMITS, REFERENCE
from linetap.line.rules.texts import OneOf, Pattern, Text, Url

_COLOR = Pattern("#[0-9A-Fa-f]{6}", "is a colour such as #FFFFFF")
_RATIO = OneOf("rectangle", "square")
_SIZE = OneOf("cover", "contain")


def _given(value: Any, *names: str) -> bool:
    return type(value) is dict and any(value.get(name) is not None for name in names)


def _shorter(kind: str) -> Rule:
    """Beside an image or a title the text has less room."""
    check = Text(LIMITS[f"{kind}.text with image or title"])

    def rule(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
        text = value.get("text")
        if _given(value, "title", "thumbnailImageUrl") and type(text) is str and text:
            for problem in check(text, context):
                yield Problem(
                    f".text{problem.path}",
                    f"{problem.rule} beside an image or title",
                    problem.found,
                    problem.page,
                    problem.suggestion,
                    problem.severity,
                )

    return rule


def _equal(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    """All columns have as many actions, and an image or title where one has it."""
    columns = value.get("columns")
    columns = [column for column in columns if type(column) is dict] if type(columns) is list else []
    counts = [len(column["actions"]) if type(column.get("actions")) is list else None for column in columns]
    if len({count for count in counts if count is not None}) > 1:
        found = ", ".join(str(count) for count in counts)
        yield from one("have as many actions in each as in the others", literal_text(found), path=".columns")
    for name in ("title", "thumbnailImageUrl"):
        have = [_given(column, name) for column in columns]
        if any(have) and not all(have):
            without = ", ".join(str(place) for place, has in enumerate(have) if not has)
            rule = f"have a {name} in each or in none"
            yield from one(rule, literal_text(f"none in {without}"), path=".columns")


def _pictured(kind: str, most: dict[str, Check]) -> dict[str, Check]:
    return {
        "type": anything,
        "thumbnailImageUrl": Url(LIMITS[f"{kind}.thumbnailImageUrl"]),
        "imageBackgroundColor": _COLOR,
        "title": Text(LIMITS[f"{kind}.title"]),
        "text": Text(LIMITS[f"{kind}.text"]),
        "defaultAction": DEFAULT_ACTION,
        "actions": ListOf(IN_TEMPLATE, LIMITS[f"{kind}.actions"]),
        **most,
    }


_COLUMN_FIELDS = _pictured("column", {})
del _COLUMN_FIELDS["type"]
_COLUMN = Shape(
    "a column",
    f"{REFERENCE}#column-object-for-carousel",
    _COLUMN_FIELDS,
    required=("text", "actions"),
    also=(_shorter("column"),),
)
_IMAGE_COLUMN = Shape(
    "a column",
    f"{REFERENCE}#column-object-for-image-carousel",
    {"imageUrl": Url(LIMITS["image_carousel.imageUrl"]), "action": IN_IMAGE_CAROUSEL},
    required=("imageUrl", "action"),
)

_TEMPLATES = Kind(
    "a template",
    f"{REFERENCE}#template-messages",
    {
        "buttons": Shape(
            "a buttons template",
            f"{REFERENCE}#buttons",
            _pictured("buttons", {"imageAspectRatio": _RATIO, "imageSize": _SIZE}),
            required=("text", "actions"),
            also=(_shorter("buttons"),),
        ),
        "confirm": Shape(
            "a confirm template",
            f"{REFERENCE}#confirm",
            {
                "type": anything,
                "text": Text(LIMITS["confirm.text"]),
                "actions": ListOf(IN_TEMPLATE, LIMITS["confirm.actions"]),
            },
            required=("text", "actions"),
        ),
        "carousel": Shape(
            "a carousel template",
            f"{REFERENCE}#carousel",
            {
                "type": anything,
                "columns": ListOf(_COLUMN, LIMITS["carousel.columns"]),
                "imageAspectRatio": _RATIO,
                "imageSize": _SIZE,
            },
            required=("columns",),
            also=(_equal,),
        ),
        "image_carousel": Shape(
            "an image carousel template",
            f"{REFERENCE}#image-carousel",
            {"type": anything, "columns": ListOf(_IMAGE_COLUMN, LIMITS["image_carousel.columns"])},
            required=("columns",),
        ),
    },
)

TEMPLATE = message(
    "template",
    "template-messages",
    {"altText": Text(LIMITS["template.altText"]), "template": _TEMPLATES},
    ("altText", "template"),
)
