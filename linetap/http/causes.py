"""The exception behind a failed attempt, kept as its cause without what could show a secret.

http.client's frames contain the request as bytes. So an exception keeps its type and text, and of its traceback only
the frames of the caller's own code.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import attrs

from linetap.http.call_errors import AttemptFailed
from linetap.http.secret import Secret, redact

_PATHS = sysconfig.get_paths()
_LIBRARIES = tuple(
    {
        str(Path(__file__).resolve().parents[1]),
        *(str(Path(_PATHS[name]).resolve()) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *(_PATHS[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        "<frozen",
    }
)


def with_cause(failure: AttemptFailed, error: BaseException, credentials: Iterable[str] = ()) -> AttemptFailed:
    """``failure`` with ``error`` as its cause, unless its text shows one of the credentials: a server may echo them."""
    secrets = [Secret(value) for value in credentials]
    for link in chain(error):
        if _shows_headers(link) or any(redact(text, secrets) != text for text in _texts(link)):
            return failure
        if getattr(link, "request", None) is not None:
            vars(link)["request"] = None  # requests' exceptions keep the request with its headers
        link.__traceback__ = _own_frames(link.__traceback__)
        link.__context__ = None
    return attrs.evolve(failure, cause=error)


def _texts(link: BaseException) -> Iterator[str]:
    """The texts of an exception; one whose own methods fail has none."""
    for text_of in (str, repr):
        with suppress(Exception):
            yield text_of(link)


def _shows_headers(link: BaseException) -> bool:
    """Whether an exception of aiohttp shows request headers or a proxy's password in its repr."""
    return hasattr(link, "request_info") or getattr(getattr(link, "_conn_key", None), "proxy_auth", None) is not None


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all exceptions that it wraps, outermost first."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        link = pending.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        wrapped = [getattr(link, "reason", None), *link.args, link.__cause__, link.__context__]
        yield link
        pending += wrapped


def _own_frames(trace: TracebackType | None) -> TracebackType | None:
    """The frames of a traceback that are in the caller's own files."""
    kept: TracebackType | None = None
    for part in reversed(list(_parts(trace))):
        if not _is_library(part.tb_frame.f_code.co_filename):
            kept = TracebackType(kept, part.tb_frame, part.tb_lasti, part.tb_lineno)
    return kept


def _is_library(filename: str) -> bool:
    return filename.startswith(_LIBRARIES) or "site-packages" in filename or "dist-packages" in filename


def _parts(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next
