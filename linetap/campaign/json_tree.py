"""A tree of plain JSON with marks: its strings, its fields and the branches of its conditional texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from linetap import fields
from linetap.campaign import liquid_writer
from linetap.fields import ConditionalText, Field, LiteralText, Property, RawLiquid


@attrs.frozen
class Leaf:
    """One string of a tree."""

    path: str
    text: str
    braces: bool = False
    """Whether LINE reads ``{placeholders}`` in it."""
    is_key: bool = False


def leaves(tree: Any, path: str = "", braces: bool = False) -> Iterator[Leaf]:
    """Every string of a tree, including the names of members."""
    if isinstance(tree, str):
        yield Leaf(path, tree, braces)
    elif isinstance(tree, Mapping):
        for key, value in tree.items():
            inner = f"{path}.{key}" if path else str(key)
            yield Leaf(inner, str(key), is_key=True)
            yield from leaves(value, inner, liquid_writer.in_text_v2(tree, key))
    elif isinstance(tree, (list, tuple)):
        for i, value in enumerate(tree):
            yield from leaves(value, f"{path}[{i}]")


def pieces(text: str, path: str = "text", *, braces: bool = False) -> Iterator[str | Field]:
    """The pieces of a text for comparison: literal text and LiteralText next to each other are one piece.

    ``braces`` for the text of textV2: literal text has doubled braces there, as LINE reads it.
    """
    run = ""
    for piece in fields.split(text, path):
        if isinstance(piece, (str, LiteralText)):
            run += piece if isinstance(piece, str) else liquid_writer.double_braces(piece.text, braces)
            continue
        if run:
            yield run
        run = ""
        yield normalized(piece, braces)
    if run:
        yield run


def normalized(piece: Field, braces: bool) -> Field:
    """A field for comparison: a ConditionalText that only replaces a missing value is a field with a default."""
    if not isinstance(piece, ConditionalText):
        return piece
    then, otherwise = ("".join(map(str, pieces(text, braces=braces))) for text in (piece.then, piece.otherwise))
    condition = piece.condition
    is_default = condition.operator == "is set" and then == str(with_default(condition.field, ""))
    if is_default and not fields.has_mark(otherwise):
        return with_default(condition.field, undoubled(otherwise) if braces else otherwise)
    return ConditionalText(condition, then, otherwise)


def undoubled(text: str) -> str:
    """Text of textV2 with single braces, as it is shown."""
    return text.replace("{{", "{").replace("}}", "}")


def undoubled_defaults(text: str) -> str:
    """A text of textV2 whose defaults have single braces: they are doubled only for LINE."""
    return "".join(_undoubled(piece) for piece in fields.split(text))


def _undoubled(piece: str | Field) -> str:
    if isinstance(piece, Property) and piece.default is not None:
        return str(with_default(piece, undoubled(piece.default)))
    if isinstance(piece, ConditionalText):
        return str(
            ConditionalText(piece.condition, undoubled_defaults(piece.then), undoubled_defaults(piece.otherwise))
        )
    return str(piece)


def with_default(field: Property, default: str | None) -> Property:
    """The same field with another default."""
    kind: Any = field
    return attrs.evolve(kind, default=default)  # type: ignore[no-any-return]


def fields_in(tree: Any) -> Iterator[Field]:
    """Every field of a tree in order, with repetitions, including those inside conditions and conditional texts."""
    for leaf in leaves(tree):
        for piece in fields.split(leaf.text, leaf.path):
            yield from _within(piece)


def _within(piece: str | Field) -> Iterator[Field]:
    if isinstance(piece, ConditionalText):
        yield piece.condition.field
        yield from fields_in([piece.then, piece.otherwise])
    elif isinstance(piece, Field) and not isinstance(piece, LiteralText):
        yield piece


def written_in(text: str) -> Iterator[Property | RawLiquid]:
    """The fields whose values a text contains; fields that only a condition reads are not included."""
    for piece in fields.split(text):
        if isinstance(piece, ConditionalText):
            yield from written_in(piece.then)
            yield from written_in(piece.otherwise)
        elif isinstance(piece, (Property, RawLiquid)):
            yield piece


def properties_in(tree: Any) -> tuple[Property, ...]:
    """The profile, event and trigger fields of a tree, each once."""
    return tuple(dict.fromkeys(field for field in fields_in(tree) if isinstance(field, Property)))


def mapped(tree: Any, change: Callable[[str], str]) -> Any:
    """The tree with ``change`` applied to every string value; names of members are unchanged."""
    if isinstance(tree, str):
        return change(tree)
    if isinstance(tree, Mapping):
        return {key: mapped(value, change) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [mapped(value, change) for value in tree]
    return tree


def branches(tree: Any) -> tuple[Any, ...]:
    """The tree with the first, and with the second branch of every conditional text; the tree alone without any."""
    if not any(
        isinstance(piece, ConditionalText) for leaf in leaves(tree) for piece in fields.split(leaf.text, leaf.path)
    ):
        return (tree,)
    return tuple(mapped(tree, lambda text, first=first: _branch(text, first)) for first in (True, False))  # type: ignore[misc]


def _branch(text: str, first: bool) -> str:
    return "".join(
        _branch(piece.then if first else piece.otherwise, first) if isinstance(piece, ConditionalText) else str(piece)
        for piece in fields.split(text)
    )


def readable_text(text: str) -> str:
    """A text with readable fields: ``Hello <Name, or 'friend'>``."""
    return "".join(piece if isinstance(piece, str) else f"<{field_label(piece)}>" for piece in pieces(text))


def field_label(field: Field) -> str:
    """A field in a few words, for messages."""
    if isinstance(field, ConditionalText):
        condition = field.condition
        value = "" if condition.operator == "is set" else f" {condition.value!r}"
        test = f"{field_label(condition.field)} {condition.operator}{value}"
        return f"{test}: {readable_text(field.then)!r}, else {readable_text(field.otherwise)!r}"
    if isinstance(field, RawLiquid):
        return liquid_writer.raw_text(field)
    if not isinstance(field, Property):
        return str(getattr(field, "text", ""))
    name = liquid_writer.liquid_name(field).removeprefix("Profile.")
    default = getattr(field, "default", None)
    return name if default is None else f"{name}, or {default!r}"
