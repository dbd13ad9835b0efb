"""LINE's flex layout facts, measured in a real Chromium.

LAYOUT is https://developers.line.biz/en/docs/messaging-api/flex-message-layout/. It gives the keywords
by their order; the pixels are those of LINE's Flex Message Simulator.
"""

from __future__ import annotations

from typing import Any

import pytest

from linetap.line.preview import chat_fragment
from tests.chromium import Chromium
from tests.line.preview.samples import Json, box, flex, image, opens, text

pytestmark = pytest.mark.browser

# Every element of a class as [left, top, width, height], seen from the bubble's body.
_PLACES = """name => {
  const at = e => e.getBoundingClientRect(), home = at(document.querySelector('.lt-bub'));
  return [...document.querySelectorAll(name)].map(e => {
    const r = at(e); return [r.x - home.x, r.y - home.y, r.width, r.height].map(n => Math.round(n * 100) / 100)})
}"""


def bubble(*contents: Json, layout: str = "vertical", size: str = "mega", **more: Any) -> str:
    """A bubble without padding around ``contents``."""
    body = box(layout, *contents, **{"paddingAll": "none", **more})
    return chat_fragment([flex({"type": "bubble", "size": size, "body": body})])


def places(browser: Chromium, html: str, selector: str) -> list[list[float]]:
    """The positions of the elements of ``selector`` in the bubble."""
    found: list[list[float]] = browser.ask(html, f"() => ({_PLACES})('{selector}')").value
    return found


def styles(browser: Chromium, html: str, selector: str, name: str) -> list[str]:
    """A computed property of each element of ``selector``."""
    script = f"() => [...document.querySelectorAll('{selector}')].map(e => getComputedStyle(e).{name})"
    found: list[str] = browser.ask(html, script).value
    return found


TEXTS = {"xxs": 11, "xs": 13, "sm": 14, "md": 16, "lg": 19, "xl": 22, "xxl": 29, "3xl": 35, "4xl": 48, "5xl": 74}
SPACES = {"none": 0, "xs": 2, "sm": 4, "md": 8, "lg": 12, "xl": 16, "xxl": 20}
IMAGES = {
    "xxs": 40,
    "xs": 60,
    "sm": 80,
    "md": 100,
    "lg": 120,
    "xl": 140,
    "xxl": 160,
    "3xl": 180,
    "4xl": 200,
    "5xl": 220,
}
BORDERS = {"none": 0, "normal": 1, "medium": 2, "semi-bold": 3, "bold": 4}
WIDTHS = {"nano": 120, "micro": 160, "deca": 220, "hecto": 241, "kilo": 260, "mega": 300}
CORNERS = {"nano": 10, "micro": 10, "deca": 10, "hecto": 10, "kilo": 10, "mega": 17, "giga": 5}


def _px(values: list[str]) -> list[float]:
    return [float(value.removesuffix("px")) for value in values]


def test_text_sizes(browser: Chromium) -> None:
    """Text is xxs to 5xl or px (LAYOUT#other-component-size)."""
    html = bubble(*[text("a", size=size) for size in [*TEXTS, "50px", "23.5px"]])
    assert _px(styles(browser, html, ".lt-text .lt-p", "fontSize")) == [*TEXTS.values(), 50, 23.5]


def test_icon_sizes(browser: Chromium) -> None:
    """An icon is as high as text of its size, and wider by its aspect ratio (LAYOUT#other-component-size)."""
    icons = [{"type": "icon", "url": "https://a.example/i.png", "size": size} for size in TEXTS]
    wide = {"type": "icon", "url": "https://a.example/i.png", "aspectRatio": "2:1"}
    html = bubble(*[box("baseline", icon) for icon in [*icons, wide]])
    sizes = [place[2:] for place in places(browser, html, ".lt-icon .lt-pic")]
    assert sizes == [[size, size] for size in TEXTS.values()] + [[32, 16]]


def test_image_sizes(browser: Chromium) -> None:
    """An image's width is a keyword, px or a share; its height follows the aspect ratio (LAYOUT#image-size)."""
    sizes = [*IMAGES, "full", "50px", "50%"]
    html = bubble(*[image("a", size=size, aspectRatio="2:1") for size in sizes])
    widths = [*IMAGES.values(), 300, 50, 150]
    assert [place[2:] for place in places(browser, html, ".lt-draw")] == [[w, w / 2] for w in widths]


def test_an_image_is_scaled_down_to_its_component(browser: Chromium) -> None:
    """The drawing area is at most as wide as the component (reference, #drawing-area)."""
    html = bubble(image("a", size="5xl"), image("b", size="5xl"), layout="horizontal")
    assert [place[2] for place in places(browser, html, ".lt-draw")] == [150, 150]


@pytest.mark.parametrize(("layout", "side", "edge"), [("vertical", 1, 3), ("horizontal", 0, 2)])
def test_margins(browser: Chromium, layout: str, side: int, edge: int) -> None:
    """A margin is the space before its component, from none to xxl or in px (LAYOUT#margin-property)."""
    found = []
    for margin in [*SPACES, "5px"]:
        boxes = [
            box("vertical", width="10px", height="10px"),
            box("vertical", width="10px", height="10px", margin=margin),
        ]
        first, second = places(browser, bubble(*boxes, layout=layout), ".lt-box .lt-box")
        found.append(second[side] - first[side] - first[edge])
    assert found == [*SPACES.values(), 5]


def test_spacing_and_the_margin_that_overrides_it(browser: Chromium) -> None:
    """Spacing is the space between children; a child's margin takes precedence, for the first child too.

    LAYOUT#spacing-property.
    """
    tile = {"width": "10px", "height": "10px"}
    boxes = [box("vertical", **tile, margin="sm"), box("vertical", **tile), box("vertical", **tile, margin="xxl")]
    html = bubble(*boxes, layout="horizontal", spacing="md")
    assert [place[0] for place in places(browser, html, ".lt-box .lt-box")] == [4, 22, 52]


def test_paddings(browser: Chromium) -> None:
    """The padding of one side takes precedence over paddingAll; a percentage refers to the width.

    LAYOUT#padding-property.
    """
    inner = box("vertical", text("a"), paddingAll="xl", paddingTop="none", paddingStart="10%")
    html = bubble(inner)
    assert places(browser, html, ".lt-text") == [[30, 0, 300 - 30 - 16, 22.39]]


def test_the_paddings_of_blocks(browser: Chromium) -> None:
    """The padding of a block depends on the size of the bubble and is smaller above a footer; a hero has none."""
    found = {}
    for size in ("mega", "kilo", "deca", "nano"):
        parts = {name: box("vertical", text("a")) for name in ("header", "hero", "body", "footer")}
        html = chat_fragment([flex({"type": "bubble", "size": size, **parts})])
        found[size] = styles(browser, html, ".lt-block > .lt-box", "padding")
    assert found == {
        "mega": ["20px", "0px", "19px 20px 10px", "10px"],
        "kilo": ["13px", "0px", "13px 13px 17px", "10px"],
        "deca": ["11px 14px 13px", "0px", "11px 14px 17px", "10px"],
        "nano": ["10px", "0px", "10px", "10px"],
    }


def test_borders_and_corners(browser: Chromium) -> None:
    """Borders go from none to bold, corners from none to xxl, both also in px (reference, #box)."""
    look = {"borderColor": "#ff0000", "backgroundColor": "#00ff0033"}
    borders = [box("vertical", text("a"), borderWidth=w, **look) for w in [*BORDERS, "7px"]]
    corners = [box("vertical", text("a"), cornerRadius=r, **look) for r in [*SPACES, "7px"]]
    html = bubble(*borders, *corners)
    assert _px(styles(browser, html, ".lt-box .lt-box", "borderTopWidth"))[: len(borders)] == [*BORDERS.values(), 7]
    assert _px(styles(browser, html, ".lt-box .lt-box", "borderTopLeftRadius"))[len(borders) :] == [*SPACES.values(), 7]
    assert set(styles(browser, html, ".lt-box .lt-box", "backgroundColor")) == {"rgba(0, 255, 0, 0.2)"}


def test_bubble_sizes(browser: Chromium) -> None:
    """Bubbles go from nano to mega in px; giga has the width of the chat."""
    html = chat_fragment(
        [flex({"type": "bubble", "size": s, "body": box("vertical")}) for s in [*WIDTHS, "giga", "odd"]]
    )
    assert _px(styles(browser, html, ".lt-bub", "width")) == [*WIDTHS.values(), 355, 300]
    assert _px(styles(browser, html, ".lt-bub", "borderTopLeftRadius")) == [*(CORNERS[s] for s in WIDTHS), 5, 17]


def test_buttons(browser: Chromium) -> None:
    """A button is 52 px high, 40 if sm; its colour is that of the background, or of the text in the style link.

    reference, #button.
    """
    kinds = [{"style": s, **c} for s in ("primary", "secondary", "link") for c in ({}, {"color": "#010203"})]
    buttons = [{"type": "button", "action": opens("a"), **kind} for kind in [*kinds, {"height": "sm"}]]
    html = bubble(*buttons)
    assert [place[2:] for place in places(browser, html, ".lt-key")] == [[300, 52]] * 6 + [[300, 40]]
    grounds = ["rgb(23, 201, 80)", "rgb(1, 2, 3)", "rgb(220, 223, 229)", "rgb(1, 2, 3)"] + ["rgba(0, 0, 0, 0)"] * 3
    assert styles(browser, html, ".lt-key", "backgroundColor") == grounds
    letters = (
        ["rgb(255, 255, 255)"] * 2
        + ["rgb(17, 17, 17)"] * 2
        + ["rgb(66, 101, 154)", "rgb(1, 2, 3)", "rgb(66, 101, 154)"]
    )
    assert styles(browser, html, ".lt-key", "color") == letters


def test_width_is_shared_by_flex(browser: Chromium) -> None:
    """In a horizontal box flex 2 and 3 share 2 : 3 whatever their content; the default is 1 (LAYOUT#horizontal-box)."""
    html = bubble(text("a long text " * 9, flex=2), text("b", flex=3), layout="horizontal")
    assert [place[2] for place in places(browser, html, ".lt-text")] == [120, 180]
    html = bubble(text("a"), text("b"), text("c", flex=4), layout="horizontal")
    assert [place[2] for place in places(browser, html, ".lt-text")] == [50, 50, 200]


def test_flex_0_is_as_wide_as_its_content(browser: Chromium) -> None:
    """With flex 0 a component is as wide as its content, and the others share the rest (LAYOUT#horizontal-box)."""
    html = bubble(image("a", flex=0, size="50px"), text("b", flex=2), text("c", flex=3), layout="horizontal")
    assert [place[2] for place in places(browser, html, ".lt-box > .lt-x")] == [50, 100, 150]


def test_height_is_shared_by_flex(browser: Chromium) -> None:
    """In a vertical box flex shares the free height; the default is 0 (LAYOUT#vertical-box)."""
    right = box("vertical", text("a", flex=2, size="10px"), text("b", flex=3, size="10px"), text("c", size="10px"))
    html = bubble(box("vertical", height="142px", width="10px"), right, layout="horizontal")
    assert [place[3] for place in places(browser, html, ".lt-text")] == [14 + 40, 14 + 60, 14]


def test_a_width_sets_flex_to_nought(browser: Chromium) -> None:
    """A box with a width does not grow; maxWidth takes precedence over width, maxHeight over height.

    LAYOUT#box-width.
    """
    boxes = [
        box("vertical", width="40px", flex=5),
        box("vertical", width="50%", maxWidth="60px", height="90px", maxHeight="30px"),
        box("vertical"),
    ]
    found = places(browser, bubble(*boxes, layout="horizontal", alignItems="flex-start"), ".lt-box .lt-box")
    assert [place[2] for place in found] == [40, 60, 200]
    assert found[1][3] == 30


def test_a_height_sets_flex_to_nought(browser: Chromium) -> None:
    """A height too sets flex to 0 in a horizontal box (LAYOUT#box-height)."""
    html = bubble(box("vertical", height="40px", flex=5), box("vertical"), layout="horizontal")
    assert [place[2] for place in places(browser, html, ".lt-box .lt-box")] == [0, 300]


def test_a_filler_fills_the_rest_without_spacing(browser: Chromium) -> None:
    """A filler grows like flex 1, and its box's spacing is ignored for it (reference, #filler)."""
    tile = box("vertical", width="10px")
    html = bubble(tile, {"type": "filler"}, tile, layout="horizontal", spacing="md")
    assert [place[0] for place in places(browser, html, ".lt-box > .lt-x")] == [0, 10, 290]


@pytest.mark.parametrize(("align", "left"), [("start", 0), ("center", 100), ("end", 200), (None, 100)])
def test_images_are_aligned(browser: Chromium, align: str | None, left: float) -> None:
    """An image is centred in its width by default (LAYOUT#align-property)."""
    html = bubble(image("a", **({"align": align} if align else {})))
    assert places(browser, html, ".lt-draw")[0][0] == left


@pytest.mark.parametrize(("gravity", "top"), [("top", 0), ("center", 50), ("bottom", 100), (None, 0)])
def test_gravity(browser: Chromium, gravity: str | None, top: float) -> None:
    """Text, images and buttons are at the top of a component that is higher than their content.

    LAYOUT#gravity-property.
    """
    how = {"gravity": gravity} if gravity else {}
    parts = [text("a", size="10px", **how), image("b", size="14px", **how)]
    html = bubble(*parts, layout="horizontal", height="114px")
    assert [place[1] for place in places(browser, html, ".lt-p,.lt-draw")] == [top, top]


@pytest.mark.parametrize(
    ("name", "lefts"),
    [
        ("center", [135, 145, 155]),
        ("flex-start", [0, 10, 20]),
        ("flex-end", [270, 280, 290]),
        ("space-between", [0, 145, 290]),
        ("space-around", [45, 145, 245]),
        ("space-evenly", [67.5, 145, 222.5]),
    ],
)
def test_free_width_is_distributed(browser: Chromium, name: str, lefts: list[float]) -> None:
    """justifyContent spreads children that do not grow along the main axis (LAYOUT#justify-content)."""
    html = bubble(*[box("vertical", width="10px") for _ in range(3)], layout="horizontal", justifyContent=name)
    assert [place[0] for place in places(browser, html, ".lt-box .lt-box")] == lefts


@pytest.mark.parametrize(("name", "top", "left"), [("flex-start", 0, 0), ("center", 45, 145), ("flex-end", 90, 290)])
def test_children_are_aligned_across(browser: Chromium, name: str, top: float, left: float) -> None:
    """alignItems places children on the cross axis, down or sideways (LAYOUT#align-items)."""
    tile = box("vertical", width="10px", height="10px")
    across = bubble(tile, layout="horizontal", alignItems=name, height="100px")
    assert places(browser, across, ".lt-box .lt-box")[0][1] == top
    assert places(browser, bubble(tile, alignItems=name), ".lt-box .lt-box")[0][0] == left


@pytest.mark.parametrize(("direction", "relative", "absolute"), [("ltr", 40, 40), ("rtl", -40, 210)])
def test_offsets(browser: Chromium, direction: str, relative: float, absolute: float) -> None:
    """Offsets move a component from its position, or from the edges of its box (LAYOUT#component-offset)."""
    shift = {"offsetTop": "10px", "offsetStart": "40px", "height": "20px"}
    boxes = [box("vertical", **shift), box("vertical", **shift, width="50px", position="absolute")]
    bubbled = {
        "type": "bubble",
        "direction": direction,
        "body": box("vertical", *boxes, paddingAll="none", height="30px"),
    }
    outer, moved, held = places(browser, chat_fragment([flex(bubbled)]), ".lt-box")
    assert moved[:2] == [relative, 10]
    assert held == [absolute, 10, 50, 20]
    assert outer[3] == 30


def test_an_absolute_component_does_not_size_its_box(browser: Chromium) -> None:
    """An absolute component neither widens its box nor is visible outside it (LAYOUT, size with absolute position)."""
    big = box("vertical", position="absolute", width="900px", height="900px", backgroundColor="#ff0000")
    html = bubble(text("a", size="10px"), big)
    assert places(browser, html, ".lt-box")[0][2:] == [300, 14]
    assert styles(browser, html, ".lt-box", "overflow")[0] == "hidden"


def test_what_comes_later_lies_above(browser: Chromium) -> None:
    """Components are shown in the order of the JSON (LAYOUT, rendering order)."""
    place = {"position": "absolute", "width": "50px", "height": "50px", "offsetTop": "0px", "offsetStart": "0px"}
    html = bubble(
        box("vertical", backgroundColor="#ff0000", **place),
        box("vertical", backgroundColor="#0000ff", **place),
        height="60px",
    )
    script = """() => { const r = document.querySelector('.lt-bub').getBoundingClientRect();
      return getComputedStyle(document.elementFromPoint(r.x + 20, r.y + 20)).backgroundColor }"""
    assert browser.ask(html, script).value == "rgb(0, 0, 255)"


def test_gradients(browser: Chromium) -> None:
    """A gradient has two colours or three; the centre is at 50% by default (LAYOUT#linear-gradient-bg)."""
    two = {"type": "linearGradient", "angle": "23.5deg", "startColor": "#ff0000", "endColor": "#0000ff33"}
    three = {**two, "centerColor": "#00ff00"}
    boxes = [box("vertical", background=b) for b in (two, three, {**three, "centerPosition": "10%"})]
    head, tail = "linear-gradient(23.5deg, rgb(255, 0, 0) 0%", "rgba(0, 0, 255, 0.2) 100%)"
    expected = [f"{head}, {tail}", f"{head}, rgb(0, 255, 0) 50%, {tail}", f"{head}, rgb(0, 255, 0) 10%, {tail}"]
    assert styles(browser, bubble(*boxes), ".lt-box .lt-box", "backgroundImage") == expected


def test_lines_are_spaced_between_only(browser: Chromium) -> None:
    """lineSpacing is the space between lines, not above the first or below the last.

    elements page, #text-line-spacing.
    """
    html = bubble(text("a\nb\nc", wrap=True, size="10px", lineSpacing="20px"), text("d", size="10px"))
    assert [place[1] for place in places(browser, html, ".lt-text .lt-p")] == [-10, 82]
    assert places(browser, html, ".lt-text .lt-p")[0][3] == 3 * 34


def test_lines_are_counted_down(browser: Chromium) -> None:
    """maxLines limits the lines of a wrapping text; without wrap there is one (reference, #f-text)."""
    parts = [text("word " * 99, size="10px", wrap=True, maxLines=2), text("word\n" * 99, size="10px")]
    assert [place[3] for place in places(browser, bubble(*parts), ".lt-text")] == [28, 14]


def test_the_baseline_is_one(browser: Chromium) -> None:
    """In a baseline box texts of all sizes have one baseline, and the lower edge of an icon is on it.

    LAYOUT#baseline-box.
    """
    icon = {"type": "icon", "url": "https://a.example/i.png", "size": "xxl"}
    html = bubble(text("a", size="5xl", flex=0), text("b", size="xxs", flex=0), icon, layout="baseline")
    script = """() => [...document.querySelectorAll('.lt-p')].map(p => { const mark = document.createElement('span');
      mark.style.cssText = 'display:inline-block;width:0;height:0'; p.append(mark);
      return mark.getBoundingClientRect().bottom
    }).concat(document.querySelector('.lt-icon .lt-pic').getBoundingClientRect().bottom)"""
    found = browser.ask(html, script).value
    assert max(found) - min(found) < 1


def test_bubbles_of_a_carousel_are_equally_high(browser: Chromium) -> None:
    """The body of a lower bubble grows, so that all footers have the same vertical position."""
    bubbles = [
        {
            "type": "bubble",
            "size": "nano",
            "body": box("vertical", text("a " * n, wrap=True)),
            "footer": box("vertical", text("f")),
        }
        for n in (1, 90)
    ]
    html = chat_fragment([flex({"type": "carousel", "contents": bubbles})])
    first, second = places(browser, html, ".lt-bub")
    assert first[3] == second[3] > 200
    low, high = places(browser, html, ".lt-footer")
    assert low[1] == high[1]


def test_a_separator_lies_across_its_box(browser: Chromium) -> None:
    """A separator is horizontal in a vertical box, vertical in a horizontal one, and takes no space.

    elements, #separator.
    """
    line = {"type": "separator", "color": "#ff0000"}
    assert places(browser, bubble(text("a"), line, text("b")), ".lt-sep")[0][2:] == [300, 0]
    across = bubble(text("a"), line, text("b"), layout="horizontal", height="40px")
    assert places(browser, across, ".lt-sep")[0][2:] == [0, 40]


def test_a_separator_at_the_end_of_its_box_is_seen(browser: Chromium) -> None:
    """The line of a last separator lies within its box, which hides what is outside it."""
    script = "() => getComputedStyle(document.querySelector('.lt-sep'), '::before').top"
    assert browser.ask(bubble(text("a"), {"type": "separator"}), script).value == "-1px"


def test_a_spacer_of_an_old_message_is_a_space(browser: Chromium) -> None:
    """The spacer, which LINE has withdrawn, is shown as a space: old messages still contain it."""
    html = bubble(text("a", size="10px"), {"type": "spacer", "size": "xl"}, text("b", size="10px"))
    assert [place[1] for place in places(browser, html, ".lt-text")] == [0, 30]
