"""``line.tokens``: its operations and results as values."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from linetap.errors import BadArgument, BadRequest, NotFound, ServerError, Unauthorized, UnreadableResponse
from linetap.line import LineClient
from linetap.line.api import tokens
from linetap.sandbox import Sandbox
from tests.line.api.test_messaging import U1, reply
from tests.line.test_client import box as box
from tests.line.test_client import client
from tests.line.test_client import line as line

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: Any) -> str:
    form = serialization.PrivateFormat.PKCS8
    text: bytes = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return text.decode()


def _registered(box: Sandbox) -> None:
    public = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    box.line.assertion_keys["kid-1"] = public.decode()


def test_a_token_of_version_2_1_is_issued_used_and_revoked(box: Sandbox, line: LineClient) -> None:
    """A signed JWT gives a token that calls accept, verify() describes, and revoke() ends."""
    _registered(box)

    made = line.tokens.issue_v2_1(box.channel_id, "kid-1", _pem(KEY), valid_for=3600)

    assert made.expires_in == 3600
    assert client(box, made.access_token).bot_info().user_id
    info = line.tokens.verify(made.access_token)
    assert info is not None
    assert (info.client_id, info.expires_in) == (box.channel_id, 3600)
    line.tokens.revoke(box.channel_id, box.channel_secret, made.access_token)
    line.tokens.revoke(box.channel_id, box.channel_secret, made.access_token)
    assert line.tokens.verify(made.access_token) is None
    with pytest.raises(Unauthorized):
        client(box, made.access_token).bot_info()


def test_the_key_ids_of_valid_tokens_are_listed(box: Sandbox, line: LineClient) -> None:
    """key_ids() lists the tokens that are valid, and needs the channel's key."""
    _registered(box)
    first, second = (line.tokens.issue_v2_1(box.channel_id, "kid-1", _pem(KEY)) for _ in range(2))
    line.tokens.revoke(box.channel_id, box.channel_secret, first.access_token)

    assert line.tokens.key_ids(box.channel_id, "kid-1", _pem(KEY)) == (second.key_id,)
    with pytest.raises(NotFound):
        line.tokens.key_ids(box.channel_id, "kid-2", _pem(KEY))
    with pytest.raises(UnreadableResponse):
        tokens.key_ids("1", "k", _pem(KEY), 0.0).read(reply(200, {"kids": [5]}))


def test_another_key_is_rejected(box: Sandbox, line: LineClient) -> None:
    """A key that is not registered, or another key under its id, gets no token."""
    with pytest.raises(NotFound):
        line.tokens.issue_v2_1(box.channel_id, "kid-1", _pem(KEY))
    _registered(box)
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(Unauthorized):
        line.tokens.issue_v2_1(box.channel_id, "kid-1", _pem(other))
    with pytest.raises(Unauthorized):
        line.tokens.issue_v2_1("999", "kid-1", _pem(KEY))


def test_the_31st_token_is_rejected_and_none_is_issued_twice(box: Sandbox, line: LineClient) -> None:
    """A channel has 30 tokens at most, and a call without a usable response is not repeated."""
    _registered(box)
    box.faults.add("line.issue_token_v2_1", status=500)
    with pytest.raises(ServerError):
        line.tokens.issue_v2_1(box.channel_id, "kid-1", _pem(KEY))
    assert len(box.journal.of("issue_token_v2_1")) == 1

    for _ in range(30):
        line.tokens.issue_v2_1(box.channel_id, "kid-1", _pem(KEY))
    with pytest.raises(BadRequest, match="maximum number"):
        line.tokens.issue_v2_1(box.channel_id, "kid-1", _pem(KEY))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"channel_id": "CANARY"}, "channel_id"),
        ({"key_id": " "}, "key_id"),
        ({"private_key": "CANARY"}, "private_key"),
        ({"private_key": 5}, "private_key"),
        ({"private_key": _pem(ec.generate_private_key(ec.SECP256R1()))}, "private_key"),
        ({"valid_for": 0}, "valid_for"),
        ({"valid_for": 2_592_001}, "valid_for"),
        ({"valid_for": True}, "valid_for"),
    ],
)
def test_what_cannot_sign_raises(box: Sandbox, line: LineClient, changes: dict[str, Any], path: str) -> None:
    """A wrong id, key or life raises before anything is sent, and a key is never shown."""
    given = {"channel_id": "1", "key_id": "k", "private_key": _pem(KEY), "valid_for": 60, **changes}
    valid_for = given.pop("valid_for")

    with pytest.raises(BadArgument, match=path) as caught:
        line.tokens.issue_v2_1(**given, valid_for=valid_for)

    assert "CANARY" not in str(caught.value)
    assert "PRIVATE" not in str(caught.value)
    assert len(box.journal) == 0


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"access_token":"CANARY"}', b'{"access_token":"CANARY","expires_in":"1","key_id":"k"}']
)
def test_a_response_without_a_token_is_never_shown(body: bytes) -> None:
    """A response that lacks a property is an error that does not print the body; a token's repr hides it."""
    with pytest.raises(UnreadableResponse) as caught:
        tokens.issue_v2_1("1", "k", _pem(KEY), 60, 0.0).read(reply(200, body))
    assert "CANARY" not in str(caught.value)
    assert "CANARY" not in repr(tokens.ChannelToken("CANARY", 1, "k"))


def test_a_link_token_is_never_shown() -> None:
    """The token is returned; a response without one is an error that does not print the body."""
    op = tokens.issue_link_token(U1)

    assert op.request.path == f"/v2/bot/user/{U1}/linkToken"
    assert op.read(reply(200, {"linkToken": "NMZTNuVrPTqlr2IF"})) == "NMZTNuVrPTqlr2IF"
    with pytest.raises(UnreadableResponse) as caught:
        op.read(reply(200, {"link_token": "secret-one"}))
    assert "secret-one" not in str(caught.value)
