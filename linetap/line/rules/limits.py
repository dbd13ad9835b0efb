"""LINE's limits, each with the URL of the page that states it.

Lengths are UTF-16 units, except those marked as grapheme clusters:
https://developers.line.biz/en/docs/messaging-api/text-character-count/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

REFERENCE = "https://developers.line.biz/en/reference/messaging-api/"
COUNTING = "https://developers.line.biz/en/docs/messaging-api/text-character-count/"
SIZING = "https://developers.line.biz/en/docs/messaging-api/flex-message-elements/"

Unit = Literal["UTF-16 units", "grapheme clusters", "characters", "entries", "bytes", "milliseconds", "times"]


@attrs.frozen
class Limit:
    """A lower and an upper bound, in a unit, with the page that states them.

    ``least=1`` of a text: LINE was seen to reject an empty one ("May not be empty", "must be non-empty text"). An empty
    text of another limit is uncertain.
    """

    most: int
    unit: Unit
    page: str
    least: int = 0


def _units(most: int, anchor: str, least: int = 0) -> Limit:
    return Limit(most, "UTF-16 units", f"{REFERENCE}#{anchor}", least)


def _graphemes(most: int, anchor: str, least: int = 0) -> Limit:
    return Limit(most, "grapheme clusters", f"{REFERENCE}#{anchor}", least)


def _entries(most: int, anchor: str, least: int = 0) -> Limit:
    return Limit(most, "entries", f"{REFERENCE}#{anchor}", least)


def _bytes(most: int, anchor: str) -> Limit:
    return Limit(most, "bytes", f"{REFERENCE}#{anchor}")


LIMITS: Mapping[str, Limit] = {
    # Sending
    "messages": _entries(5, "send-push-message", 1),
    "customAggregationUnits": _entries(1, "send-push-message"),
    "aggregationUnit": _units(30, "send-push-message", 1),
    # Every message
    "quickReply.items": _entries(13, "items-object", 1),
    "quickReply.imageUrl": _units(2000, "quick-reply-button-object"),
    "sender.name": _units(20, "icon-nickname-switch"),
    "sender.iconUrl": _units(2000, "icon-nickname-switch"),
    # Text
    "text.text": _units(5000, "text-message", 1),
    "text.emojis": _entries(20, "text-message"),
    "textV2.text": _units(5000, "text-message-v2", 1),
    "textV2.substitution": _entries(100, "text-message-v2"),
    "textV2.key": _units(20, "text-message-v2", 1),
    "textV2.mention": _entries(20, "text-message-v2-mention-object"),
    "textV2.emoji": _entries(20, "text-message-v2-emoji-object"),
    # Media
    "image.originalContentUrl": _units(2000, "image-message"),
    "image.previewImageUrl": _units(2000, "image-message"),
    "video.originalContentUrl": _units(2000, "video-message"),
    "video.previewImageUrl": _units(2000, "video-message"),
    "video.trackingId": _units(100, "video-message"),
    "audio.originalContentUrl": _units(2000, "audio-message"),
    # Location and coupon
    "location.title": _units(100, "location-message"),
    "location.address": _units(100, "location-message", 1),
    "coupon.deliveryTag": _units(30, "coupon-message"),
    # Imagemap. Its actions are not action objects, so LINE counts their texts in UTF-16 units
    "imagemap.baseUrl": _units(2000, "imagemap-message"),
    "imagemap.altText": _units(1500, "imagemap-message"),
    "imagemap.video.originalContentUrl": _units(2000, "imagemap-message"),
    "imagemap.video.previewImageUrl": _units(2000, "imagemap-message"),
    "imagemap.video.externalLink.linkUri": _units(1000, "imagemap-message"),
    "imagemap.video.externalLink.label": _units(30, "imagemap-message"),
    "imagemap.actions": _entries(50, "imagemap-message"),
    "imagemap.actions.linkUri": _units(1000, "imagemap-uri-action-object"),
    "imagemap.actions.label": _units(100, "imagemap-action-objects"),
    "imagemap.actions.text": _units(400, "imagemap-message-action-object", 1),
    "imagemap.actions.clipboardText": _units(1000, "imagemap-clipboard-action-object", 1),
    # Template
    "template.altText": _units(1500, "template-messages", 1),
    "buttons.text": _graphemes(160, "buttons", 1),
    "buttons.text with image or title": _graphemes(60, "buttons"),
    "buttons.title": _graphemes(40, "buttons", 1),
    "buttons.actions": _entries(4, "buttons", 1),
    "buttons.thumbnailImageUrl": _units(2000, "buttons"),
    "confirm.text": _graphemes(240, "confirm", 1),
    "confirm.actions": _entries(2, "confirm", 2),
    "carousel.columns": _entries(10, "carousel", 1),
    "column.text": _graphemes(120, "column-object-for-carousel"),
    "column.text with image or title": _graphemes(60, "column-object-for-carousel"),
    "column.title": _graphemes(40, "column-object-for-carousel"),
    "column.actions": _entries(3, "column-object-for-carousel", 1),
    "column.thumbnailImageUrl": _units(2000, "column-object-for-carousel"),
    "image_carousel.columns": _entries(10, "image-carousel", 1),
    "image_carousel.imageUrl": _units(2000, "column-object-for-image-carousel"),
    # Flex. Whether LINE's KB is 1,000 or 1,024 bytes is not published: between the two it is uncertain.
    "flex.altText": _units(1500, "flex-message"),
    "bubble.bytes": _bytes(30 * 1024, "bubble"),
    "flex carousel.bytes": _bytes(50 * 1024, "f-carousel"),
    "flex carousel.contents": _entries(12, "f-carousel", 1),
    "flex image.url": _units(2000, "f-image"),
    "flex image.animated": Limit(10, "times", f"{REFERENCE}#f-image"),
    "flex video.url": _units(2000, "f-video"),
    "flex video.previewUrl": _units(2000, "f-video"),
    "flex icon.url": _units(2000, "icon"),
    # Actions
    "label in a template": _graphemes(20, "action-objects", 1),
    "label of a default action": _graphemes(20, "action-objects"),
    "label in an image carousel": _graphemes(12, "action-objects"),
    "label in a quick reply": _graphemes(20, "action-objects", 1),
    "label in flex": _graphemes(40, "action-objects", 1),
    "postback.data": _units(300, "postback-action"),
    "postback.displayText": _graphemes(300, "postback-action"),
    "postback.text": _graphemes(300, "postback-action"),
    "postback.fillInText": _graphemes(300, "postback-action"),
    "message.text": _graphemes(300, "message-action", 1),
    "uri.uri": _units(1000, "uri-action"),
    "uri.altUri.desktop": _units(1000, "uri-action"),
    "datetimepicker.data": _units(300, "datetime-picker-action"),
    "clipboard.clipboardText": _units(1000, "clipboard-action", 1),
}

WORST_VALUE = 512
"""Assumed maximum length of a substituted value: CleverTap stores no scalar of more bytes
(https://developer.clevertap.com/docs/upload-user-profiles-api), and a character has at least one byte."""
