"""The types in the signatures of the clients, for programs that read them at run time."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import typing
from collections.abc import Iterator
from typing import Any

import pytest

import linetap
import linetap.line
from linetap.http.group import Group
from linetap.line import lazy_types
from linetap.line.api.results import PushResult

CLIENTS = ("LineClient", "AsyncLineClient", "CleverTapClient", "AsyncCleverTapClient")
_NAMES = {name: getattr(linetap.line, name) for name in linetap.line.__all__}
GROUPS = [name for name, value in _NAMES.items() if isinstance(value, type) and issubclass(value, Group)]


def _functions(kind: type) -> Iterator[tuple[str, Any]]:
    for name in dir(kind):
        member: Any = inspect.getattr_static(kind, name)
        function = getattr(member, "__func__", getattr(member, "fget", member))
        if inspect.isfunction(function) and function.__module__.startswith("linetap."):
            yield name, function


@pytest.mark.parametrize("client", CLIENTS)
def test_the_hints_of_every_method_can_be_read(client: str) -> None:
    """typing.get_type_hints works on each method of each client, its constructor included."""
    for name, function in _functions(getattr(linetap, client)):
        hints = typing.get_type_hints(function)
        assert hints.keys() >= inspect.signature(function).parameters.keys() - {"self", "cls", "_"}, name


@pytest.mark.parametrize("group", GROUPS)
def test_the_hints_of_every_group_can_be_read(group: str) -> None:
    """typing.get_type_hints works on each method of each group of endpoints."""
    for name, function in _functions(getattr(linetap.line, group)):
        assert "return" in typing.get_type_hints(function), name


def test_a_hint_is_the_class_itself() -> None:
    """In a new process the hint of push's result is PushResult, before any module of the results was imported."""
    code = (
        "import typing; from linetap import LineClient; hint = typing.get_type_hints(LineClient.push)['return'];"
        "from linetap.line import PushResult; print(hint is PushResult)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "True"
    assert lazy_types.PushResult is PushResult


def test_type_checkers_see_the_same_types() -> None:
    """The imports for type checkers and the table of lazy types have the same names."""
    source = inspect.getsource(lazy_types)
    listed = {
        f"from {module} import {name} as {name}"
        for module, names in lazy_types._MODULES.items()
        for name in names.split()
    }

    assert listed == {line.strip() for line in source.splitlines() if line.startswith("    from ")}
    for name in lazy_types.__all__:
        assert getattr(importlib.import_module("linetap.line.lazy_types"), name)
