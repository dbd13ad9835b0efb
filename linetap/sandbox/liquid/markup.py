"""``strip_html``: the text that a browser would show, as the engine's HTML parser gives it.

Only what is sure is rendered: markup that browsers repair in many ways is an error.
"""

from __future__ import annotations

import html
import re

from linetap.sandbox.liquid.errors import LiquidError

_UNSURE = re.compile(
    r"<(?:!(?!--)|\?|/?(?:html|head|body|title|table|t[rdh]|tbody|thead|tfoot|caption|colgroup|col|textarea|select"
    r"|option|optgroup|frameset|frame|noframes|noscript|template|svg|math|iframe|xmp|plaintext|noembed|base|meta"
    r"|link|input|image|isindex)\b)",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"<(script|style)\b[^>]*>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"""</?([a-zA-Z][^\s>/]*)(?:"[^"]*"|'[^']*'|[^'">])*>""")
_OPEN_END = re.compile(r"</?[a-zA-Z][^>]*\Z")
_BLOCKS = frozenset(
    "address article aside blockquote br center dd details dir div dl dt fieldset figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr li main menu nav ol p pre section summary ul".split()
)
_BLANKS = re.compile("[ \t\n\f\r\xa0]+")
_INVISIBLE = {0x200B: None, 0xAD: None}


def without_markup(text: str) -> str:
    """The visible text, its blanks folded into one each."""
    if "<" in text:
        if _UNSURE.search(text):
            raise LiquidError("what the engine shows of this HTML cannot be told")
        text = _OPEN_END.sub("", _TAG.sub(_instead, _HIDDEN.sub("", text)))
    text = html.unescape(text) if "&" in text else text
    return _BLANKS.sub(" ", text).translate(_INVISIBLE).strip(" ")


def _instead(tag: re.Match[str]) -> str:
    return " " if tag[1].lower() in _BLOCKS else ""
