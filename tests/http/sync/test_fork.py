"""Forking while another thread is busy."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import linetap
from linetap.http.sync.transport import _before_fork

_SLOW = """
import {helper} as helper
helper.begun.set()
helper.go.wait(10)
helper.order.append("imported")
"""


def test_a_fork_waits_for_a_running_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child forked during an import would find the import lock taken for ever, so the fork waits for its end."""
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


_FIRST_USE = """
import os, signal, sys, threading
from linetap import BadArgument, LineClient

def make():
    return LineClient("token")

def check():
    try:
        client.multicast([], "Hello")
    except BadArgument:
        pass

use, module = {"make": make, "check": check}[sys.argv[1]], sys.argv[2]
client = make() if use is check else None
begun, go = threading.Event(), threading.Event()

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            begun.set()
            go.wait(10)

sys.meta_path.insert(0, Slow())
os.register_at_fork(before=go.set)  # the last one that was registered is the first to be called
first = threading.Thread(target=use)
first.start()
begun.wait(10)
child = os.fork()
if not child:
    signal.alarm(10)
    use()
    os._exit(0)
first.join()
print(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, which Windows has not")
@pytest.mark.parametrize(
    "use, module",
    [("make", "linetap.http.sync.session"), ("check", "linetap.line.api.checked_messages")],
    ids=["make", "check"],
)
def test_a_fork_while_another_thread_imports_a_module(use: str, module: str) -> None:
    """A child can make and use its own clients, even if their module was being imported at the fork."""
    command = [sys.executable, "-W", "ignore", "-c", _FIRST_USE, use, module]
    run = subprocess.run(command, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "0"
