"""LINE's webhooks: events, and the signed request that contains them.

Written from https://developers.line.biz/en/reference/messaging-api/#webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from linetap.sandbox.line.state import LineState

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Webhook:
    """One webhook request: the signed bytes, and the headers."""

    body: bytes
    headers: Mapping[str, str] = field(repr=False)

    @property
    def signature(self) -> str:
        """``x-line-signature``: base64 of HMAC-SHA256 with the channel secret over the raw body."""
        return self.headers["x-line-signature"]


class Webhooks:
    """Events that users cause: each method changes the account's state and returns the event."""

    def __init__(self, state: LineState) -> None:
        self._state = state

    def follow(self, user_id: str) -> dict[str, Any]:
        """A user adds the account as a friend, or unblocks it."""
        person = self._state.people[user_id]
        event = self._event("follow", user_id, reply=True, follow={"isUnblocked": person.blocked})
        person.friend, person.blocked = True, False
        return event

    def unfollow(self, user_id: str) -> dict[str, Any]:
        """A user blocks the account; there is no reply token."""
        self._state.block(user_id)
        return self._event("unfollow", user_id)

    def message(self, user_id: str, text: str) -> dict[str, Any]:
        """A user sends a message; pushes then reach them for seven days even if they are not a friend."""
        self._state.wrote(user_id)
        number = self._state.message_id()
        content = {"type": "text", "id": number, "text": text, "quoteToken": self._state.quote_token(number)}
        return self._event("message", user_id, reply=True, message=content)

    def postback(self, user_id: str, data: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A user taps a postback action."""
        content = {"data": data, **({"params": dict(params)} if params else {})}
        return self._event("postback", user_id, reply=True, postback=content)

    def video_play_complete(self, user_id: str, tracking_id: str) -> dict[str, Any]:
        """A user watched a video with a tracking id to its end."""
        return self._event("videoPlayComplete", user_id, reply=True, videoPlayComplete={"trackingId": tracking_id})

    def account_link(self, link_token: str, nonce: str, *, by: str | None = None) -> dict[str, Any] | None:
        """A user completes the account link dialog. A used or expired token causes no event; another user fails."""
        user_id, until = self._state.link_tokens.pop(link_token, ("", 0.0))
        if self._state.clock.now() >= until:
            return None
        if by not in (None, user_id):
            return self._event("accountLink", None, link={"result": "failed", "nonce": nonce})
        return self._event("accountLink", user_id, reply=True, link={"result": "ok", "nonce": nonce})

    def redelivered(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The same event again: identical except ``isRedelivery``."""
        return {**event, "deliveryContext": {"isRedelivery": True}}

    def request(self, *events: Mapping[str, Any]) -> Webhook:
        """The signed request with these events; without events it is LINE's connectivity check."""
        content = {"destination": self._state.bot["userId"], "events": list(events)}
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        mac = hmac.new(self._state.channel_secret.encode(), body, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "LineBotWebhook/2.0",
            "x-line-signature": base64.b64encode(mac).decode(),
        }
        return Webhook(body, headers)

    def _event(self, kind: str, user_id: str | None, *, reply: bool = False, **more: Any) -> dict[str, Any]:
        now = self._state.clock.now()
        event: dict[str, Any] = {
            "type": kind,
            "mode": "active",
            "timestamp": int(now * 1000),
            "webhookEventId": self._ulid(int(now * 1000)),
            "deliveryContext": {"isRedelivery": False},
        }
        if user_id is not None:
            known = self._state.people[user_id].consented
            event["source"] = {"type": "user", **({"userId": user_id} if known else {})}
        if reply:
            event["replyToken"] = token = self._state.ids.hex("reply token")
            if user_id is not None:
                self._state.reply_tokens[token] = (user_id, now)
        return {**event, **more}

    def _ulid(self, milliseconds: int) -> str:
        """https://github.com/ulid/spec: 48 bits of time and 80 random bits, here a counter."""
        number = milliseconds << 80 | self._state.ids.number("event")
        return "".join(_CROCKFORD[number >> 5 * place & 31] for place in range(25, -1, -1))
