"""Sample messages of every kind that LINE documents, in the languages of linetap's users."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

Json = dict[str, Any]
PHOTO = "https://img.example.com/cafe"


def photo(name: str) -> str:
    """The address of an image, percent-encoded as LINE requires."""
    return f"{PHOTO}/{quote(name)}.jpg"


def text(words: str, **more: Any) -> Json:
    """A flex text."""
    return {"type": "text", "text": words, **more}


def box(layout: str, *contents: Json, **more: Any) -> Json:
    """A flex box."""
    return {"type": "box", "layout": layout, "contents": list(contents), **more}


def opens(label: str, uri: str = "https://shop.example.com/") -> Json:
    """A uri action."""
    return {"type": "uri", "label": label, "uri": uri}


def says(label: str) -> Json:
    """A message action."""
    return {"type": "message", "label": label, "text": label}


def image(name: str, **more: Any) -> Json:
    """A flex image."""
    return {"type": "image", "url": photo(name), **more}


def flex(contents: Json) -> Json:
    """A flex message around a bubble or carousel."""
    return {"type": "flex", "altText": "for the chat list", "contents": contents}


def _stars(n: int) -> list[Json]:
    star = {"type": "icon", "size": "sm"}
    return [{**star, "url": f"{PHOTO}/{'gold' if i < n else 'grey'}.png"} for i in range(5)]


def _fact(name: str, value: str) -> Json:
    return box(
        "baseline",
        text(name, color="#aaaaaa", size="sm", flex=1),
        text(value, wrap=True, color="#666666", size="sm", flex=5),
        spacing="sm",
    )


RESTAURANT = {
    "type": "bubble",
    "hero": image("front", size="full", aspectRatio="20:13", aspectMode="cover", action=opens("site")),
    "body": box(
        "vertical",
        text("喫茶ブラウン 渋谷店", weight="bold", size="xl"),
        box("baseline", *_stars(4), text("4.0", size="sm", color="#999999", margin="md", flex=0), margin="md"),
        box(
            "vertical",
            _fact("場所", "東京都渋谷区神南一丁目二番三号 パティオビル二階"),
            _fact("時間", "10:00 - 23:00（ラストオーダー 22:30）"),
            margin="lg",
            spacing="sm",
        ),
    ),
    "footer": box(
        "vertical",
        {"type": "button", "style": "link", "height": "sm", "action": opens("電話する", "tel:0312345678")},
        {"type": "button", "style": "primary", "height": "sm", "action": opens("ウェブサイト")},
        spacing="sm",
        flex=0,
    ),
}


def _line(name: str, price: str, margin: str = "sm", **more: Any) -> Json:
    look = {"size": "sm", "color": "#555555", **more}
    right = text(price, align="end", **{**look, "color": "#111111"})
    return box("horizontal", text(name, flex=0, **look), right, margin=margin)


RECEIPT = {
    "type": "bubble",
    "styles": {"footer": {"separator": True, "separatorColor": "#ff8800"}},
    "body": box(
        "vertical",
        text("ใบเสร็จรับเงิน", weight="bold", color="#1DB446", size="sm"),
        text("ร้านบราวน์", weight="bold", size="xxl", margin="md"),
        text("อาคารสยาม ชั้น 3 แขวงปทุมวัน กรุงเทพมหานคร 10330", size="xs", color="#aaaaaa", wrap=True),
        {"type": "separator", "margin": "xxl"},
        box(
            "vertical",
            _line("ชาเย็น", "฿45.00"),
            _line("ขนมปังปิ้ง เนยนม", "฿60.00"),
            {"type": "separator", "margin": "xxl", "color": "#0000ff"},
            _line("จำนวน", "2", margin="xxl"),
            _line("รวม", "฿105.00", weight="bold"),
            margin="xxl",
            spacing="sm",
        ),
    ),
    "footer": box(
        "horizontal", text("หมายเลข", size="xs", color="#aaaaaa", flex=0), text("#743289384279", size="xs", align="end")
    ),
}

TICKET = {
    "type": "bubble",
    "size": "kilo",
    "body": box(
        "vertical",
        image("night", size="full", aspectMode="cover", aspectRatio="2:3", gravity="top"),
        box(
            "vertical",
            text("Night at the Roastery", size="xl", color="#ffffff", weight="bold", wrap=True),
            box(
                "baseline",
                text("¥3,500", color="#ebebeb", size="sm", flex=0),
                text("¥5,000", color="#ffffffcc", decoration="line-through", gravity="bottom", flex=0, size="sm"),
                spacing="lg",
            ),
            box(
                "vertical",
                {"type": "filler"},
                box(
                    "baseline",
                    {"type": "filler"},
                    {"type": "icon", "url": f"{PHOTO}/cart.png"},
                    text("Add to cart", color="#ffffff", flex=0, offsetTop="-2px"),
                    {"type": "filler"},
                    spacing="sm",
                ),
                {"type": "filler"},
                borderWidth="1px",
                cornerRadius="4px",
                spacing="sm",
                borderColor="#ffffff",
                margin="xxl",
                height="40px",
            ),
            position="absolute",
            offsetBottom="0px",
            offsetStart="0px",
            offsetEnd="0px",
            background={
                "type": "linearGradient",
                "angle": "0deg",
                "startColor": "#03303aee",
                "endColor": "#03303a00",
                "centerColor": "#03303acc",
                "centerPosition": "70%",
            },
            paddingAll="20px",
            paddingTop="18px",
        ),
        box(
            "vertical",
            text("SALE", color="#ffffff", align="center", size="xs", offsetTop="3px"),
            position="absolute",
            cornerRadius="20px",
            offsetTop="18px",
            backgroundColor="#ff334b",
            offsetStart="18px",
            height="25px",
            width="53px",
        ),
        paddingAll="0px",
    ),
}


def _stop(time: str, place: str, colour: str) -> Json:
    dot = box("vertical", width="12px", height="12px", cornerRadius="30px", borderWidth="2px", borderColor=colour)
    return box(
        "horizontal",
        text(time, size="sm", gravity="center"),
        box("vertical", {"type": "filler"}, dot, {"type": "filler"}, flex=0),
        text(place, gravity="center", flex=4, size="sm"),
        spacing="lg",
        cornerRadius="30px",
        margin="xl",
    )


def _leg(words: str, colour: str) -> Json:
    rod = box(
        "horizontal",
        {"type": "filler"},
        box("vertical", width="2px", backgroundColor=colour),
        {"type": "filler"},
        flex=1,
    )
    return box(
        "horizontal",
        box("baseline", {"type": "filler"}, flex=1),
        box("vertical", rod, width="12px"),
        text(words, gravity="center", flex=4, size="xs", color="#8c8c8c"),
        spacing="lg",
        height="64px",
    )


def _end(label: str, place: str) -> Json:
    return box(
        "vertical", text(label, color="#ffffff66", size="sm"), text(place, color="#ffffff", size="xl", weight="bold")
    )


JOURNEY = {
    "type": "bubble",
    "size": "mega",
    "header": box(
        "vertical",
        _end("FROM", "秋葉原"),
        _end("TO", "新宿"),
        paddingAll="20px",
        backgroundColor="#0367D3",
        spacing="md",
        height="154px",
        paddingTop="22px",
    ),
    "body": box(
        "vertical",
        text("Total: 1 hour", color="#b7b7b7", size="xs"),
        _stop("20:30", "秋葉原", "#EF454D"),
        _leg("徒歩 4分", "#B7B7B7"),
        _stop("20:34", "御茶ノ水", "#6486E3"),
        _leg("中央線快速 14分", "#6486E3"),
        _stop("20:48", "新宿", "#6486E3"),
    ),
}


def _task(name: str, share: str, colour: str, track: str) -> Json:
    return {
        "type": "bubble",
        "size": "nano",
        "header": box(
            "vertical",
            text(name, color="#ffffff", size="md", gravity="center"),
            text(share, color="#ffffff", size="xs", gravity="center", margin="lg"),
            box(
                "vertical",
                box("vertical", {"type": "filler"}, width=share, backgroundColor=track, height="6px"),
                backgroundColor="#9FD8E36E",
                height="6px",
                margin="sm",
            ),
            backgroundColor=colour,
            paddingTop="19px",
            paddingAll="12px",
            paddingBottom="16px",
        ),
        "body": box(
            "horizontal",
            text("Buy milk and lettuce before class", color="#8C8C8C", size="sm", wrap=True),
            spacing="md",
            paddingAll="12px",
        ),
        "styles": {"footer": {"separator": False}},
    }


TASKS = {
    "type": "carousel",
    "contents": [
        _task("In Progress", "70%", "#27ACB2", "#0D8186"),
        _task("Pending", "30%", "#FF6B6E", "#DE5658"),
        _task("Done", "100%", "#A17DF5", "#7D51E4"),
    ],
}


def _product(name: str, price: str, left: bool) -> Json:
    return {
        "type": "bubble",
        "size": "micro",
        "hero": image(name, size="full", aspectMode="cover", aspectRatio="320:213"),
        "body": box(
            "vertical",
            text(name, weight="bold", size="sm", wrap=True),
            box("baseline", *[{**s, "size": "xs"} for s in _stars(4)], text("4.0", size="xs", color="#8c8c8c", flex=0)),
            text(price, size="xl", weight="bold", color="#111111" if left else "#aaaaaa"),
            spacing="sm",
            paddingAll="13px",
        ),
        "footer": box("vertical", {"type": "button", "style": "primary", "height": "sm", "action": says("カートに")}),
    }


PRODUCTS = {
    "type": "carousel",
    "contents": [
        _product("北欧アームチェア", "¥9,800", True),
        _product("Brass lamp", "¥4,200", False),
        _product("โต๊ะไม้สัก", "฿3,990", True),
    ],
}

SPANS = {
    "type": "bubble",
    "direction": "ltr",
    "body": box(
        "vertical",
        {
            "type": "text",
            "wrap": True,
            "lineSpacing": "6px",
            "contents": [
                {"type": "span", "text": "Grüße", "weight": "bold", "color": "#c2185b"},
                {"type": "span", "text": " 😀 and "},
                {"type": "span", "text": "big", "size": "xxl"},
                {"type": "span", "text": " small", "size": "xxs", "style": "italic"},
                {"type": "span", "text": " gone\nnext line", "decoration": "line-through"},
            ],
        },
        box(
            "horizontal",
            *[text(word, size="xs", align="center", gravity="center") for word in ("one", "two", "three")],
            {"type": "separator"},
            text("five times as long as it can be", size="xs"),
            spacing="md",
            margin="lg",
            height="50px",
            backgroundColor="#f2f5ff",
            cornerRadius="md",
            borderWidth="semi-bold",
            borderColor="#7aa2ff",
        ),
        box(
            "horizontal",
            *[box("vertical", text(n, flex=0, size="xs"), width="52px", backgroundColor="#ffe2b3") for n in "ABC"],
            justifyContent="space-between",
            margin="lg",
        ),
        {"type": "button", "style": "secondary", "margin": "lg", "action": opens("Secondary")},
        {"type": "button", "style": "primary", "color": "#905c44", "margin": "sm", "action": says("Own colour")},
        text("a line cut by the end of its box, with an ellipsis", margin="md"),
        text(
            "only two lines of this long sentence may stand here, whatever it goes on to say after them",
            wrap=True,
            maxLines=2,
            size="sm",
            margin="md",
        ),
        text("Shrinks until it fits into one line of the box", adjustMode="shrink-to-fit", size="xl", margin="md"),
    ),
}

VIDEO_HERO = {
    "type": "bubble",
    "size": "mega",
    "hero": {
        "type": "video",
        "url": "https://img.example.com/film.mp4",
        "previewUrl": f"{PHOTO}/film.jpg",
        "altContent": image("film", size="full", aspectRatio="16:9"),
        "aspectRatio": "16:9",
        "action": opens("More"),
    },
    "body": box("vertical", text("Video hero", weight="bold"), text("مرحبا", align="end")),
}

RIGHT_TO_LEFT = {
    "type": "bubble",
    "direction": "rtl",
    "size": "deca",
    "header": box("vertical", text("عرض خاص", weight="bold")),
    "body": box(
        "horizontal",
        text("واحد", flex=0),
        text("اثنان", flex=0, margin="xl"),
        box("vertical", text("٪", color="#ffffff"), backgroundColor="#333333", paddingStart="20px", width="60px"),
    ),
}


def _column(title: str, words: str) -> Json:
    return {
        "thumbnailImageUrl": photo(title),
        "imageBackgroundColor": "#FFFFFF",
        "title": title,
        "text": words,
        "actions": [says("Buy"), opens("Details")],
    }


def template(kind: str, **more: Any) -> Json:
    """A template message."""
    return {"type": "template", "altText": f"a {kind} template", "template": {"type": kind, **more}}


IMAGEMAP: Json = {
    "type": "imagemap",
    "baseUrl": f"{PHOTO}/map",
    "altText": "menu",
    "baseSize": {"width": 1040, "height": 780},
    "video": {
        "originalContentUrl": "https://img.example.com/film.mp4",
        "previewImageUrl": f"{PHOTO}/film.jpg",
        "area": {"x": 60, "y": 60, "width": 920, "height": 300},
    },
    "actions": [
        {
            "type": "uri",
            "label": "メニュー",
            "linkUri": "https://shop.example.com/menu",
            "area": {"x": 0, "y": 400, "width": 520, "height": 380},
        },
        {"type": "message", "text": "予約したい", "area": {"x": 520, "y": 400, "width": 520, "height": 380}},
    ],
}

QUICK_REPLY = {
    "items": [
        {"type": "action", "imageUrl": f"{PHOTO}/cam.png", "action": {"type": "camera", "label": "写真を送る"}},
        {"type": "action", "action": {"type": "message", "label": "はい", "text": "はい"}},
        {"type": "action", "action": {"type": "postback", "label": "Not now", "data": "later=1"}},
        {"type": "action", "action": {"type": "location", "label": "Send location"}},
    ]
}

CHATS: dict[str, list[Json]] = {
    "text": [
        {
            "type": "text",
            "text": "Hello Somchai 👋🏽 your order #1024 is on its way 🚚\nTrack it: https://t.example.com/1024?a=1&b=2",
        },
        {"type": "text", "text": "こんにちは、田中さん。春のセールが始まりました🌸 会員様は全品20％オフです。"},
        {"type": "text", "text": "สวัสดีค่ะ คุณสมชาย โปรโมชั่นพิเศษเฉพาะสมาชิก ลดสูงสุดห้าสิบเปอร์เซ็นต์ถึงวันอาทิตย์นี้เท่านั้น 🎉"},
        {
            "type": "textV2",
            "text": "Hi {who}, {{braces}} and {e}",
            "substitution": {
                "who": {"type": "mention", "mentionee": {"type": "all"}},
                "e": {"type": "emoji", "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"},
            },
        },
        {
            "type": "text",
            "text": "Persona",
            "sender": {"name": "Cony", "iconUrl": f"{PHOTO}/cony.png"},
            "quickReply": QUICK_REPLY,
        },
    ],
    "media": [
        {"type": "image", "originalContentUrl": f"{PHOTO}/a.jpg", "previewImageUrl": f"{PHOTO}/a-small.jpg"},
        {"type": "video", "originalContentUrl": f"{PHOTO}/b.mp4", "previewImageUrl": f"{PHOTO}/b.jpg"},
        {"type": "audio", "originalContentUrl": f"{PHOTO}/c.m4a", "duration": 63000},
        {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    ],
    "cards": [
        {
            "type": "location",
            "title": "喫茶ブラウン",
            "address": "東京都渋谷区神南1-2-3",
            "latitude": 35.66,
            "longitude": 139.7,
        },
        {"type": "coupon", "couponId": "01KB4ZQFXK", "deliveryTag": "spring"},
        {"type": "hologram", "note": "a kind that LINE may have one day"},
    ],
    "buttons": [
        template(
            "buttons",
            thumbnailImageUrl=f"{PHOTO}/b.jpg",
            title="メニュー",
            text="ご希望の操作を選んでください",
            actions=[opens("予約する"), says("注文する"), {"type": "postback", "label": "あとで", "data": "x"}],
        )
    ],
    "confirm": [
        template("confirm", text="Are you sure you want to cancel the order?", actions=[says("Yes"), says("No")])
    ],
    "carousel": [
        template(
            "carousel",
            columns=[
                _column("Espresso", "Strong and short"),
                _column("ラテ", "やさしい味わいのカフェラテです"),
                _column("ชาเย็น", "หวานน้อยได้"),
            ],
        )
    ],
    "image_carousel": [
        template(
            "image_carousel",
            columns=[{"imageUrl": photo(n), "action": opens(n)} for n in ("Spring", "夏", "ฤดูใบไม้ร่วง")],
        )
    ],
    "imagemap": [IMAGEMAP],
    "restaurant": [flex(RESTAURANT)],
    "receipt": [flex(RECEIPT)],
    "ticket": [flex(TICKET)],
    "journey": [flex(JOURNEY)],
    "tasks": [flex(TASKS)],
    "products": [flex(PRODUCTS)],
    "spans": [flex(SPANS)],
    "video_hero": [flex(VIDEO_HERO), flex(RIGHT_TO_LEFT)],
}
