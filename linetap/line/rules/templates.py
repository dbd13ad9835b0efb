"""LINE's rules for template messages.

https://developers.line.biz/en/reference/messaging-api/#template-messages
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from linetap.errors import Problem, literal_text
from linetap.line.rules.actions import DEFAULT_ACTION, IN_IMAGE_CAROUSEL, IN_TEMPLATE
from linetap.line.rules.common import message
from linetap.line.rules.engine import Check, Context, ListOf, ObjectRule, Rule, TypedObjectRule, no_check, one_problem
from linetap.line.rules.limits import LIMITS, REFERENCE
from linetap.line.rules.texts import OneOf, Pattern, Text, Url

_COLOR = Pattern("#[0-9A-Fa-f]{6}", "must be a colour such as #FFFFFF")
_RATIO = OneOf("rectangle", "square")
_SIZE = OneOf("cover", "contain")


def _given(value: Any, *names: str) -> bool:
    return type(value) is dict and any(value.get(name) is not None for name in names)


def _text_beside_image(kind: str) -> Rule:
    """With an image or a title the text must be shorter."""
    check = Text(LIMITS[f"{kind}.text with image or title"])

    def rule(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
        text = value.get("text")
        if _given(value, "title", "thumbnailImageUrl") and type(text) is str and text:
            for problem in check(text, context):
                yield Problem(
                    f".text{problem.path}",
                    f"{problem.rule} with an image or title",
                    problem.found,
                    problem.page,
                    problem.suggestion,
                    problem.severity,
                )

    return rule


def _same_columns(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    """All columns must have the same number of actions; all or none a title; all or none an image."""
    columns = value.get("columns")
    columns = [column for column in columns if type(column) is dict] if type(columns) is list else []
    counts = [len(column["actions"]) if type(column.get("actions")) is list else None for column in columns]
    if len({count for count in counts if count is not None}) > 1:
        found = ", ".join(str(count) for count in counts)
        yield from one_problem(
            "must have the same number of actions in each column", literal_text(found), path=".columns"
        )
    for name in ("title", "thumbnailImageUrl"):
        have = [_given(column, name) for column in columns]
        if any(have) and not all(have):
            without = ", ".join(str(index) for index, has in enumerate(have) if not has)
            rule = f"must have a {name} in every column or in none"
            yield from one_problem(rule, literal_text(f"none in column {without}"), path=".columns")


def _fields(kind: str, more: dict[str, Check]) -> dict[str, Check]:
    return {
        "type": no_check,
        "thumbnailImageUrl": Url(LIMITS[f"{kind}.thumbnailImageUrl"]),
        "imageBackgroundColor": _COLOR,
        "title": Text(LIMITS[f"{kind}.title"]),
        "text": Text(LIMITS[f"{kind}.text"]),
        "defaultAction": DEFAULT_ACTION,
        "actions": ListOf(IN_TEMPLATE, LIMITS[f"{kind}.actions"]),
        **more,
    }


_COLUMN_FIELDS = _fields("column", {})
del _COLUMN_FIELDS["type"]
_COLUMN = ObjectRule(
    "a column",
    f"{REFERENCE}#column-object-for-carousel",
    _COLUMN_FIELDS,
    required=("text", "actions"),
    cross_checks=(_text_beside_image("column"),),
)
_IMAGE_COLUMN = ObjectRule(
    "a column",
    f"{REFERENCE}#column-object-for-image-carousel",
    {"imageUrl": Url(LIMITS["image_carousel.imageUrl"]), "action": IN_IMAGE_CAROUSEL},
    required=("imageUrl", "action"),
)

_TEMPLATES = TypedObjectRule(
    "a template",
    f"{REFERENCE}#template-messages",
    {
        "buttons": ObjectRule(
            "a buttons template",
            f"{REFERENCE}#buttons",
            _fields("buttons", {"imageAspectRatio": _RATIO, "imageSize": _SIZE}),
            required=("text", "actions"),
            cross_checks=(_text_beside_image("buttons"),),
        ),
        "confirm": ObjectRule(
            "a confirm template",
            f"{REFERENCE}#confirm",
            {
                "type": no_check,
                "text": Text(LIMITS["confirm.text"]),
                "actions": ListOf(IN_TEMPLATE, LIMITS["confirm.actions"]),
            },
            required=("text", "actions"),
        ),
        "carousel": ObjectRule(
            "a carousel template",
            f"{REFERENCE}#carousel",
            {
                "type": no_check,
                "columns": ListOf(_COLUMN, LIMITS["carousel.columns"]),
                "imageAspectRatio": _RATIO,
                "imageSize": _SIZE,
            },
            required=("columns",),
            cross_checks=(_same_columns,),
        ),
        "image_carousel": ObjectRule(
            "an image carousel template",
            f"{REFERENCE}#image-carousel",
            {"type": no_check, "columns": ListOf(_IMAGE_COLUMN, LIMITS["image_carousel.columns"])},
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
