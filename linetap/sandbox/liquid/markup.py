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
    r"|link|input|image|isindex)\b)|</?[a-zA-Z][^>]*<",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"<(script|style)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"""</?([a-zA-Z][^\s>/]*)(?:"[^"]*"|'[^']*'|[^'">])*>""")
_OPEN_END = re.compile(r"</?[a-zA-Z][^>]*\Z")
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "br", "center", "dd", "details", "dir", "div", "dl", "dt",
     "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
     "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "ul")
)  # fmt: skip
_BLANKS = re.compile("[ \t\n\f\r\xa0]+")
_INVISIBLE = {0x200B: None, 0xAD: None}


_VOID = frozenset(("br", "hr", "img", "wbr", "area", "embed", "param", "source", "track"))
_LOOSE_ENTITY = re.compile(
    r"&[a-zA-Z][a-zA-Z0-9]*(?![a-zA-Z0-9;])|&#x?[0-9a-fA-F]*(?![0-9a-fA-F;])|&#(?:x|0*1[2-5]\d);"
)


def without_markup(text: str) -> str:
    """The visible text, its blanks folded into one each."""
    if "<" in text:
        text = _without_tags(text)
    if "&" in text:
        if any(html.unescape(one) != one for one in _LOOSE_ENTITY.findall(text)):
            raise _unsure()
        text = html.unescape(text)
    return _BLANKS.sub(" ", text).translate(_INVISIBLE).strip(" ")


def _without_tags(text: str) -> str:
    text = _COMMENT.sub("", _HIDDEN.sub(" ", text))
    if _UNSURE.search(text):
        raise _unsure()
    open_tags: list[str] = []
    return _TAG.sub(lambda tag: _instead(tag, open_tags), _OPEN_END.sub("", text))


def _instead(tag: re.Match[str], open_tags: list[str]) -> str:
    name = tag[1].lower()
    if not tag[0].startswith("</"):
        if name not in _VOID:
            open_tags.append(name)
    elif name not in open_tags:
        raise _unsure()
    else:
        open_tags.reverse()
        open_tags.remove(name)
        open_tags.reverse()
    return " " if name in _BLOCKS else ""


def _unsure() -> LiquidError:
    return LiquidError("the engine's text for this HTML cannot be predicted")
