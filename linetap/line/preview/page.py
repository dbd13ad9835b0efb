"""The chat around the messages, the gallery of several people, and the page around both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from linetap.display.html import escape
from linetap.errors import Problem
from linetap.line.preview import actions
from linetap.line.preview.css import sheet
from linetap.line.preview.flex import flex
from linetap.line.preview.helpers import Pen, items, mapping, one_of, text
from linetap.line.preview.imagemap import imagemap
from linetap.line.preview.inline_text import bare, draw, safe_link
from linetap.line.preview.media import picture
from linetap.line.preview.message_bubbles import SIMPLE, unknown
from linetap.line.preview.templates import template

Messages = Sequence[Mapping[str, Any]]
_KINDS: Mapping[str, Callable[[Pen, Mapping[str, Any]], str]] = {
    **SIMPLE,
    "template": template,
    "imagemap": imagemap,
    "flex": flex,
}
_STATUS = ("rendered", "defaulted", "aborted", "invalid")
_ICONS = {"camera": "📷", "cameraRoll": "🖼️", "location": "📍"}
_INDEX = re.compile(r"^(?:messages)?\[(\d{1,3})\]")


class Shot(NamedTuple):
    """One person's picture in a gallery."""

    caption: str
    messages: Messages
    status: str = ""
    """``rendered``, ``defaulted``, ``aborted`` or ``invalid``; any other word is shown as it stands."""
    problems: tuple[Problem, ...] = ()
    note: str = ""
    """Where there are no messages: why."""


def chat(pen: Pen, messages: object, *, title: str = "", problems: Sequence[Problem] = (), note: str = "") -> str:
    """A phone-wide chat."""
    drawn = [_row(pen.fresh(), n, one, before, problems) for n, (before, one) in enumerate(_pairs(messages))]
    rows = "".join(drawn) or f'<div class="lt-none">{escape(note or "no messages")}</div>'
    bar = f'<div class="lt-bar">{draw(title[:200])}</div>' if title else ""
    room = f'<div class="lt-room">{rows}</div>{_quick_reply(pen, messages)}'
    return f'<div class="lt-phone">{bar}{room}{_problems(problems)}</div>'


def gallery(pen: Pen, shots: Iterable[Shot], *, title: str = "") -> str:
    """Several people side by side."""
    heading = f'<div class="lt-title">{draw(title[:200])}</div>' if title else ""
    return f'{heading}<div class="lt-gallery">{"".join(_shot(pen, shot) for shot in shots)}</div>'


def framed(inner: str, *, dark: bool | None) -> str:
    """A part of a notebook: the style sheet, and what it is confined to."""
    mode = {None: "lt-auto", True: "lt-dark", False: "lt-light"}[dark]
    return f'<div class="linetap-picture {mode}"><style>{sheet()}</style>{inner}</div>'


def document(inner: str, *, title: str, dark: bool | None, load_images: bool) -> str:
    """A page of its own. Its policy forbids scripts and requests even where escaping had failed."""
    images = "https:" if load_images else "'none'"
    policy = f"default-src 'none';style-src 'unsafe-inline';img-src {images};base-uri 'none';form-action 'none'"
    scheme = {None: "light dark", True: "dark", False: "light"}[dark]
    name = escape(bare(title) or "LINE chat")
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


def _row(pen: Pen, n: int, message: object, before: object, problems: Sequence[Problem]) -> str:
    given = mapping(message)
    sender, first = mapping(given.get("sender")), before is None
    opens = first or sender != mapping(mapping(before).get("sender"))
    kind = one_of(given.get("type"), _KINDS, "")
    shown = _KINDS[kind](pen, given) if kind else unknown(pen, message)
    broad = _breadth(kind, given)
    wrong = " lt-wrong" if any(p.severity == "error" and _names(p.path, n) for p in problems) else ""
    head = f'{_face(pen, sender)}<div class="lt-who">{_name(sender)}</div>' if opens else ""
    told = text(given.get("altText"))
    alt = f' title="in the chat list: {escape(bare(told)[:300])}"' if told else ""
    row = f"lt-row{' lt-first' if opens else ''}{wrong}"
    return f'<div class="{row}">{head}<div class="lt-what{broad}"{alt}>{shown}</div></div>'


def _breadth(kind: str, given: Mapping[str, Any]) -> str:
    """What slides reaches both edges of the chat; what is too wide to stand beside the face stands below it."""
    inner = mapping(given.get({"flex": "contents", "template": "template"}.get(kind, "")))
    if inner.get("type") in ("carousel", "image_carousel"):
        return " lt-wide"
    return " lt-wide lt-below" if inner.get("size") == "giga" else ""


def _face(pen: Pen, sender: Mapping[str, Any]) -> str:
    icon = sender.get("iconUrl")
    return f'<div class="lt-face">{picture(pen, icon, 1.0) if icon else "L"}</div>'


def _name(sender: Mapping[str, Any]) -> str:
    return f'<div class="lt-name">{draw(text(sender.get("name")), 20) or "LINE Official Account"}</div>'


def _names(path: str, n: int) -> bool:
    found = _INDEX.match(path)
    return found is not None and int(found[1]) == n


def _quick_reply(pen: Pen, messages: object) -> str:
    """Only the last message's buttons are shown: https://developers.line.biz/en/docs/messaging-api/using-quick-reply/"""
    given = items(messages, 50)
    last = mapping(mapping(given[-1]).get("quickReply")) if given else {}
    drawn = "".join(_reply(pen, mapping(item)) for item in items(last.get("items"), 20) if pen.spend())
    return f'<div class="lt-quick">{drawn}</div>' if drawn else ""


def _reply(pen: Pen, item: Mapping[str, Any]) -> str:
    """A button; three kinds of action have an icon of LINE's own (reference, #quick-reply-button-object)."""
    own = _ICONS.get(text(mapping(item.get("action")).get("type")), "")
    icon = picture(pen, item["imageUrl"], 1.0) if item.get("imageUrl") else own and f"<span>{own}</span>"
    return actions.tap(item.get("action"), f"{icon}<span>{actions.label(item.get('action'), 20)}</span>", "lt-reply")


def _problems(problems: Sequence[Problem]) -> str:
    shown = "".join(_problem(problem) for problem in problems[:50])
    more = f"<div>and {len(problems) - 50:,} more</div>" if len(problems) > 50 else ""
    return f'<div class="lt-problems">{shown}{more}</div>' if shown else ""


def _problem(problem: Problem) -> str:
    kind = one_of(problem.severity, ("error", "uncertain", "advice"), "error")
    told = (problem.rule, problem.found and f"found {problem.found}", problem.suggestion)
    words = "; ".join(part for part in told if part)
    link = safe_link(problem.page)
    follow = f'href="{escape(link)}" target="_blank" rel="noopener noreferrer"' if link else ""
    page = f' <a class="lt-a" {follow}>page</a>' if link else ""
    return f'<div class="lt-{kind}"><b>{kind} {escape(bare(problem.path))}</b> {draw(words)}{page}</div>'


def _shot(pen: Pen, shot: Shot) -> str:
    status = text(shot.status)
    known = f" lt-{status}" if status in _STATUS else ""
    badge = f'<span class="lt-status{known}">{escape(status[:40])}</span>' if status else ""
    drawn = chat(pen, shot.messages, problems=shot.problems, note=shot.note or _why(status))
    return f'<div><div class="lt-caption">{badge}<span>{draw(text(shot.caption)[:200])}</span></div>{drawn}</div>'


def _why(status: str) -> str:
    return "aborted: nothing is sent to this person" if status == "aborted" else ""
