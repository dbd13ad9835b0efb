"""Messages of all kinds for property tests, made from linetap's classes or from line-bot-sdk's.

Both libraries use the same attribute names, so a value follows from its attribute's name; the parts of a message
follow from each library's own annotations.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st

from linetap.fields import has_mark
from linetap.line.messages import actions, flex, flex_components, imagemap, templates
from linetap.line.messages import kinds as messages
from linetap.line.messages.base import Message
from linetap.models.read import Model

KINDS = [
    messages.TextMessage,
    messages.TextMessageV2,
    messages.StickerMessage,
    messages.ImageMessage,
    messages.VideoMessage,
    messages.AudioMessage,
    messages.LocationMessage,
    messages.CouponMessage,
    imagemap.ImagemapMessage,
    templates.TemplateMessage,
    flex.FlexMessage,
]

_LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="{}")
_WORDS = st.text(_LETTERS, min_size=1, max_size=11).filter(lambda text: not has_mark(text))
_URLS = st.from_regex(r"https://[a-z]{1,9}\.example\.com/[a-z0-9/%._-]{0,12}", fullmatch=True)
_GAPS = st.sampled_from(["none", "xs", "md", "xxl", "12px", "1.5px"])
_EXTENTS = st.sampled_from(["10px", "50%", "0px", "33.3%"])
_FONTS = st.sampled_from(["xxs", "md", "5xl", "18px"])
_COLORS = st.sampled_from(["#ffffff", "#000000FF", "#1DB446"])
_RGB = st.sampled_from(["#FFFFFF", "#0a0b0c"])
_RATIOS = st.sampled_from(["1:1", "20:13", "1.91:1", "1:3"])

# What stands in an attribute, by its name ...
NAMED: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(["margin", "spacing", "corner_radius"], _GAPS),
    **dict.fromkeys(["offset_top", "offset_bottom", "offset_start", "offset_end"], _GAPS | _EXTENTS),
    **dict.fromkeys([f"padding_{side}" for side in ("all", "top", "bottom", "start", "end")], _GAPS | _EXTENTS),
    **dict.fromkeys(["width", "max_width", "height", "max_height"], _EXTENTS),
    **dict.fromkeys(["color", "background_color", "border_color", "separator_color"], _COLORS),
    **dict.fromkeys(["start_color", "end_color", "center_color"], _COLORS),
    "image_background_color": _RGB,
    "aspect_ratio": _RATIOS,
    "size": _FONTS,
    "line_spacing": st.just("20px"),
    "angle": st.sampled_from(["0deg", "90deg", "359.9deg"]),
    "center_position": st.sampled_from(["0%", "50%", "100%"]),
    "border_width": st.sampled_from(["none", "semi-bold", "2px"]),
    **dict.fromkeys(["url", "preview_url", "original_content_url", "preview_image_url", "base_url"], _URLS),
    **dict.fromkeys(["icon_url", "image_url", "thumbnail_image_url", "uri", "link_uri", "desktop"], _URLS),
    "user_id": st.from_regex(r"U[0-9a-f]{32}", fullmatch=True),
    "delivery_tag": st.from_regex(r"[A-Za-z0-9_]{1,30}", fullmatch=True),
    "tracking_id": st.from_regex(r"[A-Za-z0-9.=,+*()%$&;:@?!-]{1,20}", fullmatch=True),
    "index": st.just(0),
    "duration": st.integers(0, 10**7),
    "latitude": st.floats(-90, 90) | st.integers(-90, 90),
    "longitude": st.floats(-180, 180) | st.integers(-180, 180),
    "layout": st.sampled_from(["horizontal", "vertical"]),
    "name": _WORDS.filter(lambda name: name != "LINE"),
    **dict.fromkeys(["initial", "min", "max"], st.none()),
    "mode": st.sampled_from(["date", "time", "datetime"]),
}
# ... or by its owner's name as well, where one name means several things.
OWNED: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("FlexButton", "height"): st.sampled_from(["sm", "md"]),
    ("FlexButton", "style"): st.sampled_from(["primary", "secondary", "link"]),
    ("FlexText", "style"): st.sampled_from(["normal", "italic"]),
    ("FlexSpan", "style"): st.sampled_from(["normal", "italic"]),
    ("FlexBubble", "size"): st.sampled_from(["kilo", "mega", "giga"]),
    ("FlexImage", "size"): st.sampled_from(["full", "md", "10px", "50%"]),
    ("ImagemapArea", "width"): st.integers(0, 1040),
    ("ImagemapArea", "height"): st.integers(0, 1040),
    ("ImagemapArea", "x"): st.integers(0, 1040),
    ("ImagemapArea", "y"): st.integers(0, 1040),
    ("ImagemapBaseSize", "width"): st.just(1040),
    ("ImagemapBaseSize", "height"): st.integers(1, 2000),
    ("TextMessage", "emojis"): st.just(()),
    ("TextMessage", "text"): _WORDS,
    ("PostbackAction", "text"): st.none(),
    ("PostbackAction", "fill_in_text"): st.none(),
}
# Closed sets that line-bot-sdk keeps in validators, where no annotation shows them.
CLOSED: dict[str, tuple[str, ...]] = {
    "position": ("relative", "absolute"),
    "justify_content": get_args(flex_components.Justify),
    "align_items": get_args(flex_components.AlignItems),
    "gravity": get_args(flex_components.Gravity),
    "align": get_args(flex_components.Align),
    "aspect_mode": get_args(flex_components.AspectMode),
    "weight": get_args(flex_components.Weight),
    "decoration": get_args(flex_components.Decoration),
    "adjust_mode": ("shrink-to-fit",),
    "direction": get_args(flex.Direction),
    "input_option": get_args(actions.InputOption),
    "image_aspect_ratio": get_args(templates.ImageAspectRatio),
    "image_size": get_args(templates.ImageSize),
}

QUICK_REPLY_ONLY = ("CameraAction", "CameraRollAction", "LocationAction", "RichMenuSwitchAction")


def value_of(owner: str, name: str) -> st.SearchStrategy[Any] | None:
    """A value for a scalar attribute; None where its name does not decide."""
    if name in CLOSED:
        return st.sampled_from(CLOSED[name])
    return OWNED.get((owner, name), NAMED.get(name))


# --- linetap's own classes -------------------------------------------------------------------------------------


@cache
def ours(cls: type[Any], depth: int = 3) -> st.SearchStrategy[Any]:
    """Values of a model; ``depth`` bounds boxes within boxes."""
    hints = get_type_hints(cls)
    fields = {field.name: field for field in attrs.fields(cls) if field.name != "extra"}
    required, optional = {}, {}
    for name, field in fields.items():
        found = _of_ours(cls.__name__, name, hints[name], depth)
        if field.default is attrs.NOTHING or (cls.__name__, name) == ("FlexText", "text"):
            required[name] = found
        elif found is not None:
            optional[name] = found.filter(lambda value: value is not None)
    optional = {name: found for name, found in optional.items() if not found.is_empty}
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: cls(**given))


def _of_ours(owner: str, name: str, hint: Any, depth: int) -> Any:
    if (named := value_of(owner, name)) is not None:
        return named
    parts = [p for p in (get_args(hint) if get_origin(hint) not in (None, tuple, Literal) else (hint,)) if p]
    part = next(p for p in parts if p is not type(None))
    if get_origin(hint) is Mapping or get_origin(part) is Mapping:
        return st.none()
    if get_origin(part) is Literal:
        return st.sampled_from(get_args(part))
    if get_origin(part) is tuple:
        return _many_of_ours(owner, name, get_args(part)[0], depth)
    if isinstance(part, type) and issubclass(part, Model):
        return _model_of_ours(owner, name, part, depth)
    return {str: _WORDS, int: st.integers(0, 10), bool: st.booleans(), float: st.floats(0, 1)}[part]


def _many_of_ours(owner: str, name: str, hint: Any, depth: int) -> st.SearchStrategy[Any]:
    item = next(p for p in (get_args(hint) or (hint,)) if isinstance(p, type) and issubclass(p, Model))
    least, most = {"ConfirmTemplate": (2, 2), "CarouselColumn": (2, 2), "CarouselTemplate": (1, 3)}.get(owner, (1, 3))
    if owner == "FlexBox":
        least, most = 0, 3
    items = st.lists(_model_of_ours(owner, name, item, depth), min_size=least, max_size=most)
    return items.map(lambda found: tuple(_alike(owner, found)))


def _alike(owner: str, items: list[Any]) -> list[Any]:
    """Columns and bubbles beside each other have to be of one shape."""
    if owner == "CarouselTemplate":
        title, image = items[0].title, items[0].thumbnail_image_url
        return [attrs.evolve(item, title=title, thumbnail_image_url=image) for item in items]
    if owner == "FlexCarousel":
        still = [attrs.evolve(item, hero=None) if isinstance(item.hero, flex.FlexVideo) else item for item in items]
        return [attrs.evolve(item, size=items[0].size) for item in still]
    return items


def _model_of_ours(owner: str, name: str, base: type[Any], depth: int) -> st.SearchStrategy[Any]:
    if base is actions.Action:
        return st.one_of([_labelled(kind, owner) for kind in _action_kinds(owner)])
    if base is flex.FlexComponent or (owner, name) == ("FlexBubble", "hero"):
        return _component(owner, name, depth)
    if base is flex.FlexBox and depth <= 0:
        return st.nothing()
    kinds = [kind for kind in base.kinds.values() if issubclass(kind, base)] if base.kinds else [base]
    down = depth - 1 if owner.startswith("Flex") else depth
    return st.one_of([st.deferred(lambda kind=kind: ours(kind, down)) for kind in kinds])


def _action_kinds(owner: str) -> list[Any]:
    kinds = list(actions.Action.kinds.values())
    if owner == "QuickReplyItem":
        return [kind for kind in kinds if kind is not actions.RichMenuSwitchAction]
    return [kind for kind in kinds if kind.__name__ not in QUICK_REPLY_ONLY]


def _labelled(kind: Any, owner: str) -> st.SearchStrategy[Any]:
    """Actions with a label, which most places require."""
    return ours(kind).flatmap(lambda action: _WORDS.map(lambda label: attrs.evolve(action, label=label)))


def _component(owner: str, name: str, depth: int) -> st.SearchStrategy[Any]:
    if owner == "FlexVideo":
        return ours(flex.FlexImage)
    if (owner, name) == ("FlexBubble", "hero"):
        return ours(flex.FlexImage) | ours(flex.FlexVideo) | ours(flex.FlexBox, 1)
    leaves = [flex.FlexButton, flex.FlexImage, flex.FlexText, flex.FlexSeparator, flex.FlexFiller]
    boxes = [st.deferred(lambda: ours(flex.FlexBox, depth - 1)), _baselines()] if depth > 0 else []
    return st.one_of([ours(leaf) for leaf in leaves] + boxes)


def _baselines() -> st.SearchStrategy[Any]:
    inside = ours(flex.FlexIcon) | ours(flex.FlexText) | ours(flex.FlexFiller)
    return st.lists(inside, max_size=3).map(lambda contents: flex.FlexBox("baseline", contents))


def any_message() -> st.SearchStrategy[Message]:
    """A message of any kind that LINE documents."""
    return st.one_of([ours(kind) for kind in KINDS])


# --- line-bot-sdk's ----------------------------------------------------------------------------------------------


@cache
def theirs(name: str, depth: int = 3) -> st.SearchStrategy[Any]:
    """Values of line-bot-sdk's model of this name, made from its own fields."""
    import linebot.v3.messaging.models as models

    cls = getattr(models, name)
    if kinds := getattr(cls, f"_{name}__discriminator_value_class_map", None):
        return st.one_of([st.deferred(lambda kind=kind: theirs(kind, depth)) for kind in kinds.values()])
    required, optional = {}, {}
    for field in cls.__fields__.values():
        found = _of_theirs(name, field, depth)
        if field.name == "type" or found is None:
            continue
        needed = field.required or (name, field.name) in _REQUIRED_BY_PAGE or field.name in _LABELS.get(name, ())
        (required if needed else optional)[field.name] = found
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: cls(**given))


# What LINE's page requires and its OpenAPI file leaves open (line-bot-sdk follows the file).
_REQUIRED_BY_PAGE = {
    ("QuickReply", "items"),
    ("QuickReplyItem", "action"),
    ("Emoji", "index"),
    ("Emoji", "product_id"),
    ("Emoji", "emoji_id"),
    ("MessageAction", "text"),
    ("URIAction", "uri"),
    ("PostbackAction", "data"),
    ("DatetimePickerAction", "data"),
    ("DatetimePickerAction", "mode"),
    ("RichMenuSwitchAction", "data"),
    ("RichMenuSwitchAction", "rich_menu_alias_id"),
    ("ImagemapVideo", "original_content_url"),
    ("ImagemapVideo", "preview_image_url"),
    ("ImagemapVideo", "area"),
    ("ImagemapExternalLink", "link_uri"),
    ("ImagemapExternalLink", "label"),
    ("FlexBoxLinearGradient", "angle"),
    ("FlexBoxLinearGradient", "start_color"),
    ("FlexBoxLinearGradient", "end_color"),
}
_LABELS = dict.fromkeys(["CameraAction", "CameraRollAction", "LocationAction"], ("label",))


def _of_theirs(owner: str, field: Any, depth: int) -> st.SearchStrategy[Any] | None:
    hint, name = field.outer_type_, field.name
    if name == "type":
        return None
    if (named := value_of(owner, name)) is not None and owner != "TextMessage":
        return named if not field.required else named.filter(lambda value: value is not None)
    if get_origin(hint) in (list, dict):
        return _many_of_theirs(get_origin(hint), get_args(hint)[-1].__name__, depth)
    if isinstance(hint, type) and issubclass(hint, list):
        return _many_of_theirs(list, field.type_.__name__, depth)
    inner = field.type_
    if get_origin(inner) is Union:
        inner = get_args(inner)[0]
    if hasattr(inner, "to_dict"):
        return _one_of_theirs(inner.__name__, depth)
    return {"int": st.integers(0, 10), "bool": st.booleans(), "str": _WORDS, "float": st.floats(0, 1)}[_plain(inner)]


def _plain(inner: type[Any]) -> str:
    """``StrictBool`` is bool: pydantic's names decide, in this order, because "StrictInt" contains "Str" as well."""
    return next(word for word in ("bool", "int", "float", "str") if word in inner.__name__.lower())


def _one_of_theirs(name: str, depth: int) -> st.SearchStrategy[Any]:
    if name == "FlexComponent" and depth <= 0:
        return theirs("FlexText", 0)
    return st.deferred(lambda: theirs(name, depth - 1))


def _many_of_theirs(kind: type[Any], name: str, depth: int) -> st.SearchStrategy[Any]:
    item = _one_of_theirs(name, depth)
    if kind is dict:
        return st.dictionaries(st.from_regex("[a-z]{1,20}", fullmatch=True), item, max_size=3)
    return st.lists(item, max_size=2)
