"""Event loops for tests that cannot use pytest-asyncio's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run``, but without changing the thread's current loop.

    pytest-asyncio before 1.2 (the newest that works with linetap's oldest typing-extensions) stores a loop there, which
    ``asyncio.run`` would drop without closing it.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
