"""JWT assertions, by which a client proves that it has the channel's private key.

https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/
"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qsl

from linetap.http.types import Response
from linetap.sandbox.core.service import Call, json_response
from linetap.sandbox.line.state import LineState

MONTH = 30 * 86_400
_LONGEST = 1800
_AUDIENCE = "https://api.line.me/"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def checked_claims(line: LineState, form: dict[str, str]) -> dict[str, Any] | Response:
    """The claims of a JWT whose key is registered and whose signature is right, or the rejection."""
    parsed = _parsed(form.get("client_assertion", ""))
    if parsed is None or form.get("client_assertion_type") != _ASSERTION:
        return oauth_error("invalid_client", "Invalid client_assertion")
    header, claims, signed, signature = parsed
    pem = line.assertion_keys.get(str(header.get("kid")))
    if pem is None or header.get("alg") != "RS256":
        return json_response(404, {"message": "Cannot find channel key that satisfies the conditions"})
    if (valid := _is_signed(pem, signed, signature)) is None:
        return json_response(501, {"message": "the sandbox needs the package cryptography to check a JWT"})
    if not valid:
        return oauth_error("invalid_client", "Invalid client_assertion")
    return _wrong_claims(line, claims) or claims


def _wrong_claims(line: LineState, claims: dict[str, Any]) -> Response | None:
    if not claims.get("iss") == claims.get("sub") == line.channel_id:
        return oauth_error("invalid_client", "iss and clientId of key do not match")
    until = claims.get("exp")
    if type(until) is not int or not line.clock.is_near(until, _LONGEST):
        return oauth_error("invalid_client", "Invalid exp")
    if claims.get("aud") != _AUDIENCE:
        return oauth_error("invalid_client", "Invalid aud")
    return None


def form_of(call: Call) -> dict[str, str]:
    """The fields of a form."""
    return dict(parse_qsl(call.content.decode("utf-8", "replace"), keep_blank_values=True))


def oauth_error(name: str, description: str) -> Response:
    """A rejection in OAuth's form."""
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
