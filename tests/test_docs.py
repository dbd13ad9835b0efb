"""README and the pages are correct: one-line commands, examples that run, links with a target."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import linetap
from linetap.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if "_build" not in page.parts]
_PRINTED = re.compile(r"^```python\n((?:(?!```).*\n)*)```\n\n```text\n((?:(?!```).*\n)*)```$", re.M)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def _blocks(page: Path, *languages: str) -> list[tuple[int, str]]:
    """The fenced blocks of these languages, each with its first line number."""
    text = page.read_text("utf-8")
    found = [m for m in _BLOCK.finditer(text) if m[1] in languages]
    return [(text.count("\n", 0, m.start(2)) + 1, m[2]) for m in found]


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


EXAMPLES = [page for page in PAGES if _blocks(page, "python")]


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """A listening sandbox, environment variables that select it, and an empty directory."""
    monkeypatch.chdir(tmp_path)
    with Sandbox(port=0) as sandbox:
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        yield sandbox


def _printed(text: str) -> list[str]:
    """The printed lines, without figures and their padding."""
    return [" ".join(re.sub(r"[\d,.]*\d", "0", line).split()) for line in text.strip().splitlines()]


@pytest.mark.filterwarnings("ignore::linetap.errors.ManualStepNeeded")
@pytest.mark.parametrize("page", EXAMPLES, ids=_name)
def test_examples_run(page: Path, box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """Every ``python`` block of a page runs unchanged, in order, and prints the text below it."""
    below = dict(_PRINTED.findall(page.read_text("utf-8")))
    user_ids = box.line.add_followers(30)
    with box.line_client() as line, box.clevertap_client() as clevertap:
        names = {
            "__name__": "page",
            "box": box,
            "line": line,
            "clevertap": clevertap,
            "user_id": user_ids[0],
            "user_ids": user_ids,
        }
        for number, code in _blocks(page, "python"):
            padded = "\n" * (number - 1) + code  # a failure names the line of the page
            exec(compile(padded, _name(page), "exec", dont_inherit=True), names)
            printed = capsys.readouterr().out
            if code in below:
                assert _printed(printed) == _printed(below[code])


def test_readme_begins_with_its_two_commands() -> None:
    """README's first two shell blocks are the demo and the tests, one line each: .ci/run runs them unchanged."""
    (_, demo), (_, tests), *_ = _blocks(ROOT / "README.md", "bash", "sh", "console")

    assert demo.count("\n") == tests.count("\n") == 1
    assert demo.strip().endswith("python -m linetap.demo")
    assert "pytest" in tests


_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page leads to a file that is there."""
    lost = [link for link in _LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]

    assert not lost


def test_printed_tables_know_every_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages printed from the code name every endpoint of both services, the error tree and all public names."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    tables = importlib.import_module("_tables")

    for name in (
        "line.push",
        "line.followers",
        "clevertap.upload",
        "clevertap.campaigns.trigger",
        "line.insight.followers",
    ):
        assert f"`{name}`" in tables.operations()
    assert "QuotaExceeded" in tables.error_tree()
    assert all(f"`{name}`" in tables.names() for name in linetap.__all__)
