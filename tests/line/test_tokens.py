"""Channel access tokens as values."""

from __future__ import annotations

import json
import pickle
from urllib.parse import parse_qs

import pytest

from linetap.errors import BadArgument, BadRequest, TooManyRequests, Unauthorized, UnreadableResponse
from linetap.line.tokens import IssuedToken, StatelessToken, StaticToken
from tests.line.api.test_messaging import reply

SECRET = "0123456789abcdefCANARY"


def test_a_static_token_is_sent_and_never_renewed() -> None:
    """A static token has one header, cannot be issued, and is not renewed after a 401."""
    token = StaticToken(SECRET)

    assert token.headers(0.0) == {"Authorization": f"Bearer {SECRET}"}
    assert token.issue() is None
    assert not token.rejected(token.headers(0.0))


def test_a_stateless_token_is_issued_by_form() -> None:
    """LINE's v3 endpoint gets id and secret as a form, without authorization."""
    op = StatelessToken("1234567890", SECRET).issue()

    assert (op.request.method, op.request.path, op.authorized) == ("POST", "/oauth2/v3/token", False)
    assert op.request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs((op.request.content or b"").decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["1234567890"],
        "client_secret": [SECRET],
    }


def test_a_stateless_token_is_renewed_before_it_ends() -> None:
    """A token is used until the margin before its expiry; after that there are no headers until another is issued."""
    token = StatelessToken("1", SECRET, margin=60)
    assert token.headers(0.0) is None

    token.issued(IssuedToken("first", 900), 1000.0)

    assert token.headers(1839.9) == {"Authorization": "Bearer first"}
    assert token.headers(1840.0) is None


def test_a_token_shorter_than_the_margin_is_still_used() -> None:
    """A token of 40 seconds is used for 20 of them; not every call issues one."""
    token = StatelessToken("1", SECRET, margin=60)

    token.issued(IssuedToken("short", 40), 0.0)

    assert token.headers(19.0) is not None
    assert token.headers(20.0) is None


def test_a_401_forgets_the_token_it_was_for_and_no_other() -> None:
    """Many calls may get the same 401; a late one must not discard the new token."""
    token = StatelessToken("1", SECRET)
    token.issued(IssuedToken("old", 900), 0.0)
    old = token.headers(0.0)
    assert old is not None

    assert token.rejected(old)
    assert token.headers(0.0) is None
    token.issued(IssuedToken("new", 900), 0.0)
    assert token.rejected(old)
    assert token.headers(0.0) == {"Authorization": "Bearer new"}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"access_token":5,"expires_in":900}', b'{"access_token":"CANARY"}'])
def test_a_response_without_a_token_is_unreadable_and_unseen(body: bytes) -> None:
    """A response without the token or its lifetime is an error, and its text is not shown."""
    with pytest.raises(UnreadableResponse) as caught:
        StatelessToken("1", SECRET).issue().read(reply(200, body))

    assert "CANARY" not in str(caught.value)


def test_rejections_of_the_token_endpoint() -> None:
    """A wrong id or secret is Unauthorized although LINE responds 400; other rejections keep their status."""
    op = StatelessToken("1", SECRET).issue()
    cases = {
        Unauthorized: reply(400, {"error": "invalid_client", "error_description": "invalid client_secret"}),
        BadRequest: reply(400, {"error": "invalid_request"}),
        TooManyRequests: reply(429, {"message": "The API rate limit has been exceeded. Try again later."}),
    }

    for error, response in cases.items():
        found = op.error_info(response)
        assert found is not None
        assert found.error is error


@pytest.mark.parametrize("wrong", ["", "   ", "CANARY b", "CANARY\n", "CANARYトークン", None, 5, b"CANARY"])
def test_a_token_that_is_not_valid_in_a_header_is_rejected(wrong: object) -> None:
    """Empty, blank or broken tokens raise at once, and are not shown."""
    for make in (StaticToken, lambda value: StatelessToken("1", value)):
        with pytest.raises(BadArgument) as caught:
            make(wrong)  # type: ignore[arg-type]
        assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["", "12a", 12, None, SECRET])
def test_a_channel_id_is_digits(wrong: object) -> None:
    """A channel id that is not digits raises without showing it: it may be the secret."""
    with pytest.raises(BadArgument, match="channel_id") as caught:
        StatelessToken(wrong, SECRET)  # type: ignore[arg-type]
    assert SECRET not in str(caught.value)


def test_secrets_are_shown_nowhere() -> None:
    """No repr shows a token or a secret, and pickling raises without showing one."""
    stateless = StatelessToken("1", SECRET)
    stateless.issued(IssuedToken("CANARY-issued", 900), 0.0)
    values = [StaticToken(SECRET), stateless, stateless.issue(), stateless.issue().request, IssuedToken(SECRET, 1)]

    assert "CANARY" not in repr(values)
    for token in values[:2]:
        with pytest.raises(TypeError, match="cannot be pickled") as caught:
            pickle.dumps(token)
        assert "CANARY" not in str(caught.value)
    assert json.dumps(stateless.channel_id) == '"1"'
