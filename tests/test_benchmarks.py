"""The benchmarks' tools: what they count is what was done."""

from __future__ import annotations

import pytest

from tests.benchmarks import instructions

WORKS = """
from tests.benchmarks.instructions import tell
tell({"once": lambda: sum(range(50_000)), "twice": lambda: sum(range(100_000))}, rounds=2)
"""


def test_twice_the_work_is_twice_the_instructions() -> None:
    """The count is what a work executes, the same in every round, without imports and the start of Python."""
    if instructions.valgrind() is None:
        pytest.skip("valgrind is absent, which counts the instructions")

    counts = instructions.counted("-c", WORKS)

    assert counts["once"] == pytest.approx([counts["once"][0]] * 2, rel=0.01)
    assert counts["twice"] == pytest.approx([2 * each for each in counts["once"]], rel=0.01)


def test_without_valgrind_nothing_is_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without valgrind, the benchmark of instructions prints one line and has no rows."""
    pytest.importorskip("linebot", reason="line-bot-sdk is what the benchmarks compare with")
    from tests.benchmarks import bench_instructions

    monkeypatch.setattr(bench_instructions, "valgrind", lambda: None)

    assert list(bench_instructions.rows(quick=True)) == []
    assert capsys.readouterr().err.startswith("instructions: valgrind is absent")
