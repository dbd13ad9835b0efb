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
from operator import attrgetter
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from linetap.errors import BadArgument, Problem, bare, shown
from linetap.fields import Field

T = TypeVar("T")

DEEPEST = 100
"""Objects and lists within each other; linetap's own bound, far beyond what any vendor shows."""

_SCALARS = frozenset({str, int, float, bool, type(None)})
UNIONS = (Union, types.UnionType)
RULES = {str: "is a string", int: "is a whole number", float: "is a number", bool: "is True or False"}


def camel(name: str) -> str:
    """The wire's name of an attribute: ``original_content_url`` is ``originalContentUrl``."""
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


class _Absent(tuple[Any, ...]):
    """An empty sequence that was not given: absent on the wire, where one that was given is ``[]``."""

    __slots__ = ()

    def __reduce__(self) -> str:
        return "ABSENT"


ABSENT: Any = _Absent()

# --- what constructors turn their arguments into ---------------------------------------------------------------


def text(value: str | Field) -> str:
    """Converter: a field becomes its mark; all else stays, for the type check to judge."""
    return str(value) if isinstance(value, Field) else value


def text_or_none(value: str | Field | None) -> str | None:
    """Converter: as :func:`text`, and None stays."""
    return str(value) if isinstance(value, Field) else value


def many(value: Iterable[T]) -> tuple[T, ...]:
    """Converter: a sequence becomes a tuple. A str or a mapping stays, for the type check to refuse."""
    if isinstance(value, tuple):
        return value
    given: object = value
    usable = isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping))
    return tuple(value) if usable else value  # type: ignore[return-value]


def mapped(value: Mapping[str, T] | None) -> Mapping[str, T] | None:
    """Converter: a mapping is copied; all else stays, for the type check to judge."""
    return dict(value) if isinstance(value, Mapping) else value


def plain(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Converter: a copy of plain JSON in which fields have become marks; the caller's own object is not kept."""
    return copied(value) if value else {}


def copied(value: Any, depth: int = 0) -> Any:
    if type(value) in _SCALARS:
        return value
    if isinstance(value, Field):
        return str(value)
    if depth > DEEPEST:
        raise BadArgument(problems=[Problem("extra", f"nests at most {DEEPEST} deep", bare("a deeper or endless one"))])
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

    extra: Mapping[str, Any] = attrs.field(factory=dict, converter=plain, kw_only=True, hash=False)
    """Nulls and keys that linetap does not know, as they were read."""

    def __init_subclass__(cls) -> None:
        if "type" in cls.__dict__:
            cls.kinds[cls.type] = cls

    def __attrs_post_init__(self) -> None:
        plan = _plan(type(self))
        values = plan.values(self)
        if tuple(map(type, values)) not in plan.good:
            plan.judge(self, values)
        for index, good in plan.sequences:
            if values[index] and not good.issuperset(map(type, values[index])):
                plan.judge_items(self, index, values[index])
        if self.extra:
            _judge_extra(self, plan)

    def to_json(self) -> dict[str, Any]:
        """This value as plain JSON, made anew at each call."""
        plan = _plan(type(self))
        out: dict[str, Any] = {"type": self.type} if self.type else {}
        for wire, value in zip(plan.wire, plan.values(self)):  # noqa: B905 - made together
            if value is not None and value is not ABSENT:
                out[wire] = value if type(value) in _SCALARS else to_json(value)
        if self.extra:
            out.update(copied(self.extra))
        return out

    def __repr__(self) -> str:
        given = {name: getattr(self, name) for name in (*_plan(type(self)).names, "extra")}
        told = ", ".join(f"{name}={value!r}" for name, value in given.items() if value not in (None, (), {}))
        return f"{type(self).__name__}({told})"


def to_json(value: Any) -> Any:
    """A model, or a sequence or mapping of models, as plain JSON."""
    if isinstance(value, Model):
        return value.to_json()
    if type(value) is tuple:
        return [item if type(item) is str else to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    return copied(value)


class _Plan(NamedTuple):
    """What is known of one model, worked out once."""

    names: tuple[str, ...]
    wire: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]
    good: set[tuple[type, ...]]
    sequences: tuple[tuple[int, set[type]], ...]
    hints: tuple[Any, ...]

    def judge(self, model: Any, values: tuple[Any, ...]) -> None:
        """The type check proper. It depends on the types alone, so those that passed are not judged again."""
        owner = type(model).__name__
        problems = [
            Problem(f"{owner}.{name}", rule_of(hint), shown(value))
            for name, hint, value in zip(self.names, self.hints, values)  # noqa: B905 - made together
            if not fits(value, hint)
        ]
        if problems:
            raise BadArgument(problems=problems)
        if len(self.good) < 1000:
            self.good.add(tuple(map(type, values)))

    def judge_items(self, model: Any, index: int, items: tuple[Any, ...]) -> None:
        """The type check of a sequence's items."""
        hint, owner = _item(self.hints[index]), f"{type(model).__name__}.{self.names[index]}"
        problems = [
            Problem(f"{owner}[{i}]", rule_of(hint), shown(item)) for i, item in enumerate(items) if not fits(item, hint)
        ]
        if problems:
            raise BadArgument(problems=problems)
        dict(self.sequences)[index].update(map(type, items))


_PLANS: dict[Any, _Plan] = {}


def _plan(model: type[Any]) -> _Plan:
    return _PLANS.get(model) or _PLANS.setdefault(model, _planned(model))


def _planned(model: type[Any]) -> _Plan:
    # A class's own attributes first, and then those it inherits.
    names = tuple(f.name for f in sorted(attrs.fields(model), key=lambda f: f.inherited) if f.name != "extra")
    hints = get_type_hints(model)
    return _Plan(
        names,
        tuple(wire_name(model, name) for name in names),
        attrgetter(*names) if len(names) > 1 else lambda value: tuple(getattr(value, name) for name in names),
        set(),
        tuple((i, set()) for i, name in enumerate(names) if _item(hints[name]) is not None),
        tuple(hints[name] for name in names),
    )


def wire_name(model: type[Any], name: str) -> str:
    return str(getattr(attrs.fields(model), name).metadata.get("wire") or camel(name))


def _judge_extra(model: Any, plan: _Plan) -> None:
    path = f"{type(model).__name__}.extra"
    if not isinstance(model.extra, Mapping):
        raise BadArgument(problems=[Problem(path, "is a mapping", shown(model.extra))])
    given = {wire for wire, value in zip(plan.wire, plan.values(model)) if value is not None and value is not ABSENT}  # noqa: B905
    known = {*plan.wire, "type"} if model.type else {*plan.wire}
    clash = [
        key for key, item in model.extra.items() if key in known and (item is not None or key in given or key == "type")
    ]
    if clash:
        raise BadArgument(
            problems=[
                Problem(path, "holds only keys that have no attribute, or nulls", shown(clash), "", "use the attribute")
            ]
        )


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
    return RULES.get(parts[0]) or "is a " + " or a ".join(names)
