"""Writes a picture to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os


def save_html(path: str | os.PathLike[str], document: str) -> Path:
    """Write a page of :func:`chat_html` or :func:`gallery_html` as UTF-8; returns its path."""
    target = Path(path)
    target.write_text(document, encoding="utf-8", newline="\n")
    return target
