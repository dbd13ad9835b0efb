"""Read the rows of a frame one at a time, without importing its library.

pandas and polars frames have row iterators of their own; other frames are read through narwhals (extra ``frames``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from linetap.errors import invalid, literal_text


def rows(source: object, path: str = "profiles") -> Iterable[Any]:
    """``source`` itself, or the rows of a frame as mappings of column name to value.

    Raises ``BadArgument`` for a single mapping or text, which would be iterated by keys or characters.
    """
    if isinstance(source, (str, bytes, Mapping)):
        raise invalid(
            path, "must be a sequence or frame of rows", literal_text(f"one {type(source).__name__}"), "write [profile]"
        )
    frame: Any = source
    if hasattr(source, "itertuples"):
        return _pandas(frame, path)
    if hasattr(source, "iter_rows"):
        return _polars(frame)
    if isinstance(source, Iterable) and not hasattr(source, "__arrow_c_stream__"):
        return source
    return _narwhals(frame, path)


def missing(value: object) -> bool:
    """True if a cell has no value: None, '', NaN, NaT or pandas.NA."""
    if value is None:
        return True
    try:
        if getattr(value, "ndim", 0):
            return False  # an array; older versions of NumPy crash when they compare one that contains itself
        return bool(value == "") or bool(value != value)  # only NaN and NaT are not equal to themselves
    except TypeError:  # bool(pandas.NA) raises TypeError
        return True
    except ArithmeticError:  # a signaling NaN of decimal raises InvalidOperation
        return True
    except Exception:  # noqa: BLE001 - an array, or an object that cannot be compared, is a value
        return False


def to_frame(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], backend: str = "pandas") -> Any:
    """Flat rows as a frame of ``backend`` (pandas, polars, pyarrow ...), through narwhals (extra ``frames``).

    Without rows the frame is empty and has the columns.
    """
    try:
        import narwhals
    except ImportError as error:
        raise ImportError("a frame needs narwhals: pip install 'linetap[frames]'") from error
    all_rows = list(rows)
    values = {name: [row.get(name) for row in all_rows] for name in columns}
    known: Any = backend
    return narwhals.from_dict(values, backend=known).to_native()


def _pandas(frame: Any, path: str) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(path, "must have a different name for each column", literal_text(f"{', '.join(twice)} twice"))
    return (dict(zip(names, values, strict=True)) for values in frame.itertuples(index=False, name=None))


def _polars(frame: Any) -> Iterator[dict[str, Any]]:
    yield from frame.iter_rows(named=True)


def _narwhals(frame: Any, path: str) -> Iterator[dict[str, Any]]:
    try:
        import narwhals
    except ImportError as error:
        kind = type(frame).__name__
        raise ImportError(
            f"{path}: reading a value of type {kind} needs narwhals: pip install 'linetap[frames]'"
        ) from error
    try:
        return iter(narwhals.from_native(frame, eager_only=True).iter_rows(named=True))
    except TypeError:
        raise invalid(path, "must be an iterable of profiles or a frame", type(frame).__name__) from None
