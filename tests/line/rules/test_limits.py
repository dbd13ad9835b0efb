"""Every entry of LINE's table of limits, at the limit and just above it."""

from __future__ import annotations

import pytest

from linetap.line.rules import push_problems
from linetap.line.rules.limits import LIMITS
from tests.line.rules.limit_cases import CASES, PUSHES, letters, path_of, push_of

FAMILY = "👨‍👩‍👧‍👦"  # one grapheme cluster, 7 code points, 11 UTF-16 units


def _errors(name: str, amount: int) -> list[str]:
    return [problem.path for problem in push_problems(push_of(name, amount)) if problem.severity == "error"]


def test_every_limit_has_its_case() -> None:
    """Every limit has a test, and every case has a limit."""
    assert LIMITS.keys() == CASES.keys() | PUSHES.keys()


@pytest.mark.parametrize("name", LIMITS)
def test_at_the_limit(name: str) -> None:
    """A value exactly at the limit is accepted, at both ends."""
    limit = LIMITS[name]

    assert _errors(name, limit.most) == []
    assert _errors(name, limit.least or limit.most) == []


@pytest.mark.parametrize("name", LIMITS)
def test_just_above_the_limit(name: str) -> None:
    """One more is an error at its path, and the problem names LINE's page."""
    limit = LIMITS[name]
    found = [p for p in push_problems(push_of(name, limit.most + 1)) if p.severity == "error"]

    assert path_of(name) in {problem.path for problem in found}
    assert all(problem.page.startswith("https://developers.line.biz/en/") for problem in found)


@pytest.mark.parametrize("name", [name for name, limit in LIMITS.items() if limit.least])
def test_just_below_the_least(name: str) -> None:
    """One less than the lower bound is an error at its path."""
    assert path_of(name) in _errors(name, LIMITS[name].least - 1)


def _of_letters() -> list[str]:
    return [name for name, limit in LIMITS.items() if limit.unit in ("UTF-16 units", "grapheme clusters")]


def _with(name: str, text: str) -> list[str]:
    """The paths of errors, with ``text`` in place of the letters of the case."""
    import json

    body = json.dumps(push_of(name, 11)).replace(f'"{letters(11)}"', json.dumps(text))
    return [problem.path for problem in push_problems(json.loads(body)) if problem.severity == "error"]


_FREE = [
    name
    for name in _of_letters()
    if not any(word in name for word in ("Url", "url", "uri", "Uri", "key", "Tag", "trackingId", "Unit", "desktop"))
]


@pytest.mark.parametrize("name", _FREE)
def test_how_lengths_are_counted(name: str) -> None:
    """A family emoji counts as 1 by grapheme clusters and as 11 by UTF-16 units."""
    limit = LIMITS[name]
    each = 1 if limit.unit == "grapheme clusters" else 11
    fits = limit.most // each

    assert _with(name, FAMILY * fits) == []
    assert path_of(name) in _with(name, FAMILY * (fits + 1))


def test_limits_have_a_page() -> None:
    """Every limit has LINE's page, with an anchor."""
    for name, limit in LIMITS.items():
        assert limit.page.startswith("https://developers.line.biz/en/"), name
        assert "#" in limit.page, name


@pytest.mark.parametrize("name", [name for name, limit in LIMITS.items() if limit.unit == "bytes"])
def test_which_kilobytes(name: str) -> None:
    """LINE does not document whether a KB is 1,000 or 1,024 bytes: a size between the two is uncertain."""
    kilobytes = LIMITS[name].most // 1024

    assert push_problems(push_of(name, kilobytes * 1000)) == ()
    for size in (kilobytes * 1000 + 1, kilobytes * 1024):
        assert [problem.severity for problem in push_problems(push_of(name, size))] == ["uncertain"]
