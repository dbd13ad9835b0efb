"""The requests of the benchmarks, and clients that send them unpaced; imports no peer (its memory would count)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar
from uuid import uuid4

from linetap import AsyncLineClient, LineClient
from linetap.http.rate_limit import EndpointLimiters

TO = "U" + "0123456789abcdef" * 2
TOKEN = "t" * 172  # as long as a channel access token of LINE's
PATH = "/v2/bot/message/push"
C = TypeVar("C", LineClient, AsyncLineClient)


def unpaced(line: C) -> C:
    """Without LINE's rate limit, which the peers do not have: on loopback it would limit everything."""
    line._transport._limiters = EndpointLimiters({}, None)
    return line


def headers(token: str = TOKEN) -> dict[str, str]:
    """What a push of one's own carries, with a retry key that is not used yet."""
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "X-Line-Retry-Key": str(uuid4()),
    }


def texts(count: int) -> Iterator[tuple[str, str]]:
    """So many recipients, each with a text of their own."""
    return ((f"U{number:032x}", f"Hello, number {number}: the sale begins at ten.") for number in range(count))
