"""Results against LINE's OpenAPI documents: every documented property has its name and its type."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import types
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import pytest

from linetap.http.types import Operation, camel
from linetap.line import api

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "tests" / "sandbox" / "line" / "data" / "openapi"
TYPES = {"string": str, "integer": int, "number": float, "boolean": bool}

# What has another form than an attribute of the same name, with the reason.
OTHER_FORM = {
    "MessageQuotaResponse.type": "the quota without a limit is None",
    "MessageQuotaResponse.value": "an int, with None for no limit: Quota.limit",
    "GetAggregationUnitNameListResponse.customAggregationUnits": "line.units.names() returns the names themselves",
    "IssueChannelAccessTokenResponse.token_type": "always Bearer",
    **{
        f"GetFriendsDemographicsResponse.{name}": "a mapping of LINE's name to per cent, instead of a list of tiles"
        for name in ("genders", "ages", "areas", "appTypes", "subscriptionPeriods")
    },
}
# Objects whose properties are attributes of the result itself.
FLAT = {"overview"}


def _documents() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Endpoint, the schema of its response, and all schemas of its document."""
    for path in sorted(DATA.glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        schemas = document["components"]["schemas"]
        for address, item in document["paths"].items():
            for method in item.keys() - {"parameters"}:
                content = item[method]["responses"].get("200", {}).get("content", {})
                yield f"{method.upper()} {address}", content.get("application/json", {}).get("schema", {}), schemas


DOCUMENTED = {endpoint: (schema, schemas) for endpoint, schema, schemas in _documents()}


@cache
def _operations() -> dict[str, Any]:
    """Endpoint -> the type of its result, for every function of linetap/line/api that makes an operation."""
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    tables = importlib.import_module("_tables")
    monkeypatch.undo()
    found: dict[str, Any] = {}
    for info in pkgutil.iter_modules(api.__path__, f"{api.__name__}."):
        if ".checked" in info.name or info.ispkg or info.name.endswith(".endpoint"):
            continue
        module = importlib.import_module(info.name)
        for function in vars(module).values():
            if tables._makes_operation(function, module.__name__):
                operation: Operation[Any] = function(**tables._sample(function))
                found[_endpoint(operation)] = typing.get_args(typing.get_type_hints(function)["return"])[0]
    return found


def _endpoint(operation: Operation[Any]) -> str:
    """Method and path, with the names that LINE's documents have in place of ids."""
    return operation.rate_limit_key


def _members(kind: Any) -> tuple[Any, ...]:
    return typing.get_args(kind) if isinstance(kind, (types.UnionType, typing._UnionGenericAlias)) else (kind,)  # type: ignore[attr-defined]


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return (name, schemas[name]) if name else ("", schema)


def _faults(kind: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    """The properties of a schema that a class does not have, or has with another type."""
    name, found = _resolved(schema, schemas)
    hints = {
        form: hint for attribute, hint in typing.get_type_hints(kind).items() for form in (attribute, camel(attribute))
    }
    for each, given in found.get("properties", {}).items():
        _, inner = _resolved(given, schemas)
        if f"{name}.{each}" in OTHER_FORM:
            continue
        if each in FLAT:
            yield from _faults(kind, given, schemas)
        elif each not in hints:
            yield f"{kind.__name__} has no {each} ({name}.{each})"
        else:
            required = each in found.get("required", ()) and not inner.get("nullable")
            yield from _type_faults(f"{kind.__name__}.{each}", hints[each], inner, schemas, required)


def _type_faults(
    path: str, hint: Any, schema: dict[str, Any], schemas: dict[str, Any], required: bool
) -> Iterator[str]:
    kinds = set(_members(hint)) - {type(None)}
    if schema["type"] == "array":
        [kind] = kinds
        item = typing.get_args(kind)[0]
        _, inner = _resolved(schema["items"], schemas)
        if "properties" in inner:
            yield from _faults(item, schema["items"], schemas)
        elif item is not TYPES[inner["type"]]:
            yield f"{path} must be a tuple of {inner['type']}"
    elif kinds != {TYPES[schema["type"]]}:
        yield f"{path} must be {schema['type']}, is {hint}"
    elif not required and type(None) not in _members(hint) and not _said_by_the_reference(path):
        yield f"{path} must have None: LINE may leave it out"


def _said_by_the_reference(path: str) -> bool:
    """Properties that the documents do not require, and the reference shows in each response."""
    return path.endswith((".status", ".available", ".seq", ".url", ".success"))


@pytest.mark.parametrize("endpoint", sorted(DOCUMENTED))
def test_every_documented_property_has_its_name(endpoint: str) -> None:
    """Each property of a response is an attribute of the result with LINE's name and type, or is listed above."""
    schema, schemas = DOCUMENTED[endpoint]
    _, found = _resolved(schema, schemas)
    kind = _operations().get(_of_one_function(endpoint))
    if kind is None:
        assert endpoint in NO_METHOD, f"{endpoint} has no operation in linetap/line/api"
        return
    for each in _members(kind):
        if attrs.has(each):
            assert list(_faults(each, schema, schemas)) == []
        elif each is not type(None):
            named = [name for name in found.get("properties", {}) if f"{_name(schema)}.{name}" not in OTHER_FORM]
            assert len(named) <= 1, f"{endpoint}: a plain {each} cannot have {named}"


NO_METHOD = {
    "POST /v2/oauth/accessToken": "tokens of 30 days: LINE advises stateless tokens",
    "POST /v2/oauth/verify": "as above",
    "POST /v2/oauth/revoke": "as above",
    "POST /oauth2/v3/token": "issued by StatelessToken, not by a method",
}


def _name(schema: dict[str, Any]) -> str:
    name: str = schema.get("$ref", "").rpartition("/")[2]
    return name


def _of_one_function(endpoint: str) -> str:
    """One function makes the operations of five kinds of validation, and of four kinds of counts."""
    for several in ("/v2/bot/message/validate/", "/v2/bot/message/delivery/"):
        if f" {several}" in endpoint:
            return endpoint.partition(" ")[0] + f" {several}push"
    return endpoint


def _values() -> list[type]:
    """The result classes that have numbers which LINE may not give."""
    found = []
    for info in pkgutil.iter_modules(api.__path__, f"{api.__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if inspect.isclass(value) and value.__module__ == info.name and attrs.has(value):
                numbers = [each.name for each in attrs.fields(value) if each.type in ("int | None", int | None)]
                if numbers and value.__name__ != "Quota":  # None is a plan without a limit
                    found.append(value)
    return found


@pytest.mark.parametrize("kind", _values())
def test_a_number_that_is_none_has_a_reason(kind: Any) -> None:
    """A result without some number says why, whatever its status is; with all numbers there is no reason."""
    needed = {each.name: _sample(each.type) for each in attrs.fields(kind) if each.default is attrs.NOTHING}
    numbers = {each.name: 7 for each in attrs.fields(kind) if each.type == "int | None"}

    assert numbers
    for missing in numbers:
        assert isinstance(kind(**needed, **{**numbers, missing: None}).reason, str), missing
    assert kind(**needed, **numbers).reason is None


def _sample(kind: Any) -> Any:
    return {"int": 1, "bool": True}.get(str(kind), "ready")


def test_a_property_without_a_name_is_found() -> None:
    """The comparison finds a property that a class does not have, one of another type, and one that may be absent."""

    @attrs.frozen
    class Few:
        seq: str
        url: str

    names = {"seq": {"type": "integer"}, "url": {"type": "string"}, "click": {"type": "integer"}}
    schema = {"type": "object", "properties": names, "required": ["seq"]}

    assert list(_faults(Few, schema, {})) == ["Few.seq must be integer, is <class 'str'>", "Few has no click (.click)"]
