"""Read JSON into models. The only module that imports cattrs; contains no model.

Unknown keys and unknown kinds are preserved. Scalars are strict: ``"1"`` and ``true`` are not ints. The names of
``linetap.models.base`` that model classes need are also available here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import GenericAlias
from typing import Any, Literal, TypeVar, cast, get_args, get_origin

import attrs

from linetap.errors import BadArgument, Problem, literal_text, short_repr
from linetap.models.base import (
    MAX_DEPTH,
    TOO_DEEP,
    TYPE_REQUIREMENTS,
    UNIONS,
    UNSET,
    Model,
    copy_json,
    fits,
    json_mapping,
    json_name,
    many,
    mapped,
    text,
    text_or_none,
    to_json,
)

__all__ = [
    "UNSET",
    "MAX_DEPTH",
    "Model",
    "many",
    "mapped",
    "json_mapping",
    "read",
    "text",
    "text_or_none",
    "to_json",
]

T = TypeVar("T")


def read(cls: type[T], value: object, path: str = "") -> T:
    """Read ``value``, JSON, as a ``cls``: a model, or an attrs class with annotations and camelCase JSON names.

    Raises ``BadArgument`` with every value of a wrong type, each with its path below ``path``.
    """
    from cattrs import BaseValidationError

    if _is_deep(value):
        raise BadArgument(problems=[Problem(path, TOO_DEEP, literal_text("a deeper or endless one"))])
    try:
        return cast(T, _converter().structure(value, cls))
    except BaseValidationError as error:
        problems = tuple(_problems(error, path))
    except _WrongValue as error:
        problems = (error.problem(path),)
    raise BadArgument(problems=problems)


def _is_deep(value: object) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        containers = [item for item in level if isinstance(item, (dict, list))]
        if not containers:
            return False
        level = [inner for item in containers for inner in (item.values() if isinstance(item, dict) else item)]
    return any(isinstance(item, (dict, list)) for item in level)


class _WrongValue(ValueError):
    """One value of a wrong type."""

    def __init__(self, rule: str, found: object) -> None:
        super().__init__(rule)
        self.rule, self.found = rule, found

    def problem(self, path: str) -> Problem:
        return Problem(path, self.rule, short_repr(self.found))


def _problems(error: Any, path: str) -> Iterable[Problem]:
    from cattrs import AttributeValidationNote, IterableValidationNote

    for inner in error.exceptions:
        here = path
        for note in getattr(inner, "__notes__", ()):
            if isinstance(note, AttributeValidationNote):
                here = f"{path}.{json_name(error.cl, note.name)}".lstrip(".")
            elif isinstance(note, IterableValidationNote):
                here = f"{path}[{note.index}]" if isinstance(note.index, int) else f"{path}.{note.index}".lstrip(".")
        yield from _problems_of(inner, here)


def _problems_of(error: Exception, path: str) -> Iterable[Problem]:
    if hasattr(error, "exceptions"):
        return _problems(error, path)
    if isinstance(error, _WrongValue):
        return (error.problem(path),)
    if isinstance(error, BadArgument):
        return error.problems
    rule = "must be given" if isinstance(error, KeyError) else f"must be readable ({error})"
    return (Problem(path, rule, literal_text("nothing") if isinstance(error, KeyError) else ""),)


@cache
def _converter() -> Any:
    from cattrs import Converter

    converter = Converter()
    for kind in (str, int, float, bool):
        converter.register_structure_hook(kind, _strict(kind))
    converter.register_structure_hook_func(_is_literal, _strict(str))
    converter.register_structure_hook_func(_is_plain_mapping, _read_mapping)
    converter.register_structure_hook_factory(_is_tuple, lambda hint: _tuple_reader(hint, converter))
    converter.register_structure_hook_factory(_is_attrs, lambda cls: _reader(cls, converter))
    converter.register_structure_hook_factory(_is_family, lambda hint: _family_reader(hint, converter))
    return converter


def _strict(kind: type) -> Callable[[Any, Any], Any]:
    def hook(value: Any, _: Any) -> Any:
        if fits(value, kind):
            return value
        raise _WrongValue(TYPE_REQUIREMENTS[kind], value)

    return hook


def _read_mapping(value: Any, _: Any) -> Any:
    if not isinstance(value, Mapping):
        raise _WrongValue("must be an object", value)
    return copy_json(value)


def _is_literal(hint: Any) -> bool:
    origin: Any = get_origin(hint)
    return origin is Literal


def _is_plain_mapping(hint: Any) -> bool:
    return hint is Mapping or (get_origin(hint) is Mapping and get_args(hint)[1] is Any)


def _is_tuple(hint: Any) -> bool:
    return get_origin(hint) is tuple


def _tuple_reader(hint: Any, converter: Any) -> Callable[[Any, Any], Any]:
    items = GenericAlias(list, get_args(hint)[:1])
    read_list = converter.get_structure_hook(items)

    def read_tuple(value: Any, _: Any) -> Any:
        # cattrs accepts every iterable: here a str is not a list of letters.
        if not isinstance(value, (list, tuple)):
            raise _WrongValue("must be a list", value)
        return tuple(read_list(value, items))

    return read_tuple


def _is_attrs(hint: Any) -> bool:
    return isinstance(hint, type) and attrs.has(hint)


def _is_family(hint: Any) -> bool:
    """``Action | Mapping[str, Any]``, with or without None: read by its type; a mapping if the type is unknown."""
    return get_origin(hint) in UNIONS and _base(hint) is not None


def _base(hint: Any) -> Any:
    return next((part for part in get_args(hint) if isinstance(part, type) and issubclass(part, Model)), None)


def _family_reader(hint: Any, converter: Any) -> Callable[[Any, Any], Any]:
    base, raw = _base(hint), any(get_origin(part) is Mapping for part in get_args(hint))

    def read_kind(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            raise _WrongValue("must be an object", value)
        kind = value.get("type")
        found = base.kinds.get(kind) if isinstance(kind, str) else None
        if found is not None and issubclass(found, base):
            return converter.structure(value, found)
        if raw:
            return copy_json(value)
        return converter.structure(value, base)

    return read_kind


def _reader(cls: type[Any], converter: Any) -> Callable[[Any, Any], Any]:
    from cattrs.gen import make_dict_structure_fn, override

    # A JSON key named "extra" is an unknown key; the attribute ``extra`` receives all unknown keys.
    names: Any = {f.name: override(rename=json_name(cls, f.name)) for f in attrs.fields(cls)}
    inner = make_dict_structure_fn(cls, converter, **names)
    known = {json_name(cls, name) for name in names} - {"extra"}
    kind = getattr(cls, "type", "") if issubclass(cls, Model) else ""

    def read_model(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            raise _WrongValue("must be an object", value)
        if kind and value.get("type") != kind:
            raise _WrongValue(f"must have the type {kind!r}", value.get("type"))
        given = {key: item for key, item in value.items() if item is not None and key in known}
        rest = {key: item for key, item in value.items() if key not in given and not (kind and key == "type")}
        if rest and "extra" in names:
            given["extra"] = rest
        return inner(given, cls)

    return read_model
