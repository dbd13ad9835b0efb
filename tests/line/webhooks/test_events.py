"""LINE's webhooks: signatures and events."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linebot.v3.webhook import SignatureValidator

from linetap.errors import BadArgument, BadSignature, UnreadableResponse
from linetap.line.webhooks import events
from linetap.line.webhooks.events import LineEvent, LineWebhook, read_line_webhook

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
USER = "U" + "1" * 32


def sign(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def read(*found: dict[str, Any]) -> tuple[LineEvent, ...]:
    body = json.dumps({"destination": "Ubot", "events": found}).encode()
    return read_line_webhook(body, signature=sign(body), channel_secret=SECRET).events


def event(kind: str, **more: Any) -> dict[str, Any]:
    common = {
        "type": kind,
        "mode": "active",
        "timestamp": 1767225600123,
        "source": {"type": "user", "userId": USER},
        "webhookEventId": "01J0000000000000000000000A",
        "deliveryContext": {"isRedelivery": True},
    }
    return {**common, **more}


def test_the_documented_signature_holds() -> None:
    """The vector LINE's own documentation prints is accepted, and its empty call is a webhook without events."""
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'

    webhook = read_line_webhook(body, signature="GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=", channel_secret=SECRET)

    assert webhook == LineWebhook((), "U8e742f61d673b39c7fff3cecb7536ef0")


@given(st.binary(max_size=60))
def test_signatures_are_those_of_the_official_sdk(noise: bytes) -> None:
    """What line-bot-sdk's validator takes for signed is signed here, over the raw bytes and no others."""
    body = b'{"events":[]}' + noise.replace(b"\\", b"").replace(b"\x80", b"")
    text = body.decode("utf-8", "ignore")
    signature = sign(text.encode())

    assert SignatureValidator(SECRET).validate(text, signature)
    assert events._signed(text.encode(), signature, [SECRET])
    assert not events._signed(text.encode() + b" ", signature, [SECRET])


@pytest.mark.parametrize("signature", ["", "x", "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs", "é", None])
def test_a_wrong_or_missing_signature_is_not_processed(signature: Any) -> None:
    """Any signature but the right one is BadSignature, a header that is missing too."""
    with pytest.raises(BadSignature):
        read_line_webhook(b'{"events":[]}', signature=signature, channel_secret=SECRET)


def test_two_secrets_while_one_is_being_replaced() -> None:
    """During a rotation calls signed with either secret are accepted."""
    body = b'{"events":[]}'

    for secret in ("old", "new"):
        assert read_line_webhook(body, signature=sign(body, secret), channel_secret=["old", "new"]).events == ()
    with pytest.raises(BadSignature):
        read_line_webhook(body, signature=sign(body, "other"), channel_secret=["old", "new"])


@pytest.mark.parametrize("secret", ["", [], [""], None, 5])
def test_an_empty_secret_is_never_a_key(secret: Any) -> None:
    """An unset secret must not let everything through that was signed with the empty key."""
    body = b'{"events":[]}'

    with pytest.raises(BadArgument, match="channel_secret"):
        read_line_webhook(body, signature=sign(body, ""), channel_secret=secret)


def test_a_parsed_body_is_refused() -> None:
    """A str or dict has been parsed already: its bytes are no longer those LINE signed."""
    with pytest.raises(BadArgument, match="raw bytes"):
        read_line_webhook('{"events":[]}', signature="x", channel_secret=SECRET)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{}", b'{"events":{}}', b'{"events":[1]}', b"\xff"),
        pytest.param(b"[" * 100_000, id="deep"),
    ],
)
def test_a_signed_body_that_is_not_lines(body: bytes) -> None:
    """A body with a good signature that is no list of events is an error, not an empty webhook."""
    with pytest.raises(UnreadableResponse):
        read_line_webhook(body, signature=sign(body), channel_secret=SECRET)


def test_what_all_events_share() -> None:
    """Id, time in UTC to the millisecond, person, mode and redelivery are read for every kind."""
    (found,) = read(event("unfollow"))

    assert type(found) is events.UnfollowEvent
    assert found.webhook_event_id == "01J0000000000000000000000A"
    assert found.timestamp == datetime(2026, 1, 1, 0, 0, 0, 123000, tzinfo=timezone.utc)
    assert (found.user_id, found.mode, found.is_redelivery) == (USER, "active", True)
    assert found.raw["type"] == "unfollow"


@pytest.mark.parametrize(
    ("raw", "kind", "facts"),
    [
        (event("follow", follow={"isUnblocked": True}), events.FollowEvent, {"is_unblocked": True}),
        (event("follow"), events.FollowEvent, {"is_unblocked": None}),
        (
            event("accountLink", link={"result": "ok", "nonce": "n"}),
            events.AccountLinkEvent,
            {"result": "ok", "nonce": "n", "ok": True},
        ),
        (event("accountLink", link={"result": "failed"}), events.AccountLinkEvent, {"ok": False}),
        (event("message", message={"type": "text", "id": "1", "text": "สวัสดี"}), events.MessageEvent, {"text": "สวัสดี"}),
        (event("message", message={"type": "sticker", "id": "1"}), events.MessageEvent, {"text": None}),
        (event("unsend", unsend={"messageId": "7"}), events.UnsendEvent, {"message_id": "7"}),
        (event("messageEdited", message={"id": "7"}), events.MessageEditedEvent, {"message": {"id": "7"}}),
        (
            event("postback", postback={"data": "a=1", "params": {"date": "2026-01-01"}}),
            events.PostbackEvent,
            {"data": "a=1", "params": {"date": "2026-01-01"}},
        ),
        (
            event("videoPlayComplete", videoPlayComplete={"trackingId": "t"}),
            events.VideoPlayCompleteEvent,
            {"tracking_id": "t"},
        ),
        (event("join", replyToken="r"), events.JoinEvent, {"reply_token": "r"}),
        (event("leave"), events.LeaveEvent, {}),
        (
            event("memberJoined", joined={"members": [{"type": "user", "userId": USER}, {"type": "user"}, 5]}),
            events.MemberJoinedEvent,
            {"members": (USER,)},
        ),
        (event("memberLeft", left={"members": [{"userId": USER}]}), events.MemberLeftEvent, {"members": (USER,)}),
        (
            event("beacon", beacon={"hwid": "h", "type": "enter"}),
            events.BeaconEvent,
            {"hwid": "h", "beacon_type": "enter"},
        ),
        (
            event("membership", membership={"type": "joined", "membershipId": 3189}),
            events.MembershipEvent,
            {"membership_type": "joined", "membership_id": 3189},
        ),
        (event("delivery", delivery={"data": "d"}), events.DeliveryEvent, {"data": "d"}),
        (event("module", module={"type": "attached"}), events.ModuleEvent, {}),
        (event("botSuspended"), events.ModuleEvent, {}),
        (event("somethingNew", x=1), events.UnknownEvent, {"type": "somethingNew"}),
    ],
)
def test_every_kind_of_event(raw: dict[str, Any], kind: type, facts: dict[str, Any]) -> None:
    """Each documented event is a class of its own with what is particular to it; a new one is unknown, not lost."""
    (found,) = read(raw)

    assert type(found) is kind
    assert {name: getattr(found, name) for name in facts} == facts
    assert found.raw == raw


def test_an_event_that_lacks_nearly_everything() -> None:
    """LINE leaves out what has no value: no source, no time, no id is still an event."""
    bare, odd = read({"type": "follow"}, {"type": 5, "timestamp": 10**30, "source": "x", "deliveryContext": None})

    assert (bare.user_id, bare.timestamp, bare.is_redelivery) == (None, None, False)
    assert (type(odd), odd.timestamp, odd.user_id) == (events.UnknownEvent, None, None)


def test_one_call_mixes_people_and_kinds() -> None:
    """Events come in the order LINE sent them, whoever they are of."""
    other = event("follow", source={"type": "group", "groupId": "C1"})

    assert [(e.type, e.user_id, e.source.group_id) for e in read(event("unfollow"), other)] == [
        ("unfollow", USER, None),
        ("follow", None, "C1"),
    ]


def test_tokens_of_events_are_not_shown() -> None:
    """Reply tokens and nonces act for a person, so no repr shows them."""
    (found,) = read(event("accountLink", replyToken="CANARY", link={"result": "ok", "nonce": "CANARY"}))

    assert "CANARY" not in repr(found)
