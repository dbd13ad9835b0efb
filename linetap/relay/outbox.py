"""``Outbox``: webhook calls and messages on disk, in one file that web workers and the sender of a machine share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from linetap.relay.base_outbox import BaseOutbox
from linetap.relay.sqlite_storage import OutboxFile
from linetap.relay.tables import Tables, channel_name


class Outbox(BaseOutbox):
    """Calls and messages of one LINE channel, in a SQLite file. Thread-safe, and safe after a fork.

    Any number of processes of one machine may use the file at once. What a method has stored is on the disk itself
    when it returns. The file must be on a disk of this machine, not on a network file system.

    Args:
        path: the file; it is made where it does not exist, readable by its owner alone.
        channel: a name of your own for the LINE channel, where one file has several. Each outbox sees its own rows.

    Raises:
        BadArgument: the file is of another program, or on a network file system.
        StorageError: the disk is full, or the file is damaged.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, channel: str | None = None, now: Callable[[], float] = time.time
    ) -> None:
        name = channel_name(channel)
        self._file = OutboxFile(path)
        super().__init__(Tables(self._file, name, now))

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self._file.name)

    def __repr__(self) -> str:
        channel = f", channel={self.channel!r}" if self.channel else ""
        return f"Outbox({self._file.name!r}{channel})"


def forget(path: str | os.PathLike[str], user_id: str) -> int:
    """Erases a user from an outbox; ``linetap.forget`` calls it."""
    with Outbox(path) as outbox:
        return outbox.forget(user_id)
