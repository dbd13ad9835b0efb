"""A message of every kind LINE documents, with all its fields, written from LINE's pages."""

from __future__ import annotations

from typing import Any

URL = "https://example.com/a.jpg"
MOVIE = "https://example.com/a.mp4"
USER = "U" + "0" * 32
AREA = {"x": 0, "y": 0, "width": 520, "height": 520}

MESSAGE_ACTION = {"type": "message", "label": "Yes", "text": "yes"}
ACTIONS: list[dict[str, Any]] = [
    {"type": "postback", "label": "Buy", "data": "buy=1", "displayText": "Bought"},
    {"type": "postback", "label": "Ask", "data": "ask", "inputOption": "openKeyboard", "fillInText": "Question: "},
    MESSAGE_ACTION,
    {"type": "uri", "label": "Shop", "uri": "http://example.com/?q=1", "altUri": {"desktop": "https://example.com/pc"}},
    {"type": "uri", "label": "Call", "uri": "tel:+81312345678"},
    {"type": "uri", "label": "Add", "uri": "line://nv/QRCodeReader"},
    {
        "type": "datetimepicker",
        "label": "When",
        "data": "d",
        "mode": "datetime",
        "initial": "2026-06-18T06:15",
        "min": "2026-01-01T00:00",
        "max": "2026-12-31T23:59",
    },
    {"type": "datetimepicker", "label": "Day", "data": "d", "mode": "date", "initial": "2026-06-18"},
    {"type": "datetimepicker", "label": "Hour", "data": "d", "mode": "time", "min": "06:15", "max": "23:00"},
    {"type": "clipboard", "label": "Copy", "clipboardText": "3B48740B"},
]
QUICK = [
    *({"type": "action", "imageUrl": URL, "action": action} for action in ACTIONS[:4]),
    {"type": "action", "action": {"type": "camera", "label": "Photo"}},
    {"type": "action", "action": {"type": "cameraRoll", "label": "Roll"}},
    {"type": "action", "action": {"type": "location", "label": "Here"}},
]
TEXT = {"type": "text", "text": "Hello 愛子"}
BOX = {
    "type": "box",
    "layout": "vertical",
    "backgroundColor": "#FFFFFF00",
    "borderColor": "#00ff00",
    "borderWidth": "2px",
    "cornerRadius": "md",
    "width": "80%",
    "maxWidth": "300px",
    "height": "100px",
    "flex": 1,
    "spacing": "md",
    "margin": "xl",
    "paddingAll": "20px",
    "paddingTop": "5%",
    "position": "relative",
    "offsetTop": "10px",
    "offsetStart": "5%",
    "action": MESSAGE_ACTION,
    "justifyContent": "space-between",
    "alignItems": "center",
    "background": {
        "type": "linearGradient",
        "angle": "90deg",
        "startColor": "#000000",
        "endColor": "#ffffff",
        "centerColor": "#777777",
        "centerPosition": "50%",
    },
    "contents": [
        {"type": "text", "text": "Big", "size": "xxl", "weight": "bold", "color": "#112233", "wrap": True},
        {"type": "text", "contents": [{"type": "span", "text": "a", "decoration": "underline", "size": "12px"}]},
        {"type": "image", "url": URL, "size": "full", "aspectRatio": "1.91:1", "aspectMode": "cover", "animated": True},
        {"type": "button", "action": MESSAGE_ACTION, "style": "primary", "height": "sm", "color": "#aabbcc"},
        {"type": "separator", "margin": "md", "color": "#000000"},
        {"type": "box", "layout": "baseline", "contents": [{"type": "icon", "url": URL}]},
        {"type": "filler", "flex": 1},
        {"type": "box", "layout": "horizontal", "contents": []},
    ],
}  # fmt: skip
BUBBLE = {
    "type": "bubble",
    "size": "mega",
    "direction": "ltr",
    "header": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "Header"}]},
    "hero": {"type": "image", "url": URL, "size": "full", "action": MESSAGE_ACTION},
    "body": BOX,
    "footer": {"type": "box", "layout": "horizontal", "contents": [{"type": "button", "action": ACTIONS[3]}]},
    "styles": {"header": {"backgroundColor": "#00ffff"}, "footer": {"separator": True, "separatorColor": "#000000"}},
    "action": MESSAGE_ACTION,
}
VIDEO_BUBBLE = {
    "type": "bubble",
    "size": "giga",
    "hero": {
        "type": "video",
        "url": MOVIE,
        "previewUrl": URL,
        "altContent": {"type": "image", "url": URL},
        "aspectRatio": "20:13",
        "action": {"type": "uri", "label": "More", "uri": "https://example.com"},
    },
}
CARD = {
    "title": "Tea",
    "text": "Green",
    "thumbnailImageUrl": URL,
    "imageBackgroundColor": "#FFFFFF",
    "defaultAction": MESSAGE_ACTION,
    "actions": [MESSAGE_ACTION, ACTIONS[0]],
}

MESSAGES: dict[str, dict[str, Any]] = {
    "text": {
        **TEXT,
        "text": "$ and $",
        "emojis": [
            {"index": 0, "productId": "5ac1", "emojiId": "001"},
            {"index": 6, "productId": "5ac1", "emojiId": "2"},
        ],
        "quickReply": {"items": QUICK},
        "sender": {"name": "Cony", "iconUrl": URL},
    },
    "textV2": {
        "type": "textV2",
        "text": "Hi {who} {smile} {{not a key}}",
        "substitution": {
            "who": {"type": "mention", "mentionee": {"type": "user", "userId": USER}},
            "smile": {"type": "emoji", "productId": "5ac1", "emojiId": "001"},
        },
    },
    "sticker": {"type": "sticker", "packageId": "446", "stickerId": "1988", "quoteToken": "q"},
    "image": {"type": "image", "originalContentUrl": URL, "previewImageUrl": URL},
    "video": {"type": "video", "originalContentUrl": MOVIE, "previewImageUrl": URL, "trackingId": "t-1"},
    "audio": {"type": "audio", "originalContentUrl": "https://example.com/a.m4a", "duration": 60000},
    "location": {"type": "location", "title": "Shop", "address": "Tokyo", "latitude": 35.65, "longitude": 139},
    "imagemap": {
        "type": "imagemap",
        "baseUrl": "https://example.com/bot/images/rm001",
        "altText": "A map",
        "baseSize": {"width": 1040, "height": 1040},
        "video": {
            "originalContentUrl": MOVIE,
            "previewImageUrl": URL,
            "area": AREA,
            "externalLink": {"linkUri": "https://example.com/more", "label": "More"},
        },
        "actions": [
            {"type": "uri", "label": "Shop", "linkUri": "https://example.com/", "area": AREA},
            {"type": "message", "text": "Hello", "area": AREA},
            {"type": "clipboard", "clipboardText": "code", "area": AREA},
        ],
    },
    "buttons": {
        "type": "template",
        "altText": "Buttons",
        "template": {"type": "buttons", **CARD, "imageAspectRatio": "square", "imageSize": "contain"},
    },
    "confirm": {
        "type": "template",
        "altText": "Sure?",
        "template": {"type": "confirm", "text": "Sure?", "actions": [MESSAGE_ACTION, ACTIONS[0]]},
    },
    "carousel": {
        "type": "template",
        "altText": "Cards",
        "template": {
            "type": "carousel",
            "columns": [CARD, CARD],
            "imageAspectRatio": "rectangle",
            "imageSize": "cover",
        },
    },
    "image_carousel": {
        "type": "template",
        "altText": "Pictures",
        "template": {"type": "image_carousel", "columns": [{"imageUrl": URL, "action": {"type": "uri", "uri": URL}}]},
    },
    "all actions": {
        "type": "template",
        "altText": "Actions",
        "template": {
            "type": "carousel",
            "columns": [{"text": "One", "actions": [one]} for one in ACTIONS],
        },
    },
    "bubble": {"type": "flex", "altText": "A bubble", "contents": BUBBLE},
    "video bubble": {"type": "flex", "altText": "A video", "contents": VIDEO_BUBBLE},
    "flex carousel": {
        "type": "flex",
        "altText": "Bubbles",
        "contents": {"type": "carousel", "contents": [BUBBLE, BUBBLE]},
    },
    "coupon": {"type": "coupon", "couponId": "01ABCDEF", "deliveryTag": "vip_june"},
}
