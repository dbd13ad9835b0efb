"""The parts of the documentation that are printed from the code: operations, errors, public names."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import linetap
from linetap import errors
from linetap.wire import Operation, Repeat

ROOMS = {"LINE": "linetap.line.operations", "CleverTap": "linetap.clevertap.operations"}
AGAIN = {
    Repeat.HARMLESS: "yes: after a lost answer, a 5xx or a 429",
    Repeat.IF_REFUSED: "after a 429 alone",
}

HEAD = "| operation | endpoint | sent again by itself | what it does |\n|---|---|---|---|\n"


def write(folder: Path) -> None:
    """Write every generated part into ``folder``; a file is touched only where its text changed."""
    folder.mkdir(exist_ok=True)
    for name, text in {"operations": operations(), "errors": error_tree(), "names": names()}.items():
        path = folder / f"{name}.part.md"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def error_tree() -> str:
    """The tree as ``linetap.errors`` draws it, then every error with what it carries."""
    tree = inspect.cleandoc(errors.__doc__ or "").partition("::\n")[2].rpartition("\n\nEvery error")[0]
    return f"```text\n{inspect.cleandoc(tree)}\n```\n"


def names() -> str:
    """Every public name with the first line of its docstring, by room."""
    parts = []
    for room, listed in linetap._ROOMS.items():
        rows = "\n".join(f"| `{name}` | {_first_line(getattr(linetap, name))} |" for name in sorted(listed.split()))
        parts.append(f"## {room}\n\n| name | what it is |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def _first_line(value: object) -> str:
    text = (inspect.getdoc(value) or "").strip().partition("\n")[0]
    return text.replace("|", "\\|").replace("``", "`")


def operations() -> str:
    """Every endpoint that linetap names: its operation, address, whether it may be repeated."""
    parts = []
    for service, room in ROOMS.items():
        rows = "\n".join(_row(function) for function in _endpoints(room))
        parts.append(f"## {service}\n\n{HEAD}{rows}\n")
    return "\n".join(parts)


def _endpoints(room: str) -> Iterator[Callable[..., Operation[Any]]]:
    if importlib.util.find_spec(room) is None:
        return
    module = importlib.import_module(room)
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__.startswith(room) and not name.startswith("_") and _gives_operation(function):
            yield function


def _gives_operation(function: Callable[..., Any]) -> bool:
    answer = str(function.__annotations__.get("return", ""))
    return answer.startswith("Operation[") or typing.get_origin(answer) is Operation


def _row(function: Callable[..., Operation[Any]]) -> str:
    operation = function(**_sample(function))
    request = operation.request
    address = operation.endpoint or f"{request.method} {request.path}"
    return f"| `{operation.name}` | `{address}` | {AGAIN[operation.repeat]} | {_first_line(function)} |"


def _sample(function: Callable[..., Any]) -> dict[str, Any]:
    wanted = inspect.signature(function).parameters.values()
    return {p.name: SAMPLES[p.name] for p in wanted if p.default is p.empty and p.kind is not p.VAR_KEYWORD}


_USER = "U" + "0123456789abcdef" * 2
SAMPLES: dict[str, Any] = {
    "to": _USER,
    "user_id": _USER,
}
