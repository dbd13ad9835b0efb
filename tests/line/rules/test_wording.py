"""The texts of all problems are stable: one file has the text of each.

After an intended change, ``python -m tests.line.rules.test_wording`` writes the file again: read it as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from linetap.line.rules import message_problems, push_problems
from linetap.line.rules.limits import LIMITS
from tests.line.rules.limit_cases import push_of
from tests.line.rules.test_messages import BAD

PROBLEMS = Path(__file__).parent / "corpus" / "problems.txt"


def lines() -> Iterator[str]:
    """Every case of the tests of the rules, and all its problems."""
    for name, (message, _) in BAD.items():
        yield f"# {name}"
        yield from (f"{problem.severity}: {problem}" for problem in message_problems([message]))
    for name, limit in LIMITS.items():
        for amount in {limit.least - 1, limit.most + 1} - {-1}:
            yield f"# {amount} of {name}"
            yield from (f"{problem.severity}: {problem}" for problem in push_problems(push_of(name, amount)))


def document() -> str:
    """All cases as one text; a lone surrogate is escaped."""
    text = "".join(line.replace("\n", "\n    ") + "\n" for line in lines())
    return text.encode("utf-8", "backslashreplace").decode().replace("\r", "\\r")


def test_the_text_of_every_problem() -> None:
    """No problem has other words, another order or another page than in the file."""
    assert document().splitlines() == PROBLEMS.read_text("utf-8").splitlines()


if __name__ == "__main__":
    PROBLEMS.write_text(document(), "utf-8")
