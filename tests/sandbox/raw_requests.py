"""Requests to the sandbox in process, as the vendors' pages write them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from linetap.http.types import Request, Response
from linetap.sandbox import Sandbox

HELLO = [{"type": "text", "text": "Hello"}]


def line(
    box: Sandbox,
    method: str,
    path: str,
    body: Any = None,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    token: str | None = None,
    content: bytes | None = None,
    host: str = "api",
) -> Response:
    """One request to LINE, with the account's own token unless another one is passed."""
    sent = {"Authorization": f"Bearer {token or box.channel_access_token}", "Content-Type": "application/json"}
    content = json.dumps(body).encode() if body is not None else content
    query = tuple((params or {}).items())
    return box.line.handle(Request(method, path, query, content, {**sent, **(headers or {})}, host))


def push(box: Sandbox, to: Any, messages: Any = HELLO, *, key: str | None = None, **more: Any) -> Response:
    """One push."""
    headers = {"X-Line-Retry-Key": key} if key else {}
    return line(box, "POST", "/v2/bot/message/push", {"to": to, "messages": messages, **more}, headers=headers)


def multicast(box: Sandbox, to: Sequence[str], messages: Any = HELLO, **more: Any) -> Response:
    """One multicast."""
    return line(box, "POST", "/v2/bot/message/multicast", {"to": to, "messages": messages, **more})


def details(response: Response) -> dict[str, str]:
    """LINE's details as property -> message."""
    return {one["property"]: one["message"] for one in response.json().get("details", ())}


def clevertap(
    box: Sandbox,
    method: str,
    path: str,
    body: Any = None,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One request to CleverTap, with the account's own passcode unless another one is passed."""
    sent = {
        "X-CleverTap-Account-Id": box.account_id,
        "X-CleverTap-Passcode": box.passcode,
        "Content-Type": "application/json",
    }
    content = json.dumps(body).encode() if body is not None else None
    query = tuple((params or {}).items())
    return box.clevertap.handle(Request(method, path, query, content, {**sent, **(headers or {})}))


def upload(box: Sandbox, *records: Any, **params: str) -> Any:
    """The response to one upload."""
    return clevertap(box, "POST", "/1/upload", {"d": list(records)}, params=params).json()


def profile(identity: Any, **properties: Any) -> dict[str, Any]:
    """A profile record."""
    return {"type": "profile", "identity": identity, "profileData": properties}


def line_template(box: Sandbox) -> str:
    """A saved webhook that points at LINE's push endpoint; its id."""
    headers = {"Authorization": f"Bearer {box.channel_access_token}", "Content-Type": "application/json"}
    return box.clevertap.add_template(
        "LINE push", "https://api.line.me/v2/bot/message/push", headers=headers
    ).template_id
