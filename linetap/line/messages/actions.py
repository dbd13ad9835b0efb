"""LINE's action objects, as values: what a tap does.

The rules check which action is allowed in which context, and the length of its label.
https://developers.line.biz/en/reference/messaging-api/#action-objects
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs

from linetap.models.read import Model, text, text_or_none

InputOption = Literal["closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"]
DatetimeMode = Literal["date", "time", "datetime"]


@attrs.frozen(repr=False)
class Action(Model):
    """The base of all actions."""

    kinds: ClassVar[dict[str, Any]] = {}


@attrs.frozen(repr=False)
class LabelledAction(Action):
    """Actions whose label is required in some places and optional in others."""

    label: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)


ActionLike = Action | Mapping[str, Any]
"""An action, or the JSON of an action that linetap does not know."""


@attrs.frozen(repr=False)
class MessageAction(LabelledAction):
    """Sends ``text`` as a message of the user; at most 300 grapheme clusters.

    https://developers.line.biz/en/reference/messaging-api/#message-action
    """

    type: ClassVar[str] = "message"
    text: str = attrs.field(converter=text)


@attrs.frozen(repr=False)
class URIAction(LabelledAction):
    """Opens ``uri``: http, https, line or tel, at most 1,000 characters.

    https://developers.line.biz/en/reference/messaging-api/#uri-action
    """

    type: ClassVar[str] = "uri"
    uri: str = attrs.field(converter=text)
    alt_uri: AltUri | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class AltUri(Model):
    """The URL that LINE for PC opens instead: at most 1,000 characters.

    https://developers.line.biz/en/reference/messaging-api/#uri-action
    """

    desktop: str | None = attrs.field(default=None, converter=text_or_none)


@attrs.frozen(repr=False)
class PostbackAction(LabelledAction):
    """Sends ``data``, at most 300 UTF-16 units, to the bot's webhook.

    ``display_text`` (or the deprecated ``text``) is shown as a message of the user; ``fill_in_text`` requires
    ``input_option="openKeyboard"``. https://developers.line.biz/en/reference/messaging-api/#postback-action
    """

    type: ClassVar[str] = "postback"
    data: str = attrs.field(converter=text)
    display_text: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)
    text: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)
    input_option: InputOption | None = attrs.field(default=None, kw_only=True)
    fill_in_text: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)


@attrs.frozen(repr=False)
class DatetimePickerAction(LabelledAction):
    """Asks for a date, a time or both; ``initial``, ``min`` and ``max`` have the form of ``mode``.

    ``2026-06-18``, ``06:15`` or ``2026-06-18T06:15``, from 1900-01-01 to 2100-12-31, without a time zone.
    https://developers.line.biz/en/reference/messaging-api/#datetime-picker-action
    """

    type: ClassVar[str] = "datetimepicker"
    data: str = attrs.field(converter=text)
    mode: DatetimeMode
    initial: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)
    min: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)
    max: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)


@attrs.frozen(repr=False)
class ClipboardAction(LabelledAction):
    """Copies ``clipboard_text``, 1 to 1,000 characters (LINE 14.0.0 or later).

    https://developers.line.biz/en/reference/messaging-api/#clipboard-action
    """

    type: ClassVar[str] = "clipboard"
    clipboard_text: str = attrs.field(converter=text)


@attrs.frozen(repr=False)
class CameraAction(Action):
    """Opens the camera; quick replies only.

    https://developers.line.biz/en/reference/messaging-api/#camera-action
    """

    type: ClassVar[str] = "camera"
    label: str = attrs.field(converter=text)


@attrs.frozen(repr=False)
class CameraRollAction(Action):
    """Opens the camera roll; quick replies only.

    https://developers.line.biz/en/reference/messaging-api/#camera-roll-action
    """

    type: ClassVar[str] = "cameraRoll"
    label: str = attrs.field(converter=text)


@attrs.frozen(repr=False)
class LocationAction(Action):
    """Opens the location screen; quick replies only.

    https://developers.line.biz/en/reference/messaging-api/#location-action
    """

    type: ClassVar[str] = "location"
    label: str = attrs.field(converter=text)


@attrs.frozen(repr=False)
class RichMenuSwitchAction(LabelledAction):
    """Switches to another rich menu; rich menus only, never in a message.

    https://developers.line.biz/en/reference/messaging-api/#richmenu-switch-action
    """

    type: ClassVar[str] = "richmenuswitch"
    rich_menu_alias_id: str = attrs.field(converter=text)
    data: str = attrs.field(converter=text)
