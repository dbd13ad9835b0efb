"""Statements of the relay, translated for Postgres: qualified names of tables, and the drivers' placeholders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from linetap.errors import invalid, literal_text
from linetap.relay.schema import FORMAT, is_encodable

_NAMES = "|".join(["meta", *(table.name for table in FORMAT.tables)])
_TABLE = re.compile(rf"\b(FROM|INTO|UPDATE) ({_NAMES})\b")
_MARK = re.compile(r"\?(\d*)")
_SCHEMA = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")


def schema_name(schema: Any) -> str:
    """A schema's name that needs no care in any statement."""
    if not isinstance(schema, str) or not _SCHEMA.fullmatch(schema):
        raise invalid("schema", "must be a name of lowercase letters, digits and _, of at most 63 characters", schema)
    return schema


@lru_cache(maxsize=512)
def to_postgres(sql: str, schema: str) -> str:
    """The statement with ``%s`` for ``?`` and ``%(p1)s`` for ``?1``, and the schema before each table."""
    qualified = _TABLE.sub(rf'\1 "{schema}".\2', sql)
    return _MARK.sub(lambda found: f"%(p{found[1]})s" if found[1] else "%s", qualified)


def bound(sql: str, values: Sequence[Any]) -> Any:
    """The values in the form that the placeholders of the statement need: in their order, or by number."""
    plain = tuple(map(plain_value, values))
    numbered = any(mark for mark in _MARK.findall(sql))
    return {f"p{place}": value for place, value in enumerate(plain, 1)} if numbered else plain


def plain_value(value: Any) -> Any:
    """A value that Postgres can store. Its text has no NUL: U+FFFD stands for it, in what is written and compared."""
    if isinstance(value, list):
        return [plain_value(each) for each in value]
    if isinstance(value, str):
        text = str.__str__(value).replace("\0", "\ufffd")
        if not is_encodable(text):
            rule = "must be numbers of at most 64 bits and text without lone surrogates"
            raise invalid("values", rule, literal_text("a lone surrogate"))
        return text
    return value
