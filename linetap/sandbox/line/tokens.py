"""LINE's channel access tokens: issue, verify, revoke. Their errors have another JSON form.

https://developers.line.biz/en/reference/messaging-api/#channel-access-token
"""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qsl

from linetap.http.types import Response
from linetap.sandbox.core.service import Call, json_response
from linetap.sandbox.line.state import LineState

_MONTH = 30 * 86_400


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.content.decode("utf-8", "replace"), keep_blank_values=True))


def _oauth_error(status: int, error: str, description: str) -> Response:
    return json_response(status, {"error": error, "error_description": description})


def _wrong_client(line: LineState, call: Call) -> Response | None:
    media_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = _form(call)
    if media_type != "application/x-www-form-urlencoded" or form.get("grant_type") != "client_credentials":
        return _oauth_error(400, "invalid_request", "some parameters missed or invalid")
    if "client_assertion" in form:
        return _oauth_error(501, "unsupported", "the sandbox knows no JWT assertions: use client_id and client_secret")
    if not {"client_id", "client_secret"} <= form.keys():
        return _oauth_error(400, "invalid_request", "some parameters missed or invalid")
    if (form["client_id"], form["client_secret"]) != (line.channel_id, line.channel_secret):
        return _oauth_error(400, "invalid_client", "invalid client_id or client_secret")
    return None


def _issue(line: LineState, token: str, lifetime: int) -> Response:
    now = line.clock.now()
    for old in [t for t, until in line.tokens.items() if until is not None and until < now - _MONTH]:
        line.tokens.pop(old)
    line.tokens[token] = now + lifetime
    return json_response(200, {"token_type": "Bearer", "access_token": token, "expires_in": lifetime})


def issue_stateless(line: LineState, call: Call) -> Response:
    """15 minutes, any number of them, not revocable (#issue-stateless-channel-access-token)."""
    if (wrong := _wrong_client(line, call)) is not None:
        return wrong
    lifetime = line.readings.stateless_expires_in
    claims = {"n": line.ids.number("stateless"), "exp": int(line.clock.now()) + lifetime}
    parts = (json.dumps({"alg": "HS256"}), json.dumps(claims), line.ids.hex("signature"))
    token = ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
    line.stateless.add(token)
    return _issue(line, token, lifetime)


def issue_short_lived(line: LineState, call: Call) -> Response:
    """30 days (#issue-shortlived-channel-access-token)."""
    return _wrong_client(line, call) or _issue(line, line.ids.secret("short-lived"), _MONTH)


def verify(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token"""
    token, now = _form(call).get("access_token", ""), line.clock.now()
    if token not in line.tokens or token in line.stateless or not line.is_valid(token):
        return _oauth_error(400, "invalid_request", "access token expired")
    until = line.tokens[token]
    left = 3_138_007_490 if until is None else int(until - now)
    return json_response(200, {"client_id": line.channel_id, "expires_in": left, "scope": "P CM"})


def revoke(line: LineState, call: Call) -> Response:
    """Revoking an invalid token is not an error (#revoke-longlived-or-shortlived-channel-access-token)."""
    if (token := _form(call).get("access_token", "")) not in line.stateless:
        line.revoke(token)
    return json_response(200)
