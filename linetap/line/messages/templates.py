"""Template messages: buttons, confirm, carousel, image carousel.

https://developers.line.biz/en/reference/messaging-api/#template-messages
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs

from linetap.line.messages.actions import ActionLike
from linetap.line.messages.base import Message
from linetap.models.read import Model, many, text, text_or_none

ImageAspectRatio = Literal["rectangle", "square"]
ImageSize = Literal["cover", "contain"]


@attrs.frozen(repr=False)
class Template(Model):
    """The base of all templates."""

    kinds: ClassVar[dict[str, Any]] = {}


@attrs.frozen(repr=False)
class ButtonsTemplate(Template):
    """Text (160 characters; 60 with an image or a title) above 1 to 4 buttons.

    ``title``: at most 40 characters; ``thumbnail_image_url``: HTTPS, JPEG or PNG, at most 1,024 px wide and 10 MB.
    https://developers.line.biz/en/reference/messaging-api/#buttons
    """

    type: ClassVar[str] = "buttons"
    text: str = attrs.field(converter=text)
    actions: tuple[ActionLike, ...] = attrs.field(converter=many)
    title: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)
    thumbnail_image_url: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)
    image_aspect_ratio: ImageAspectRatio | None = attrs.field(default=None, kw_only=True)
    image_size: ImageSize | None = attrs.field(default=None, kw_only=True)
    image_background_color: str | None = attrs.field(default=None, kw_only=True)
    default_action: ActionLike | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class ConfirmTemplate(Template):
    """Text of at most 240 characters above exactly 2 buttons.

    https://developers.line.biz/en/reference/messaging-api/#confirm
    """

    type: ClassVar[str] = "confirm"
    text: str = attrs.field(converter=text)
    actions: tuple[ActionLike, ...] = attrs.field(converter=many)


@attrs.frozen(repr=False)
class CarouselColumn(Model):
    """One column: text (120 characters; 60 with an image or a title) above 1 to 3 buttons.

    Every column of a carousel has as many actions as the others, and an image or title where another has one.
    https://developers.line.biz/en/reference/messaging-api/#column-object-for-carousel
    """

    text: str = attrs.field(converter=text)
    actions: tuple[ActionLike, ...] = attrs.field(converter=many)
    title: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)
    thumbnail_image_url: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)
    image_background_color: str | None = attrs.field(default=None, kw_only=True)
    default_action: ActionLike | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class CarouselTemplate(Template):
    """1 to 10 columns of text, image and buttons.

    https://developers.line.biz/en/reference/messaging-api/#carousel
    """

    type: ClassVar[str] = "carousel"
    columns: tuple[CarouselColumn, ...] = attrs.field(converter=many)
    image_aspect_ratio: ImageAspectRatio | None = attrs.field(default=None, kw_only=True)
    image_size: ImageSize | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class ImageCarouselColumn(Model):
    """One image (HTTPS, 1:1, at most 1,024 px wide and 10 MB) with an action whose label has at most 12 characters.

    https://developers.line.biz/en/reference/messaging-api/#column-object-for-image-carousel
    """

    image_url: str = attrs.field(converter=text)
    action: ActionLike


@attrs.frozen(repr=False)
class ImageCarouselTemplate(Template):
    """1 to 10 images.

    https://developers.line.biz/en/reference/messaging-api/#image-carousel
    """

    type: ClassVar[str] = "image_carousel"
    columns: tuple[ImageCarouselColumn, ...] = attrs.field(converter=many)


@attrs.frozen(repr=False)
class TemplateMessage(Message):
    """A template; ``alt_text`` (at most 1,500 UTF-16 units) is shown in notifications and chat lists.

    https://developers.line.biz/en/reference/messaging-api/#template-messages
    """

    type: ClassVar[str] = "template"
    alt_text: str = attrs.field(converter=text)
    template: Template | Mapping[str, Any]
