"""Messages as a picture of a LINE chat: one HTML page that asks nothing of the network.

Takes plain message JSON, right or wrong, and never raises for what is in it: a message that is wrong is
the one people need to see. Everything from the JSON is escaped, links are followed only where LINE would,
and images are fetched only with ``load_images=True``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from linetap.errors import Problem
from linetap.line.preview import page
from linetap.line.preview.helpers import Pen
from linetap.line.preview.page import Shot
from linetap.line.preview.save import save_html

__all__ = ["Shot", "chat_fragment", "chat_html", "gallery_fragment", "gallery_html", "save_html"]


def chat_html(
    messages: Sequence[Mapping[str, Any]],
    *,
    title: str = "",
    dark: bool | None = None,
    load_images: bool = False,
    problems: Sequence[Problem] = (),
    note: str = "",
) -> str:
    """A page that shows ``messages`` (LINE's JSON) as a LINE chat on a phone 375 px wide.

    ``dark`` None follows the reader's system. Problems are listed below the chat, and those of a message
    (``messages[1]...``) frame it. Fields that are still to be filled are drawn as chips with their names.
    ``note`` stands where there are no messages.
    """
    drawn = page.chat(Pen(load_images=load_images), messages, title=title, problems=problems, note=note)
    return page.document(drawn, title=title, dark=dark, load_images=load_images)


def chat_fragment(
    messages: Sequence[Mapping[str, Any]],
    *,
    title: str = "",
    dark: bool | None = None,
    load_images: bool = False,
    problems: Sequence[Problem] = (),
    note: str = "",
) -> str:
    """The same as a part of a page, such as a notebook's cell; its styles reach nothing else there."""
    return page.framed(
        page.chat(Pen(load_images=load_images), messages, title=title, problems=problems, note=note), dark=dark
    )


def gallery_html(shots: Iterable[Shot], *, title: str = "", dark: bool | None = None, load_images: bool = False) -> str:
    """A page with several people's chats side by side, each under its caption and status."""
    drawn = page.gallery(Pen(load_images=load_images), shots, title=title)
    return page.document(drawn, title=title, dark=dark, load_images=load_images)


def gallery_fragment(
    shots: Iterable[Shot], *, title: str = "", dark: bool | None = None, load_images: bool = False
) -> str:
    """The same as a part of a page."""
    return page.framed(page.gallery(Pen(load_images=load_images), shots, title=title), dark=dark)
