"""Damages a file as disks and people do: flipped bits, a value of a row, a file cut short, two pages swapped."""

from __future__ import annotations

import random
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

PAGE = 4096
_NONSENSE = ["1", "-1", "NULL", "x'ff'", "'[1]'", "'null'", "''", "1e400", "9223372036854775807", "x'00'", "'{'"]


def damage(path: Path, draw: random.Random) -> str:
    """Damages a file in one way; says how."""
    return draw.choice([_bits, _bits, _value, _cut, _swap])(path, draw)


def _bits(path: Path, draw: random.Random) -> str:
    content = bytearray(path.read_bytes())
    places = [draw.randrange(len(content) * 8) for _ in range(draw.randint(1, 3))]
    for place in places:
        content[place // 8] ^= 1 << place % 8
    path.write_bytes(content)
    return f"bits {places}"


def _value(path: Path, draw: random.Random) -> str:
    with closing(sqlite3.connect(path)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        table = draw.choice(tables)
        column = draw.choice([row[1] for row in db.execute(f"PRAGMA table_info({table})")])
        key = next(row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[5])
        keys = [row[0] for row in db.execute(f"SELECT {key} FROM {table} ORDER BY 1")]
        sql = f"UPDATE OR REPLACE {table} SET {column} = {draw.choice(_NONSENSE)} WHERE {key} = ?"
        try:
            db.execute(sql, (draw.choice(keys),))
        except sqlite3.IntegrityError:
            return "nothing: the schema rejects it"
        db.commit()
    return sql


def _cut(path: Path, draw: random.Random) -> str:
    content = path.read_bytes()
    length = draw.randrange(len(content))
    path.write_bytes(content[:length])
    return f"cut to {length} of {len(content)} bytes"


def _swap(path: Path, draw: random.Random) -> str:
    content = path.read_bytes()
    pages = [content[i : i + PAGE] for i in range(0, len(content), PAGE)]
    one, other = draw.sample(range(len(pages)), 2)
    pages[one], pages[other] = pages[other], pages[one]
    path.write_bytes(b"".join(pages))
    return f"pages {one} and {other} of {len(pages)} swapped"


@contextmanager
def ten_seconds() -> Iterator[None]:
    """Fails what does not end (where the system has alarms)."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def over(*_: object) -> None:
        raise AssertionError("it did not end within 10 seconds")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, 10)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
