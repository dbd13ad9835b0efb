"""What a plain install does where an extra is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

# In a separate process in which the import of aiohttp fails as if it were not installed.
_WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"aiohttp", "yarl"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
"""


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", _WITHOUT + code], capture_output=True, text=True)


def test_every_public_name_is_there_without_extras() -> None:
    """``from linetap import *`` works in a plain install, the async clients' names included."""
    run = _run("from linetap import *; print(AsyncLineClient.__name__, AsyncCleverTapClient.__name__)")

    assert run.stdout.split() == ["AsyncLineClient", "AsyncCleverTapClient"], run.stderr


@pytest.mark.parametrize(
    "code, extra",
    [
        ("from linetap import AsyncLineClient; AsyncLineClient('t')", "async"),
        ("from linetap import AsyncCleverTapClient; AsyncCleverTapClient('a', 'p', region='eu1')", "async"),
        ("from linetap.sandbox import Sandbox; Sandbox(port=0).__enter__()", "sandbox"),
    ],
)
def test_what_needs_an_extra_names_it(code: str, extra: str) -> None:
    """Use of a part that needs aiohttp is an ImportError that names what to install."""
    run = _run(code)

    assert "ImportError" in run.stderr.splitlines()[-1]
    assert f"pip install 'linetap[{extra}]'" in run.stderr.splitlines()[-1]


@pytest.mark.parametrize("module", ["linetap.sandbox", "linetap.demo"])
def test_the_programs_say_it_without_a_traceback(module: str) -> None:
    """The two programs print one sentence and exit with a status that is not 0."""
    run = _run(f"import runpy; runpy.run_module('{module}', run_name='__main__', alter_sys=True)")

    assert run.returncode == 2
    assert run.stderr.strip().endswith("pip install 'linetap[sandbox]'")
    assert "Traceback" not in run.stderr
