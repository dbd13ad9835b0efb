"""What models are made of: a base class, converters for constructors, and writing. Knows no model.

A model is a frozen attrs class that inherits :class:`Model`. What it is called on the wire, which types its
constructor takes, how it is written and how it is read all follow from its annotations::

    @attrs.frozen(repr=False)
    class Sender(Model):
        name: str | None = None
        icon_url: str | None = None         # "iconUrl"

Absent, null and default are three things: an attribute that is None is absent on the wire; a null or an unknown
key that was read stands in ``extra``, verbatim. Scalars are strict: ``"1"`` is no int and ``true`` is no int.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal, Union, cast, get_args, get_origin, get_type_hints

import attrs

from linetap.errors import BadArgument, Problem, literal_text, short_repr
from linetap.fields import Field, readable
from linetap.http.types import camel

DEEPEST = 100
"""Objects and lists within each other; linetap's own bound, far beyond what any vendor shows."""

_SCALARS = frozenset({str, int, float, bool, type(None)})
UNIONS = (Union, types.UnionType)
RULES = {str: "is a string", int: "is a whole number", float: "is a number", bool: "is True or False"}


class _Absent(tuple[Any, ...]):
    """An empty sequence that was not given: absent on the wire, where one that was given is ``[]``."""

    __slots__ = ()

    def __reduce__(self) -> str:
        return "ABSENT"


class _Nothing(dict[str, Any]):
    """The ``extra`` of a model that has none: one for all, and never changed."""

    __slots__ = ()

    def __setitem__(self, key: str, value: Any) -> None:
        raise TypeError("a model is not changed")

    def __reduce__(self) -> str:
        return "NOTHING"


ABSENT: Any = _Absent()
NOTHING: Any = _Nothing()

# --- what constructors turn their arguments into ---------------------------------------------------------------


def text(value: str | Field) -> str:
    """Converter: a field becomes its mark; all else stays, for the type check to judge."""
    return value if type(value) is str or not isinstance(value, Field) else str(value)


def text_or_none(value: str | Field | None) -> str | None:
    """Converter: as :func:`text`, and None stays."""
    return value if value is None or type(value) is str or not isinstance(value, Field) else str(value)


def many(value: Iterable[Any]) -> tuple[Any, ...]:
    """Converter: a sequence becomes a tuple. A str or a mapping stays, for the type check to refuse.

    Not generic: mypy leaves a converter's own type variable unsolved, and would refuse every list that is given.
    """
    if type(value) is list:
        return tuple(value)
    if isinstance(value, tuple):
        return value
    given: Any = value
    usable = isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping))
    return cast("tuple[Any, ...]", tuple(given) if usable else given)


def mapped(value: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Converter: a mapping is copied; all else stays, for the type check to judge."""
    return dict(value) if isinstance(value, Mapping) else value


def plain(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Converter: a copy of plain JSON in which fields have become marks; the caller's own object is not kept."""
    return cast(Mapping[str, Any], copied(value)) if value else NOTHING


def copied(value: Any, depth: int = 0) -> Any:
    if type(value) in _SCALARS:
        return value
    if isinstance(value, Field):
        return str(value)
    if depth > DEEPEST:
        raise BadArgument(
            problems=[Problem("mapping", f"nests at most {DEEPEST} deep", literal_text("a deeper or endless one"))]
        )
    if isinstance(value, Mapping):
        return {key: copied(item, depth + 1) for key, item in value.items()}
    if type(value) is list:
        return [copied(item, depth + 1) for item in value]
    return value.to_json() if isinstance(value, Model) else value


# --- models ----------------------------------------------------------------------------------------------------


@attrs.frozen(repr=False)
class Model:
    """What all models share: the check of types at construction, writing, a short repr."""

    # A class that stands in a family of kinds has its "type" here, and its family's own dict of kinds.
    type: ClassVar[str] = ""
    kinds: ClassVar[dict[str, Any]] = {}

    extra: Mapping[str, Any] = attrs.field(default=NOTHING, kw_only=True, hash=False)
    """Nulls and keys that linetap does not know, as they were read."""

    def __init_subclass__(cls) -> None:
        if "type" in cls.__dict__:
            cls.kinds[cls.type] = cls

    def __attrs_post_init__(self) -> None:
        plan = _PLANS[type(self)]
        plan.judged(self)
        if self.extra is not NOTHING:
            object.__setattr__(self, "extra", _judged_extra(self, plan))

    def to_json(self) -> dict[str, Any]:
        """This value as plain JSON, made anew at each call."""
        out = _PLANS[type(self)].written(self)
        if self.extra is not NOTHING:
            out.update(copied(self.extra))
        return out

    def __repr__(self) -> str:
        given = {name: getattr(self, name) for name in (*_PLANS[type(self)].hints, "extra")}
        told = ", ".join(f"{name}={value!r}" for name, value in given.items() if value not in (None, (), {}))
        return readable(f"{type(self).__name__}({told})")


def to_json(value: Any) -> Any:
    """A model, or a sequence or mapping of models, as plain JSON."""
    if isinstance(value, Model):
        return value.to_json()
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    return copied(value)


# --- what is known of one model, worked out once -----------------------------------------------------------------


@attrs.define
class _Plan:
    hints: dict[str, Any]
    """Attribute -> its annotation; a class's own attributes first, then those it inherits."""
    wire: dict[str, str]
    written: Callable[[Any], dict[str, Any]]
    judged: Callable[[Any], None] = attrs.field(init=False)
    """Refuses a model with a value of another type."""

    def judge(self, model: Any, types: tuple[type, ...], good: set[tuple[type, ...]]) -> None:
        """The type check proper, of attributes. It depends on their types alone: those that passed once are good."""
        owner, values = type(model).__name__, {name: getattr(model, name) for name in self.hints}
        _refuse((f"{owner}.{name}", hint, values[name]) for name, hint in self.hints.items())
        if len(good) < 1000:
            good.add(types)

    def judge_items(self, model: Any, name: str, items: tuple[Any, ...], good: set[type]) -> None:
        """The type check proper, of a sequence's items."""
        hint, owner = _item(self.hints[name]), f"{type(model).__name__}.{name}"
        _refuse((f"{owner}[{place}]", hint, item) for place, item in enumerate(items))
        good.update(map(type, items))


def _refuse(values: Iterable[tuple[str, Any, Any]]) -> None:
    problems = [
        Problem(path, rule_of(hint), short_repr(value)) for path, hint, value in values if not fits(value, hint)
    ]
    if problems:
        raise BadArgument(problems=problems)


class _Plans(dict[Any, _Plan]):
    def __missing__(self, model: Any) -> _Plan:
        hints = get_type_hints(model)
        fields = [f for f in sorted(attrs.fields(model), key=lambda f: f.inherited) if f.name != "extra"]
        own = {f.name: hints[f.name] for f in fields}
        wire = {name: wire_name(model, name) for name in own}
        plan = _Plan(own, wire, _writer(model.type, own, wire))
        plan.judged = _judge_of(plan)
        self[model] = plan
        return plan


_PLANS = _Plans()


def _judge_of(plan: _Plan) -> Callable[[Any], None]:
    """The look at the types of all attributes and items, written out: a quarter of what a loop over names costs."""
    types = "".join(f"self.{name}.__class__, " for name in plan.hints)
    lines = [f"types = ({types})", "if types not in good: plan.judge(self, types, good)"]
    names: dict[str, Any] = {"plan": plan, "good": set()}
    for name, hint in plan.hints.items():
        if _item(hint) is not None:
            names[f"good_{name}"] = set()
            wrong = f"not good_{name}.issuperset(map(type, self.{name}))"
            lines.append(f"if self.{name} and {wrong}: plan.judge_items(self, {name!r}, self.{name}, good_{name})")
    return cast(Callable[[Any], None], _function("judged", lines, names))


def _writer(kind: str, hints: Mapping[str, Any], wire: Mapping[str, str]) -> Callable[[Any], dict[str, Any]]:
    """The attributes that are set, under their wire's names, written out as well."""
    lines = [f"out = {{'type': {kind!r}}}" if kind else "out = {}"]
    for name, hint in hints.items():
        absent = " and value is not ABSENT" if _item(hint) is not None else ""
        lines += [f"value = self.{name}", f"if value is not None{absent}: out[{wire[name]!r}] = {_written_as(hint)}"]
    names = {"ABSENT": ABSENT, "to_json": to_json}
    return cast(Callable[[Any], dict[str, Any]], _function("written", [*lines, "return out"], names))


def _written_as(hint: Any) -> str:
    """How a value of that hint becomes plain JSON."""
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
    exec(compile(source, f"<linetap {name}>", "exec"), names)  # noqa: S102 - names of attributes, and nothing else
    return names[name]


def _is_scalar(hint: Any) -> bool:
    if get_origin(hint) in UNIONS:
        return all(map(_is_scalar, get_args(hint)))
    return get_origin(hint) is Literal or hint in _SCALARS


def wire_name(model: type[Any], name: str) -> str:
    return str(getattr(attrs.fields(model), name).metadata.get("wire") or camel(name))


def _judged_extra(model: Any, plan: _Plan) -> Mapping[str, Any]:
    """A copy of what was given as ``extra``; what has an attribute is not given there."""
    path, extra = f"{type(model).__name__}.extra", model.extra
    if not isinstance(extra, Mapping):
        raise BadArgument(problems=[Problem(path, "is a mapping", short_repr(extra))])
    written = plan.written(model)
    unset = {*plan.wire.values()} - written.keys()
    clash = [key for key, item in extra.items() if key in written or (key in unset and item is not None)]
    if clash:
        rule = "holds only keys that have no attribute, or nulls"
        raise BadArgument(problems=[Problem(path, rule, short_repr(clash), suggestion="use the attribute")])
    return plain(extra)


def _item(hint: Any) -> Any:
    """The hint of a sequence's items; None where the hint is no sequence's."""
    if get_origin(hint) in UNIONS:
        return next((item for item in map(_item, get_args(hint)) if item is not None), None)
    return get_args(hint)[0] if get_origin(hint) in (tuple,) else None


def fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin in UNIONS:
        return any(fits(value, part) for part in get_args(hint))
    if origin is Literal:
        return isinstance(value, str)  # a value of tomorrow is not refused here: the rules judge it
    if hint is Any:
        return True
    if type(value) is bool:
        return hint is bool
    return isinstance(value, (int, float) if hint is float else origin or hint)


def rule_of(hint: Any) -> str:
    parts = [part for part in (get_args(hint) if get_origin(hint) in UNIONS else (hint,)) if part is not type(None)]
    if get_origin(parts[0]) is Literal:
        return "is one of " + ", ".join(map(repr, get_args(parts[0])))
    if get_origin(parts[0]) is tuple:
        return "is a sequence, such as a list"
    names = [getattr(get_origin(part) or part, "__name__", str(part)) for part in parts]
    return RULES.get(parts[0]) or "is an instance of " + " or ".join(names)
