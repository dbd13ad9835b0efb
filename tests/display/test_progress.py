"""Progress: a bar, a line, or the user's own callable."""

from __future__ import annotations

import io
import sys

import pytest

from linetap.display import progress
from linetap.display.progress import length_of, reporting
from linetap.errors import BadArgument


def test_a_callable_receives_the_sum_and_the_total() -> None:
    """A callable is called with the sum so far and the total, once for every tick."""
    heard: list[tuple[int, int | None]] = []

    with reporting(lambda done, total: heard.append((done, total)), total=30) as tick:
        tick(10)
        tick(5)

    assert heard == [(10, 30), (15, 30)]


@pytest.mark.parametrize("silent", [None, False])
def test_no_progress_shows_nothing(silent: bool | None, capsys: pytest.CaptureFixture[str]) -> None:
    """Without progress nothing is written anywhere."""
    with reporting(silent) as tick:
        tick(10)

    assert capsys.readouterr() == ("", "")


def test_true_is_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    """``True`` shows tqdm's bar, which ends at the number that was done."""
    pytest.importorskip("tqdm")

    with reporting(True, total=4, unit="profiles") as tick:
        tick(4)

    assert "4/4" in capsys.readouterr().err


def test_without_tqdm_a_line_is_updated(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without tqdm, ``True`` updates a line with the number that was done."""
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)

    with reporting(True, total=2500, unit="profiles") as tick:
        tick(2500)

    assert capsys.readouterr().err.endswith("2,500 of 2,500 profiles\n")


def test_the_line_is_updated_at_most_twice_a_second() -> None:
    """Ten thousand ticks within a second write two lines; the last state is always written."""
    now, out = [0.0], io.StringIO()

    with progress._line(None, "ids", out, lambda: now[0]) as tick:
        for _ in range(10_000):
            now[0] += 0.0001
            tick(1)

    shown = out.getvalue().split("\r")[1:]
    assert len(shown) <= 3
    assert shown[-1] == "10,000 ids\n"


def test_anything_else_is_rejected() -> None:
    """A progress that is neither True nor callable is a BadArgument at the call."""
    with pytest.raises(BadArgument, match="progress"), reporting("yes"):  # type: ignore[arg-type]
        pass


def test_a_total_is_known_without_iterating() -> None:
    """A sequence, a frame and an iterator with a length hint have a total; a generator is not consumed to count it."""
    generator = (number for number in (1, 2))

    assert length_of([1, 2]) == 2
    assert length_of(iter([1, 2])) == 2
    assert length_of(generator) is None
    assert list(generator) == [1, 2]
    assert length_of(5) is None


def test_a_frame_has_a_total() -> None:
    """The total of a frame is its number of rows."""
    pandas = pytest.importorskip("pandas")

    assert length_of(pandas.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]})) == 3
