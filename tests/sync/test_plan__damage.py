"""Damaged plans: what a plan does not contain as it was written is neither shown nor applied."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from linetap import KnownFollowers, apply_plan, plan_sync, sync_followers
from linetap.errors import BadArgument, StorageError
from linetap.sandbox import Sandbox
from linetap.sync.plan import SyncPlan
from tests.store.damages import damage, ten_seconds

SEEDS = range(15)
MANY_SEEDS = range(15, 265)


class Planned:
    """Followers to add, to change, in conflict and to unfollow, and the plan for them in a file."""

    def __init__(self, folder: Path) -> None:
        self.box = Sandbox()
        ids = self.box.line.add_followers(120)
        pairs = {user: f"c{number}" for number, user in enumerate(ids[:100])}
        line, clevertap = self.box.line_client(), self.box.clevertap_client()
        sync_followers(line, clevertap, identity=KnownFollowers(pairs), ledger=folder / "ledger")
        for user in ids[5:15]:
            self.box.line.block(user)
        pairs |= {ids[20]: "c21", **{user: f"d{user}" for user in ids[100:115]}}
        self.original, self.ledger = folder / "plan", folder / "ledger"
        options: Any = {"ledger": self.ledger, "plan": self.original, "max_unfollow_ratio": 1.0}
        with plan_sync(line, clevertap, identity=KnownFollowers(pairs), **options) as plan:
            self.clean = _look(plan)

    def apply(self, path: Path) -> None:
        with SyncPlan.open(path) as plan:
            apply_plan(plan, self.box.line_client(), self.box.clevertap_client(), ledger=self.ledger)


def _look(plan: SyncPlan) -> Any:
    acts = ("add", "change", "unfollow", "late", "unchanged")
    return (
        [list(plan.each(act)) for act in acts],
        list(plan.conflicts()),
        [(record.identity, dict(record.properties)) for record in plan.records()],
        str(plan.report()),
    )


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    found = Planned(tmp_path_factory.mktemp("planned"))
    assert [len(ids) for ids in found.clean[0]][:3] == [15, 0, 10]
    return found


def _damaged(planned: Planned, path: Path, seed: int) -> bool:
    """Whether a plan with drawn damage was noticed; where it was not, it shows what it should."""
    shutil.copy(planned.original, path)
    print(f"seed {seed}: {damage(path, random.Random(seed))}")
    try:
        with ten_seconds(), SyncPlan.open(path) as plan:
            assert _look(plan) == planned.clean
    except (StorageError, BadArgument):
        return True
    return False


@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_plan_is_noticed_or_shows_what_it_should(planned: Planned, tmp_path: Path, seed: int) -> None:
    """Drawn damage raises StorageError (or BadArgument: no plan), or was in bytes that mean nothing."""
    _damaged(planned, tmp_path / "plan", seed)


@pytest.mark.ci
def test_most_damage_of_a_plan_is_noticed(planned: Planned, tmp_path: Path) -> None:
    """The same for 250 seeds."""
    noticed = sum(_damaged(planned, tmp_path / f"plan{seed}", seed) for seed in MANY_SEEDS)
    assert noticed > len(MANY_SEEDS) // 2


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE planned SET identity = 'c1' WHERE number = 120",
        "UPDATE planned SET line_id = 'U' || hex(randomblob(16)) WHERE act = 'add'",
        "UPDATE planned SET act = 'add' WHERE act = 'unfollow'",
        "UPDATE planned SET act = 'unfollow' WHERE number = 3",
        "UPDATE planned SET why = NULL WHERE why IS NOT NULL",
        "UPDATE planned SET number = -number WHERE act = 'add'",
        "UPDATE planned SET since = since + 1 WHERE act = 'add'",
        "DELETE FROM planned WHERE act = 'unfollow'",
        "INSERT INTO planned SELECT 999, 'x', act, identity, why, other, 0, 0, 0, checksum FROM planned LIMIT 1",
        "UPDATE meta SET value = replace(value, '120', '121') WHERE key = 'summary'",
        "UPDATE meta SET value = '[]' WHERE key = 'facts'",
    ],
)
def test_what_another_program_changed_in_a_plan_is_not_applied(planned: Planned, tmp_path: Path, sql: str) -> None:
    """A row that was altered, deleted, moved or invented raises StorageError before anything is uploaded."""
    path = tmp_path / "plan"
    shutil.copy(planned.original, path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute(sql).rowcount > 0
        db.commit()
    planned.box.journal.clear()

    with pytest.raises(StorageError) as caught:
        planned.apply(path)

    assert caught.value.reason == "damaged"
    assert "plan again" in str(caught.value)
    assert not planned.box.journal.of("upload")


def test_a_plan_that_is_changed_while_it_is_open_is_not_applied(planned: Planned, tmp_path: Path) -> None:
    """Every row is compared again when the plan is applied."""
    path = tmp_path / "plan"
    shutil.copy(planned.original, path)
    with SyncPlan.open(path) as plan:
        plan.store.execute("UPDATE planned SET identity = 'c1' WHERE number = 120")
        planned.box.journal.clear()
        with pytest.raises(StorageError, match="checksum"):
            apply_plan(plan, planned.box.line_client(), planned.box.clevertap_client(), ledger=planned.ledger)
    assert not planned.box.journal.of("upload")


def test_a_plan_without_checksums_is_to_be_made_again(planned: Planned, tmp_path: Path) -> None:
    """A plan of a development version, whose rows have no checksums, is rejected with the remedy."""
    path = tmp_path / "plan"
    shutil.copy(planned.original, path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM meta WHERE key = 'table planned checksum'")
        db.commit()

    with pytest.raises(BadArgument, match="Plan again"):
        SyncPlan.open(path)


def test_an_undamaged_plan_is_applied(planned: Planned, tmp_path: Path) -> None:
    """The plan of these tests is applied where nothing is damaged, so the tests above can fail."""
    path = tmp_path / "plan"
    shutil.copy(planned.original, path)
    planned.box.journal.clear()
    planned.apply(path)
    assert planned.box.journal.of("upload")
