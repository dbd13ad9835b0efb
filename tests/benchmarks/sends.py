"""What the rooms send, and clients that send it unpaced; imports no peer, whose memory would be counted as ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from linetap import AsyncLineClient, LineClient
from linetap.envelope import Gates

C = TypeVar("C", LineClient, AsyncLineClient)


def unpaced(line: C) -> C:
    """Without LINE's pace, which the others would not keep to: on loopback it would be the bound of everything."""
    line._driver._gates = Gates({}, None)
    return line


def texts(count: int) -> Iterator[tuple[str, str]]:
    """So many recipients, each with a text of their own."""
    return ((f"U{number:032x}", f"Hello, number {number}: the sale begins at ten.") for number in range(count))
