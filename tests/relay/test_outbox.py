"""The outbox: what is stored once, what is listed, what the emergency controls change, what is erased."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import linetap
from linetap.errors import BadArgument, StorageError
from linetap.line.api.retry_keys import retry_key_for
from linetap.line.bulk.delivery import Delivery
from linetap.relay import InboundCall, Outbox, PerPerson, PostgresOutbox
from linetap.relay.base_outbox import BaseOutbox

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = 1_767_225_600.0
USERS = [f"U{number:032x}" for number in range(1, 40)]


def call(number: int = 1, body: str = '{"profiles": []}') -> InboundCall:
    return InboundCall(UUID(int=number).hex, "campaign", datetime.fromtimestamp(NOW, timezone.utc), body)


@pytest.fixture(params=["file", "psycopg", "psycopg2"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> BaseOutbox:
    """An outbox in each of the stores."""
    if request.param == "file":
        return Outbox(tmp_path / "outbox.sqlite", now=lambda: NOW)
    server = request.getfixturevalue("postgres")
    made = PostgresOutbox(lambda: server.connect(request.param), schema=server.new_schema(), now=lambda: NOW)
    made.migrate()
    return made


def of_channel(outbox: Any, channel: str) -> BaseOutbox:
    """Another channel of the same store."""
    if isinstance(outbox, Outbox):
        return Outbox(outbox.path, channel=channel, now=lambda: NOW)
    return PostgresOutbox(outbox._store._source._connect, schema=outbox.schema, channel=channel, now=lambda: NOW)


def test_a_call_is_stored_once(outbox: BaseOutbox) -> None:
    """A call with an id that is stored already changes nothing."""
    assert outbox.receive(call())
    assert not outbox.receive(InboundCall.from_json(call().to_json()))
    assert outbox.status().calls == 1
    assert outbox.status().oldest == datetime.fromtimestamp(NOW, timezone.utc)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"id": 1}', call().to_json().replace("campaign", "\\ud800x")[:-5]])
def test_other_text_is_no_call(text: str) -> None:
    """Text that to_json did not write raises BadArgument."""
    with pytest.raises(BadArgument):
        InboundCall.from_json(text)


def test_repr_shows_no_personal_data() -> None:
    """The repr of a call does not contain its body."""
    assert "secret name" not in repr(call(body='{"name": "secret name"}'))


def test_a_delivery_with_a_key_is_stored_once(outbox: BaseOutbox) -> None:
    """The same retry key is stored once, in one call, in several, and in another channel of its own."""
    order = Delivery(USERS[0], "Order 17", retry_key_for("order", 17))
    assert outbox.enqueue([order, order, Delivery(USERS[1], "Hello"), Delivery(USERS[1], "Hello")]) == 3
    assert outbox.enqueue([order], urgent=True) == 0
    other = of_channel(outbox, "brand 2")
    assert other.enqueue([order], urgent=True) == 1
    assert other.status().waiting == other.status().urgent == 1
    assert outbox.status().waiting == 3
    assert asyncio.run(outbox.enqueue_async(iter([Delivery(USERS[2], "Hello")]))) == 1


def test_a_key_is_stored_once_from_many_processes(tmp_path: Path) -> None:
    """Processes that enqueue the same keys at the same time store each once."""
    path = tmp_path / "outbox.sqlite"
    code = f"""
from tests.relay.test_outbox import *
from linetap.relay import Outbox
box = Outbox({str(path)!r})
for n in range(40): box.enqueue([Delivery(USERS[n % 39], "x", retry_key_for("order", n))])
"""
    running = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) for _ in range(3)]
    assert [each.wait(60) for each in running] == [0, 0, 0]
    assert Outbox(path).status().waiting == 40


def test_a_wrong_delivery_names_its_problem(outbox: BaseOutbox) -> None:
    """A wrong delivery raises, those before it are stored, and the error has their number."""
    with pytest.raises(BadArgument, match=r"messages\[0\].text must") as raised:
        outbox.enqueue([Delivery(USERS[0], "fine"), Delivery(USERS[1], "")])
    assert raised.value.report == outbox.status().waiting == 1
    for wrong in (Delivery(USERS[0], "x"), "text", [1], None):
        with pytest.raises(BadArgument, match="deliveries"):
            outbox.enqueue(wrong)  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="campaign"):
        outbox.enqueue([], campaign="*")


def test_cancel_ends_what_waits_and_replay_brings_it_back(outbox: BaseOutbox) -> None:
    """Cancelled entries of one campaign are dead letters that can be replayed once; other campaigns are not changed."""
    outbox.enqueue([Delivery(user, "sale") for user in USERS[:5]], campaign="sale")
    outbox.enqueue([Delivery(user, "news") for user in USERS[:5]], campaign="news")
    assert outbox.cancel("sale", "wrong price") == 5
    assert outbox.status().entries == {"queued": 5, "cancelled": 5}
    assert outbox.status().controls == {"sale": "cancelled: wrong price"}
    dead = list(outbox.dead_letters(reason="cancelled"))
    assert [(each.reason, each.user_id, each.replayable) for each in dead] == [
        ("wrong price", user, True) for user in USERS[:5]
    ]
    assert list(outbox.dead_letters(reason="wrong")) == dead
    assert list(outbox.dead_letters(reason="held")) == []
    outbox.resume("sale")
    assert outbox.replay(dead[:3]) == 3
    assert outbox.replay([dead[0].id]) == 0
    assert outbox.status().entries == {"queued": 8, "cancelled": 2}
    assert [(row.action, row.campaign, row.reason, row.rows) for row in outbox.audit()] == [
        ("cancel", "sale", "wrong price", 5),
        ("resume", "sale", "", 1),
        ("replay", "", "", 3),
        ("replay", "", "", 0),
    ]
    assert str(os.getpid()) in outbox.audit()[0].who


def test_suppress_ends_what_waits_for_a_user(outbox: BaseOutbox) -> None:
    """A suppressed user's entries end as suppressed, and the history says so."""
    outbox.enqueue([Delivery(user, "Hello") for user in USERS[:2]])
    assert outbox.suppress(USERS[0], "asked by phone") == 1
    [entry] = outbox.history(USERS[0])
    assert (entry.state, entry.reason) == ("suppressed", "asked by phone")
    assert outbox.history(USERS[1])[0].state == "queued"
    assert outbox.unsuppress(USERS[0])
    assert not outbox.unsuppress(USERS[0])


@pytest.mark.parametrize("channel", ["", " ", 3, "x" * 101])
def test_wrong_channels_are_rejected(tmp_path: Path, channel: object) -> None:
    """A channel that is no name raises before a file is made."""
    with pytest.raises(BadArgument, match="channel"):
        Outbox(tmp_path / "o", channel=channel)  # type: ignore[arg-type]
    assert not (tmp_path / "o").exists()


def test_wrong_paths_say_what_to_do(tmp_path: Path) -> None:
    """A missing folder is named with its remedy; the address of a database is not shown, for its password."""
    with pytest.raises(StorageError, match="make its folder first"):
        Outbox(tmp_path / "none" / "o.sqlite")
    with pytest.raises(BadArgument, match="PostgresOutbox") as raised:
        Outbox("postgresql://web:sekret@127.0.0.1/x")
    assert "sekret" not in str(raised.value)


def test_wrong_arguments_name_the_field(outbox: BaseOutbox) -> None:
    """Each wrong argument raises BadArgument with its name."""
    for field, act in [
        ("call", lambda: outbox.receive("{}")),  # type: ignore[arg-type]
        ("reason", lambda: outbox.cancel("sale", " ")),
        ("campaign", lambda: outbox.pause("")),
        ("user_id", lambda: outbox.history("")),
        ("entries", lambda: outbox.replay(["x"])),  # type: ignore[list-item]
        ("entries", lambda: outbox.replay(3)),  # type: ignore[arg-type]
        ("reason", lambda: outbox.dead_letters(reason="")),
        ("PerPerson", lambda: PerPerson(0, hours=1)),
        ("PerPerson", lambda: PerPerson(1)),
        ("PerPerson", lambda: PerPerson(1, hours=float("nan"))),
        ("InboundCall.body", lambda: call(body="\ud800")),
        ("campaign", lambda: outbox.pause("\ud800")),
        ("user_id", lambda: outbox.forget("\ud800")),
        ("reason", lambda: outbox.pause("sale", "\ud800")),
        ("reason", lambda: outbox.pause("sale", [])),  # type: ignore[arg-type]
    ]:
        with pytest.raises(BadArgument, match=field):
            act()
    assert PerPerson(2, minutes=3).within.total_seconds() == 180


def test_forget_erases_one_person_of_a_call(outbox: BaseOutbox) -> None:
    """A call of many people loses one person: entries and bytes of the user are removed, the others are unchanged."""
    people = [{"profileData": {"LineID": user, "Name": f"name of {user}"}} for user in USERS[:3]]
    outbox.receive(call(1, json.dumps({"targetId": 1, "profiles": people})))
    outbox.receive(call(2, json.dumps({"targetId": 1, "profiles": people[0]})))
    outbox.enqueue([Delivery(user, "Hello") for user in USERS[:2]])
    report = linetap.forget(USERS[0], [outbox])
    assert report.rows == 3
    assert outbox.status().calls == 1
    assert outbox.status().entries == {"queued": 1, "suppressed": 1}
    assert outbox.forget(USERS[0]) == 0
    if not isinstance(outbox, Outbox):
        assert outbox.forget(USERS[1]) == 2
        return
    outbox.close()
    left = outbox.path.read_bytes()
    assert USERS[0].encode() not in left
    assert USERS[1].encode() in left
    assert linetap.forget(USERS[1], [outbox.path]).rows == 2


def test_statuses_and_letters_can_be_printed(outbox: BaseOutbox) -> None:
    """The text of a status has the numbers; the repr of a dead letter has no user id."""
    outbox.enqueue([Delivery(USERS[0], "Hello")])
    outbox.pause(reason="wrong link")
    assert "waiting: 1" in str(outbox.status())
    assert "*: paused: wrong link" in str(outbox.status())
    outbox.cancel(None, "stop")
    outbox.pause()
    assert outbox.status().controls == {"*": "cancelled: stop"}
    assert USERS[0] not in repr(next(outbox.dead_letters()))
