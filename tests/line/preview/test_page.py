"""The content of the picture, read from its HTML; test_browser.py checks how it looks."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from linetap.errors import Problem
from linetap.fields import EventField, LiteralText, ProfileField, RawLiquid
from linetap.line.preview import ChatSnapshot, chat_fragment, chat_html, gallery_html, save_html
from linetap.line.preview.css import sheet
from linetap.line.rules import message_problems
from tests.line.preview.samples import CHATS, box, flex, opens, template, text


class Page(HTMLParser):
    """The elements of a page, each with its attributes and the text inside it."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self._open: list[int] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, []))
        if tag not in ("img", "meta", "br"):
            self._open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for at in self._open:
            self.elements[at][2].append(data)

    def of(self, name: str) -> list[str]:
        """The texts of all elements of a class."""
        return ["".join(words) for _, attrs, words in self.elements if name in attrs.get("class", "").split()]

    def attribute(self, name: str) -> list[str]:
        return [attrs[name] for _, attrs, _ in self.elements if name in attrs]


def page_of(*messages: Any, **options: Any) -> Page:
    return Page(chat_fragment(list(messages), **options))


def say(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


@pytest.mark.parametrize("name", sorted(CHATS))
def test_every_kind_of_message_has_a_drawing_of_its_own(name: str) -> None:
    """Every message kind that LINE documents has its own picture, not the one for unknown kinds."""
    known = [message for message in CHATS[name] if message["type"] != "hologram"]
    page = page_of(*known)
    assert not page.of("lt-odd")
    assert not page.of("lt-lost")
    assert page.of("lt-what")


def test_an_unknown_kind_can_be_read() -> None:
    """A message of an unknown kind is shown by its type and JSON."""
    assert "hologram" in page_of({"type": "hologram", "depth": 3}).of("lt-odd")[0]


def test_a_text_is_shown_unchanged() -> None:
    """Markup in a text is shown as text; line breaks and blanks are unchanged."""
    assert page_of(say("<b>1 < 2</b>\n  &amp;")).of("lt-say") == ["<b>1 < 2</b>\n  &amp;"]


def test_an_address_in_a_text_can_be_followed() -> None:
    """Addresses in a text are links, up to the first blank or full-width character, as in LINE."""
    assert page_of(say("今すぐhttps://a.example/?x=1&y=2。まで")).attribute("href") == ["https://a.example/?x=1&y=2"]


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " JaVaScRiPt:x", "java\nscript:x", "data:text/html,x", 'https://a" onclick="x', "//a", 7],
)
def test_no_other_address_becomes_a_link(address: Any) -> None:
    """Only http, https, line and tel addresses become links, without characters that could end the attribute."""
    button = {"type": "button", "action": {"type": "uri", "label": "x", "uri": address}}
    page = page_of(
        flex({"type": "bubble", "body": box("vertical", button)}), template("confirm", actions=[opens("x", address)])
    )
    assert page.attribute("href") == []
    assert len(page.of("lt-blocked")) == 2


@pytest.mark.parametrize("address", ["https://a.example/", "http://a.example", "line://app/1", "tel:+81312345678"])
def test_links_that_line_opens_can_be_followed(address: str) -> None:
    """The four schemes that LINE accepts are links that open a new window without opener and referrer."""
    page = page_of(template("confirm", text="?", actions=[opens("x", address)]))
    assert page.attribute("href") == [address]
    assert page.attribute("rel") == ["noopener noreferrer"]


def test_images_are_fetched_only_when_asked_for() -> None:
    """By default a picture shows the address of an image and loads nothing."""
    message = CHATS["media"][0]
    assert page_of(message).attribute("src") == []
    assert page_of(message).of("lt-addr") == ["img.example.com/cafe/a-small.jpg"]
    assert page_of(message, load_images=True).attribute("src") == ["https://img.example.com/cafe/a-small.jpg"]


@pytest.mark.parametrize("address", ["http://a.example/x.png", "data:image/svg+xml,x", 'https://a/"x', "file:///x"])
def test_only_https_images_are_ever_fetched(address: str) -> None:
    """load_images loads HTTPS addresses only, as LINE does."""
    assert page_of({"type": "image", "previewImageUrl": address}, load_images=True).attribute("src") == []


def test_a_page_forbids_scripts_and_requests() -> None:
    """The page has a Content-Security-Policy that forbids scripts and requests."""
    policy = Page(chat_html([])).attribute("content")[0]
    assert "default-src 'none'" in policy
    assert "img-src 'none'" in policy
    assert "script-src" not in policy


def test_fields_are_chips_with_their_names() -> None:
    """A field is shown as a label with its default; a LiteralText is shown as text."""
    words = f"Hi {ProfileField('Name', default='friend')} {EventField('Charged', 'Amount')} {LiteralText('{{x}}')}"
    page = page_of(say(f"{words} {RawLiquid('{{ a | upcase }}')}"))
    assert page.of("lt-chip") == ["Name", "Charged.Amount", "{{ a | upcase }}"]
    assert "{{x}}" in page.of("lt-say")[0]
    assert "ProfileField: default “friend”" in page.attribute("title")


def test_a_field_in_an_address_is_named_and_not_followed() -> None:
    """An address with a field in it is neither a link nor an image."""
    address = f"https://a.example/{ProfileField('Tier')}.png"
    action = template("confirm", actions=[opens("x", address)])
    page = page_of({"type": "image", "previewImageUrl": address}, action, load_images=True)
    assert page.attribute("src") == page.attribute("href") == []
    assert page.of("lt-chip") == ["Tier"]
    assert not page.of("lt-blocked")


def test_a_damaged_field_is_shown_as_one() -> None:
    """A damaged mark is shown as a damaged field, not as text."""
    assert page_of(say(str(ProfileField("Name"))[:-3])).of("lt-bad") == ["damaged field"]


def test_what_is_past_the_limit_is_marked() -> None:
    """LINE counts UTF-16 units in a text: 2,501 emojis are two too many."""
    page = page_of(say("😀" * 2501))
    assert page.of("lt-over") == ["😀"]
    assert page_of(say("x" * 5000)).of("lt-over") == []


def test_labels_are_counted_as_people_count() -> None:
    """In a label each family emoji counts as one character, because LINE counts grapheme clusters there."""
    family = "👨‍👩‍👧‍👦"
    assert page_of(template("confirm", actions=[{"type": "message", "label": family * 20}])).of("lt-over") == []
    assert page_of(template("confirm", actions=[{"type": "message", "label": family * 21}])).of("lt-over") == [family]


@pytest.mark.parametrize("extra", [{}, {"title": "t"}])
def test_a_text_beside_a_title_is_shorter(extra: dict[str, str]) -> None:
    """The text of a buttons template is marked beyond 160 characters, or 60 with a title or an image."""
    assert page_of(template("buttons", text="x" * 100, **extra)).of("lt-over") == (["x" * 40] if extra else [])


def test_line_emojis_are_at_their_index() -> None:
    """The index counts UTF-16 units, so an emoji before it counts two; other dollars stay."""
    page = page_of(say("😀$ costs $5", emojis=[{"index": 2, "productId": "p", "emojiId": "001"}]))
    assert page.of("lt-say") == ["😀☺ costs $5"]


def test_text_v2_is_filled_and_its_doubled_braces_are_single() -> None:
    """Mentions and emojis replace their placeholders; a placeholder without a substitution is marked."""
    everyone = {"type": "mention", "mentionee": {"type": "all"}}
    page = page_of({"type": "textV2", "text": "{a} {{b}} {c}", "substitution": {"a": everyone}})
    assert page.of("lt-say") == ["@All {b} {c}"]
    assert page.of("lt-bad") == ["{c}"]


def test_only_the_last_messages_quick_replies_are_shown() -> None:
    """Only the quick replies of the last message are shown, as in LINE."""

    def reply(label: str) -> dict[str, Any]:
        return {"items": [{"type": "action", "action": {"type": "message", "label": label, "text": label}}]}

    assert page_of(say("a", quickReply=reply("one")), say("b", quickReply=reply("two"))).of("lt-reply") == ["two"]
    assert page_of(say("a", quickReply=reply("one")), say("b")).of("lt-reply") == []


def test_quick_replies_of_the_phones_own_have_an_icon() -> None:
    """Camera, camera roll and location have LINE's icon where none is given; other actions have none."""
    items = [{"type": "action", "action": {"type": kind, "label": "x"}} for kind in ("camera", "location", "message")]
    own = {"type": "action", "imageUrl": "https://a.example/i.png", "action": {"type": "camera", "label": "x"}}
    page = page_of(say("a", quickReply={"items": [*items, own]}))
    assert page.of("lt-reply") == ["📷x", "📍x", "x", "a.example/i.pngx"]


def test_the_alternative_text_is_shown() -> None:
    """The alt text, which the chat list and notifications show, is in a tooltip."""
    messages = [CHATS[name][0] for name in ("confirm", "imagemap", "receipt")]
    reported = {f"in the chat list: {message['altText']}" for message in messages}
    assert reported <= set(page_of(*messages).attribute("title"))


def test_a_sender_is_named_once_until_another_speaks() -> None:
    """Consecutive messages of one sender have one name above them."""
    page = page_of(say("a"), say("b"), say("c", sender={"name": "Cony"}), say("d", sender={"name": "Cony"}))
    assert page.of("lt-name") == ["LINE Official Account", "Cony"]


def test_the_areas_of_an_imagemap_are_listed() -> None:
    """Each area has a number, and a list below the image describes its action."""
    assert page_of(CHATS["imagemap"][0]).of("lt-legend") == [
        "1 メニュー: opens https://shop.example.com/menu2 sends “予約したい”"
    ]


def test_a_span_hides_the_text_beside_it() -> None:
    """A text with contents ignores its own text, as LINE does."""
    spans = {"type": "text", "text": "hidden", "contents": [{"type": "span", "text": "seen"}]}
    assert page_of(flex({"type": "bubble", "body": box("vertical", spans)})).of("lt-text") == ["seen"]


def test_no_separator_above_the_first_block() -> None:
    """A block's separator is shown above it, except above the first block."""
    line = {"separator": True}
    bubble = {"type": "bubble", "styles": {"body": line, "footer": line}}
    bubble |= {"body": box("vertical", text("a")), "footer": box("vertical", text("b"))}
    assert len(page_of(flex(bubble)).of("lt-sep")) == 1


def test_problems_are_listed_and_their_message_is_framed() -> None:
    """A message with an error has a frame; the list shows the rule, the value and the page."""
    problem = Problem(
        "messages[1].text", "is at most 5,000 long", "6,000", "https://developers.line.biz/x", "shorten it"
    )
    page = page_of(say("a"), say("b"), problems=[problem])
    assert page.of("lt-wrong") == ["b"]
    assert page_of(say("a"), problems=[Problem("messages[0]", "r", "f", severity="uncertain")]).of("lt-wrong") == []
    assert page.of("lt-problems")[0].startswith("error messages[1].text is at most 5,000 long (got 6,000). Shorten it.")
    assert page.attribute("href") == ["https://developers.line.biz/x"]


def test_an_empty_chat_says_why() -> None:
    """An empty chat shows the note that was passed in."""
    assert page_of().of("lt-none") == ["no messages"]
    assert page_of(note="no value for <Tier>").of("lt-none") == ["no value for <Tier>"]


def test_a_gallery_shows_each_person_with_their_status() -> None:
    """A gallery shows the caption, the status and the reason for an empty chat."""
    shots = [
        ChatSnapshot("Somchai", [say("hi")], "rendered"),
        ChatSnapshot("<i>", [], "aborted"),
        ChatSnapshot("x", [], "odd", note="why"),
    ]
    page = Page(gallery_html(shots, title="Spring"))
    assert page.of("lt-caption") == ["renderedSomchai", "aborted<i>", "oddx"]
    assert page.of("lt-none") == ["aborted: nothing is sent to this user", "why"]


def test_the_theme_is_chosen_or_followed() -> None:
    """dark=None follows the reader's system, True and False do not."""
    themes = [chat_fragment([], dark=dark).split('"', 2)[1] for dark in (None, True, False)]
    assert themes == ["linetap-picture lt-auto", "linetap-picture lt-dark", "linetap-picture lt-light"]


def test_no_style_reaches_beyond_the_picture() -> None:
    """Every style rule is limited to the picture, so that no other notebook cell changes."""
    rules = re.findall(r"(?:^|[{}])\s*([^{}@]+)\{", sheet())
    selectors = [part for rule in rules for part in rule.split(",") if rule != "from,to"]
    assert len(selectors) > 100
    assert not [part for part in selectors if ".linetap-picture.linetap-picture" not in part]


def test_a_picture_is_saved_as_it_is(tmp_path: Path) -> None:
    """The file contains the page as UTF-8 on every system."""
    page = chat_html([say("สวัสดี 😀")], title="a")
    assert save_html(tmp_path / "a.html", page).read_bytes() == page.encode()


def test_an_address_is_shown_as_people_read_it() -> None:
    """Percent-encoding is undone, a long address is cut to its host and end; the tooltip has all of it."""
    address = "https://img.example.com/%E5%96%AB%E8%8C%B6.jpg"
    long = f"https://img.example.com/{'deep/' * 20}last.jpg?size=1040"
    page = page_of(*({"type": "image", "previewImageUrl": one} for one in (address, long)))
    assert page.of("lt-addr") == ["img.example.com/喫茶.jpg", "img.example.com/…/last.jpg"]
    assert {address, long} <= set(page.attribute("title"))


def test_the_samples_are_messages_that_line_accepts() -> None:
    """The sample messages meet all of LINE's rules, except the one of an invented kind."""
    wrong = {name: message_problems(messages) for name, messages in CHATS.items()}
    errors = {name: [p for p in found if p.severity == "error"] for name, found in wrong.items()}
    assert {name: found for name, found in errors.items() if found} == {}


def test_a_loaded_image_has_lines_background() -> None:
    """Transparent parts of an image show the background that LINE shows, an image message keeps its aspect ratio."""
    page = page_of(CHATS["media"][0], *CHATS["restaurant"], load_images=True)
    assert not [style for style in page.attribute("style") if "linear-gradient" in style]
    assert page.of("lt-own") == [""]
    assert page.attribute("alt")[0] == "img.example.com/cafe/a-small.jpg"
