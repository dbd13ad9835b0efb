"""LINE's action objects, and the places where each is allowed.

https://developers.line.biz/en/reference/messaging-api/#action-objects
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from linetap.sandbox.line.checks import (
    Check,
    Report,
    action_url,
    array,
    clusters,
    kinds,
    media_url,
    one_of,
    pattern,
    record,
    text,
    url,
)

_DATA = text(300, least=0)
_FORMATS = {"date": "%Y-%m-%d", "time": "%H:%M", "datetime": "%Y-%m-%dT%H:%M"}


def _postback(action: dict[str, Any], path: str, report: Report) -> None:
    if action.get("displayText") is not None and action.get("text") is not None:
        report.add(f"{path}.text", "cannot be used with displayText")
    if action.get("fillInText") is not None and action.get("inputOption") != "openKeyboard":
        report.add(f"{path}.fillInText", "can be used only with inputOption openKeyboard")


def _picker(action: dict[str, Any], path: str, report: Report) -> None:
    form = _FORMATS.get(str(action.get("mode")))
    if form is None:
        return
    read = {}
    for name in ("initial", "min", "max"):
        if (value := action.get(name)) is None:
            continue
        try:
            read[name] = datetime.strptime(str(value).replace("t", "T"), form)
            exact = len(value) == len(read[name].strftime(form))
        except (ValueError, TypeError):
            exact = False
        if not exact:
            report.add(f"{path}.{name}", f"must be a {action['mode']}")
        elif action["mode"] != "time" and not 1900 <= read[name].year <= 2100:
            report.add(f"{path}.{name}", "must be between 1900-01-01 and 2100-12-31")
    if "min" in read and "max" in read and read["min"] >= read["max"]:
        report.add(f"{path}.max", "must be later than min")


def _kinds(label: tuple[bool, int]) -> dict[str, Check]:
    needed, most = label

    def action(required: dict[str, Check], optional: dict[str, Check] | None = None, *also: Check) -> Check:
        name = {"label": text(most, least=1 if needed else 0, count=clusters)}
        given = {**required, **(name if needed else {})}
        return record(given, {**(optional or {}), **({} if needed else name)}, *also)

    short = text(300, least=0, count=clusters)
    inputs = one_of("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice")
    return {
        "postback": action(
            {"data": _DATA},
            {"displayText": short, "text": short, "inputOption": inputs, "fillInText": short},
            _postback,
        ),
        "message": action({"text": text(300, count=clusters)}),
        "uri": action(
            {"uri": action_url}, {"altUri": record({}, {"desktop": url(1000, "http", "https", "line", "tel")})}
        ),
        "datetimepicker": action({"data": _DATA, "mode": one_of("date", "time", "datetime")}, None, _picker),
        "clipboard": action({"clipboardText": text(1000)}),
    }


_SCREEN = record({"label": text(20, count=clusters)})

in_template = kinds(_kinds((True, 20)))
in_image_carousel = kinds(_kinds((False, 12)))
in_quick_reply = kinds({**_kinds((True, 20)), "camera": _SCREEN, "cameraRoll": _SCREEN, "location": _SCREEN})
in_flex_button = kinds(_kinds((True, 40)))
in_flex = kinds(_kinds((False, 40)))
in_video = kinds({"uri": _kinds((False, 40))["uri"]})

quick_reply = record(
    {
        "items": array(
            record({"type": one_of("action"), "action": in_quick_reply}, {"imageUrl": media_url}),
            1,
            13,
        )
    }
)
sender = record({}, {"name": text(20), "iconUrl": media_url})

tag = pattern(r"[0-9A-Za-z_]{1,30}", "must be 1 to 30 characters of a-z, A-Z, 0-9 and _")
