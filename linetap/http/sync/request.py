"""One attempt as HTTP, before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Limits(NamedTuple):
    """Time limits of one attempt: seconds to connect and to wait for bytes, and a deadline by the given clock."""

    connect: float
    read: float
    deadline: float
    clock: Callable[[], float]


class Progress:
    """Whether the service may have received an attempt: True until the connection pool says that nothing was sent."""

    __slots__ = ("may_have_arrived",)

    def __init__(self) -> None:
        self.may_have_arrived = True


class HttpRequest(NamedTuple):
    """One attempt as HTTP."""

    method: str
    base: str
    target: str
    headers: dict[str, str]
    """With the credentials, whose values are held in ``Secret``."""
    body: bytes | None
    limits: Limits
    token: Mapping[str, str]
    """The credentials alone."""
    progress: Progress
