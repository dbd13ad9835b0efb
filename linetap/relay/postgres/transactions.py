"""How a transaction begins and ends, and the errors of its statements."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from linetap.errors import StorageError
from linetap.relay.postgres.driver import Link
from linetap.relay.postgres.failures import Failure, problem

T = TypeVar("T")
_SHORT = 5.0  # seconds
# Whatever the role's defaults are: each statement sees what the transaction before it has stored, and a COMMIT
# is on the disk. A process that is stopped in a transaction does not stop the others for longer than a minute.
_BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL idle_in_transaction_session_timeout = '60s';"
    " SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
)


def begin_statement(lock: str, timeout: float) -> str:
    """BEGIN, and the statement that takes the locks; it waits for them a little shorter than a statement may take."""
    return f"{_BEGIN}; SET LOCAL lock_timeout = {max(1, int(timeout * 900))}; {lock}" if lock else _BEGIN


def lock_number(*parts: str) -> int:
    """The number of an advisory lock: a hash, as a signed number of 64 bits."""
    text = "\0".join(("linetap", *parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big", signed=True)


def checked(act: Callable[[], T], *, committing: bool = False) -> T:
    """Runs a statement; its failure becomes an error outside of the clause that has the driver's error."""
    try:
        return act()
    except Failure as failure:
        found = problem(failure, committing=committing)
    raise found


def commit(link: Link, limit: float) -> None:
    """Commits. Postgres ends a transaction in which a statement failed by a rollback, and reports no error then."""
    result = checked(lambda: link.run("COMMIT", limit=limit), committing=True)
    if result.tag != "COMMIT":
        raise StorageError("Postgres: a statement of the transaction failed before; nothing was stored")


def roll_back(link: Link) -> None:
    """Ends the transaction; a connection on which that fails is not used again."""
    if not link.broken:
        try:
            link.run("ROLLBACK", limit=_SHORT)
        except Failure:
            link.broken = True
