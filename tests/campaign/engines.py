"""Two other Liquid engines to compare with: python-liquid, and liquidjs in Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from linetap.campaign import liquid_renderer
from linetap.campaign.liquid_dialect import Aborted
from linetap.campaign.profile_values import Person

_NODE = Path(__file__).resolve().parent.parent / "node"

Render = Callable[[str, Mapping[str, Any]], "str | None"]


def python_liquid(text: str, profile: Mapping[str, Any]) -> str | None:
    """The text for one profile, or None where it was aborted."""
    try:
        return liquid_renderer.template(text).render(Person(profile))
    except Aborted:
        return None


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
    answer = json.loads(process.stdout.readline())
    assert "error" not in answer, answer
    return None if answer.get("aborted") else str(answer["text"])


_absent = not shutil.which("node") or not (_NODE / "node_modules" / "liquidjs").is_dir()
both = pytest.mark.parametrize(
    "render",
    [
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
