"""Samples mutants of the rules and of the models (cosmic-ray), runs their tests on each, and lists the survivors.

Works on a copy of the sources, so the checkout is never changed. ``python -m tests.mutation [--sample 60]
[--seed N] [PART...]``; the exit code is non-zero where a survivor is not in ``survivors.txt`` beside this file, which
lists the mutants without a visible effect, each with the reason.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.commands.init import _all_work_items
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_item import MutationSpec, TestOutcome

ROOT = Path(__file__).resolve().parents[2]
EXPLAINED = Path(__file__).with_name("survivors.txt")
PARTS = {
    "models": (("linetap/models/*.py",), "tests/models/test_*.py"),
    # The quick files first: most mutants die there.
    "line": (
        ("linetap/line/rules/*.py",),
        (
            "tests/line/rules/test_w*.py tests/line/rules/test_engine.py tests/line/rules/test_m*.py"
            " tests/line/rules/test_limits.py tests/line/rules/test_v*.py tests/line/rules/test_a*.py"
        ),
    ),
    "clevertap": (("linetap/clevertap/rules*.py",), "tests/clevertap/test_rules*.py"),
    "liquid_writer": (("linetap/campaign/liquid_writer*.py",), "tests/campaign/test_liquid_writer*.py"),
    "http": (
        ("linetap/http/call.py", "linetap/http/rate_limit.py"),
        "tests/http/test_call.py tests/http/test_rate_limit.py",
    ),
}
# A number off by one is a mutant worth killing; turning x + y into every other operator is the same one ten times.
_WORTH = (
    "NumberReplacer",
    "ReplaceComparison",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "AddNot",
    "ReplaceBreakWithContinue",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ExceptionReplacer",
    "ReplaceUnaryOperator_Delete_Not",
)
# A type is what it equals, and so is a small number.
_SAME = ("_Is_Eq", "_IsNot_NotEq", "_Eq_Is", "_NotEq_IsNot")


def main() -> int:
    """Runs the given parts and prints a line for each mutant, then the survivors."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of: {', '.join(PARTS)}")
    parser.add_argument("--sample", type=int, default=60, help="mutants a part")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds for the tests of one mutant")
    found = parser.parse_args()
    seed = found.seed if found.seed is not None else random.randrange(10_000)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as away:
        copy = Path(away, "copy")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "_build", "node_modules", "__pycache__"))
        os.chdir(copy)
        parts = found.parts or list(PARTS)
        lost = [d for part in parts for d in _survivors(part, found.sample, random.Random(seed), found.timeout)]
    unexplained = [mutant for mutant in lost if mutant not in EXPLAINED.read_text("utf-8")]
    print(f"\n{len(lost)} survived, {len(unexplained)} of them unexplained", *unexplained, sep="\n")
    return int(bool(unexplained))


def _survivors(part: str, sample: int, dice: random.Random, timeout: float) -> Iterator[str]:
    patterns, tests = PARTS[part]
    sources = sorted({path for pattern in patterns for path in Path.cwd().glob(pattern)})
    files = [str(path) for pattern in tests.split() for path in sorted(Path.cwd().glob(pattern))]
    if not sources or not files:
        print(f"{part}: nothing there")
        return
    command = " ".join([sys.executable, "-m pytest -x -q -p no:cacheprovider", *files])
    mutants = list(_mutants(sources))
    chosen = dice.sample(mutants, min(sample, len(mutants)))
    killed = 0
    for mutant in chosen:
        result = mutate_and_test([mutant], command, timeout)
        name = _told(mutant)
        print(f"{part}: {result.test_outcome.value if result.test_outcome else 'no test'}: {name}", flush=True)
        killed += result.test_outcome is not TestOutcome.SURVIVED
        if result.test_outcome is TestOutcome.SURVIVED:
            print(result.diff)
            yield name
    print(f"{part}: {killed} of {len(chosen)} killed of a sample of {len(mutants)}")


def _mutants(sources: list[Path]) -> Iterator[MutationSpec]:
    for item in _all_work_items(sources, {}):
        names = [(mutant, mutant.operator_name) for mutant in item.mutations]
        yield from (m for m, name in names if any(w in name for w in _WORTH) and not name.endswith(_SAME))


def _told(mutant: MutationSpec) -> str:
    # The definition and not the line, so that an explanation outlives an edit above it.
    where = Path(mutant.module_path).relative_to(Path.cwd()).as_posix()
    return (
        f"{where}:{mutant.definition_name or 'module'}: {mutant.operator_name.partition('/')[2]} #{mutant.occurrence}"
    )


if __name__ == "__main__":
    sys.exit(main())
