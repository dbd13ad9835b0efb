"""The picture in a real Chromium: no script runs, no request is made, styles stay separate, and cut text is marked."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from linetap.display import html as tables
from linetap.line.preview import chat_fragment, chat_html
from tests.chromium import Chromium
from tests.line.preview.samples import CHATS, Json, box, flex, opens, template, text

pytestmark = pytest.mark.browser

_NODE = Path(__file__).parents[2] / "node"
_EVIL = (
    "<script>window.ran = 1; alert(1)</script><img src=x onerror='window.ran = 1'><svg onload=window.ran=1>"
    "<iframe src=https://evil.example></iframe><link rel=stylesheet href=https://evil.example/x.css>"
    '" onmouseover="window.ran=1" style="background:url(https://evil.example/y)"'
)


def _evil(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: inner if key in ("type", "layout") else _evil(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_evil(inner) for inner in value]
    return _EVIL if isinstance(value, str) else value


def _everything(load_images: bool) -> list[str]:
    every = [message for messages in CHATS.values() for message in messages]
    return [
        chat_fragment(every, load_images=load_images),
        chat_fragment(_evil(every), title=_EVIL, load_images=load_images),
        chat_fragment([{"type": "text", "text": "hi", "sender": {"name": _EVIL, "iconUrl": _EVIL}}], title=_EVIL),
    ]


def test_the_page_makes_no_request(browser: Chromium) -> None:
    """Showing every message kind, with an attack in every string, makes no network request.

    The fragment is used because it has no Content-Security-Policy: escaping alone prevents requests.
    """
    for page in _everything(load_images=False):
        assert browser.ask(page, fresh=True).requests == []


def test_only_the_messages_own_images_are_fetched_when_asked_for(browser: Chromium) -> None:
    """load_images=True requests the HTTPS images that the messages name, and no other address."""
    first, second, _ = _everything(load_images=True)
    honest = browser.ask(first, fresh=True, fetches=True).requests
    evil = browser.ask(second, fresh=True).requests
    assert {address.split("/")[2] for address in honest} == {"img.example.com"}
    assert evil == []


def test_a_script_in_a_display_name_does_not_run(browser: Chromium) -> None:
    """No string of a message runs a script, opens a dialog or sets an event handler."""
    script = "() => [window.ran, document.scripts.length, document.querySelectorAll('[onerror],[onmouseover]').length]"
    for page in _everything(load_images=True):
        seen = browser.ask(page, script)
        assert seen.value == [None, 0, 0]
        assert seen.errors == []


def test_the_policy_of_a_page_works_without_escaping(browser: Chromium) -> None:
    """The page's Content-Security-Policy prevents a script in the page from running."""
    page = chat_html([]).replace("</body>", "<script>window.ran = 1</script><img src=https://evil.example/x></body>")
    seen = browser.ask(page, "() => window.ran")
    assert seen.value is None
    assert seen.requests == []


_BEHIND = """
* { color: red; margin: 9px } div, span, a, p { padding: 7px; font-size: 31px; text-align: right; line-height: 3 }
.box, .row { display: none } a:link { color: lime; text-decoration: overline } img { border: 5px solid }
"""
_GEOMETRY = """() => [...document.querySelectorAll('.linetap-picture *')].flatMap(e => {
  if (!e.getClientRects().length) return [];
  const r = e.getBoundingClientRect(), o = document.querySelector('.lt-phone').getBoundingClientRect();
  const s = getComputedStyle(e);
  return [[e.className, r.x - o.x, r.y - o.y, r.width, r.height, s.color, s.font].join()]})"""


def test_a_notebooks_styles_do_not_reach_the_picture(browser: Chromium) -> None:
    """Style rules of the surrounding page change no position and no colour in the picture."""
    every = [message for name in ("text", "cards", "buttons", "receipt", "ticket") for message in CHATS[name]]
    picture = chat_fragment(every, dark=False)
    alone = browser.ask(f"<body>{picture}", _GEOMETRY).value
    inside = browser.ask(f"<style>{_BEHIND}</style><body>{picture}", _GEOMETRY).value
    assert [(a, b) for a, b in zip(alone, inside, strict=True) if a != b] == []


def test_the_picture_does_not_reach_the_notebook(browser: Chromium) -> None:
    """An element beside the picture has the same computed style as without the picture."""
    beside = "<div class='row lt-row' id=x><a href=#>link</a> <b>text</b></div>"
    script = "() => [...document.querySelectorAll('#x, #x *')].map(e => JSON.stringify([...getComputedStyle(e)].map("
    script += "n => n + getComputedStyle(e)[n])))"
    without = browser.ask(f"<body>{beside}", script).value
    assert browser.ask(f"<body>{beside}{chat_fragment(CHATS['text'])}", script).value == without


def _cut(browser: Chromium, *contents: Json) -> list[bool]:
    page = chat_fragment([flex({"type": "bubble", "body": box("vertical", *contents)})])
    script = "() => [...document.querySelectorAll('.lt-p,.lt-cut')].map(e => getComputedStyle(e).boxShadow != 'none')"
    found: list[bool] = browser.ask(page, script).value
    return found


def test_text_that_does_not_fit_is_marked(browser: Chromium) -> None:
    """A line that ends in an ellipsis and lines beyond maxLines are underlined; text that fits is not."""
    long = "words and more words " * 9
    texts = text("fits"), text(long), text(long, wrap=True), text(long, wrap=True, maxLines=2), text("ก็ได้", wrap=True)
    assert _cut(browser, *texts) == [False, True, False, True, False]


def test_a_box_that_hides_its_content_is_marked(browser: Chromium) -> None:
    """A box of fixed height is marked where its content is cut off."""
    assert _cut(browser, box("vertical", text("a"), height="10px"), box("vertical", text("b"), height="90px")) == [
        True,
        False,
        False,
        False,
    ]


def test_a_label_that_does_not_fit_is_marked(browser: Chromium) -> None:
    """A template's label that does not fit is marked."""
    page = chat_fragment([template("confirm", text="?", actions=[opens("M" * 20), opens("No")])])
    script = "() => [...document.querySelectorAll('.lt-tap')].map(e => getComputedStyle(e).boxShadow != 'none')"
    assert browser.ask(page, script).value == [True, False]


def test_text_shrinks_to_fit(browser: Chromium) -> None:
    """With adjustMode a line that is too long gets a smaller font so that it fits; a line that fits is unchanged."""
    fits = {"adjustMode": "shrink-to-fit"}
    lines = ["ok", "a line of quite some length for its box", "とても長い一行なのですが縮めば入ります"]
    page = chat_fragment([flex({"type": "bubble", "body": box("vertical", *[text(line, **fits) for line in lines])})])
    script = """() => [...document.querySelectorAll('.lt-p')].map(
      e => [parseFloat(getComputedStyle(e).fontSize), e.scrollWidth <= e.clientWidth])"""
    sizes, fitting = zip(*browser.ask(page, script).value, strict=True)
    assert sizes[0] == 16 > max(sizes[1:])
    assert all(fitting)


@pytest.mark.parametrize(
    ("dark", "scheme", "expected"),
    [(None, "dark", True), (None, "light", False), (True, "light", True), (False, "dark", False)],
)
def test_the_theme(browser: Chromium, dark: bool | None, scheme: str, expected: bool) -> None:
    """dark=None follows the system, True and False do not; a flex bubble keeps its author's colours."""
    page = chat_html([*CHATS["text"][:1], *CHATS["receipt"]], dark=dark)
    script = "() => ['.lt-say', '.lt-bub'].map(n => getComputedStyle(document.querySelector(n)).backgroundColor)"
    say, bubble = browser.ask(page, script, color_scheme=scheme).value
    assert say == ("rgb(47, 50, 56)" if expected else "rgb(255, 255, 255)")
    assert bubble == "rgb(255, 255, 255)"


@pytest.mark.parametrize(
    ("notebook", "scheme", "dark"),
    [
        ("<body data-jp-theme-light=false>", "light", True),
        ("<body data-jp-theme-light=true>", "dark", False),
        ("<body class=vscode-dark>", "light", True),
        ("<html theme=dark><body>", "light", True),
    ],
)
def test_a_notebooks_theme_is_followed(browser: Chromium, notebook: str, scheme: str, dark: bool) -> None:
    """In JupyterLab, VS Code and Colab the theme of the notebook decides, not that of the system."""
    script = "() => getComputedStyle(document.querySelector('.lt-say')).backgroundColor"
    found = browser.ask(f"{notebook}{chat_fragment(CHATS['text'])}", script, color_scheme=scheme).value
    assert found == ("rgb(47, 50, 56)" if dark else "rgb(255, 255, 255)")


@pytest.mark.parametrize("name", sorted(CHATS))
def test_a_chat_is_as_wide_as_a_phone(browser: Chromium, name: str) -> None:
    """No message is wider than the chat; only carousels and quick replies scroll horizontally."""
    script = """() => { const p = document.querySelector('.lt-phone'), right = p.getBoundingClientRect().right;
      const held = e => e.closest('.lt-slide, .lt-quick, .lt-imagemap, .lt-box') == null;
      return [p.getBoundingClientRect().width, [...p.querySelectorAll('*')].filter(e => held(e) &&
        e.getBoundingClientRect().right > right + 1).map(e => e.className)] }"""
    assert browser.ask(chat_fragment(CHATS[name]), script).value == [375, []]


_WORDS = """name => {
  const home = document.querySelector(name), at = home.getBoundingClientRect(), found = {};
  const walk = document.createTreeWalker(home, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { const words = walk.currentNode.data.trim(), range = document.createRange();
    if (!words || walk.currentNode.parentElement.closest('.lt-addr, style')) continue;
    range.selectNodeContents(walk.currentNode); const r = range.getBoundingClientRect();
    (found[words] ??= []).push([r.x - at.x, r.y - at.y, r.width, r.height].map(Math.round)) }
  return [Math.round(at.width), Math.round(at.height), found] }"""


def _theirs(contents: Json) -> str:
    if not (_NODE / "node_modules" / "flex-render").is_dir():
        pytest.skip("flex-render is not installed (npm install --prefix tests/node --no-package-lock)")
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on PATH")
    script = (
        "const {render}=require('flex-render');process.stdout.write(render(JSON.parse(require('fs').readFileSync(0))))"
    )
    done = subprocess.run(
        [node, "-e", script], input=json.dumps(contents), cwd=_NODE, capture_output=True, encoding="utf-8", check=True
    )
    css = (_NODE / "node_modules/flex-render/dist/index.css").read_text(encoding="utf-8")
    return f"<meta charset=utf-8><style>{css} * {{ font-family: sans-serif !important }}</style>{done.stdout}"


@pytest.mark.node
@pytest.mark.parametrize("name", ["restaurant", "receipt", "ticket", "tasks"])
def test_an_independent_renderer_puts_every_word_in_the_same_place(browser: Chromium, name: str) -> None:
    """flex-render, which has LINE's simulator's own style sheet, agrees on each text to two pixels.

    Widths may differ by a blank at the end of a line, which hangs there or not.
    """
    contents = CHATS[name][0]["contents"]
    one = contents["contents"][0] if contents["type"] == "carousel" else contents
    mine = f"<style>* {{ font-family: sans-serif !important }}</style>{chat_fragment([flex(one)])}"
    wide, high, ours = browser.ask(mine, f"() => ({_WORDS})('.lt-bub')").value
    wide_too, high_too, theirs = browser.ask(_theirs(one), f"() => ({_WORDS})('.T1')").value
    assert [wide, high] == pytest.approx([wide_too, high_too], abs=1)
    assert ours.keys() == theirs.keys()
    apart = {words: (ours[words], theirs[words]) for words in ours if not _same(ours[words], theirs[words])}
    assert apart == {}


def _same(ours: list[list[int]], theirs: list[list[int]]) -> bool:
    if len(ours) != len(theirs):
        return False
    near = (2, 2, 7, 2)
    return all(
        abs(a - b) <= most
        for one, two in zip(ours, theirs, strict=True)
        for a, b, most in zip(one, two, near, strict=True)
    )


def test_a_table_fits_light_and_dark_notebooks(browser: Chromium) -> None:
    """The notebook table takes its colours from the page, so its text is legible on a light and a dark page."""
    script = """() => [...document.querySelectorAll('td')].map(e => getComputedStyle(e)).map(
      s => [s.color, s.backgroundColor])"""
    page = f"<body style='background:#111;color:#eee'>{tables.table('Upload', [('processed', 12345)])}"
    assert browser.ask(page, script).value == [["rgb(238, 238, 238)", "rgba(0, 0, 0, 0)"]]
