"""The sender: which campaign a call is for, and what becomes of a call without one."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

from linetap.campaign.campaign import Campaign
from linetap.fields import ProfileField
from linetap.relay import InboundCall, OutboxSender
from tests.relay.conftest import SALE, Backend

NEWS = Campaign("news").with_text("News")


def test_a_person_without_a_campaign_is_held_and_can_be_replayed(backend: Backend) -> None:
    """Unknown name, version and target are held with the reason; after the campaign is there, a replay sends them."""
    old = SALE.with_text("old")
    wrong = [{"linetap_campaign": "gone"}, {"linetap_campaign": "sale", "linetap_version": old.fingerprint}, {}]
    for number, values in enumerate(wrong):
        backend.call(backend.person(number), key_values=values)
    report = backend.drain([SALE, NEWS])
    assert report.outcomes == {"held": 3}
    outbox = backend.outbox()
    reasons = sorted(each.reason for each in outbox.dead_letters(reason="held"))
    assert [reason.split(" ")[0] for reason in reasons] == ["the", "unknown", "unknown"]
    assert outbox.replay(outbox.dead_letters()) == 3
    known = {"gone": NEWS, "7": NEWS, "sale": SALE, "sale of May": old}
    assert backend.drain(known).outcomes == {"accepted": 3}
    assert (backend.texts(0), backend.texts(1), backend.texts(2)) == (["News"], ["Hello Mei", "old"], ["News"])


def test_what_was_rendered_is_pinned(backend: Backend) -> None:
    """A message that waits or has no response keeps its text and key, whatever campaign is deployed meanwhile."""
    backend.call(backend.person(), backend.person(1))
    backend.box.faults.add("line.push", cut="after", times=1)
    assert backend.drain(attempts=1, in_flight=1).outcomes == {"accepted": 1}
    key = backend.outbox().history(backend.users[0])[0].retry_key
    backend.later(minutes=1)
    assert backend.drain(Campaign("sale").with_text("changed")).outcomes == {"accepted": 1}
    assert (backend.texts(0), backend.texts(1)) == (["Hello Mei"], ["Hello Mei"])
    assert backend.outbox().history(backend.users[0])[0].retry_key == key


def test_a_call_that_cannot_be_read_delays_no_other(backend: Backend) -> None:
    """A call that a queue of the user's damaged is held as a whole, before and after a replay; the others are sent."""
    outbox = backend.outbox()
    for body in ("{", "[]", '{"profiles": 3}', '{"profiles": []}', '{"profiles": [{"key_values": 1}]}', ""):
        when = datetime.fromtimestamp(backend.time, timezone.utc)
        outbox.receive(InboundCall(uuid4().hex, "campaign", when, body))
    backend.call(backend.person())
    assert backend.drain().outcomes == {"accepted": 1, "held": 6}
    assert outbox.replay(outbox.dead_letters(reason="the call cannot be read")) == 6
    assert backend.drain().outcomes == {"held": 6}


def test_a_function_finds_the_campaign(backend: Backend) -> None:
    """campaigns may be a function of the payload; None and errors hold the person."""

    def find(payload: Any) -> Any:
        return {"0": SALE, "1": None, "2": "text"}[payload["profiles"]["identity"]]

    for number in range(4):
        backend.call(backend.person(number))
    assert backend.drain(find).outcomes == {"accepted": 1, "held": 3}


def test_profiles_without_a_value_are_skipped(backend: Backend) -> None:
    """A profile that the custom body would skip is skipped with the reason, which has no value of the profile."""
    strict = Campaign("sale").with_text(ProfileField("Coupon"))
    backend.call(backend.person(), {"profileData": {"Name": "Mei"}})
    assert backend.drain(strict).outcomes == {"skipped": 2}
    reasons = [each.reason for each in backend.outbox().dead_letters()]
    assert all("must have" in reason and "Mei" not in reason for reason in reasons)


def test_a_folder_of_campaigns_is_read_again(backend: Backend, tmp_path: Path) -> None:
    """A changed file is used without a restart; its older version is still found; a broken file changes nothing."""
    folder = tmp_path / "campaigns"
    folder.mkdir()
    (folder / "sale.json").write_text(json.dumps(SALE.to_json()))
    sender = OutboxSender(backend.outbox(), backend.line(), folder)
    changed = Campaign("sale").with_text("changed")
    (folder / "sale.json").write_text(json.dumps(changed.to_json()))
    for number, values in enumerate([{"linetap_campaign": "sale"}, {"linetap_version": SALE.fingerprint}]):
        backend.call(backend.person(number), key_values={"linetap_campaign": "sale", **values})
    assert sender.drain().ok
    (folder / "sale.json").write_text("{")
    backend.call(backend.person(2))
    assert sender.drain().ok
    assert [backend.texts(number) for number in range(3)] == [["changed"], ["Hello Mei"], ["changed"]]
    (folder / "sale.json").unlink()
    backend.call(backend.person(3), key_values={"linetap_campaign": "sale"})
    assert sender.drain().outcomes == {"held": 1}
