"""URLs and HTML."""

from __future__ import annotations

import re
from html.entities import html5
from typing import Any
from urllib.parse import quote, quote_plus

from linetap.liquid.errors import CannotPredict
from linetap.liquid.filters.arguments import Arguments, FilterFunction
from linetap.liquid.numbers import trim
from linetap.liquid.values import encodable, text_of

_ESCAPED = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_ODD_ESCAPE = re.compile(r"%(?:\+|.?[^\x00-\x7f])")


def _url_encode(value: Any, arguments: Arguments) -> Any:
    """Java's ``URLEncoder``: letters, digits and ``.-*_`` stay, a blank becomes ``+``."""
    return quote_plus(encodable(text_of(value)), safe="*").replace("~", "%7E")


def _url_decode(value: Any, arguments: Arguments) -> Any:
    """Java's ``URLDecoder``; a ``%`` without two hexadecimal digits leaves the value as it is."""
    text = text_of(value)
    if "%" in (rest := _ESCAPED.sub("", text)):
        if _ODD_ESCAPE.search(rest):
            raise CannotPredict("url_decode must have two hexadecimal digits after %")
        return value
    return _ESCAPED.sub(_decoded, text.replace("+", " "))


def _decoded(match: re.Match[str]) -> str:
    try:
        return bytes.fromhex(match.group().replace("%", "")).decode()
    except UnicodeDecodeError:
        raise CannotPredict("url_decode must have valid UTF-8") from None


def _url_escape(value: Any, arguments: Arguments) -> Any:
    return quote(encodable(text_of(value)), safe="-_.~/:?#[]@!$&'()*+,;=")


def _url_param_escape(value: Any, arguments: Arguments) -> Any:
    return quote(encodable(text_of(value)), safe="-_.~")


_INLINE = frozenset(
    (
        *(
            "a",
            "abbr",
            "b",
            "big",
            "cite",
            "code",
            "del",
            "em",
            "font",
            "i",
            "ins",
            "mark",
            "s",
            "small",
            "span",
            "strike",
        ),
        *("strong", "sub", "sup", "tt", "u"),
    )
)
_BLOCK = frozenset(("div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "ul"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_MARKUP = re.compile(
    r"<!--(?:.*?)-->|<(script|style)\b[^>]*>.*?</\1\s*>|<(/?)([a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*|/)?>|<[a-zA-Z][^<>]*\Z",
    re.DOTALL | re.IGNORECASE,
)
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7});|#[xX]([0-9a-fA-F]{1,6});|([a-zA-Z][a-zA-Z0-9]*;)|(?=[a-zA-Z0-9#]))")
_DOUBTFUL = re.compile("\x00")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d]")
_LONGEST = 20_000
_BLANKS = re.compile("[ \t\n\f\r\u00a0]+")


class _Markup:
    """The text of simple HTML. jsoup repairs broken HTML in its own way; that is not predicted."""

    def __init__(self) -> None:
        self.text = ""
        self.open: list[str] = []
        self.after_block = False

    def add_text(self, text: str) -> None:
        if not text:
            return
        if "<" in re.sub(r"<(?=[\s0-9=]|\Z)", "", text) or _DOUBTFUL.search(text):
            raise CannotPredict("strip_html must have simple HTML (got a tag that is not complete)")
        text = _BLANKS.sub(" ", _INVISIBLE.sub("", _REFERENCE.sub(_reference, text)))
        if self.after_block and not self.text.endswith(" "):
            self.text += " "
        self.after_block = False
        self.text += text[1:] if self.text.endswith(" ") and text.startswith(" ") else text

    def add_tag(self, closing: bool, name: str) -> None:
        if name in ("br", "img", "hr") and not closing:
            self._separate(name != "img")
        elif name not in _INLINE | _BLOCK:
            raise CannotPredict(f"strip_html must have simple HTML (got <{name}>)")
        elif not closing:
            if name in self.open or (name in _HEADINGS and not _HEADINGS.isdisjoint(self.open)):
                raise CannotPredict(f"strip_html must have no <{name}> inside another one")
            self._separate(name in _BLOCK)
            self.open.append(name)
        elif not self.open or self.open.pop() != name:
            raise CannotPredict(f"strip_html must have each tag closed in order (got </{name}>)")
        else:
            self.after_block = name in _BLOCK

    def add_hidden(self) -> None:
        """A script or style: a block without text."""
        self._separate(True)
        self.after_block = True

    def _separate(self, wanted: bool) -> None:
        self.after_block = False
        if wanted and self.text and not self.text.endswith(" "):
            self.text += " "


def _reference(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name in html5:
        return html5[name]
    code = int(decimal) if decimal else int(hexadecimal or "0", 16)
    if 0x20 <= code < 0x80 or 0xA0 <= code < 0xD800:
        return chr(code)
    raise CannotPredict("strip_html must have character references such as &amp; or &#39;")


def _strip_html(value: Any, arguments: Arguments) -> Any:
    """The text that jsoup finds: blanks run together, a block starts after a blank."""
    source, markup, at = text_of(value), _Markup(), 0
    if "<" in source and len(source) > _LONGEST:
        raise CannotPredict(f"strip_html must not have over {_LONGEST:,} characters of HTML (linetap's limit)")
    for match in _MARKUP.finditer(source):
        markup.add_text(source[at : match.start()])
        if match.group(1):
            markup.add_hidden()
        elif match.group(3):
            markup.add_tag(match.group(2) == "/", match.group(3).lower())
        else:
            markup.after_block = False
        at = match.end()
    markup.add_text(source[at:])
    return trim(markup.text)


FILTERS: dict[str, FilterFunction] = {
    "url_encode": _url_encode,
    "url_decode": _url_decode,
    "strip_html": _strip_html,
    "url_escape": _url_escape,
    "url_param_escape": _url_param_escape,
}
