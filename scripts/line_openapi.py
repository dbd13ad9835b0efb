"""Writes the parts of LINE's OpenAPI files that the tests use: ``python scripts/line_openapi.py FOLDER``.

``FOLDER`` is a clone of https://github.com/line/line-openapi (Apache-2.0). The output is the folder
``tests/sandbox/line/data/openapi``: the operations that the sandbox implements and their schemas, without descriptions
and examples. The errors of LINE's reference are added where a file lists none:
https://developers.line.biz/en/reference/messaging-api/#error-responses
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "tests" / "sandbox" / "line" / "data" / "openapi"
FILES = ("messaging-api", "insight", "channel-access-token")
METHODS = ("get", "post", "put", "delete")
PROSE = {"description", "summary", "example", "examples", "externalDocs", "tags", "deprecated", "title"}
NOTICE = (
    "Derived from line-openapi, Copyright (C) 2016 LINE Corp., Apache License 2.0 (LICENSE beside this file). Changed: "
    "only the operations that linetap's sandbox implements and their schemas; descriptions, examples and extensions "
    "removed; error responses and properties of LINE's reference added. Written by scripts/line_openapi.py."
)

# What the reference documents and the files do not: null for a day that is not counted, and more kinds of sending.
# https://developers.line.biz/en/reference/messaging-api/#get-number-of-followers, #get-number-of-delivery-messages,
# #get-message-event
_NULL = {"nullable": True}
_COUNT = {"type": "integer", "format": "int64"}
_FOLLOWERS = "followers targetedReaches blocks"
_DELIVERIES = "stepMessage ccAutoReply ccManualReply pnpNoticeMessage pnpCallToLine thirdPartyChatTool"
CORRECTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "GetNumberOfFollowersResponse": dict.fromkeys(_FOLLOWERS.split(), _NULL),
    "GetMessageEventResponseOverview": {"delivered": _NULL},
    "GetNumberOfMessageDeliveriesResponse": dict.fromkeys(_DELIVERIES.split(), _COUNT),
}


def implemented() -> Callable[[str, str], bool]:
    """Whether the sandbox implements an operation, by method and path."""
    from linetap.sandbox import Sandbox
    from linetap.sandbox.line.unimplemented import not_implemented

    find = Sandbox().line.route_of

    def has(method: str, path: str) -> bool:
        route = find(method, path)
        return route is not None and route.handler is not not_implemented

    return has


def bare(node: Any, names: bool = False) -> Any:
    """``node`` without prose; ``names``: its keys are names of properties, not keywords."""
    if isinstance(node, list):
        return [bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {k: v for k, v in node.items() if names or not (k in PROSE or str(k).startswith("x-"))}
    return {str(k): bare(v, k == "properties" and not names) for k, v in kept.items()}


def references(node: Any) -> Iterator[str]:
    """The names of the schemas that ``node`` refers to."""
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and value.startswith("#/components/schemas/"):
                yield value.rpartition("/")[2]
            yield from references(value) if key != "$ref" else ()
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def rejection(token: bool) -> dict[str, Any]:
    """The body of a request that is not processed. Tokens: OAuth's form, or LINE's for an unknown key."""
    text = {"type": "string"}
    detail = {"type": "object", "properties": {"message": text, "property": text}}
    own: dict[str, Any] = {"type": "object", "required": ["message"], "properties": {"message": text}}
    own["properties"] |= {"details": {"type": "array", "minItems": 1, "items": detail}}
    oauth = {"type": "object", "required": ["error"], "properties": {"error": text, "error_description": text}}
    return {"anyOf": [own, oauth]} if token else own


def operation(given: dict[str, Any]) -> dict[str, Any]:
    """An operation with the responses of the reference."""
    found: dict[str, Any] = bare(given)
    for response in found["responses"].values():
        response["description"] = ""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Rejection"}}}
    found["responses"].setdefault("4XX", {"description": "", "content": content})
    return found


def reduced(source: dict[str, Any], token: bool) -> dict[str, Any]:
    """The document of one file: operations that the sandbox implements, and the schemas that they refer to."""
    has, paths = implemented(), {}
    for path, item in source["paths"].items():
        found = {method: operation(item[method]) for method in METHODS if method in item and has(method.upper(), path)}
        if found:
            shared = {"parameters": bare(item["parameters"])} if "parameters" in item else {}
            paths[path] = shared | found
    schemas: dict[str, Any] = {"Rejection": rejection(token)}
    open_ = set(references(paths)) - schemas.keys()
    while open_:
        name = open_.pop()
        schemas[name] = bare(source["components"]["schemas"][name])
        for property_name, change in CORRECTIONS.get(name, {}).items():
            schemas[name]["properties"][property_name] = schemas[name]["properties"].get(property_name, {}) | change
        open_ |= set(references(schemas[name])) - schemas.keys()
    components = {"schemas": dict(sorted(schemas.items()))}
    secured = {} if token else {"security": [{"Bearer": []}]}
    if not token:
        components["securitySchemes"] = {"Bearer": {"type": "http", "scheme": "bearer"}}
    info = {"title": "LINE", "version": str(source["info"]["version"]), "description": NOTICE}
    return {"openapi": "3.0.0", "info": info, **secured, "paths": paths, "components": components}


def written(document: dict[str, Any]) -> str:
    """The document with one operation or schema per line."""
    lines = ["{"]
    for key in ("openapi", "info", "security"):
        lines += [f"{json.dumps(key)}:{_compact(document[key])},"] if key in document else []
    lines += ['"paths":{', _rows(document["paths"]), "},", '"components":{']
    schemes = document["components"].get("securitySchemes")
    lines += [f'"securitySchemes":{_compact(schemes)},'] if schemes else []
    return "\n".join([*lines, '"schemas":{', _rows(document["components"]["schemas"]), "}}}"]) + "\n"


def _rows(items: dict[str, Any]) -> str:
    return ",\n".join(f"{json.dumps(name)}:{_compact(value)}" for name, value in items.items())


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def main(folder: str) -> int:
    """Writes one JSON document per file of LINE, and the licence."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        source = yaml.safe_load((Path(folder) / f"{name}.yml").read_text("utf-8"))
        text = written(reduced(source, name == "channel-access-token"))
        (TARGET / f"{name}.json").write_text(text, "utf-8")
    (TARGET / "LICENSE").write_text((Path(folder) / "LICENSE").read_text("utf-8"), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
