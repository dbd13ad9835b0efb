"""The arguments that syncs and plans have in common: the two clients and the ledger."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from linetap.errors import invalid, literal_text
from linetap.sync.ledger import Ledger


def check_clients(line: object, clevertap: object) -> None:
    """Rejects swapped clients, and clients with tasks: a sync uses threads."""
    if hasattr(line, "upload_profiles") and hasattr(clevertap, "bot_info"):
        raise invalid("line", "must be the LINE client", literal_text("the CleverTap client"), "swap the first two")
    for path, client, method, name in (
        ("line", line, "bot_info", "LineClient"),
        ("clevertap", clevertap, "upload_each", "CleverTapClient"),
    ):
        kind = type(client).__name__
        if not callable(getattr(client, method, None)) or kind.startswith("Async"):
            remedy = f"make a {name}: a sync uses threads" if kind.startswith("Async") else ""
            raise invalid(path, f"must be a {name}", literal_text(kind), remedy)


@contextmanager
def open_ledger(
    ledger: str | os.PathLike[str] | Ledger, opener: Callable[[str | os.PathLike[str]], Ledger] = Ledger
) -> Iterator[Ledger]:
    """The ledger of a path, closed at the end; an open Ledger stays open."""
    if isinstance(ledger, Ledger):
        yield ledger
        return
    opened = opener(ledger)
    try:
        yield opened
    finally:
        opened.close()
