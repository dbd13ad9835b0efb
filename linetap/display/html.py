"""HTML tables of results for notebooks, with every text escaped. Nothing here does I/O.

A report's ``_repr_html_`` passes values to :func:`table`, never HTML::

    def _repr_html_(self) -> str:
        return html.table("Upload", [("processed", self.processed), ("rejected", len(self.rejected))])
"""

from __future__ import annotations

import html as _html
import re
from collections.abc import Iterable, Sequence

# Characters that HTML forbids, and those that change the direction of the surrounding text: both are replaced. https://html.spec.whatwg.org/multipage/syntax.html#text-2
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)

# Colours inherit from the page, so that a table is readable in light and dark notebooks.
_TABLE = (
    "border-collapse:collapse;min-width:15em;margin:4px 0;font:13px/1.5 system-ui,sans-serif;color:inherit;"
    "background:transparent"
)
_TITLE = "text-align:left;font-weight:600;font-size:14px;padding:2px 0 4px;color:inherit;caption-side:top"
_LINE = "border-bottom:1px solid rgba(128,128,128,.35)"
_CELL = f"padding:3px 14px 3px 0;text-align:left;vertical-align:top;overflow-wrap:anywhere;max-width:44em;{_LINE}"
_NUMBER = f"padding:3px 14px 3px 0;text-align:right;vertical-align:top;font-variant-numeric:tabular-nums;{_LINE}"
_HEAD = f"padding:3px 14px 3px 0;text-align:left;vertical-align:top;font-weight:600;white-space:nowrap;{_LINE}"
_NOTE = "font:12px/1.5 system-ui,sans-serif;opacity:.75;margin:2px 0 6px"


def escape(value: object) -> str:
    """``value`` as text that is safe between tags and inside a quoted attribute.

    Characters that HTML forbids, lone surrogates and bidirectional controls become ``U+FFFD``: a name must not
    change the page around it.
    """
    return _html.escape(FORBIDDEN.sub("\ufffd", str(value)), quote=True)


def table(title: object, rows: Iterable[Sequence[object]], *, head: Sequence[object] = (), note: object = "") -> str:
    """A table with a title; numbers are aligned to the right, with thousands separators.

    ``rows`` are sequences of values; all are escaped. Without ``head`` the first cell of each row is its heading.
    ``note`` is a sentence below the table.
    """
    top = f"<tr>{''.join(_cell('th', value, _HEAD) for value in head)}</tr>" if head else ""
    body = "".join(f"<tr>{_row(row, named=not head)}</tr>" for row in rows)
    below = f'<div style="{_NOTE}">{escape(note)}</div>' if note else ""
    caption = f'<caption style="{_TITLE}">{escape(title)}</caption>'
    return f'<table class="linetap" style="{_TABLE}">{caption}{top}{body}</table>{below}'


def _row(row: Sequence[object], *, named: bool) -> str:
    cells = [row] if isinstance(row, str) else row
    return "".join(_cell("th", v, _HEAD) if named and not i else _value(v) for i, v in enumerate(cells))


def _value(value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _cell("td", f"{value:,}", _NUMBER)
    return _cell("td", "" if value is None else value, _CELL)


def _cell(tag: str, value: object, style: str) -> str:
    return f'<{tag} style="{style}">{escape(value)}</{tag}>'
