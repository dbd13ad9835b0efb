"""The signature and the body of a webhook request."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linebot.v3.webhook import SignatureValidator

from linetap.errors import BadArgument, BadSignature, UnreadableResponse
from linetap.line.webhooks.events import LineWebhook
from linetap.line.webhooks.read_webhook import read_line_webhook
from tests.line.webhooks.signed import SECRET, sign


def test_the_documented_signature_matches() -> None:
    """The example of LINE's documentation is accepted; it is a webhook without events."""
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'

    webhook = read_line_webhook(body, signature="GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=", channel_secret=SECRET)

    assert webhook == LineWebhook((), "U8e742f61d673b39c7fff3cecb7536ef0")


@given(st.binary(max_size=60))
def test_signatures_are_those_of_the_official_sdk(noise: bytes) -> None:
    """A signature that line-bot-sdk's validator accepts is accepted for the same raw bytes and no others."""
    body = b'{"events":[]}' + noise.replace(b"\\", b"").replace(b"\x80", b"")
    text = body.decode("utf-8", "ignore")
    signature = sign(text.encode())

    assert SignatureValidator(SECRET).validate(text, signature)
    assert _is_signed(text.encode(), signature)
    assert not _is_signed(text.encode() + b" ", signature)


def _is_signed(body: bytes, signature: str) -> bool:
    try:
        read_line_webhook(body, signature=signature, channel_secret=SECRET)
    except BadSignature:
        return False
    except UnreadableResponse:  # signed, but the noise made it another thing than a webhook
        return True
    return True


@pytest.mark.parametrize(
    "signature", ["", " ", "x", b"", b"x", "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs", "é", None]
)
def test_a_wrong_or_missing_signature_is_not_processed(signature: Any) -> None:
    """Any other signature, and a missing header, is BadSignature."""
    with pytest.raises(BadSignature, match="do not process"):
        read_line_webhook(b'{"events":[]}', signature=signature, channel_secret=SECRET)


@pytest.mark.parametrize("convert", [str, str.encode, lambda s: bytearray(s.encode()), lambda s: f" {s}\r\n"])
def test_a_signature_may_be_text_or_bytes(convert: Any) -> None:
    """The header is accepted as str and as bytes (ASGI servers pass bytes), with blanks around it."""
    body = b'{"destination":"x","events":[]}'

    assert read_line_webhook(body, signature=convert(sign(body)), channel_secret=SECRET).destination == "x"


@pytest.mark.parametrize("signature", [5, ["x"], {"x-line-signature": "x"}, True])
def test_a_signature_of_another_type_is_an_error(signature: Any) -> None:
    """A signature that is not a str, bytes or None is a BadArgument with the way to get the header."""
    with pytest.raises(BadArgument, match=r"signature must be a str, bytes or None(.|\n)*headers\.get"):
        read_line_webhook(b'{"events":[]}', signature=signature, channel_secret=SECRET)


def test_a_cut_signature_names_its_length() -> None:
    """A signature of another length than LINE's says so, because a part of the header was passed."""
    with pytest.raises(BadSignature, match="has 3 characters instead of 44"):
        read_line_webhook(b'{"events":[]}', signature="abc", channel_secret=SECRET)


def test_two_secrets_while_one_is_being_replaced() -> None:
    """While a secret is being replaced, requests signed with either secret are accepted."""
    body = b'{"events":[]}'

    for secret in ("old", "new"):
        assert read_line_webhook(body, signature=sign(body, secret), channel_secret=["old", "new"]).events == ()
    with pytest.raises(BadSignature):
        read_line_webhook(body, signature=sign(body, "other"), channel_secret=["old", "new"])


@pytest.mark.parametrize("secret", ["", [], [""], None, 5])
def test_an_empty_secret_is_never_a_key(secret: Any) -> None:
    """An empty secret is an error: otherwise a request signed with the empty key would be accepted."""
    body = b'{"events":[]}'

    with pytest.raises(BadArgument, match="channel_secret"):
        read_line_webhook(body, signature=sign(body, ""), channel_secret=secret)


def test_a_parsed_body_is_rejected() -> None:
    """A str or dict was already parsed: its bytes may not be those that LINE signed."""
    with pytest.raises(BadArgument, match="raw bytes"):
        read_line_webhook('{"events":[]}', signature="x", channel_secret=SECRET)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{}", b'{"events":{}}', b'{"events":[1]}', b"\xff"),
        pytest.param(b"[" * 100_000, id="deep"),
    ],
)
def test_a_signed_body_that_is_not_lines(body: bytes) -> None:
    """A signed body without a list of events is an error, not an empty webhook."""
    with pytest.raises(UnreadableResponse):
        read_line_webhook(body, signature=sign(body), channel_secret=SECRET)
