"""What a sender deletes with time."""

from __future__ import annotations

from linetap.line.api.retry_keys import retry_key_for
from linetap.line.bulk.delivery import Delivery
from tests.relay.conftest import Backend


def test_user_ids_are_deleted_after_a_week_and_rows_after_months(backend: Backend) -> None:
    """After 8 days no user id is stored and the history is; after 91 days only keys of the user's own are."""
    order = Delivery(backend.users[1], "Order 17", retry_key_for("order", 17))
    backend.call(backend.person(0), {"profileData": {"LineID": backend.users[2]}}, key_values={"linetap_campaign": "x"})
    backend.call(backend.person(0))
    outbox = backend.outbox()
    outbox.enqueue([order])
    assert backend.drain().outcomes == {"accepted": 2, "held": 2}
    backend.later(hours=8 * 24)
    backend.drain()
    assert [each.state for each in outbox.history(backend.users[0])] == ["accepted"]
    assert [each.replayable for each in outbox.dead_letters()] == [False, False]
    for table in ("entries", "sends", "calls"):
        columns = {"entries": "user_id, payload", "sends": "recipients", "calls": "body"}[table]
        assert set(outbox._tables.store.rows(f"SELECT DISTINCT {columns} FROM {table}")) <= {(None,), (None, None)}
    backend.later(hours=91 * 24)
    backend.drain()
    assert outbox.status().entries == {"accepted": 1}
    assert outbox.enqueue([order]) == 0
