"""The chat around the messages, the gallery of several chats, and the HTML page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from linetap.display.html import escape
from linetap.errors import Problem
from linetap.line.preview import actions
from linetap.line.preview.css import sheet
from linetap.line.preview.flex import flex
from linetap.line.preview.helpers import RenderOptions, items, mapping, one_of, text
from linetap.line.preview.imagemap import imagemap
from linetap.line.preview.inline_text import plain_text, safe_link, to_html
from linetap.line.preview.media import picture
from linetap.line.preview.message_bubbles import SIMPLE, unknown
from linetap.line.preview.templates import template

Messages = Sequence[Mapping[str, Any]]
_KINDS: Mapping[str, Callable[[RenderOptions, Mapping[str, Any]], str]] = {
    **SIMPLE,
    "template": template,
    "imagemap": imagemap,
    "flex": flex,
}
_STATUS = ("rendered", "defaulted", "aborted", "uncertain", "invalid")
_ICONS = {"camera": "📷", "cameraRoll": "🖼️", "location": "📍"}
_INDEX = re.compile(r"^(?:messages)?\[(\d{1,3})\]")


class ChatSnapshot(NamedTuple):
    """The chat of one user in a gallery."""

    caption: str
    messages: Messages
    status: str = ""
    """``rendered``, ``defaulted``, ``aborted``, ``uncertain`` or ``invalid``; any other text is shown unchanged."""
    problems: tuple[Problem, ...] = ()
    note: str = ""
    """Shown where there are no messages: the reason."""


def chat(
    options: RenderOptions, messages: object, *, title: str = "", problems: Sequence[Problem] = (), note: str = ""
) -> str:
    """A chat 375 px wide."""
    row_html = [
        _row(options.for_next_message(), n, one, before, problems) for n, (before, one) in enumerate(_pairs(messages))
    ]
    rows = "".join(row_html) or f'<div class="lt-none">{escape(note or "no messages")}</div>'
    bar = f'<div class="lt-bar">{to_html(title[:200])}</div>' if title else ""
    messages_html = f'<div class="lt-chat">{rows}</div>{_quick_reply(options, messages)}'
    return f'<div class="lt-phone">{bar}{messages_html}{_problems(problems)}</div>'


def gallery(options: RenderOptions, snapshots: Iterable[ChatSnapshot], *, title: str = "") -> str:
    """Several chats side by side."""
    heading = f'<div class="lt-title">{to_html(title[:200])}</div>' if title else ""
    return f'{heading}<div class="lt-gallery">{"".join(_snapshot(options, snapshot) for snapshot in snapshots)}</div>'


def framed(inner: str, *, dark: bool | None) -> str:
    """A fragment for a notebook: the style sheet and the element that it is limited to."""
    mode = {None: "lt-auto", True: "lt-dark", False: "lt-light"}[dark]
    return f'<div class="linetap-picture {mode}"><style>{sheet()}</style>{inner}</div>'


def document(inner: str, *, title: str, dark: bool | None, load_images: bool) -> str:
    """A complete page. Its Content-Security-Policy forbids scripts and requests, in case escaping fails."""
    images = "https:" if load_images else "'none'"
    policy = f"default-src 'none';style-src 'unsafe-inline';img-src {images};base-uri 'none';form-action 'none'"
    scheme = {None: "light dark", True: "dark", False: "light"}[dark]
    name = escape(plain_text(title) or "LINE chat")
    return (
        '<!DOCTYPE html>\n<html lang="und"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><meta name="referrer" content="no-referrer">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{name}</title>'
        f"<style>:root{{color-scheme:{scheme}}}body{{margin:16px}}</style></head>"
        f"<body>{framed(inner, dark=dark)}</body></html>\n"
    )


def _pairs(messages: object) -> Iterable[tuple[object, object]]:
    given = items(messages, 50)
    return zip([None, *given], given, strict=False)


def _row(options: RenderOptions, n: int, message: object, before: object, problems: Sequence[Problem]) -> str:
    given = mapping(message)
    sender, first = mapping(given.get("sender")), before is None
    opens = first or sender != mapping(mapping(before).get("sender"))
    kind = one_of(given.get("type"), _KINDS, "")
    shown = _KINDS[kind](options, given) if kind else unknown(options, message)
    broad = _breadth(kind, given)
    wrong = " lt-wrong" if any(p.severity == "error" and _names(p.path, n) for p in problems) else ""
    head = f'{_avatar(options, sender)}<div class="lt-who">{_name(sender)}</div>' if opens else ""
    alt_text = text(given.get("altText"))
    alt = f' title="in the chat list: {escape(plain_text(alt_text)[:300])}"' if alt_text else ""
    row = f"lt-row{' lt-first' if opens else ''}{wrong}"
    return f'<div class="{row}">{head}<div class="lt-what{broad}"{alt}>{shown}</div></div>'


def _breadth(kind: str, given: Mapping[str, Any]) -> str:
    """Carousels use the full width of the chat; a bubble too wide for the space beside the icon is shown below it."""
    inner = mapping(given.get({"flex": "contents", "template": "template"}.get(kind, "")))
    if inner.get("type") in ("carousel", "image_carousel"):
        return " lt-wide"
    return " lt-wide lt-below" if inner.get("size") == "giga" else ""


def _avatar(options: RenderOptions, sender: Mapping[str, Any]) -> str:
    icon = sender.get("iconUrl")
    return f'<div class="lt-avatar">{picture(options, icon, 1.0) if icon else "L"}</div>'


def _name(sender: Mapping[str, Any]) -> str:
    return f'<div class="lt-name">{to_html(text(sender.get("name")), 20) or "LINE Official Account"}</div>'


def _names(path: str, n: int) -> bool:
    found = _INDEX.match(path)
    return found is not None and int(found[1]) == n


def _quick_reply(options: RenderOptions, messages: object) -> str:
    """LINE shows the buttons of the last message only: https://developers.line.biz/en/docs/messaging-api/using-quick-reply/"""
    given = items(messages, 50)
    last = mapping(mapping(given[-1]).get("quickReply")) if given else {}
    buttons = "".join(_reply(options, mapping(item)) for item in items(last.get("items"), 20) if options.take_part())
    return f'<div class="lt-quick">{buttons}</div>' if buttons else ""


def _reply(options: RenderOptions, item: Mapping[str, Any]) -> str:
    """A button; LINE shows its own icon for three kinds of action (reference, #quick-reply-button-object)."""
    own = _ICONS.get(text(mapping(item.get("action")).get("type")), "")
    icon = picture(options, item["imageUrl"], 1.0) if item.get("imageUrl") else own and f"<span>{own}</span>"
    return actions.tap(item.get("action"), f"{icon}<span>{actions.label(item.get('action'), 20)}</span>", "lt-reply")


def _problems(problems: Sequence[Problem]) -> str:
    shown = "".join(_problem(problem) for problem in problems[:50])
    more = f"<div>and {len(problems) - 50:,} more</div>" if len(problems) > 50 else ""
    return f'<div class="lt-problems">{shown}{more}</div>' if shown else ""


def _problem(problem: Problem) -> str:
    kind = one_of(problem.severity, ("error", "uncertain", "advice"), "error")
    got = f" (got {problem.found})" if problem.found else ""
    description = f"{problem.rule}{got}." + (
        f" {problem.suggestion[0].upper()}{problem.suggestion[1:]}." if problem.suggestion else ""
    )
    link = safe_link(problem.page)
    follow = f'href="{escape(link)}" target="_blank" rel="noopener noreferrer"' if link else ""
    page = f' <a class="lt-a" {follow}>page</a>' if link else ""
    return f'<div class="lt-{kind}"><b>{kind} {escape(plain_text(problem.path))}</b> {to_html(description)}{page}</div>'


def _snapshot(options: RenderOptions, snapshot: ChatSnapshot) -> str:
    status = text(snapshot.status)
    known = f" lt-{status}" if status in _STATUS else ""
    badge = f'<span class="lt-status{known}">{escape(status[:40])}</span>' if status else ""
    picture_html = chat(
        options, snapshot.messages, problems=snapshot.problems, note=snapshot.note or _default_note(status)
    )
    caption = f'<div class="lt-caption">{badge}<span>{to_html(text(snapshot.caption)[:200])}</span></div>'
    return f"<div>{caption}{picture_html}</div>"


def _default_note(status: str) -> str:
    return "aborted: nothing is sent to this user" if status == "aborted" else ""
