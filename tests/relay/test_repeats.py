"""The sandbox's CleverTap calls a relay over a socket, in every shape, and repeats its calls by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import attrs
import pytest

from linetap.campaign.campaign import Campaign
from linetap.clevertap import WebhookTemplate
from linetap.fields import ProfileField
from linetap.relay import InboundCall, Outbox, OutboxSender, Relay
from linetap.sandbox import Sandbox
from tests.sandbox import raw_requests

SECRET = "s3cret-of-the-relay-0123456789"
PEOPLE = 24
SALE = Campaign("sale").with_text("Hello " + ProfileField("Nickname"))
NEWS = Campaign("news").with_text("News")


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing is written."""


@contextmanager
def serving(relay: Relay) -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), _Quiet)
    server.set_app(relay.wsgi)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/clevertap"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


SHAPES: list[dict[str, Any]] = [
    {"repeat": "same bytes"},
    {"repeat": "rebuilt", "capitalised": True},
    {"repeat": "other groups", "parallel": 3},
    {"repeat": "other groups", "per_request": 1},
    {"repeat": "rebuilt", "broadcast": False},
    {"repeat": "same bytes", "broadcast": False, "capitalised": True, "without": ("objectId", "email")},
]


@pytest.mark.parametrize("basic", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_each_person_gets_one_message(tmp_path: Path, shape: dict[str, Any], basic: bool) -> None:
    """However the calls are written, grouped and repeated, each person gets one message of that campaign."""
    with Sandbox() as box, Outbox(tmp_path / "outbox.sqlite") as outbox:
        users = box.line.add_followers(PEOPLE)
        for number, user in enumerate(users):
            box.clevertap.add_profile(str(number), {"Nickname": 'Kenji "KJ" Sato', "LineID": user})
        relay = Relay(outbox, secret=SECRET, basic=("brand", SECRET))
        with serving(relay) as url:
            template = WebhookTemplate.relay("relay", url, SECRET)
            headers = {} if basic else dict(template.headers.revealed())
            saved = box.clevertap.add_template(
                "relay", url, headers=headers, basic=("brand", SECRET) if basic else None
            )
            values = {"linetap_campaign": "sale", "linetap_version": SALE.fingerprint}
            options = {"per_request": 10, **shape}
            published = box.clevertap.publish_variables(saved.template_id, key_values=values, **options)
        assert set(published.counts) == {"streamed"}
        report = OutboxSender(outbox, box.line_client(), [NEWS, SALE]).drain()
        assert report.outcomes == {"accepted": PEOPLE, "repeat": PEOPLE}
        texts = [[message["text"] for message in box.line.inbox(user)] for user in users]
        assert texts == [['Hello Kenji "KJ" Sato']] * PEOPLE


DAILY = {"type": "recurring", "start_time": "20260101 18:00", "repeat_type": "day", "end_by_occurrences": 3}


def by_dashboard(box: Sandbox, template_id: str) -> None:
    values = {"linetap_campaign": "sale"}
    box.clevertap.publish_variables(template_id, key_values=values, when=DAILY, repeat="other groups", per_request=7)


def by_api(box: Sandbox, template_id: str) -> None:
    campaign = {"name": "Daily", "target_mode": "webhook", "webhook_endpoint_name": "relay", "when": DAILY}
    body = {**campaign, "webhook_key_value": {"linetap_campaign": "sale"}}
    assert raw_requests.clevertap(box, "POST", "/1/targets/create.json", body).json()["status"] == "success"


@pytest.mark.parametrize("publish", [by_dashboard, by_api])
def test_a_recurring_campaign_is_a_message_a_day(tmp_path: Path, publish: Callable[[Sandbox, str], None]) -> None:
    """A campaign of three days by the sandbox's scheduler is three messages to each person, with the same text."""
    with Sandbox() as box, Outbox(tmp_path / "outbox.sqlite", now=box.clock.now) as outbox:
        users = box.line.add_followers(PEOPLE)
        for number, user in enumerate(users):
            box.clevertap.add_profile(str(number + 1), {"Nickname": "Mei", "LineID": user})
        received = list[InboundCall]()
        with serving(Relay(received.append, secret=SECRET)) as url:
            headers = dict(WebhookTemplate.relay("relay", url, SECRET).headers.revealed())
            publish(box, box.clevertap.add_template("relay", url, headers=headers).template_id)
            for day in range(1, 4):
                box.clock.advance(hours=24)
                for call in received:  # the relay's clock is the machine's, and not the sandbox's
                    at = datetime.fromtimestamp(box.clock.now(), timezone.utc)
                    outbox.receive(attrs.evolve(call, received_at=at))
                received.clear()
                OutboxSender(outbox, box.line_client(), [NEWS, SALE]).drain()
                assert [len(box.line.inbox(user)) for user in users] == [day] * PEOPLE
        assert {message["text"] for user in users for message in box.line.inbox(user)} == {"Hello Mei"}
        repeats = 3 * PEOPLE if publish is by_dashboard else 0
        assert outbox.status().entries.get("repeat", 0) == repeats


def test_a_template_of_a_relay_passes_the_test_call(tmp_path: Path) -> None:
    """The test call that CleverTap makes when a template is saved gets 200 and stores nothing."""
    with Sandbox() as box, Outbox(tmp_path / "outbox.sqlite") as outbox:
        with serving(Relay(outbox, secret=SECRET)) as url, box.clevertap_client() as clevertap:
            assert clevertap.create_webhook_template(WebhookTemplate.relay("relay", url, SECRET)).created
        assert outbox.status().calls == 0
