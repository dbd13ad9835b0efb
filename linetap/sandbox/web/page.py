"""The sandbox's page: the state of both services and their requests. All data is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timezone
from html import escape
from typing import Any

from linetap.line.preview import ChatSnapshot, gallery_fragment
from linetap.sandbox.clevertap.service import CleverTap
from linetap.sandbox.core.service import Journal
from linetap.sandbox.line.service import Line

_MOST, _PHONES, _NEWEST = 50, 12, 3
_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, "Noto Sans", "Noto Sans CJK JP", "Noto Sans Thai", sans-serif;
       margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
h1 { font-size: 1.4rem }
h2 { font-size: 1.1rem; margin-top: 2rem }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem }
dt { opacity: .7; font-size: .85rem }
dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; vertical-align: top }
td { overflow-wrap: break-word; max-width: 36rem }
th { font-weight: 600; white-space: nowrap }
details { margin-top: 1rem }
"""


def page_html(line: Line, clevertap: CleverTap) -> str:
    """The page as HTML."""
    journal = line.world.journal
    now = datetime.fromtimestamp(line.clock.now(), timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    quota = "no limit" if line.quota is None else f"{line.used} of {line.quota}"
    numbers = {
        "followers": sum(person.listed for person in line.people.values()),
        "blocked": sum(person.blocked for person in line.people.values()),
        "messages delivered": line.delivered,
        "sent this month": line.used if line.quota is None else quota,
        "profiles": len(clevertap.by_object_id),
        "webhooks": len(clevertap.templates),
        "campaigns": len(clevertap.campaigns),
        "requests kept": len(journal),
    }
    sections = [
        f"<h1>linetap sandbox</h1><p>LINE and CleverTap on this machine. The clock shows {escape(now)}.</p>",
        "<dl>"
        + "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(str(v))}</dd></div>" for k, v in numbers.items())
        + "</dl>",
        _table("Newest requests", ("operation", "method", "path", "status"), _requests(journal)),
        _inboxes(line),
        _table("Profiles", ("identity", "properties"), _profiles(clevertap)),
        _table("Campaigns", ("id", "name", "status", "sent", "outcomes"), _campaigns(clevertap)),
        _table("Webhooks", ("id", "name", "address", "headers"), _webhooks(clevertap)),
    ]
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>linetap sandbox</title>'
    head += '<link rel="icon" href="data:,">'  # a browser asks for an icon otherwise, which the request log would show
    body = "".join(sections)
    return f"<!doctype html><html lang=en><head>{head}<style>{_STYLE}</style></head><body>{body}</body></html>"


def _table(title: str, names: Iterable[str], rows: list[Iterable[Any]]) -> str:
    if not rows:
        return f"<h2>{escape(title)}</h2><p>None yet.</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{escape(_short(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<h2>{escape(title)}</h2><div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _short(value: Any, most: int = 400) -> str:
    text = value if isinstance(value, str) else _json(value)
    return text if len(text) <= most else f"{text[:most]}…"


def _json(value: Any) -> str:
    """A value of a test can be one that JSON does not have."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError) as wrong:
        return f"({type(value).__name__}: {type(wrong).__name__})"


def _requests(journal: Journal) -> list[Iterable[Any]]:
    newest = list(journal)[-_MOST:][::-1]
    return [(e.operation, e.method, e.path, "cut" if e.status is None else e.status) for e in newest]


def _inboxes(line: Line) -> str:
    """The newest inboxes as chats, and all inboxes as JSON."""
    full = [person for person in list(line.people.values()) if person.inbox][-_MOST:][::-1]
    rows: list[Iterable[Any]] = [(p.user_id, p.display_name, (p.inbox or [])[-5:]) for p in full]
    table = _table("Newest inboxes", ("user", "name", "messages"), rows)
    if not full:
        return table
    shots = (ChatSnapshot(f"{p.display_name} {p.user_id}", (p.inbox or [])[-_NEWEST:]) for p in full[:_PHONES])
    heading, _, rest = table.partition("</h2>")
    return f"{heading}</h2>{gallery_fragment(shots)}<details><summary>as JSON</summary>{rest}</details>"


def _profiles(clevertap: CleverTap) -> list[Iterable[Any]]:
    newest = list(clevertap.by_object_id.values())[-_MOST:][::-1]
    return [(profile.identity or profile.object_id, profile.data) for profile in newest]


def _campaigns(clevertap: CleverTap) -> list[Iterable[Any]]:
    found = list(clevertap.campaigns.values())[-_MOST:][::-1]
    published = clevertap.publications
    return [
        (c.campaign_id, c.name, c.status, c.sent, published[c.campaign_id].counts if c.campaign_id in published else {})
        for c in found
    ]


def _webhooks(clevertap: CleverTap) -> list[Iterable[Any]]:
    """Header names only: their values are tokens."""
    return [(t.template_id, t.name, t.url, ", ".join(t.headers)) for t in clevertap.templates.values()]
