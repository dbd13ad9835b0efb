"""``PostgresOutbox``: webhook calls and messages in tables of the user's own database."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from typing import Any

from linetap.errors import BadArgument, invalid
from linetap.relay.base_outbox import BaseOutbox
from linetap.relay.postgres import schema as versions
from linetap.relay.postgres.driver import EXAMPLE, Source
from linetap.relay.postgres.rows import entry_statements
from linetap.relay.postgres.statements import bound, schema_name, to_postgres
from linetap.relay.postgres.store import PostgresStore
from linetap.relay.tables import Tables, channel_name

_Block = list[dict[str, Any]]


class PostgresOutbox(BaseOutbox):
    """Calls and messages of one LINE channel, in a schema of Postgres 13 or newer. Thread-safe, and safe after a fork.

    Web workers and senders may be on any number of machines. Nothing is connected before the first use; then up to
    four connections are kept open, and one more by the sender that is the leader. Make the tables first, with
    ``python -m linetap.relay migrate``: the role that runs needs no right to change them.

    Args:
        connect: a function that returns a new connection of psycopg (extra ``postgres``) or psycopg2, such as
            ``lambda: psycopg.connect(os.environ["DATABASE_URL"])``.
        schema: the schema of the tables.
        channel: a name of your own for the LINE channel, where one schema has several. Each outbox sees its own rows.
        timeout: seconds after which a statement without a response means that the connection is lost.

    Raises:
        BadArgument: an argument is wrong. Every method raises ``StorageError`` where the database cannot be used; the
            error contains no address and no password.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        *,
        schema: str = "linetap",
        channel: str | None = None,
        timeout: float = 30.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        source = Source(connect)
        del connect  # its repr may contain the password, and error trackers read local variables
        if not source.is_callable:
            raise invalid("connect", "must be a function that returns a new connection", source.given, EXAMPLE)
        seconds: Any = timeout
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 1 <= seconds <= 3600:
            raise invalid("timeout", "must be a number of seconds from 1 to 3600", timeout)
        name = channel_name(channel)
        self._store = PostgresStore(source, schema_name(schema), name, seconds)
        super().__init__(Tables(self._store, name, now))

    @property
    def schema(self) -> str:
        """The schema of the tables."""
        return self._store.schema

    def __repr__(self) -> str:
        if "_tables" not in vars(self):  # an error tracker looks at an object whose arguments were wrong
            return "PostgresOutbox()"
        channel = f", channel={self.channel!r}" if self.channel else ""
        return f"PostgresOutbox(schema={self.schema!r}{channel})"

    def migrate(self) -> None:
        """Makes the tables, or brings those of an older version to this one; running processes go on meanwhile.

        The role needs ``CREATE`` on the database, or on the schema where that exists already.
        """
        self._store.run_script(versions.migration_sql(self.schema))

    @staticmethod
    def migration_sql(schema: str = "linetap") -> str:
        """What :meth:`migrate` runs, as a script for ``psql``."""
        return versions.migration_sql(schema_name(schema))

    def _inserting(self, cursor: Any) -> Callable[[_Block], int]:
        if not callable(getattr(cursor, "execute", None)) or not hasattr(cursor, "rowcount"):
            fix = "with SQLAlchemy: session.connection().connection.cursor(); else: connection.cursor()"
            raise invalid("cursor", "must be a cursor of psycopg or psycopg2, or Django's", type(cursor), fix)
        if inspect.iscoroutinefunction(cursor.execute):
            raise invalid("cursor", "must not be asynchronous", type(cursor), "use enqueue_async")

        def insert(block: _Block) -> int:
            stored = 0
            for sql, values in self._statements(block):
                cursor.execute(sql, values)
                stored += cursor.rowcount
            return stored

        return insert

    async def _enqueue_awaited(self, cursor: Any, blocks: Iterator[_Block]) -> int:
        stored = 0
        try:
            for block in blocks:
                for sql, values in self._statements(block):
                    await cursor.execute(sql, values)
                    stored += cursor.rowcount
        except BadArgument as error:
            error.report = stored
            raise
        return stored

    def _statements(self, block: _Block) -> Iterator[tuple[str, Any]]:
        for sql, values in entry_statements(block):
            yield to_postgres(sql, self.schema), bound(sql, values)
