"""LINE's channel access tokens of version 2.1: issued for a signed JWT, with a life that the caller chooses.

https://developers.line.biz/en/reference/messaging-api/#issue-channel-access-token-v2-1
"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qsl

from linetap.http.types import Response
from linetap.sandbox.core.service import Call, json_response
from linetap.sandbox.line.state import LineState

_MOST = 30
_MONTH = 30 * 86_400
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def issue(line: LineState, call: Call) -> Response:
    """Checks the JWT (https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/) and its signature."""
    form = _form(call)
    if form.get("grant_type") != "client_credentials":
        return _oauth_error("invalid_request", "some parameters missed or invalid")
    claims = _claims(line, form)
    return claims if isinstance(claims, Response) else _issued(line, claims)


def key_ids(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-all-valid-channel-access-token-key-ids-v2-1"""
    claims = _claims(line, call.params)
    if isinstance(claims, Response):
        return claims
    return json_response(200, {"kids": [kid for token, kid in line.key_ids.items() if line.is_valid(token)]})


def _claims(line: LineState, form: dict[str, str]) -> dict[str, Any] | Response:
    """The claims of a JWT whose key is registered and whose signature is right, or the rejection."""
    parsed = _parsed(form.get("client_assertion", ""))
    if parsed is None or form.get("client_assertion_type") != _ASSERTION:
        return _oauth_error("invalid_client", "Invalid client_assertion")
    header, claims, signed, signature = parsed
    pem = line.assertion_keys.get(str(header.get("kid")))
    if pem is None or header.get("alg") != "RS256":
        return json_response(404, {"message": "Cannot find channel key that satisfies the conditions"})
    if (valid := _is_signed(pem, signed, signature)) is None:
        return json_response(501, {"message": "the sandbox needs the package cryptography to check a JWT"})
    if not valid:
        return _oauth_error("invalid_client", "Invalid client_assertion")
    return _wrong_claims(line, claims) or claims


def _wrong_claims(line: LineState, claims: dict[str, Any]) -> Response | None:
    if not claims.get("iss") == claims.get("sub") == line.channel_id:
        return _oauth_error("invalid_client", "iss and clientId of key do not match")
    left = claims.get("exp", 0)
    if claims.get("aud") != "https://api.line.me/" or not isinstance(left, int):
        return _oauth_error("invalid_client", "Invalid exp")
    life = claims.get("token_exp")
    if type(life) is not int or not 0 < life <= _MONTH:
        return _oauth_error("invalid_client", "Invalid token_exp")
    return None


def _issued(line: LineState, claims: dict[str, Any]) -> Response:
    valid = [token for token in line.key_ids if line.is_valid(token)]
    if len(valid) >= _MOST:
        return json_response(400, {"message": "The maximum number of access tokens has already been issued"})
    token, life = line.ids.secret("v2.1 token"), int(claims["token_exp"])
    line.tokens[token] = line.clock.now() + life
    line.key_ids[token] = line.ids.hex("key id")
    found = {"access_token": token, "token_type": "Bearer", "expires_in": life, "key_id": line.key_ids[token]}
    return json_response(200, found)


def verify(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token-v2-1"""
    token = call.params.get("access_token", "")
    if token not in line.key_ids or not line.is_valid(token):
        return _oauth_error("invalid_request", "The access token expired")
    until = line.tokens[token] or 0.0
    left = int(until - line.clock.now())
    return json_response(200, {"client_id": line.channel_id, "expires_in": left, "scope": "profile chat_message.write"})


def revoke(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#revoke-channel-access-token-v2-1"""
    form = _form(call)
    if (form.get("client_id"), form.get("client_secret")) != (line.channel_id, line.channel_secret):
        return _oauth_error("invalid_client", "invalid client_id or client_secret")
    token = form.get("access_token", "")
    if line.key_ids.pop(token, None) is not None:
        line.revoke(token)
    return json_response(200)


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.content.decode("utf-8", "replace"), keep_blank_values=True))


def _oauth_error(name: str, description: str) -> Response:
    return json_response(400, {"error": name, "error_description": description})


def _parsed(assertion: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes] | None:
    """Header, claims, the signed bytes and the signature of a JWT: RFC 7515, section 3.1."""
    try:
        head, payload, signature = assertion.split(".")
        header, claims = (json.loads(_decoded(part)) for part in (head, payload))
        found = header, claims, f"{head}.{payload}".encode(), _decoded(signature)
    except ValueError:
        return None
    return found if isinstance(header, dict) and isinstance(claims, dict) else None


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _is_signed(pem: str, content: bytes, signature: bytes) -> bool | None:
    """Whether the key signed the content (RSASSA-PKCS1-v1_5 with SHA-256); None without the package cryptography."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
    except ImportError:
        return None
    key = serialization.load_pem_public_key(pem.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
