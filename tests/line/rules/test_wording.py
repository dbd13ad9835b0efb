"""The words of the rules are stable: what each rule says, of everything that can be wrong, stands in one file.

After a change that is meant, ``python -m tests.line.rules.test_wording`` writes the file anew: read it through.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from linetap.line.rules import message_problems, push_problems
from linetap.line.rules.limits import LIMITS
from tests.line.rules.limit_cases import push_of
from tests.line.rules.test_messages import BAD

TOLD = Path(__file__).parent / "corpus" / "problems.txt"


def told() -> Iterator[str]:
    """Every case of the rules' tests, and all that is told of it."""
    for name, (message, _) in BAD.items():
        yield f"# {name}"
        yield from (f"{problem.severity}: {problem}" for problem in message_problems([message]))
    for name, limit in LIMITS.items():
        for amount in {limit.least - 1, limit.most + 1} - {-1}:
            yield f"# {amount} of {name}"
            yield from (f"{problem.severity}: {problem}" for problem in push_problems(push_of(name, amount)))


def test_what_the_rules_say() -> None:
    """No rule says something else than yesterday, in other words, another order or with another page."""
    assert [ascii(line) for line in told()] == TOLD.read_text("utf-8").splitlines()


if __name__ == "__main__":
    TOLD.write_text("".join(f"{line!a}\n" for line in told()), "utf-8")
