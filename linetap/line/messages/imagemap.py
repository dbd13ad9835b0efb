"""Imagemap messages: an image with tappable areas, and a video on it.

https://developers.line.biz/en/reference/messaging-api/#imagemap-message
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from linetap.line.messages.base import Message
from linetap.models.read import Model, many, text, text_or_none


@attrs.frozen(repr=False)
class ImagemapArea(Model):
    """A rectangle in pixels of the base size; ``x`` and ``y`` from the top left.

    https://developers.line.biz/en/reference/messaging-api/#imagemap-area-object
    """

    x: int
    y: int
    width: int
    height: int


@attrs.frozen(repr=False)
class ImagemapBaseSize(Model):
    """The size in pixels that areas refer to: 1,040 wide, with the height of the image at that width.

    https://developers.line.biz/en/reference/messaging-api/#imagemap-message
    """

    width: int
    height: int


@attrs.frozen(repr=False)
class ImagemapAction(Model):
    """The base of the actions of an area."""

    kinds: ClassVar[dict[str, Any]] = {}
    label: str | None = attrs.field(default=None, converter=text_or_none, kw_only=True)


@attrs.frozen(repr=False)
class URIImagemapAction(ImagemapAction):
    """Opens ``link_uri`` (http, https, line or tel; at most 1,000 characters); ``label``: at most 100.

    https://developers.line.biz/en/reference/messaging-api/#imagemap-uri-action-object
    """

    type: ClassVar[str] = "uri"
    link_uri: str = attrs.field(converter=text)
    area: ImagemapArea


@attrs.frozen(repr=False)
class MessageImagemapAction(ImagemapAction):
    """Sends ``text`` (at most 400 characters) as a message of the user; ``label``: at most 100.

    https://developers.line.biz/en/reference/messaging-api/#imagemap-message-action-object
    """

    type: ClassVar[str] = "message"
    text: str = attrs.field(converter=text)
    area: ImagemapArea


@attrs.frozen(repr=False)
class ClipboardImagemapAction(ImagemapAction):
    """Copies ``clipboard_text`` (1 to 1,000 characters; LINE 14.0.0 or later); ``label``: at most 100.

    https://developers.line.biz/en/reference/messaging-api/#imagemap-clipboard-action-object
    """

    type: ClassVar[str] = "clipboard"
    clipboard_text: str = attrs.field(converter=text)
    area: ImagemapArea


@attrs.frozen(repr=False)
class ImagemapExternalLink(Model):
    """The link shown after the video: ``link_uri`` of at most 1,000 characters, ``label`` of at most 30.

    https://developers.line.biz/en/reference/messaging-api/#imagemap-message
    """

    link_uri: str = attrs.field(converter=text)
    label: str = attrs.field(converter=text)


@attrs.frozen(repr=False)
class ImagemapVideo(Model):
    """A video (mp4, HTTPS, at most 200 MB) that plays in ``area``.

    https://developers.line.biz/en/reference/messaging-api/#imagemap-message
    """

    original_content_url: str = attrs.field(converter=text)
    preview_image_url: str = attrs.field(converter=text)
    area: ImagemapArea
    external_link: ImagemapExternalLink | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(repr=False)
class ImagemapMessage(Message):
    """An image in five sizes at ``{base_url}/{240,300,460,700,1040}``, with at most 50 tappable areas.

    https://developers.line.biz/en/reference/messaging-api/#imagemap-message
    """

    type: ClassVar[str] = "imagemap"
    base_url: str = attrs.field(converter=text)
    alt_text: str = attrs.field(converter=text)
    base_size: ImagemapBaseSize
    actions: tuple[ImagemapAction | Mapping[str, Any], ...] = attrs.field(converter=many)
    video: ImagemapVideo | None = attrs.field(default=None, kw_only=True)
