"""LINE's webhook events as values."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from linetap.line.webhooks import events
from tests.line.webhooks.signed import USER, event, read


def test_what_all_events_share() -> None:
    """Id, time in UTC to the millisecond, user, mode and redelivery are read for every type of event."""
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
def test_every_type_of_event(raw: dict[str, Any], kind: type, facts: dict[str, Any]) -> None:
    """Each documented event is its own class with its own attributes; an undocumented one is an UnknownEvent."""
    (found,) = read(raw)

    assert type(found) is kind
    assert {name: getattr(found, name) for name in facts} == facts
    assert found.raw == raw


def test_an_event_without_most_properties() -> None:
    """An event without source, time and id, or with values of other types, is read without an error."""
    bare, odd = read({"type": "follow"}, {"type": 5, "timestamp": 10**30, "source": "x", "deliveryContext": None})

    assert (bare.user_id, bare.timestamp, bare.is_redelivery) == (None, None, False)
    assert (type(odd), odd.timestamp, odd.user_id) == (events.UnknownEvent, None, None)


def test_one_request_has_events_of_several_users() -> None:
    """Events are returned in the order in which LINE sent them, whichever user they belong to."""
    other = event("follow", source={"type": "group", "groupId": "C1"})

    assert [(e.type, e.user_id, e.source.group_id) for e in read(event("unfollow"), other)] == [
        ("unfollow", USER, None),
        ("follow", None, "C1"),
    ]


def test_tokens_of_events_are_not_shown() -> None:
    """Reply tokens and nonces are credentials: no repr shows them."""
    (found,) = read(event("accountLink", replyToken="CANARY", link={"result": "ok", "nonce": "CANARY"}))

    assert "CANARY" not in repr(found)
