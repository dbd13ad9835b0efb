"""LINE's channel access tokens: issue, verify, revoke. Their errors have another JSON form.

https://developers.line.biz/en/reference/messaging-api/#channel-access-token
"""

from __future__ import annotations

import base64
import json

from linetap.http.types import Response
from linetap.sandbox.core.service import Call, Route, json_response
from linetap.sandbox.line.assertions import MONTH, checked_claims, form_of, oauth_error
from linetap.sandbox.line.state import LineState


def _client_rejection(line: LineState, call: Call, assertions: bool) -> Response | None:
    """None for the channel's id and secret, or (``assertions``) for a JWT that its registered key signed."""
    media_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = form_of(call)
    if media_type != "application/x-www-form-urlencoded" or form.get("grant_type") != "client_credentials":
        return oauth_error("invalid_request", "some parameters missed or invalid")
    if assertions and "client_assertion" in form:
        claims = checked_claims(line, form)
        return claims if isinstance(claims, Response) else None
    if not {"client_id", "client_secret"} <= form.keys():
        return oauth_error("invalid_request", "some parameters missed or invalid")
    if (form["client_id"], form["client_secret"]) != (line.channel_id, line.channel_secret):
        return oauth_error("invalid_client", "invalid client_id or client_secret")
    return None


def _issue(line: LineState, token: str, lifetime: int) -> Response:
    now = line.clock.now()
    for old in [t for t, until in line.tokens.items() if until is not None and until < now - MONTH]:
        line.tokens.pop(old)
    line.tokens[token] = now + lifetime
    return json_response(200, {"token_type": "Bearer", "access_token": token, "expires_in": lifetime})


def issue_stateless(line: LineState, call: Call) -> Response:
    """15 minutes, any number of them, not revocable (#issue-stateless-channel-access-token)."""
    if (wrong := _client_rejection(line, call, assertions=True)) is not None:
        return wrong
    lifetime = line.readings.stateless_expires_in
    claims = {"n": line.ids.number("stateless"), "exp": int(line.clock.now()) + lifetime}
    parts = (json.dumps({"alg": "HS256"}), json.dumps(claims), line.ids.hex("signature"))
    token = ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
    line.stateless.add(token)
    return _issue(line, token, lifetime)


def issue_short_lived(line: LineState, call: Call) -> Response:
    """30 days (#issue-shortlived-channel-access-token)."""
    return _client_rejection(line, call, assertions=False) or _issue(line, line.ids.secret("short-lived"), MONTH)


def verify(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token"""
    token, now = form_of(call).get("access_token", ""), line.clock.now()
    if token not in line.tokens or token in line.stateless or not line.is_valid(token):
        return oauth_error("invalid_request", "access token expired")
    until = line.tokens[token]
    left = 3_138_007_490 if until is None else int(until - now)
    return json_response(200, {"client_id": line.channel_id, "expires_in": left, "scope": "P CM"})


def revoke(line: LineState, call: Call) -> Response:
    """Revoking an invalid token is not an error (#revoke-longlived-or-shortlived-channel-access-token)."""
    if (token := form_of(call).get("access_token", "")) not in line.stateless:
        line.revoke(token)
    return json_response(200)


ROUTES = (
    Route("issue_stateless_token", "POST", "/oauth2/v3/token", issue_stateless, open=True),
    Route("issue_short_lived_token", "POST", "/v2/oauth/accessToken", issue_short_lived, open=True, rate=370.0),
    Route("verify_token", "POST", "/v2/oauth/verify", verify, open=True),
    Route("revoke_token", "POST", "/v2/oauth/revoke", revoke, open=True),
)
