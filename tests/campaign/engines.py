"""Two other Liquid engines to compare with: python-liquid, and liquidjs in Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TextIO

import pytest
from liquid import Environment, Mode
from liquid.ast import Node
from liquid.exceptions import LiquidTypeError
from liquid.tag import Tag

from linetap.liquid import parse

_NODE = Path(__file__).resolve().parent.parent / "node"

Render = Callable[[str, Mapping[str, Any]], "str | None"]


class _Aborted(Exception):
    """The tag abort was reached."""


class _AbortNode(Node):
    def render_to_output(self, context: Any, buffer: TextIO) -> int:
        raise _Aborted


class AbortTag(Tag):
    """CleverTap's tag abort, for python-liquid."""

    name = "abort"
    block = False

    def parse(self, stream: Any) -> Node:
        """The node of the tag."""
        return _AbortNode(stream.current)


@cache
def _environment() -> Environment:
    env = Environment(tolerance=Mode.STRICT, strict_filters=True)
    env.add_tag(AbortTag)
    return env


def python_liquid(text: str, profile: Mapping[str, Any]) -> str | None:
    """The text for one profile by python-liquid, or None where it was aborted."""
    try:
        return _environment().from_string(text).render(Profile=dict(profile))
    except _Aborted:
        return None
    except LiquidTypeError:  # python-liquid rejects `contains` for a number; CleverTap's engine does not
        return linetap_liquid(text, profile)


def linetap_liquid(text: str, profile: Mapping[str, Any]) -> str | None:
    """The text for one profile by linetap.liquid, which predicts CleverTap's engine, or None where it was aborted."""
    found = parse(text).render({"Profile": dict(profile)})
    assert found.status in ("rendered", "aborted"), found
    return None if found.status == "aborted" else found.text


@cache
def _node() -> subprocess.Popen[str]:
    command = [shutil.which("node") or "node", str(_NODE / "liquidjs.cjs")]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")


def liquidjs(text: str, profile: Mapping[str, Any]) -> str | None:
    """The same through liquidjs."""
    process = _node()
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps({"text": text, "values": {"Profile": profile}}) + "\n")
    process.stdin.flush()
    response = json.loads(process.stdout.readline())
    assert "error" not in response, response
    return None if response.get("aborted") else str(response["text"])


_absent = not shutil.which("node") or not (_NODE / "node_modules" / "liquidjs").is_dir()
both = pytest.mark.parametrize(
    "render",
    [
        pytest.param(linetap_liquid, id="linetap"),
        pytest.param(python_liquid, id="python-liquid"),
        pytest.param(
            liquidjs,
            id="liquidjs",
            marks=[
                pytest.mark.node,
                pytest.mark.skipif(_absent, reason="node or tests/node/node_modules/liquidjs is absent"),
            ],
        ),
    ],
)
