"""Frames read by rows, one at a time, without importing the library they come from.

pandas and polars have ways of their own to walk rows; what else narwhals (extra ``frames``) knows is read through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from linetap.errors import invalid


def rows(given: object, path: str = "profiles") -> Iterable[Any]:
    """``given`` as it is, or the rows of a frame as mappings of column name to value.

    ``BadArgument`` for a single mapping or a text, which would be walked by keys or letters.
    """
    if isinstance(given, (str, bytes, Mapping)):
        raise invalid(path, "is a sequence or frame of rows, not one of them", type(given).__name__, "write [profile]")
    frame: Any = given
    if hasattr(given, "itertuples"):
        return _pandas(frame)
    if hasattr(given, "iter_rows"):
        return _polars(frame)
    if isinstance(given, Iterable) and not hasattr(given, "__arrow_c_stream__"):
        return given
    return _narwhals(frame, path)


def missing(value: object) -> bool:
    """Whether a cell holds nothing: None, '', NaN, NaT or pandas.NA."""
    if value is None:
        return True
    try:
        return bool(value == "") or bool(value != value)  # only NaN and NaT differ from themselves
    except TypeError:  # pandas.NA will not say
        return True
    except ValueError:  # an array: neither will it, but it is there
        return False


def to_frame(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], backend: str = "pandas") -> Any:
    """Flat rows as a frame of ``backend`` (pandas, polars, pyarrow ...), through narwhals (extra ``frames``).

    Without rows the frame is empty and has the columns all the same.
    """
    try:
        import narwhals
    except ImportError as error:
        raise ImportError("a frame needs narwhals: pip install 'linetap[frames]'") from error
    kept = list(rows)
    values = {name: [row.get(name) for row in kept] for name in columns}
    known: Any = backend
    return narwhals.from_dict(values, backend=known).to_native()


def _pandas(frame: Any) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    return (dict(zip(names, values, strict=True)) for values in frame.itertuples(index=False, name=None))


def _polars(frame: Any) -> Iterator[dict[str, Any]]:
    yield from frame.iter_rows(named=True)


def _narwhals(frame: Any, path: str) -> Iterator[dict[str, Any]]:
    try:
        import narwhals
    except ImportError as error:
        kind = type(frame).__name__
        raise ImportError(f"{path}: reading a {kind} needs narwhals: pip install 'linetap[frames]'") from error
    try:
        return iter(narwhals.from_native(frame, eager_only=True).iter_rows(named=True))
    except TypeError:
        raise invalid(path, "is an iterable of profiles, or a frame", type(frame).__name__) from None
