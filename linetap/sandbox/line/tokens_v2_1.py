"""LINE's channel access tokens of version 2.1: issued for a signed JWT, with a life that the caller chooses.

https://developers.line.biz/en/reference/messaging-api/#issue-channel-access-token-v2-1
"""

from __future__ import annotations

from linetap.http.types import Response
from linetap.sandbox.core.service import Call, Route, json_response
from linetap.sandbox.line.assertions import MONTH, checked_claims, form_of, oauth_error
from linetap.sandbox.line.state import LineState

_MOST = 30


def issue(line: LineState, call: Call) -> Response:
    """Checks the JWT (https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/) and its signature."""
    form = form_of(call)
    if form.get("grant_type") != "client_credentials":
        return oauth_error("invalid_request", "some parameters missed or invalid")
    claims = checked_claims(line, form)
    if isinstance(claims, Response):
        return claims
    life = claims.get("token_exp")
    if type(life) is not int or not 0 < life <= MONTH:
        return oauth_error("invalid_client", "Invalid token_exp")
    return _issued(line, life)


def key_ids(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-all-valid-channel-access-token-key-ids-v2-1"""
    claims = checked_claims(line, call.params)
    if isinstance(claims, Response):
        return claims
    return json_response(200, {"kids": [kid for token, kid in line.key_ids.items() if line.is_valid(token)]})


def _issued(line: LineState, life: int) -> Response:
    valid = [token for token in line.key_ids if line.is_valid(token)]
    if len(valid) >= _MOST:
        return json_response(400, {"message": "The maximum number of access tokens has already been issued"})
    token = line.ids.secret("v2.1 token")
    line.tokens[token] = line.clock.now() + life
    line.key_ids[token] = line.ids.hex("key id")
    found = {"access_token": token, "token_type": "Bearer", "expires_in": life, "key_id": line.key_ids[token]}
    return json_response(200, found)


def verify(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token-v2-1"""
    token = call.params.get("access_token", "")
    if token not in line.key_ids or not line.is_valid(token):
        return oauth_error("invalid_request", "The access token expired")
    until = line.tokens[token] or 0.0
    left = int(until - line.clock.now())
    return json_response(200, {"client_id": line.channel_id, "expires_in": left, "scope": "profile chat_message.write"})


def revoke(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#revoke-channel-access-token-v2-1"""
    form = form_of(call)
    if (form.get("client_id"), form.get("client_secret")) != (line.channel_id, line.channel_secret):
        return oauth_error("invalid_client", "invalid client_id or client_secret")
    token = form.get("access_token", "")
    if line.key_ids.pop(token, None) is not None:
        line.revoke(token)
    return json_response(200)


ROUTES = (
    Route("issue_token_v2_1", "POST", "/oauth2/v2.1/token", issue, open=True),
    Route("verify_token_v2_1", "GET", "/oauth2/v2.1/verify", verify, open=True),
    Route("token_key_ids", "GET", "/oauth2/v2.1/tokens/kid", key_ids, open=True),
    Route("revoke_token_v2_1", "POST", "/oauth2/v2.1/revoke", revoke, open=True),
)
