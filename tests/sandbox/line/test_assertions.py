"""JWT assertions: https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from linetap.http.types import Request
from linetap.sandbox import Sandbox

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def box() -> Sandbox:
    """A sandbox whose channel has a registered key."""
    return registered(Sandbox())


def registered(box: Sandbox) -> Sandbox:
    """The sandbox, with the public key in its console."""
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    box.line.assertion_keys["kid-1"] = pem.decode()
    return box


def assertion(box: Sandbox, *, header: Any = None, key: Any = KEY, **claims: Any) -> str:
    """A JWT by RFC 7519; ``claims`` replace those of a right one."""
    head = header or {"alg": "RS256", "typ": "JWT", "kid": "kid-1"}
    channel, audience = box.channel_id, "https://api.line.me/"
    right = {"iss": channel, "sub": channel, "aud": audience, "exp": int(box.clock.now()) + 1800}
    signed = b".".join(encoded(json.dumps(part).encode()) for part in (head, right | claims))
    return b".".join((signed, encoded(key.sign(signed, padding.PKCS1v15(), hashes.SHA256())))).decode()


def encoded(content: bytes) -> bytes:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def issue(box: Sandbox, jwt: str, path: str = "/oauth2/v3/token", kind: str = BEARER) -> Any:
    """The response to a request for a token."""
    form = {"grant_type": "client_credentials", "client_assertion_type": kind, "client_assertion": jwt}
    return box.line.handle(Request("POST", path, (), urlencode(form).encode(), FORM))


def issue_short(box: Sandbox) -> Any:
    """The response to a request for a short-lived token, by the channel's secret."""
    form = {"grant_type": "client_credentials", "client_id": box.channel_id, "client_secret": box.channel_secret}
    return box.line.handle(Request("POST", "/v2/oauth/accessToken", (), urlencode(form).encode(), FORM))


def test_a_stateless_token_is_issued_for_an_assertion(box: Sandbox) -> None:
    """A JWT that the registered key signed gives a token of 15 minutes, which the API accepts; token_exp is ignored."""
    for jwt in (assertion(box), assertion(box, token_exp=86_400)):
        token = issue(box, jwt).json()

        assert (token["token_type"], token["expires_in"]) == ("Bearer", 900)
        authorized = {"Authorization": f"Bearer {token['access_token']}"}
        assert box.line.handle(Request("GET", "/v2/bot/info", (), None, authorized)).status == 200


@pytest.mark.parametrize(
    "changes, description",
    [
        ({"exp": 0}, "Invalid exp"),
        ({"exp": "soon"}, "Invalid exp"),
        ({"exp": None}, "Invalid exp"),
        ({"exp": 9_999_999_999}, "Invalid exp"),
        ({"aud": "https://example.com/"}, "Invalid aud"),
        ({"iss": "999"}, "iss and clientId of key do not match"),
        ({"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, "Invalid client_assertion"),
    ],
)
@pytest.mark.parametrize("path", ["/oauth2/v3/token", "/oauth2/v2.1/token"])
def test_a_wrong_assertion_is_rejected(box: Sandbox, changes: Any, description: str, path: str) -> None:
    """A wrong time, audience, channel or signature is 400 invalid_client with the reason, and no token is issued."""
    before = len(box.line.tokens)
    response = issue(box, assertion(box, token_exp=60, **changes), path)

    assert (response.status, len(box.line.tokens)) == (400, before)
    assert response.json() == {"error": "invalid_client", "error_description": description}


def test_an_assertion_that_is_none_is_rejected(box: Sandbox) -> None:
    """An unknown key is 404; text that is no JWT, another algorithm or another type of assertion is rejected, too."""
    assert issue(box, assertion(box, header={"alg": "RS256", "kid": "kid-2"})).status == 404
    assert issue(box, assertion(box, header={"alg": "none", "kid": "kid-1"})).status == 404
    assert issue(box, assertion(box), kind="jwt").status == 400
    for text in ("", "x", "a.b.c", "W10.W10.x", "\udce9.é.x"):
        assert issue(box, text.encode("utf-8", "replace").decode()).status == 400


def test_an_assertion_ends_with_its_time(box: Sandbox) -> None:
    """An assertion is accepted until exp, at most 30 minutes ahead of the sandbox's clock."""
    jwt = assertion(box)
    box.clock.advance(seconds=1799)
    assert issue(box, jwt).status == 200
    box.clock.advance(seconds=1)
    assert issue(box, jwt).status == 400


def test_a_short_lived_token_needs_the_secret(box: Sandbox) -> None:
    """/v2/oauth/accessToken documents no assertions: it is 400 without client_id and client_secret."""
    assert issue(box, assertion(box), "/v2/oauth/accessToken").status == 400
