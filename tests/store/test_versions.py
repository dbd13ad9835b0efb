"""Two versions of linetap on one file: two wheels, one journal, ledger and outbox, in both orders."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from linetap.sandbox import Sandbox

pytestmark = pytest.mark.ci
ROOT = Path(__file__).resolve().parent.parent.parent
# What the next minor version could add to each kind of file: a column, a table.
ADDED = {
    "linetap/__init__.py": ('__version__ = "', '__version__ = "1.'),
    "linetap/line/bulk/journal.py": (
        '{_PARTS_SCHEMA}",)',
        '{_PARTS_SCHEMA}", "ALTER TABLE parts ADD COLUMN note TEXT")',
    ),
    "linetap/sync/ledger_format.py": (
        '"sync ledger", (_VERSION_1,)',
        '"sync ledger", (_VERSION_1, "ALTER TABLE followers ADD COLUMN note TEXT; CREATE TABLE later (id INTEGER)")',
    ),
    "linetap/relay/schema.py": (
        "_FEEDBACK)",
        '_FEEDBACK, "ALTER TABLE calls ADD COLUMN note TEXT; CREATE TABLE later (id INTEGER)")',
    ),
}
# What a major version could say: older versions must not use its files.
CLOSED = {
    "linetap/line/bulk/journal.py": ('    argument="journal",', '    argument="journal",\n    compatible_from=2,'),
    "linetap/sync/ledger_format.py": ('argument="ledger",', 'argument="ledger", compatible_from=2,'),
    "linetap/relay/schema.py": (
        '    instead="start a new outbox',
        '    compatible_from=3,\n    instead="start a new outbox',
    ),
}
WORK = """
import json, sys
from datetime import datetime, timezone
import linetap
from linetap.relay import InboundCall, Outbox
from linetap.store.__main__ import main as check
from linetap.errors import BadArgument

folder, users, calls, stay = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3]), sys.argv[4] == "stay"
line, clevertap = linetap.LineClient.from_env(), linetap.CleverTapClient.from_env()

def journal():
    report = line.push_many([linetap.Delivery(user, "once") for user in users], journal=f"{folder}/journal")
    return {"sent": report.sent, "already_accepted": report.already_accepted, "ok": report.ok}

def ledger():
    report = linetap.sync_followers(line, clevertap, identity=linetap.LineIdAsIdentity(), ledger=f"{folder}/ledger")
    return {"uploaded": report.uploaded, "unchanged": report.unchanged, "ok": report.ok}

def outbox():
    box = Outbox(f"{folder}/outbox")
    if stay:
        print("open", flush=True)
        sys.stdin.readline()
    now = datetime(2026, 1, 1, tzinfo=timezone.utc)
    new = [box.receive(InboundCall(f"{number:032x}", "campaign", now, "{}")) for number in calls]
    return {"new": sum(new), "calls": box.status().calls}

def done(work):
    try:
        return work()
    except BadArgument as error:
        return str(error)

found = {work.__name__: done(work) for work in (journal, ledger, outbox)}
if not any(isinstance(each, str) for each in found.values()):
    assert [check(["check", f"{folder}/{name}"]) for name in found] == [0, 0, 0]
print(json.dumps({"version": linetap.__version__, "from": linetap.__file__, **found}))
"""


def _wheel(folder: Path, *changes: dict[str, tuple[str, str]]) -> Path:
    """The wheel of this tree with these changes, built and installed into a folder of its own."""
    build = pytest.importorskip("hatchling.build", reason="hatchling builds the wheels")
    tree, target = folder / "tree", folder / "target"
    tree.mkdir(parents=True)
    shutil.copytree(ROOT / "linetap", tree / "linetap", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for change in changes:
        for name, (before, after) in change.items():
            text = (tree / name).read_text("utf-8")
            assert text.count(before) == 1, name
            (tree / name).write_text(text.replace(before, after), "utf-8")
    before_build = Path.cwd()
    os.chdir(tree)
    try:
        wheel = build.build_wheel(str(folder))
    finally:
        os.chdir(before_build)
    with zipfile.ZipFile(folder / wheel) as packed:
        packed.extractall(target)
    return target


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """This version, the next minor version, and one whose files older versions must not use."""
    folder = tmp_path_factory.mktemp("wheels")
    return {
        "this": _wheel(folder / "this"),
        "next": _wheel(folder / "next", ADDED),
        "closed": _wheel(folder / "closed", ADDED, CLOSED),
    }


class Runs:
    """Runs of installed versions over one folder of files."""

    def __init__(self, box: Sandbox, wheels: dict[str, Path], folder: Path) -> None:
        self.box, self.wheels, self.folder = box, wheels, folder

    def start(self, version: str, users: list[str], calls: list[int], stay: str = "") -> subprocess.Popen[str]:
        environment = {**os.environ, **self.box.env, "PYTHONPATH": str(self.wheels[version])}
        given = [str(self.folder), json.dumps(users), json.dumps(calls), stay]
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [sys.executable, "-c", WORK, *given]
        return subprocess.Popen(command, text=True, env=environment, cwd=self.folder, **pipes)

    def run(self, version: str, users: list[str], calls: list[int]) -> dict[str, Any]:
        with self.start(version, users, calls) as process:
            return self.end(version, process)

    def end(self, version: str, process: subprocess.Popen[str]) -> dict[str, Any]:
        told, errors = process.communicate("\n", timeout=120)
        assert process.returncode == 0, errors
        found: dict[str, Any] = json.loads(told.splitlines()[-1])
        assert found["from"].startswith(str(self.wheels[version]))
        return found


@pytest.mark.parametrize("one, other", [("this", "next"), ("next", "this")])
def test_neighbouring_versions_share_files(wheels: dict[str, Path], tmp_path: Path, one: str, other: str) -> None:
    """Runs of two versions in turn lose nothing, send nothing twice, upload nothing twice; all rows stay intact."""
    with Sandbox(port=0) as box:
        users, runs = box.line.add_followers(10), Runs(box, wheels, tmp_path)
        first = runs.run(one, users, [1, 2])
        users += box.line.add_followers(10)
        second = runs.run(other, users, [2, 3])
        users += box.line.add_followers(10)
        third = runs.run(one, users, [3, 4])

        assert first["version"] != second["version"]
        for ran, total, calls in ((first, 10, 2), (second, 20, 3), (third, 30, 4)):
            assert ran["journal"] == {"sent": 10, "already_accepted": total - 10, "ok": True}
            assert ran["ledger"] == {"uploaded": 10, "unchanged": total - 10, "ok": True}
            assert ran["outbox"]["calls"] == calls
        assert [len(box.line.inbox(user)) for user in users] == [1] * 30


@pytest.mark.parametrize("one, other", [("this", "next"), ("next", "this")])
def test_neighbouring_versions_use_an_outbox_at_once(
    wheels: dict[str, Path], tmp_path: Path, one: str, other: str
) -> None:
    """A process of one version goes on with an outbox that a process of the other opened, and extended, meanwhile."""
    with Sandbox(port=0) as box:
        users, runs = box.line.add_followers(1), Runs(box, wheels, tmp_path)
        with runs.start(one, users, [1, 2], "stay") as waiting:
            assert waiting.stdout is not None
            assert waiting.stdout.readline() == "open\n"
            assert runs.run(other, users, [2, 3])["outbox"] == {"new": 2, "calls": 2}
            assert runs.end(one, waiting)["outbox"] == {"new": 1, "calls": 3}
        assert runs.run(other, users, [3, 4])["outbox"] == {"new": 1, "calls": 4}


def test_a_file_that_needs_a_newer_version_is_not_used(wheels: dict[str, Path], tmp_path: Path) -> None:
    """The older version names the file's version and the remedy, and the newer one finds its files as they were."""
    with Sandbox(port=0) as box:
        users, runs = box.line.add_followers(5), Runs(box, wheels, tmp_path)
        runs.run("closed", users, [1])
        older = runs.run("this", users, [2])
        for kind in ("journal", "ledger", "outbox"):
            assert "must be of the kind" in older[kind]
            assert "Use the linetap that wrote it, or a newer one" in older[kind]
        newer = runs.run("closed", users, [1])
        assert newer["journal"] == {"sent": 0, "already_accepted": 5, "ok": True}
        assert newer["ledger"] == {"uploaded": 0, "unchanged": 5, "ok": True}
        assert newer["outbox"] == {"new": 0, "calls": 1}
        assert [len(box.line.inbox(user)) for user in users] == [1] * 5
