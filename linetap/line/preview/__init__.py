"""Messages as a picture of a LINE chat: one HTML page that makes no network request.

The input is plain message JSON, valid or not. The functions never raise for its content, because an invalid message
is the one that a reader needs to see. Everything from the JSON is escaped, only links that LINE opens are links here,
and images are loaded only with ``load_images=True``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from linetap.errors import Problem
from linetap.line.preview import page
from linetap.line.preview.helpers import RenderOptions
from linetap.line.preview.page import ChatSnapshot
from linetap.line.preview.save import save_html

__all__ = ["ChatSnapshot", "chat_fragment", "chat_html", "gallery_fragment", "gallery_html", "save_html"]


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

    ``dark=None`` follows the reader's system. Problems are listed below the chat; a message with an error
    (``messages[1]...``) has a red frame. A field without a value is shown as a label with its name.
    ``note`` is shown where there are no messages.
    """
    picture = page.chat(RenderOptions(load_images=load_images), messages, title=title, problems=problems, note=note)
    return page.document(picture, title=title, dark=dark, load_images=load_images)


def chat_fragment(
    messages: Sequence[Mapping[str, Any]],
    *,
    title: str = "",
    dark: bool | None = None,
    load_images: bool = False,
    problems: Sequence[Problem] = (),
    note: str = "",
) -> str:
    """The same as a fragment of HTML, for a notebook cell; its styles apply to nothing else on the page."""
    return page.framed(
        page.chat(RenderOptions(load_images=load_images), messages, title=title, problems=problems, note=note),
        dark=dark,
    )


def gallery_html(
    shots: Iterable[ChatSnapshot], *, title: str = "", dark: bool | None = None, load_images: bool = False
) -> str:
    """A page with the chats of several users side by side, each below its caption and status."""
    picture = page.gallery(RenderOptions(load_images=load_images), shots, title=title)
    return page.document(picture, title=title, dark=dark, load_images=load_images)


def gallery_fragment(
    shots: Iterable[ChatSnapshot], *, title: str = "", dark: bool | None = None, load_images: bool = False
) -> str:
    """The same gallery as a fragment of HTML."""
    return page.framed(page.gallery(RenderOptions(load_images=load_images), shots, title=title), dark=dark)
