"""What Postgres reported, in text that contains no value of a row, no address and no password."""

from __future__ import annotations

from typing import Final, Literal

from linetap.errors import BadArgument, StorageError, invalid, literal_text
from linetap.relay.storage import LostConnection

Reason = Literal["full", "damaged", "read-only", "failed"]
READ_ONLY: Final = ("25006", "0A000")
"""A server that was the primary, or never was: later connections may lead to another one. ``BEGIN READ WRITE`` of a
server in recovery fails with the second one."""
MIGRATE: Final = "python -m linetap.relay migrate"
# What the drivers say when no connection is made -> what linetap says. Their own text may contain the address.
_CONNECT: Final = (
    ("password authentication failed", "the password or the user was rejected"),
    ("no password supplied", "the server requires a password"),
    ("pg_hba.conf", "the server's pg_hba.conf does not allow this user, database or address"),
    ("Connection refused", "no server accepts connections at this address"),
    ("No such file or directory", "no server accepts connections at this socket"),
    ("timeout", "no connection was made in time"),
    ("translate host name", "the name of the host is not known"),
    ("too many", "the server has no free connection"),
    ("starting up", "the server is starting"),
    ("shutting down", "the server is shutting down"),
    ("does not exist", "the database or the user does not exist"),
    ("SSL", "no encrypted connection could be made"),
)
# The first characters of an SQLSTATE -> the reason, and what linetap says.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_STATES: Final[tuple[tuple[str, Reason, str], ...]] = (
    ("42P01", "failed", f"a table of linetap is missing: run {MIGRATE}"),
    ("3F000", "failed", f"the schema of linetap is missing: run {MIGRATE}"),
    ("42501", "read-only", "the role may not do this: docs/relay.md lists what it needs"),
    ("25006", "read-only", "the server is read-only: connect to the primary"),
    ("0A000", "read-only", "the server is read-only: connect to the primary"),
    ("53100", "full", "the disk of the server is full"),
    ("53300", "failed", "the server has no free connection"),
    ("XX001", "damaged", "data of the server are damaged"),
    ("XX002", "damaged", "an index of the server is damaged"),
    ("57014", "failed", "the statement was cancelled, or the role's statement_timeout ended it"),
)


class Conflict(LostConnection):
    """The server ended the transaction because of another one: it may run again, and a sender tries again."""


class Failure(Exception):
    """What a statement failed with. It never leaves this package: :func:`problem` makes an error of it."""

    def __init__(self, kind: str, state: str, words: str, *, lost: bool) -> None:
        super().__init__(kind, state)
        self.kind, self.state, self.words, self.lost = kind, state, words, lost


def connect_words(error: Exception) -> str:
    """Why no connection was made."""
    text = str(error)
    if isinstance(error, KeyError):  # of os.environ
        return "connect() needs an environment variable, or another key, that does not exist (KeyError)"
    known = next((words for part, words in _CONNECT if part in text), "no connection was made")
    return f"{known} ({type(error).__name__}, reported by connect())"


def problem(failure: Failure, *, committing: bool = False) -> StorageError | BadArgument:
    """The error for the caller."""
    if failure.lost:
        unknown = "it is not known whether the transaction was stored" if committing else "nothing was stored"
        return LostConnection(f"Postgres: the connection was lost; {unknown}")
    if failure.state[:2] == "22" or failure.kind in ("UnicodeEncodeError", "ValueError", "DataError"):
        rule = "must be numbers of at most 64 bits and text without lone surrogates"
        return invalid("values", rule, literal_text(f"{failure.kind} {failure.state}"))
    if failure.state == "55P03":
        return LostConnection("Postgres: another transaction of linetap lasts too long; nothing was stored")
    if failure.state in ("40001", "40P01"):
        return Conflict(f"Postgres: the transaction conflicted with another one ({failure.state}): repeat it")
    for start, reason, words in _STATES:
        if failure.state.startswith(start):
            return StorageError(f"Postgres: {words} ({failure.state})", reason=reason)
    words = f": {failure.words}" if failure.state[:2] in ("28", "42", "53", "55", "57") else ""
    return StorageError(f"Postgres reported {failure.kind} {failure.state}{words}")
