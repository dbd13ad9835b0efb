"""Runs the benchmarks, each in a process of its own, and prints one table."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import attrs

from linetap import __version__
from tests.benchmarks.table import Row, table

HERE = Path(__file__).parent
PEERS = ("line-bot-sdk", "requests", "urllib3", "aiohttp", "python-liquid")


def main() -> int:
    """Every benchmark, or those named; ``--strict`` makes a missed promise an error."""
    names = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, to see that all of it runs")
    parser.add_argument("--strict", action="store_true", help="exit non-zero where a promise is missed")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    found = parser.parse_args()
    if found.one:
        print(json.dumps([attrs.asdict(row) for row in _rows(found.one, found.quick)]))
        return 0
    if unknown := set(found.names) - set(names):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    try:
        made_of = _made_of()
    except PackageNotFoundError as absent:
        parser.error(f"{absent.name} is not installed, which linetap is compared with: pip install '.[test]'")
    rows = [row for name in found.names or names for row in _apart(name, found.quick)]
    print(f"\n{made_of}\n")
    print(table(rows))
    return int(found.strict and not all(row.kept for row in rows))


def _made_of() -> str:
    """What was measured, and against what."""
    python = f"{platform.python_implementation()} {platform.python_version()} on {platform.machine()}"
    return ", ".join([python, f"linetap {__version__}", *(f"{name} {version(name)}" for name in PEERS)])


def _rows(name: str, quick: bool) -> list[Row]:
    return list(importlib.import_module(f"tests.benchmarks.bench_{name}").rows(quick))


def _apart(name: str, quick: bool) -> list[Row]:
    print(f"{name} ...", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "tests.benchmarks", "--one", name, *(["--quick"] if quick else [])]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=HERE.parent.parent)
    return [Row(**fields) for fields in json.loads(run.stdout.strip().splitlines()[-1])]


if __name__ == "__main__":
    sys.exit(main())
