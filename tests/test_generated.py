"""The files that are generated from others and checked in."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("generate_sync", ROOT / "scripts" / "generate_sync.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_files_are_current() -> None:
    """The sync clients, the sync groups and the tables of names are what scripts/generate_sync.py writes."""
    assert _script().stale() == [], "run `nox -s generate`"


def test_a_file_that_is_not_current_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed word of a docstring, a changed argument or a missing import makes a generated file stale."""
    script = _script()
    target = "linetap/line/methods_client.py"
    text = script.outputs()[target]
    fresh = (ROOT / target).read_text("utf-8")
    assert script.same(text, ROOT / target)

    for old, new in (("retry key", "key"), ("page_size: int", "size: int"), ("from attrs import evolve\n", "")):
        assert old in fresh
        changed = tmp_path / "client.py"
        changed.write_text(fresh.replace(old, new), "utf-8")
        assert not script.same(text, changed)


def test_the_reference_pages_are_current(monkeypatch: pytest.MonkeyPatch) -> None:
    """The generated parts of the documentation are what docs/_tables.py writes; every public name is in a page."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    tables = importlib.import_module("_tables")

    assert tables.stale() == [], "run `nox -s generate`"
    names = (ROOT / "docs" / "reference" / "names.md").read_text("utf-8")
    for package in tables.PACKAGES:
        assert all(f"| `{name}` |" in names for name in importlib.import_module(package).__all__)


def test_the_sync_text_reads_naturally() -> None:
    """No generated file speaks of await, coroutines, asyncio or aiohttp."""
    for path in _script().outputs():
        if not path.endswith(("__init__.py", "lazy_types.py", "_async_client.py")):
            text = (ROOT / path).read_text("utf-8").replace("async_client", "").replace("allow_async", "")
            assert not re.search(r"await|async\b|coroutine|aiohttp|\bAsync", text), path
