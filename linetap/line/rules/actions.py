"""LINE's rules for actions: which kind is allowed in which context, and its fields.

https://developers.line.biz/en/reference/messaging-api/#action-objects
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from linetap.errors import Problem, literal_text, short_repr
from linetap.line.rules.engine import (
    Check,
    Context,
    ObjectRule,
    Problems,
    Rule,
    TypedObjectRule,
    WrongContext,
    no_check,
    one_problem,
    prefixed,
)
from linetap.line.rules.limits import LIMITS, REFERENCE, Limit
from linetap.line.rules.texts import OneOf, Text, Url, decided_by_field

PAGE = f"{REFERENCE}#action-objects"
_PICKER = f"{REFERENCE}#datetime-picker-action"

LINK = Url(LIMITS["uri.uri"], ("http", "https", "line", "tel"))


def _postback(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    return _postback_texts(value) if "displayText" in value or "fillInText" in value else ()


def _postback_texts(value: Mapping[str, Any]) -> Iterable[Problem]:
    if value.get("displayText") is not None and value.get("text") is not None:
        yield Problem(
            ".text", "must not be given with displayText", "both", suggestion="keep displayText: text is deprecated"
        )
    if value.get("fillInText") is not None and value.get("inputOption") != "openKeyboard":
        found = short_repr(value.get("inputOption"))
        yield Problem(".fillInText", "must be used with inputOption openKeyboard", found)


# mode -> (pattern, format, example)
_MODES = {
    "date": (r"\d{4}-\d\d-\d\d", "%Y-%m-%d", "2026-06-18"),
    "time": (r"\d\d:\d\d", "%H:%M", "06:15"),
    "datetime": (r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d", "%Y-%m-%dT%H:%M", "2026-06-18T06:15"),
}


def _moment(text: str, mode: str) -> datetime | None:
    pattern, form, _ = _MODES[mode]
    if not text.isascii() or not re.fullmatch(pattern, text):
        return None
    try:
        moment = datetime.strptime(text.replace("t", "T"), form)
    except ValueError:
        return None
    # strptime gives a time without a date the year 1900.
    return moment if 1900 <= moment.year <= 2100 else None


def _picker(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    mode = value.get("mode")
    if type(mode) is not str or mode not in _MODES:
        return
    moments = {}
    for name in ("initial", "max", "min"):
        text = value.get(name)
        if type(text) is not str:
            continue
        moments[name] = _moment(text, mode)
        if moments[name] is None:
            years = "" if mode == "time" else ", from 1900-01-01 to 2100-12-31"
            rule = f"must be a {mode} such as {_MODES[mode][2]}{years}"
            found = decided_by_field(text, context, rule, _PICKER) or one_problem(rule, text, page=_PICKER)
            yield from prefixed(f".{name}", found)
    least, most = moments.get("min"), moments.get("max")
    if least and most and least >= most:
        yield Problem(".min", "must be before max", short_repr(value["min"]))


def _any_string(value: Any, context: Context) -> Problems:
    return () if type(value) is str else one_problem("must be a string", value)


_FIELDS: dict[str, tuple[str, dict[str, Check], tuple[str, ...], tuple[Any, ...]]] = {
    # kind: (anchor of its page, its fields, required fields, checks across fields)
    "postback": (
        "postback-action",
        {
            "data": Text(LIMITS["postback.data"]),
            "displayText": Text(LIMITS["postback.displayText"]),
            "text": Text(LIMITS["postback.text"]),
            "inputOption": OneOf("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"),
            "fillInText": Text(LIMITS["postback.fillInText"]),
        },
        ("data",),
        (_postback,),
    ),
    "message": ("message-action", {"text": Text(LIMITS["message.text"])}, ("text",), ()),
    "uri": (
        "uri-action",
        {
            "uri": LINK,
            "altUri": ObjectRule(
                "altUri",
                f"{REFERENCE}#uri-action",
                {"desktop": Url(LIMITS["uri.altUri.desktop"], ("http", "https", "line", "tel"))},
            ),
        },
        ("uri",),
        (),
    ),
    "datetimepicker": (
        "datetime-picker-action",
        {
            "data": Text(LIMITS["datetimepicker.data"]),
            "mode": OneOf("date", "time", "datetime"),
            "initial": _any_string,
            "max": _any_string,
            "min": _any_string,
        },
        ("data", "mode"),
        (_picker,),
    ),
    "clipboard": (
        "clipboard-action",
        {"clipboardText": Text(LIMITS["clipboard.clipboardText"])},
        ("clipboardText",),
        (),
    ),
    "camera": ("camera-action", {}, (), ()),
    "cameraRoll": ("camera-roll-action", {}, (), ()),
    "location": ("location-action", {}, (), ()),
}
_QUICK_REPLY_ONLY = ("camera", "cameraRoll", "location")


def _choice(kinds: list[str]) -> str:
    return f"must be one of {', '.join(kinds)} here" if len(kinds) > 1 else f"must be {kinds[0]} here"


def _label(value: Mapping[str, Any], context: Context) -> Iterable[Problem]:
    """LINE's table requires labels in templates, and does not name default actions, which show none."""
    if "label" not in value:
        yield from one_problem(
            "should have a label", literal_text("nothing"), path=".label", page=PAGE, severity="uncertain"
        )


def actions(
    label: Limit,
    *,
    required: bool,
    quick_reply: bool = False,
    only: Iterable[str] = _FIELDS,
    more_checks: tuple[Rule, ...] = (),
) -> TypedObjectRule:
    """The check of an action in a context where its label has this limit."""
    kinds: dict[str, Check] = {}
    for kind, (anchor, fields, needed, cross_checks) in _FIELDS.items():
        needs = (*needed, "label") if required or kind in _QUICK_REPLY_ONLY else needed
        fields = {"type": no_check, "label": Text(label, may_be_empty=not (required or more_checks)), **fields}
        checks = (*cross_checks, *more_checks)
        kinds[kind] = ObjectRule(
            f"a {kind} action", f"{REFERENCE}#{anchor}", fields, required=needs, cross_checks=checks
        )
    here = [kind for kind in only if quick_reply or kind not in _QUICK_REPLY_ONLY]
    others = {kind: WrongContext(_choice(here), PAGE, check) for kind, check in kinds.items()}
    menu = WrongContext("must not be richmenuswitch: it is for rich menus only", f"{REFERENCE}#richmenu-switch-action")
    return TypedObjectRule(
        "an action", PAGE, {**others, **{kind: kinds[kind] for kind in here}, "richmenuswitch": menu}
    )


IN_QUICK_REPLY = actions(LIMITS["label in a quick reply"], required=True, quick_reply=True)
IN_TEMPLATE = actions(LIMITS["label in a template"], required=True)
IN_IMAGE_CAROUSEL = actions(LIMITS["label in an image carousel"], required=False)
DEFAULT_ACTION = actions(LIMITS["label of a default action"], required=False, more_checks=(_label,))
IN_FLEX_BUTTON = actions(LIMITS["label in flex"], required=True)
IN_FLEX = actions(LIMITS["label in flex"], required=False)
IN_FLEX_VIDEO = actions(LIMITS["label in flex"], required=False, only=("uri",))
