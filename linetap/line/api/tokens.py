"""``line.tokens``: channel access tokens, and tokens that link a user's account.

https://developers.line.biz/en/reference/messaging-api/#channel-access-token
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from time import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import attrs

from linetap.errors import invalid, literal_text
from linetap.http.group import Group
from linetap.http.secret import Secret, as_secret
from linetap.http.types import Idempotency, Operation, Request, Response
from linetap.line.api.responses import error_info, json_object, unreadable
from linetap.line.tokens import checked_channel_id, checked_secret, oauth_error_info, type_of

if TYPE_CHECKING:
    from linetap.http.aio.transport import AsyncTransport

__all__ = ["AsyncTokens", "ChannelToken", "TokenInfo"]

# https://developers.line.biz/en/reference/messaging-api/#rate-limits
RATES: Mapping[str, tuple[int, int]] = {"POST /v2/bot/user/{userId}/linkToken": (2000, 1)}
_JWT_PAGE = "https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST = 30 * 24 * 3600
_ASSERTION_LIFETIME = 1800
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@attrs.frozen
class ChannelToken:
    """A channel access token of version 2.1. https://developers.line.biz/en/reference/messaging-api/#issue-channel-access-token-v2-1"""

    access_token: str = attrs.field(repr=False)
    expires_in: int
    """Seconds."""
    key_id: str
    """The token's own name: store it beside the token."""


@attrs.frozen
class TokenInfo:
    """A valid channel access token. https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token-v2-1"""

    client_id: str
    """The channel's id."""
    expires_in: int
    """Seconds until the token expires."""
    scope: str | None = None


def issue_v2_1(
    channel_id: str, key_id: str, private_key: str | bytes, valid_for: int, now: float
) -> Operation[ChannelToken]:
    """``POST /oauth2/v2.1/token``. https://developers.line.biz/en/reference/messaging-api/#issue-channel-access-token-v2-1"""
    private_key = key_as_secret(private_key)
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": _ASSERTION,
        "client_assertion": Secret(assertion(channel_id, key_id, private_key, valid_for, now)),
    }
    # A second token would use up another of the channel's 30, so the call is not repeated after a lost response.
    return _oauth("line.tokens.issue_v2_1", "POST", "/oauth2/v2.1/token", form, _read_channel_token, safe=False)


def key_ids(channel_id: str, key_id: str, private_key: str | bytes, now: float) -> Operation[tuple[str, ...]]:
    """``GET /oauth2/v2.1/tokens/kid``. https://developers.line.biz/en/reference/messaging-api/#get-all-valid-channel-access-token-key-ids-v2-1"""
    private_key = key_as_secret(private_key)
    signed = Secret(assertion(channel_id, key_id, private_key, _LONGEST, now))
    return Operation(
        "line.tokens.key_ids",
        Request(
            "GET",
            "/oauth2/v2.1/tokens/kid",
            params=(("client_assertion_type", _ASSERTION), ("client_assertion", signed)),
        ),
        read=_read_key_ids,
        error_info=oauth_error_info,
        repeat=Idempotency.SAFE,
        authorized=False,
    )


def verify(access_token: str) -> Operation[TokenInfo | None]:
    """``GET /oauth2/v2.1/verify``; None for 400. https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token-v2-1"""
    access_token = as_secret(access_token)
    params = (("access_token", checked_secret(access_token, "access_token")),)
    return Operation(
        "line.tokens.verify",
        Request("GET", "/oauth2/v2.1/verify", params=params),
        read=_read_info,
        error_info=lambda response: None if response.status == 400 else oauth_error_info(response),
        repeat=Idempotency.SAFE,
        authorized=False,
    )


def revoke(channel_id: str, channel_secret: str, access_token: str) -> Operation[None]:
    """``POST /oauth2/v2.1/revoke``. https://developers.line.biz/en/reference/messaging-api/#revoke-channel-access-token-v2-1"""
    channel_id, channel_secret, access_token = as_secret(channel_id), as_secret(channel_secret), as_secret(access_token)
    form = {
        "client_id": checked_channel_id(channel_id),
        "client_secret": checked_secret(channel_secret, "channel_secret"),
        "access_token": checked_secret(access_token, "access_token"),
    }
    return _oauth("line.tokens.revoke", "POST", "/oauth2/v2.1/revoke", form, lambda response: None, safe=True)


def key_as_secret(private_key: Any) -> Any:
    """A private key (PEM as str or bytes) as a ``Secret``; other values as they are."""
    return Secret(private_key.decode("ascii", "replace")) if isinstance(private_key, bytes) else as_secret(private_key)


def _oauth(name: str, method: str, path: str, form: dict[str, str], read: Any, *, safe: bool) -> Operation[Any]:
    return Operation(
        name,
        Request(method, path, content=_encoded(form), headers=_FORM),
        read=read,
        error_info=oauth_error_info,
        repeat=Idempotency.SAFE if safe else Idempotency.IF_REJECTED,
        authorized=False,
    )


def _encoded(form: dict[str, str]) -> bytes:
    # urlencode calls str(), which shows a mask for a Secret.
    return urlencode(
        [(name, value.reveal() if isinstance(value, Secret) else value) for name, value in form.items()]
    ).encode()


def assertion(channel_id: str, key_id: Any, private_key: str | bytes, valid_for: Any, now: float) -> str:
    """The JWT that proves the channel, signed with its assertion key (RS256; RFC 7515 and 7519).

    https://developers.line.biz/en/docs/messaging-api/generate-json-web-token/
    """
    channel_id, private_key = as_secret(channel_id), key_as_secret(private_key)
    channel = checked_channel_id(channel_id)
    if not isinstance(key_id, str) or not key_id.strip():
        raise invalid("key_id", "must be the key's id (kid) from the console", key_id, page=_JWT_PAGE)
    if isinstance(valid_for, bool) or not isinstance(valid_for, int) or not 0 < valid_for <= _LONGEST:
        raise invalid("valid_for", f"must be a whole number of seconds from 1 to {_LONGEST}", valid_for, page=_JWT_PAGE)
    header = {"alg": "RS256", "typ": "JWT", "kid": key_id}
    claims = {
        "iss": channel,
        "sub": channel,
        "aud": "https://api.line.me/",
        "exp": int(now) + _ASSERTION_LIFETIME,
        "token_exp": valid_for,
    }
    signed = b".".join(_base64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return b".".join([signed, _base64(_signature(private_key, signed))]).decode()


def _base64(content: bytes) -> bytes:
    return urlsafe_b64encode(content).rstrip(b"=")


def _signature(private_key: Any, content: bytes) -> bytes:
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
    except ImportError as error:
        raise ImportError("tokens of version 2.1 need cryptography: pip install 'linetap[jwt]'") from error
    try:
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError, AttributeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        # The value is a secret, so it is not shown.
        rule = "must be an RSA private key in PEM format, without a password"
        raise invalid("private_key", rule, literal_text(type_of(private_key)), page=_JWT_PAGE)
    return key.sign(content, padding.PKCS1v15(), hashes.SHA256())


def _read_channel_token(response: Response) -> ChannelToken:
    name = "line.tokens.issue_v2_1"
    hidden = attrs.evolve(response, content=b"")  # the response contains a token, so it is not shown
    try:
        body = response.json()
        token, seconds, key_id = as_secret(body["access_token"]), body["expires_in"], body["key_id"]
    except (ValueError, KeyError, TypeError):
        token = seconds = key_id = None
    body = None
    if not isinstance(token, Secret) or type(seconds) is not int or not isinstance(key_id, str):
        raise unreadable(name, hidden, "access_token, expires_in and key_id")
    return ChannelToken(token.reveal(), seconds, key_id)


def _read_key_ids(response: Response) -> tuple[str, ...]:
    found = json_object("line.tokens.key_ids", response).get("kids")
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise unreadable("line.tokens.key_ids", response, "kids, a list of strings")
    return tuple(found)


def _read_info(response: Response) -> TokenInfo | None:
    if response.status == 400:
        return None
    name = "line.tokens.verify"
    body = json_object(name, response)
    client, seconds, scope = body.get("client_id"), body.get("expires_in"), body.get("scope")
    if not isinstance(client, str) or type(seconds) is not int or not (scope is None or isinstance(scope, str)):
        raise unreadable(name, response, "client_id and expires_in")
    return TokenInfo(client, seconds, scope)


def issue_link_token(user_id: str) -> Operation[str]:
    """``POST /v2/bot/user/{userId}/linkToken``. https://developers.line.biz/en/reference/messaging-api/#issue-link-token"""
    _check_user_id(user_id)
    return Operation(
        "line.tokens.issue_link_token",
        Request("POST", f"/v2/bot/user/{quote(user_id, safe='')}/linkToken"),
        read=_read_link_token,
        error_info=error_info,
        # A second token does not invalidate the first, so the request is repeated after a lost response.
        repeat=Idempotency.SAFE,
        endpoint="POST /v2/bot/user/{userId}/linkToken",
    )


def _check_user_id(user_id: str) -> None:
    from linetap.line.api.checked_messages import check_user_id

    check_user_id(user_id)


def _read_link_token(response: Response) -> str:
    name = "line.tokens.issue_link_token"
    token = json_object(name, response).get("linkToken")
    if not isinstance(token, str):
        # The response may contain a token, so it is not shown.
        raise unreadable(name, attrs.evolve(response, content=b""), "a linkToken")
    return token


class AsyncTokens(Group):
    """Channel access tokens, and tokens that link a user's account: ``line.tokens``."""

    _transport: AsyncTransport

    async def issue_link_token(self, user_id: str) -> str:
        """A token (one use, 10 minutes) that starts the linking of a user's account with yours.

        https://developers.line.biz/en/reference/messaging-api/#issue-link-token
        """
        return await self._transport.do(issue_link_token(user_id))

    async def issue_v2_1(
        self, channel_id: str, key_id: str, private_key: str | bytes, *, valid_for: int = _LONGEST
    ) -> ChannelToken:
        """A channel access token of version 2.1, valid for up to 30 days; a channel has at most 30 of them.

        Needs cryptography (``pip install 'linetap[jwt]'``). Not repeated after a lost response.

        Args:
            channel_id: of the channel.
            key_id: the id (kid) that the console shows for the registered public key.
            private_key: the RSA private key in PEM format; it is not sent.
            valid_for: seconds, up to 2,592,000 (30 days).

        https://developers.line.biz/en/reference/messaging-api/#issue-channel-access-token-v2-1
        """
        private_key = key_as_secret(private_key)
        operation = issue_v2_1(channel_id, key_id, private_key, valid_for, time())
        return await self._transport.do(operation)

    async def key_ids(self, channel_id: str, key_id: str, private_key: str | bytes) -> tuple[str, ...]:
        """The ``key_id`` of every valid token of version 2.1 of the channel. Arguments as for :meth:`issue_v2_1`.

        https://developers.line.biz/en/reference/messaging-api/#get-all-valid-channel-access-token-key-ids-v2-1
        """
        private_key = key_as_secret(private_key)
        return await self._transport.do(key_ids(channel_id, key_id, private_key, time()))

    async def verify(self, access_token: str) -> TokenInfo | None:
        """The channel and the remaining seconds of a token of version 2.1; None where it is not valid.

        https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token-v2-1
        """
        access_token = as_secret(access_token)
        return await self._transport.do(verify(access_token))

    async def revoke(self, channel_id: str, channel_secret: str, access_token: str) -> None:
        """Revokes a token of version 2.1. A token that LINE does not know is no error.

        https://developers.line.biz/en/reference/messaging-api/#revoke-channel-access-token-v2-1
        """
        channel_id, channel_secret, access_token = (
            as_secret(channel_id),
            as_secret(channel_secret),
            as_secret(access_token),
        )
        await self._transport.do(revoke(channel_id, channel_secret, access_token))
