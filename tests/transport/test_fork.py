"""Forking while another thread is busy."""

from __future__ import annotations

import importlib
import sys
import threading
from pathlib import Path

import pytest

import linetap
from linetap.transport.driver import _before_fork

_SLOW = """
import {helper} as helper
helper.begun.set()
helper.go.wait(10)
helper.order.append("imported")
"""


def test_a_fork_waits_for_an_import_that_is_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child forked in the middle of an import would find its lock shut for ever, so the fork comes after it."""
    begun, go, order = threading.Event(), threading.Event(), list[str]()
    for name, value in {"begun": begun, "go": go, "order": order}.items():
        monkeypatch.setattr(sys.modules[__name__], name, value, raising=False)
    (tmp_path / "slow_room.py").write_text(_SLOW.format(helper=__name__), "utf-8")
    monkeypatch.setattr(linetap, "__path__", [*linetap.__path__, str(tmp_path)])
    importer = threading.Thread(target=importlib.import_module, args=("linetap.slow_room",))
    importer.start()
    begun.wait(10)

    def fork() -> None:
        go.set()
        _before_fork()
        order.append("forked")

    forking = threading.Thread(target=fork)
    try:
        forking.start()
        forking.join()
        importer.join()
    finally:
        sys.modules.pop("linetap.slow_room", None)

    assert order == ["imported", "forked"]
