"""Whether the log beside a file lost commits: SQLite ignores everything after the first damaged frame, silently.

A process that dies while it writes writes an incomplete last frame; nothing is after it. A damaged frame with
whole frames of the same log after it means that commits are missing. https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

_HEADER, _FRAME = 32, 24
_LITTLE, _BIG = 0x377F0682, 0x377F0683
_WORD = 0xFFFFFFFF


def commits_missing(path: Path) -> bool:
    """Whether the log of a file that is not in use has a damaged frame in its middle. Reads all of the log."""
    try:
        log = Path(f"{path}-wal").read_bytes()
    except OSError:  # none, or not readable: SQLite says so itself
        return False
    if len(log) < _HEADER + _FRAME:
        return False
    magic, _, size, _, *salts, one, two = struct.unpack(">8I", log[:_HEADER])
    order = {_LITTLE: "<", _BIG: ">"}.get(magic)
    if order is None or _sum(log[:24], order, (0, 0)) != (one, two):
        return True
    same = [frame for frame in _frames(log, size) if frame[8:16] == struct.pack(">2I", *salts)]
    return _valid(log, size, order, (one, two)) < len(same)


def _frames(log: bytes, size: int) -> Iterator[bytes]:
    """The frames up to the last one of the log, which may be half written."""
    frames = [log[at : at + _FRAME + size] for at in range(_HEADER, len(log), _FRAME + size)]
    yield from frames[:-1] if len(frames[-1]) < _FRAME + size else frames


def _valid(log: bytes, size: int, order: str, total: tuple[int, int]) -> int:
    """How many frames are whole, counted from the first; one more where only the last of this log is not whole."""
    salts, count, frames = log[16:24], 0, list(_frames(log, size))
    for count, frame in enumerate(frames):
        if frame[8:16] == salts:
            total = _sum(frame[:8] + frame[_FRAME:], order, total)
        if frame[8:16] != salts or total != struct.unpack(">2I", frame[16:24]):
            return count + 1 if all(later[8:16] != salts for later in frames[count + 1 :]) else count
    return count + 1


def _sum(data: bytes, order: str, total: tuple[int, int]) -> tuple[int, int]:
    one, two = total
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & _WORD
        two = (two + second + one) & _WORD
    return one, two
