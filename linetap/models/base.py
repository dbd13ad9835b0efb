"""The base class of models, the converters of their constructors, and their JSON. Contains no model.

A model is a frozen attrs class that inherits :class:`Model`. Its JSON names, the types that its constructor accepts,
and how it is written and read follow from its annotations::

    @attrs.frozen(repr=False)
    class Sender(Model):
        name: str | None = None
        icon_url: str | None = None         # "iconUrl"

Absent, null and default are different: an attribute that is None is absent in the JSON; a null or an unknown key
that was read is in ``extra``, unchanged. Scalars are strict: ``"1"`` and ``true`` are not ints.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal, Union, cast, get_args, get_origin, get_type_hints

import attrs

from linetap.errors import BadArgument, Problem, literal_text, short_repr
from linetap.fields import Field, readable
from linetap.http.types import camel

MAX_DEPTH = 100
"""Levels of objects and lists; linetap's own bound, far above any documented message."""
TOO_DEEP = f"must be nested at most {MAX_DEPTH} levels deep"

_SCALARS = frozenset({str, int, float, bool, type(None)})
UNIONS = (Union, types.UnionType)
TYPE_REQUIREMENTS = {
    str: "must be a string",
    int: "must be a whole number",
    float: "must be a number",
    bool: "must be True or False",
}


class _Unset(tuple[Any, ...]):
    """A sequence that was not given: absent in the JSON, while an empty one that was given is ``[]``."""

    __slots__ = ()

    def __reduce__(self) -> str:
        return "UNSET"


class _EmptyExtra(dict[str, Any]):
    """The ``extra`` of every model that has none; it cannot be changed."""

    __slots__ = ()

    def __setitem__(self, key: str, value: Any) -> None:
        raise TypeError("a model cannot be changed")

    def __reduce__(self) -> str:
        return "EMPTY_EXTRA"


UNSET: Any = _Unset()
EMPTY_EXTRA: Any = _EmptyExtra()

# --- converters of constructors --------------------------------------------------------------------------------


def text(value: str | Field) -> str:
    """Converter: a field becomes its mark; other values are left to the type check."""
    return value if type(value) is str or not isinstance(value, Field) else str(value)


def text_or_none(value: str | Field | None) -> str | None:
    """Converter: as :func:`text`; None is allowed."""
    return value if value is None or type(value) is str or not isinstance(value, Field) else str(value)


def many(value: Iterable[Any]) -> tuple[Any, ...]:
    """Converter: a sequence becomes a tuple. A str or a mapping is left to the type check, which rejects it.

    Not generic: mypy cannot solve a converter's own type variable, and would reject every list.
    """
    if type(value) is list:
        return tuple(value)
    if isinstance(value, tuple):
        return value
    given: Any = value
    usable = isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping))
    return cast("tuple[Any, ...]", tuple(given) if usable else given)


def mapped(value: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Converter: a mapping is copied; other values are left to the type check."""
    return dict(value) if isinstance(value, Mapping) else value


def json_mapping(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Converter: a copy of a JSON object, with marks for fields; later changes of the original have no effect."""
    given: Any = value
    empty = isinstance(given, Mapping) and not len(given)
    return EMPTY_EXTRA if empty else cast(Mapping[str, Any], copy_json(value))


def copy_json(value: Any, depth: int = 0) -> Any:
    if type(value) in _SCALARS:
        return value
    if isinstance(value, Field):
        return str(value)
    if depth > MAX_DEPTH:
        raise BadArgument(problems=[Problem("mapping", TOO_DEEP, literal_text("a deeper or endless one"))])
    if isinstance(value, Mapping):
        return {key: copy_json(item, depth + 1) for key, item in value.items()}
    if type(value) is list:
        return [copy_json(item, depth + 1) for item in value]
    return value.to_json() if isinstance(value, Model) else value


# --- models ----------------------------------------------------------------------------------------------------


@attrs.frozen(repr=False)
class Model:
    """The base of all models: a check of types at construction, conversion to JSON, a short repr."""

    # The JSON "type" of this class, and the classes of its family by their type.
    type: ClassVar[str] = ""
    kinds: ClassVar[dict[str, Any]] = {}

    extra: Mapping[str, Any] = attrs.field(default=EMPTY_EXTRA, kw_only=True, hash=False)
    """Nulls and unknown keys, as they were read."""

    def __init_subclass__(cls) -> None:
        if "type" in cls.__dict__:
            cls.kinds[cls.type] = cls

    def __attrs_post_init__(self) -> None:
        info = _MODEL_INFO[type(self)]
        info.check(self)
        if self.extra is not EMPTY_EXTRA:
            object.__setattr__(self, "extra", _checked_extra(self, info))

    def to_json(self) -> dict[str, Any]:
        """This value as JSON: a new dict at each call."""
        out = _MODEL_INFO[type(self)].to_dict(self)
        if self.extra is not EMPTY_EXTRA:
            out.update(copy_json(self.extra))
        return out

    def __repr__(self) -> str:
        given = {name: getattr(self, name) for name in (*_MODEL_INFO[type(self)].hints, "extra")}
        shown = ", ".join(f"{name}={value!r}" for name, value in given.items() if value not in (None, (), {}))
        return readable(f"{type(self).__name__}({shown})")


def to_json(value: Any) -> Any:
    """A model, or a sequence or mapping of models, as JSON."""
    if isinstance(value, Model):
        return value.to_json()
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    return copy_json(value)


# --- what follows from one model's annotations, computed once ---------------------------------------------------


@attrs.define
class _ModelInfo:
    hints: dict[str, Any]
    """Attribute -> its annotation; a class's own attributes first, then the inherited ones."""
    json_names: dict[str, str]
    to_dict: Callable[[Any], dict[str, Any]]
    check: Callable[[Any], None] = attrs.field(init=False)
    """Raises ``BadArgument`` for a model with a value of a wrong type."""

    def check_types(self, model: Any, types: tuple[type, ...], good: set[tuple[type, ...]]) -> None:
        """Check the types of all attributes. Combinations of types that passed once are in ``good``."""
        owner, values = type(model).__name__, {name: getattr(model, name) for name in self.hints}
        _require_types((f"{owner}.{name}", hint, values[name]) for name, hint in self.hints.items())
        if len(good) < 1000:
            good.add(types)

    def check_item_types(self, model: Any, name: str, items: tuple[Any, ...], good: set[type]) -> None:
        """Check the types of a sequence's items. Types that passed once are in ``good``."""
        hint, owner = _item(self.hints[name]), f"{type(model).__name__}.{name}"
        _require_types((f"{owner}[{index}]", hint, item) for index, item in enumerate(items))
        good.update(map(type, items))


def _require_types(values: Iterable[tuple[str, Any, Any]]) -> None:
    problems = [
        Problem(path, type_requirement(hint), short_repr(value), suggestion=_remedy(hint, value))
        for path, hint, value in values
        if not fits(value, hint)
    ]
    if problems:
        raise BadArgument(problems=problems)


def _remedy(hint: Any, value: Any) -> str:
    """How to correct a value of a wrong type, for mistakes that have one correction."""
    if _item(hint) is not None and isinstance(value, (str, Model, Mapping)):
        return "write [...] around it"
    if isinstance(value, (int, float)) and not isinstance(value, bool) and hint in (str, str | None):
        return "write str(...) around it"
    if isinstance(value, str) and hint in (int, float, int | None, float | None):
        return "write a number without quotes"
    if hint is not None and "QuickReplyItem" in str(hint):
        return "write QuickReplyItem(action)"
    return ""


class _ModelInfos(dict[Any, _ModelInfo]):
    def __missing__(self, model: Any) -> _ModelInfo:
        hints = get_type_hints(model)
        fields = [f for f in sorted(attrs.fields(model), key=lambda f: f.inherited) if f.name != "extra"]
        own = {f.name: hints[f.name] for f in fields}
        json_names = {name: json_name(model, name) for name in own}
        info = _ModelInfo(own, json_names, _to_dict_of(model.type, own, json_names))
        info.check = _type_check_of(info)
        self[model] = info
        return info


_MODEL_INFO = _ModelInfos()


def _type_check_of(info: _ModelInfo) -> Callable[[Any], None]:
    """Generated type check of all attributes and items (unrolled: four times faster than a loop over names)."""
    types = "".join(f"self.{name}.__class__, " for name in info.hints)
    lines = [f"types = ({types})", "if types not in good: info.check_types(self, types, good)"]
    names: dict[str, Any] = {"info": info, "good": set()}
    for name, hint in info.hints.items():
        if _item(hint) is not None:
            names[f"good_{name}"] = set()
            wrong = f"not good_{name}.issuperset(map(type, self.{name}))"
            lines.append(f"if self.{name} and {wrong}: info.check_item_types(self, {name!r}, self.{name}, good_{name})")
    return cast(Callable[[Any], None], _function("check", lines, names))


def _to_dict_of(kind: str, hints: Mapping[str, Any], json_names: Mapping[str, str]) -> Callable[[Any], dict[str, Any]]:
    """Generated conversion of the attributes that are set to a dict with their JSON names."""
    lines = [f"out = {{'type': {kind!r}}}" if kind else "out = {}"]
    for name, hint in hints.items():
        absent = " and value is not UNSET" if _item(hint) is not None else ""
        lines += [
            f"value = self.{name}",
            f"if value is not None{absent}: out[{json_names[name]!r}] = {_json_expression(hint)}",
        ]
    names = {"UNSET": UNSET, "to_json": to_json}
    return cast(Callable[[Any], dict[str, Any]], _function("to_dict", [*lines, "return out"], names))


def _json_expression(hint: Any) -> str:
    """The expression that converts ``value`` with this hint to JSON."""
    if _is_scalar(hint):
        return "value"
    if _is_model(hint):
        return "value.to_json()"
    return "[item.to_json() for item in value]" if _is_model(_item(hint)) else "to_json(value)"


def _is_model(hint: Any) -> bool:
    parts = [part for part in (get_args(hint) if get_origin(hint) in UNIONS else (hint,)) if part is not type(None)]
    return bool(parts) and all(isinstance(part, type) and issubclass(part, Model) for part in parts)


def _function(name: str, lines: Iterable[str], names: dict[str, Any]) -> Any:
    source = "\n    ".join([f"def {name}(self):", *lines])
    exec(compile(source, f"<linetap {name}>", "exec"), names)  # noqa: S102 - the source consists of attribute names only
    return names[name]


def _is_scalar(hint: Any) -> bool:
    if get_origin(hint) in UNIONS:
        return all(map(_is_scalar, get_args(hint)))
    return get_origin(hint) is Literal or hint in _SCALARS


def json_name(model: type[Any], name: str) -> str:
    return str(getattr(attrs.fields(model), name).metadata.get("wire") or camel(name))


def _checked_extra(model: Any, info: _ModelInfo) -> Mapping[str, Any]:
    """A copy of ``extra``; it must not have keys of attributes."""
    path, extra = f"{type(model).__name__}.extra", model.extra
    if not isinstance(extra, Mapping):
        raise BadArgument(problems=[Problem(path, "must be a mapping", short_repr(extra))])
    written = info.to_dict(model)
    unset = {*info.json_names.values()} - written.keys()
    clash = [key for key, item in extra.items() if key in written or (key in unset and item is not None)]
    if clash:
        rule = "must have only keys without an attribute, or nulls"
        raise BadArgument(problems=[Problem(path, rule, short_repr(clash), suggestion="use the attribute")])
    return json_mapping(extra)


def _item(hint: Any) -> Any:
    """The hint of a sequence's items; None if the hint is not a sequence."""
    if get_origin(hint) in UNIONS:
        return next((item for item in map(_item, get_args(hint)) if item is not None), None)
    return get_args(hint)[0] if get_origin(hint) in (tuple,) else None


def fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin in UNIONS:
        return any(fits(value, part) for part in get_args(hint))
    if origin is Literal:
        return isinstance(value, str)  # unknown values are allowed here: the rules check them
    if hint is Any:
        return True
    if type(value) is bool:
        return hint is bool
    return isinstance(value, (int, float) if hint is float else origin or hint)


def type_requirement(hint: Any) -> str:
    parts = [part for part in (get_args(hint) if get_origin(hint) in UNIONS else (hint,)) if part is not type(None)]
    if get_origin(parts[0]) is Literal:
        return "must be one of " + ", ".join(map(repr, get_args(parts[0])))
    if get_origin(parts[0]) is tuple:
        return "must be a sequence, such as a list"
    names = [getattr(get_origin(part) or part, "__name__", str(part)) for part in parts]
    return TYPE_REQUIREMENTS.get(parts[0]) or "must be an instance of " + " or ".join(names)
