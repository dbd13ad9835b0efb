"""The components of flex messages: boxes, texts, images, buttons.

Sizes are strings such as ``"md"``, ``"12px"`` or ``"50%"``; colours are ``#RRGGBB`` or ``#RRGGBBAA``.
https://developers.line.biz/en/reference/messaging-api/#flex-message
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs

from linetap.line.messages.actions import ActionLike, URIAction
from linetap.models.read import UNSET, Model, many, text, text_or_none

Align = Literal["start", "end", "center"]
AspectMode = Literal["fit", "cover"]
Decoration = Literal["none", "underline", "line-through"]
FontStyle = Literal["normal", "italic"]
Gravity = Literal["top", "bottom", "center"]
Position = Literal["relative", "absolute"]
Weight = Literal["regular", "bold"]
Layout = Literal["horizontal", "vertical", "baseline"]
Justify = Literal["center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"]
AlignItems = Literal["center", "flex-start", "flex-end"]


@attrs.frozen(repr=False)
class FlexComponent(Model):
    """The base of all components."""

    kinds: ClassVar[dict[str, Any]] = {}


FlexComponentLike = FlexComponent | Mapping[str, Any]
"""A component, or the JSON of a component that linetap does not know."""


@attrs.frozen(repr=False, kw_only=True)
class PositionedComponent(FlexComponent):
    """The base of components with a margin, a position and offsets."""

    margin: str | None = None
    position: Position | None = None
    offset_top: str | None = None
    offset_bottom: str | None = None
    offset_start: str | None = None
    offset_end: str | None = None


@attrs.frozen(repr=False)
class FlexBoxBackground(Model):
    """The base of a box's backgrounds."""

    kinds: ClassVar[dict[str, Any]] = {}


@attrs.frozen(repr=False)
class FlexBoxLinearGradient(FlexBoxBackground):
    """A gradient; ``angle`` such as ``"90deg"``, from 0 to below 360; ``center_position`` such as ``"10%"``.

    https://developers.line.biz/en/reference/messaging-api/#box
    """

    type: ClassVar[str] = "linearGradient"
    angle: str
    start_color: str
    end_color: str
    center_color: str | None = attrs.field(default=None, kw_only=True)
    center_position: str | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class FlexBox(PositionedComponent):
    """Components beside or below each other; ``contents`` may be empty.

    A baseline box may contain icons, texts and fillers; the other layouts may contain all but icons.
    https://developers.line.biz/en/reference/messaging-api/#box
    """

    type: ClassVar[str] = "box"
    layout: Layout
    contents: tuple[FlexComponentLike, ...] = attrs.field(converter=many)
    flex: int | None = attrs.field(default=None, kw_only=True)
    spacing: str | None = attrs.field(default=None, kw_only=True)
    background_color: str | None = attrs.field(default=None, kw_only=True)
    border_color: str | None = attrs.field(default=None, kw_only=True)
    border_width: str | None = attrs.field(default=None, kw_only=True)
    corner_radius: str | None = attrs.field(default=None, kw_only=True)
    width: str | None = attrs.field(default=None, kw_only=True)
    max_width: str | None = attrs.field(default=None, kw_only=True)
    height: str | None = attrs.field(default=None, kw_only=True)
    max_height: str | None = attrs.field(default=None, kw_only=True)
    padding_all: str | None = attrs.field(default=None, kw_only=True)
    padding_top: str | None = attrs.field(default=None, kw_only=True)
    padding_bottom: str | None = attrs.field(default=None, kw_only=True)
    padding_start: str | None = attrs.field(default=None, kw_only=True)
    padding_end: str | None = attrs.field(default=None, kw_only=True)
    action: ActionLike | None = attrs.field(default=None, kw_only=True)
    justify_content: Justify | None = attrs.field(default=None, kw_only=True)
    align_items: AlignItems | None = attrs.field(default=None, kw_only=True)
    background: FlexBoxBackground | Mapping[str, Any] | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class FlexButton(PositionedComponent):
    """A button; its action's label is required, of at most 40 characters.

    https://developers.line.biz/en/reference/messaging-api/#button
    """

    type: ClassVar[str] = "button"
    action: ActionLike
    flex: int | None = attrs.field(default=None, kw_only=True)
    height: Literal["sm", "md"] | None = attrs.field(default=None, kw_only=True)
    style: Literal["primary", "secondary", "link"] | None = attrs.field(default=None, kw_only=True)
    color: str | None = attrs.field(default=None, kw_only=True)
    gravity: Gravity | None = attrs.field(default=None, kw_only=True)
    adjust_mode: Literal["shrink-to-fit"] | None = attrs.field(default=None, kw_only=True)
    scaling: bool | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class FlexImage(PositionedComponent):
    """An image: HTTPS, at most 2,000 characters; JPEG or PNG, at most 1,024 x 1,024 px and 10 MB (animated: 300 KB).

    https://developers.line.biz/en/reference/messaging-api/#f-image
    """

    type: ClassVar[str] = "image"
    url: str = attrs.field(converter=text)
    flex: int | None = attrs.field(default=None, kw_only=True)
    align: Align | None = attrs.field(default=None, kw_only=True)
    gravity: Gravity | None = attrs.field(default=None, kw_only=True)
    size: str | None = attrs.field(default=None, kw_only=True)
    aspect_ratio: str | None = attrs.field(default=None, kw_only=True)
    aspect_mode: AspectMode | None = attrs.field(default=None, kw_only=True)
    background_color: str | None = attrs.field(default=None, kw_only=True)
    action: ActionLike | None = attrs.field(default=None, kw_only=True)
    animated: bool | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class FlexVideo(FlexComponent):
    """A video as the hero of a kilo, mega or giga bubble, not in a carousel; ``alt_content`` is a box or an image.

    https://developers.line.biz/en/reference/messaging-api/#f-video
    """

    type: ClassVar[str] = "video"
    url: str = attrs.field(converter=text)
    preview_url: str = attrs.field(converter=text)
    alt_content: FlexComponentLike
    aspect_ratio: str | None = attrs.field(default=None, kw_only=True)
    action: URIAction | Mapping[str, Any] | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class FlexIcon(PositionedComponent):
    """An icon beside text, in baseline boxes; HTTPS, at most 1,024 x 1,024 px and 1 MB.

    https://developers.line.biz/en/reference/messaging-api/#icon
    """

    type: ClassVar[str] = "icon"
    url: str = attrs.field(converter=text)
    size: str | None = attrs.field(default=None, kw_only=True)
    aspect_ratio: str | None = attrs.field(default=None, kw_only=True)
    scaling: bool | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class FlexSpan(FlexComponent):
    """A part of a text with its own style.

    https://developers.line.biz/en/reference/messaging-api/#span
    """

    type: ClassVar[str] = "span"
    text: str | None = attrs.field(default=None, converter=text_or_none)
    size: str | None = attrs.field(default=None, kw_only=True)
    color: str | None = attrs.field(default=None, kw_only=True)
    weight: Weight | None = attrs.field(default=None, kw_only=True)
    style: FontStyle | None = attrs.field(default=None, kw_only=True)
    decoration: Decoration | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class FlexText(PositionedComponent):
    """A text, or the spans in ``contents``, which have priority if both are given.

    https://developers.line.biz/en/reference/messaging-api/#f-text
    """

    type: ClassVar[str] = "text"
    text: str | None = attrs.field(default=None, converter=text_or_none)
    contents: tuple[FlexSpan | Mapping[str, Any], ...] = attrs.field(default=UNSET, converter=many, kw_only=True)
    flex: int | None = attrs.field(default=None, kw_only=True)
    size: str | None = attrs.field(default=None, kw_only=True)
    align: Align | None = attrs.field(default=None, kw_only=True)
    gravity: Gravity | None = attrs.field(default=None, kw_only=True)
    color: str | None = attrs.field(default=None, kw_only=True)
    weight: Weight | None = attrs.field(default=None, kw_only=True)
    style: FontStyle | None = attrs.field(default=None, kw_only=True)
    decoration: Decoration | None = attrs.field(default=None, kw_only=True)
    wrap: bool | None = attrs.field(default=None, kw_only=True)
    line_spacing: str | None = attrs.field(default=None, kw_only=True)
    max_lines: int | None = attrs.field(default=None, kw_only=True)
    adjust_mode: Literal["shrink-to-fit"] | None = attrs.field(default=None, kw_only=True)
    scaling: bool | None = attrs.field(default=None, kw_only=True)
    action: ActionLike | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class FlexSeparator(FlexComponent):
    """A line between components.

    https://developers.line.biz/en/reference/messaging-api/#separator
    """

    type: ClassVar[str] = "separator"
    margin: str | None = attrs.field(default=None, kw_only=True)
    color: str | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class FlexFiller(FlexComponent):
    """Empty space (deprecated: use the padding and ``flex`` of boxes).

    https://developers.line.biz/en/reference/messaging-api/#filler
    """

    type: ClassVar[str] = "filler"
    flex: int | None = attrs.field(default=None, kw_only=True)
