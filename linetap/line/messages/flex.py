"""Flex messages: bubbles and carousels of boxes, texts, images, buttons.

``FlexMessage.from_simulator`` reads the JSON of LINE's Flex Message Simulator.
https://developers.line.biz/en/reference/messaging-api/#flex-message
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs

from linetap.errors import invalid
from linetap.fields import Field
from linetap.line.messages.actions import ActionLike
from linetap.line.messages.base import Message
from linetap.line.messages.flex_components import FlexBox as FlexBox
from linetap.line.messages.flex_components import FlexBoxBackground as FlexBoxBackground
from linetap.line.messages.flex_components import FlexBoxLinearGradient as FlexBoxLinearGradient
from linetap.line.messages.flex_components import FlexButton as FlexButton
from linetap.line.messages.flex_components import FlexComponent as FlexComponent
from linetap.line.messages.flex_components import FlexComponentLike as FlexComponentLike
from linetap.line.messages.flex_components import FlexFiller as FlexFiller
from linetap.line.messages.flex_components import FlexIcon as FlexIcon
from linetap.line.messages.flex_components import FlexImage as FlexImage
from linetap.line.messages.flex_components import FlexSeparator as FlexSeparator
from linetap.line.messages.flex_components import FlexSpan as FlexSpan
from linetap.line.messages.flex_components import FlexText as FlexText
from linetap.line.messages.flex_components import FlexVideo as FlexVideo
from linetap.line.messages.flex_components import PositionedComponent as PositionedComponent
from linetap.models import read
from linetap.models.read import Model, many, text

Direction = Literal["ltr", "rtl"]
BubbleSize = Literal["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"]


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
