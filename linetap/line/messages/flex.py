"""Flex messages: bubbles and carousels of boxes, texts, images, buttons.

``FlexMessage.from_simulator`` reads the JSON of LINE's Flex Message Simulator. Sizes are strings such as
``"md"``, ``"12px"`` or ``"50%"``; colours are ``#RRGGBB`` or ``#RRGGBBAA``.
https://developers.line.biz/en/reference/messaging-api/#flex-message
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs

from linetap.errors import invalid
from linetap.fields import Field
from linetap.line.messages.actions import ActionLike, URIAction
from linetap.line.messages.base import Message
from linetap.models import read
from linetap.models.read import UNSET, Model, many, text, text_or_none

Align = Literal["start", "end", "center"]
AspectMode = Literal["fit", "cover"]
Direction = Literal["ltr", "rtl"]
Decoration = Literal["none", "underline", "line-through"]
FontStyle = Literal["normal", "italic"]
Gravity = Literal["top", "bottom", "center"]
Position = Literal["relative", "absolute"]
Weight = Literal["regular", "bold"]
BubbleSize = Literal["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"]
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


@attrs.frozen(repr=False)
class FlexBlockStyle(Model):
    """The style of one block of a bubble.

    https://developers.line.biz/en/reference/messaging-api/#bubble-style
    """

    background_color: str | None = attrs.field(default=None, kw_only=True)
    separator: bool | None = attrs.field(default=None, kw_only=True)
    separator_color: str | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class FlexBubbleStyles(Model):
    """The styles of a bubble's blocks.

    https://developers.line.biz/en/reference/messaging-api/#bubble-style
    """

    header: FlexBlockStyle | None = attrs.field(default=None, kw_only=True)
    hero: FlexBlockStyle | None = attrs.field(default=None, kw_only=True)
    body: FlexBlockStyle | None = attrs.field(default=None, kw_only=True)
    footer: FlexBlockStyle | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class FlexContainer(Model):
    """The base of bubble and carousel."""

    kinds: ClassVar[dict[str, Any]] = {}


@attrs.frozen(repr=False)
class FlexBubble(FlexContainer):
    """One bubble: header, hero, body and footer, at most 30 KB of JSON.

    https://developers.line.biz/en/reference/messaging-api/#bubble
    """

    type: ClassVar[str] = "bubble"
    header: FlexBox | Mapping[str, Any] | None = attrs.field(default=None, kw_only=True)
    hero: FlexComponentLike | None = attrs.field(default=None, kw_only=True)
    body: FlexBox | Mapping[str, Any] | None = attrs.field(default=None, kw_only=True)
    footer: FlexBox | Mapping[str, Any] | None = attrs.field(default=None, kw_only=True)
    size: BubbleSize | None = attrs.field(default=None, kw_only=True)
    direction: Direction | None = attrs.field(default=None, kw_only=True)
    styles: FlexBubbleStyles | None = attrs.field(default=None, kw_only=True)
    action: ActionLike | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class FlexCarousel(FlexContainer):
    """1 to 12 bubbles of one size, at most 50 KB of JSON; no videos.

    https://developers.line.biz/en/reference/messaging-api/#f-carousel
    """

    type: ClassVar[str] = "carousel"
    contents: tuple[FlexBubble | Mapping[str, Any], ...] = attrs.field(converter=many)


@attrs.frozen(repr=False)
class FlexMessage(Message):
    """A bubble or carousel; ``alt_text`` (at most 1,500 UTF-16 units) is shown in notifications and chat lists.

    https://developers.line.biz/en/reference/messaging-api/#flex-message
    """

    type: ClassVar[str] = "flex"
    alt_text: str = attrs.field(converter=text)
    contents: FlexContainer | Mapping[str, Any]

    @classmethod
    def from_simulator(cls, exported: str | Mapping[str, Any], alt_text: str | Field = "") -> FlexMessage:
        """The message of an export of LINE's Flex Message Simulator: a bubble, a carousel or a whole flex message.

        ``exported`` is the JSON text or the parsed JSON. ``alt_text`` is required unless the export has one.
        """
        tree = _parsed(exported)
        whole = tree.get("type") == "flex"
        contents = tree.get("contents") if whole else tree
        if not isinstance(alt_text, Field) and type(alt_text) is not str:
            raise invalid("alt_text", "must be a str or a field", alt_text)
        alt = str(alt_text) or (tree.get("altText") if whole else "")
        if not alt:
            raise invalid("alt_text", "must be given", alt_text, "write the text that notifications show")
        known = {**tree, "altText": alt} if whole else {"type": "flex", "altText": alt, "contents": contents}
        return read.read(cls, known, "flex")


def _parsed(exported: str | Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        tree = json.loads(exported) if isinstance(exported, (str, bytes)) else exported
    except (ValueError, RecursionError) as error:
        raise invalid("exported", f"must be JSON ({error})", exported, "copy all of the simulator's JSON") from None
    if not isinstance(tree, Mapping):
        raise invalid("exported", "must be a JSON object", tree)
    return tree
