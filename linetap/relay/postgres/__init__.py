"""The outbox in Postgres; ``PostgresOutbox`` is in :mod:`linetap.relay`."""
