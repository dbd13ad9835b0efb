"""``python -m linetap.store info PATH`` and ``check PATH``: what a file contains, and whether every row is intact."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timezone

from linetap.errors import LinetapError
from linetap.store.info import info, open_any
from linetap.store.rows import damages
from linetap.store.sqlite_file import Store


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 where the file is intact, 1 where it is damaged, 2 where it cannot be opened."""
    parser = argparse.ArgumentParser(prog="python -m linetap.store", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in (("info", "kind, version, rows, oldest row"), ("check", "compare every row with its checksum")):
        commands.add_parser(name, help=words).add_argument("path", metavar="PATH")
    given = parser.parse_args(arguments)
    try:
        with open_any(given.path) as store:
            return _info(store) if given.command == "info" else _check(store)
    except LinetapError as error:
        print(error, file=sys.stderr)
        return 1 if getattr(error, "reason", "") == "damaged" else 2


def _info(store: Store) -> int:
    found = info(store)
    print(f"kind: {found.kind}\nversion: {found.version}")
    for table, count in found.rows.items():
        print(f"{table}: {count} rows")
    if found.oldest is not None:
        print(f"oldest row: {datetime.fromtimestamp(found.oldest, timezone.utc).isoformat()}")
    return 0


def _check(store: Store) -> int:
    found = damages(store)
    for damage in found:
        print(damage)
    print("damaged: restore the file from a backup" if found else "intact: every row matches its checksum")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
