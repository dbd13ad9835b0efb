"""The arguments that syncs and plans have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linetap import (
    AsyncCleverTapClient,
    AsyncLineClient,
    BadArgument,
    CleverTapClient,
    Ledger,
    LineClient,
    LineIdAsIdentity,
    plan_sync,
    sync_followers,
)
from linetap.sync.arguments import open_ledger

LINE, CLEVERTAP = LineClient("token"), CleverTapClient("account", "passcode", region="sg1")
AWAITED = AsyncCleverTapClient("account", "passcode", region="sg1")
WRONG: list[tuple[Any, Any, str]] = [
    (CLEVERTAP, LINE, "swap the first two"),
    (AsyncLineClient("token"), CLEVERTAP, "a sync uses threads"),
    (LINE, AWAITED, "a sync uses threads"),
    (None, CLEVERTAP, "line must be a lineclient"),
    (LINE, {}, "clevertap must be a clevertapclient"),
]


@pytest.mark.parametrize("call", [sync_followers, plan_sync])
@pytest.mark.parametrize(("line", "clevertap", "text"), WRONG, ids=range(len(WRONG)))
def test_clients_in_the_wrong_place_are_named(
    ledger_path: Path, call: Any, line: Any, clevertap: Any, text: str
) -> None:
    """Swapped clients, a client with tasks and another object raise BadArgument that says what to pass."""
    with pytest.raises(BadArgument) as caught:
        call(line, clevertap, identity=LineIdAsIdentity(), ledger=ledger_path)
    assert text in str(caught.value).lower()
    assert not ledger_path.exists()


def test_an_open_ledger_stays_open(ledger_path: Path) -> None:
    """A ledger that is opened from a path is closed at the end; one that you opened is not."""
    with open_ledger(ledger_path) as opened:
        assert sum(opened.counts().values()) == 0
    with Ledger(ledger_path) as own:
        with open_ledger(own) as same:
            assert same is own
        assert sum(own.counts().values()) == 0
