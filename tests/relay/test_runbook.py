"""The runbook page: it names every state, every command and every metric, and its commands work."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from linetap.line.bulk.delivery import Delivery
from linetap.relay import Outbox
from linetap.relay.__main__ import main
from linetap.relay.feedback_rows import FEEDBACK_STATES
from linetap.relay.responses import NOT_A_POST, UNAUTHORIZED, too_large
from linetap.relay.schema import HELD, STATES
from linetap.store.__main__ import main as store_main
from tests.relay.conftest import SALE, Backend
from tests.relay.test_recipes import RECIPES, ROOT

PAGE = (ROOT / "docs" / "relay-runbook.md").read_text("utf-8")
COMMANDS = re.findall(r"`python -m linetap\.(relay|store) ([^`]*)`", PAGE)
ROWS = {line.split("|")[1].strip(" `") for line in PAGE.splitlines() if line.startswith("|")}
USER = f"U{'1' * 32}"


@pytest.fixture
def folder(file_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an outbox that has a waiting, a held, an expired and an accepted entry."""
    backend = file_backend
    monkeypatch.chdir(backend.folder)
    with backend.outbox() as outbox:
        backend.call(backend.person(0))
        backend.call(backend.person(1), key_values={"linetap_campaign": "unknown"})
        backend.drain([SALE], outbox=outbox)
        outbox.enqueue([Delivery(backend.users[2], "old")], campaign="sale")
        backend.later(hours=48)
        backend.drain([SALE], outbox=outbox)
        outbox.enqueue([Delivery(USER, "Hello")], campaign="sale")
    return file_backend.folder


def test_every_state_and_status_has_a_row() -> None:
    """Each state of an entry and of feedback, and each status of the relay, is in a table."""
    statuses = {str(found.status) for found in (NOT_A_POST, UNAUTHORIZED, too_large(1))} | {"200", "400", "503"}
    assert {*STATES, *FEEDBACK_STATES, *statuses} <= ROWS


def test_every_command_is_named() -> None:
    """Each subcommand that an outbox has is on the page."""
    named = {shlex.split(words)[0] for module, words in COMMANDS if module == "relay"} | {"status"}
    assert named == {"run", "status", "pause", "resume", "cancel", "dead", "replay", "history", "audit", "migrate"}


def test_the_commands_work(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command of the page ends with 0, one after the other; ``run`` and ``migrate`` have tests of their own."""
    assert main(["status", "outbox.sqlite"]) == 0
    for module, words in COMMANDS:
        arguments = shlex.split(words.replace("USER_ID", USER))
        if arguments[0] not in ("run", "migrate"):
            assert (main if module == "relay" else store_main)(arguments) == 0, words
    out = capsys.readouterr().out
    assert "1 entries are cancelled" in out
    assert out.count("1 entries are queued again") == 3  # what was cancelled, what was held, what had expired
    assert "intact" in out
    with Outbox("outbox.sqlite") as outbox:
        assert outbox.status().controls == {}


def test_the_states_are_those_of_the_page(folder: Path) -> None:
    """The outbox of these tests has the entries that the commands of the page are for."""
    with Outbox(folder / "outbox.sqlite") as outbox:
        assert outbox.status().entries == {"queued": 1, "accepted": 1, STATES[HELD]: 1, "expired": 1}


def test_the_metrics_are_those_of_the_recipe() -> None:
    """Each metric in the rules of alerts is one that the Prometheus recipe writes."""
    used = set(re.findall(r"linetap_[a-z_]+", PAGE))
    assert len(used) >= 4
    for name in used:
        assert f'"{name.removesuffix("_total")}"' in RECIPES["metrics_prometheus.py"]
