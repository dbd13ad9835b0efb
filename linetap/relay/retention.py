# ruff: noqa: S608 - statements are built from names and numbers of this package; values are always bound
"""What is deleted with time: ids and payloads after days, whole rows after months."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from linetap.relay.feedback_rows import EXPIRED, WAITING
from linetap.relay.schema import TAKEN
from linetap.relay.tables import Tables
from linetap.store.retention import KEEP_PAYLOAD, drop_payloads
from linetap.store.sends import OPEN

KEEP_ROWS: Final = timedelta(days=90)
"""Rows without a user id are stored this long: for history, repeats and counts. Rows with a key of the user's own
(``retry_key``) are stored for good: they are what sends an order's message once."""
_STEP = 2_000


def clean_up(tables: Tables) -> None:
    """Deletes what is too old, some thousand rows in a transaction.

    Each condition is asked again outside the query with the limit: in Postgres a row may have changed since.
    """
    now = tables.now()
    old = int(now - KEEP_PAYLOAD.total_seconds())
    drop_payloads(tables.sends, before=old)
    emptied = {"user_id": "NULL", "payload": "NULL", "body": "NULL"}
    where = "settled_at < ?1 AND settled_at IS NOT NULL"
    ids = f"SELECT id FROM entries WHERE {where} AND (user_id IS NOT NULL OR payload IS NOT NULL) LIMIT {_STEP}"
    while tables.entries.update(emptied, f"id IN ({ids}) AND {where}", [(old,)]):
        pass
    gone = int(now - KEEP_ROWS.total_seconds())
    ids = f"SELECT id FROM entries WHERE {where} AND own_key IS NULL LIMIT {_STEP}"
    while tables.entries.delete(f"id IN ({ids}) AND {where}", (gone,)):
        pass
    where = f"state <> {OPEN} AND settled_at < ?1 AND recipients IS NULL"
    while tables.sends.delete(f"key IN (SELECT key FROM sends WHERE {where} LIMIT {_STEP}) AND {where}", (gone,)):
        pass
    where = f"state = {TAKEN} AND arrived_ms < ?1"
    while tables.calls.delete(f"id IN (SELECT id FROM calls WHERE {where} LIMIT {_STEP})", (old * 1000,)):
        pass
    _clean_feedback(tables, old, gone)


def _clean_feedback(tables: Tables, old: int, gone: int) -> None:
    where = f"state = {WAITING} AND at < ?1"
    ids = f"SELECT id FROM feedback WHERE {where} LIMIT {_STEP}"
    while tables.feedback.update({"state": f"{EXPIRED}", "record": "NULL"}, f"id IN ({ids}) AND {where}", [(old,)]):
        pass
    while tables.feedback.delete(f"id IN (SELECT id FROM feedback WHERE at < ?1 LIMIT {_STEP})", (gone,)):
        pass
