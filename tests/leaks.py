"""Where a secret is seen in an error: its texts, its pickle, its links, and the locals of all frames but a test's."""

from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Iterable, Iterator


def links(error: BaseException) -> Iterator[BaseException]:
    """The error with all its causes and contexts."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        link = pending.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            pending += [link.__cause__, link.__context__]
            yield link


def leaks(error: BaseException, secrets: Iterable[str], own: str) -> list[str]:
    """The places; ``own`` is the test's file, whose frames contain the secrets on purpose."""
    known = tuple(secrets)
    found = []
    for link in links(error):
        texts = [repr(link), str(link), repr(vars(link)), *map(repr, link.args), _pickled(link)]
        found += [f"{type(link).__name__}: {text[:200]}" for text in texts if _shows(text, known)]
        for frame in traceback.StackSummary.extract(traceback.walk_tb(link.__traceback__), capture_locals=True):
            if os.path.basename(frame.filename) != os.path.basename(own):
                shown = [name for name, value in (frame.locals or {}).items() if _shows(value, known)]
                found += [f"{frame.filename}:{frame.lineno} {frame.name} {name}" for name in shown]
    return found


def _shows(text: str, secrets: tuple[str, ...]) -> bool:
    return any(secret in text for secret in secrets)


def _pickled(link: BaseException) -> str:
    try:
        return pickle.dumps(link).decode("latin-1")
    except Exception as error:  # what cannot be pickled leaks by the text of the exception only
        return str(error)
