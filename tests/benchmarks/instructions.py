"""Counting instructions with valgrind: steadier than time, above all where a machine does other work too.

A child process inherits the count, and valgrind prints a process's count when it ends. So a fork that ends at
once prints the count so far, and the difference of two is what lay between them: imports and warming up cancel.
Counted is what the process itself executes; what the kernel does for it (sockets, files) is not.
"""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TOLD = re.compile(r"I\s+refs:\s+([\d,]+)")


def valgrind() -> str | None:
    """Where valgrind is; None where it is absent."""
    return shutil.which("valgrind")


def tell(works: Mapping[str, Callable[[], object]], *, rounds: int) -> None:
    """For a process under valgrind: does every work by turns, and prints for :func:`counted` who knows the counts."""
    gc.disable()
    results: dict[str, list[tuple[int, int]]] = {name: [] for name in works}
    for _ in range(1 + rounds):
        for name, work in works.items():
            gc.collect()
            before = _ended()
            work()
            results[name].append((before, _ended()))
    # The first round warmed what came after it: connections, caches, first imports, the interpreter's own shortcuts.
    print(json.dumps({name: pids[1:] for name, pids in results.items()}), flush=True)


def _ended() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def counted(*command: str) -> dict[str, list[int]]:
    """Runs ``python COMMAND...`` under valgrind; the instructions of every work that it reports, round by round.

    Hashes are the same in every run, so that sets and dictionaries are; a run that counts lines is left out of it.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    with tempfile.TemporaryDirectory() as logs:
        tool = ["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", f"--log-file={logs}/%p"]
        run = subprocess.run(
            [str(valgrind()), *tool, sys.executable, "-W", "ignore", *command],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=ROOT,
            env={**env, "PYTHONHASHSEED": "0"},
        )
        results = json.loads(run.stdout.strip().splitlines()[-1])
        return {
            name: [_read(logs, after) - _read(logs, before) for before, after in rounds]
            for name, rounds in results.items()
        }


def _read(logs: str, pid: int) -> int:
    found = _TOLD.search(Path(logs, str(pid)).read_text())
    assert found is not None, f"valgrind results no count of process {pid}"
    return int(found[1].replace(",", ""))
