"""Channel access tokens as values.

``StaticToken`` is a token from the console; ``StatelessToken`` issues 15-minute tokens from the channel's id and
secret, before they expire and once after a 401. Both contain secrets: no repr, pickle or error shows them.

https://developers.line.biz/en/docs/basics/channel-access-token/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urlencode

import attrs

from linetap.errors import BadArgument, Problem, Unauthorized, UnreadableResponse
from linetap.http.secret import Opaque, Secret, as_secret
from linetap.http.types import Credentials, ErrorInfo, Idempotency, Operation, Request, Response
from linetap.line.api.responses import error_info

_PAGE = "https://developers.line.biz/en/docs/basics/channel-access-token/"
_ISSUE_PAGE = "https://developers.line.biz/en/reference/messaging-api/#issue-stateless-channel-access-token"


class TokenProvider(Credentials):
    """The base class of channel access tokens (see ``linetap.http.types.Credentials``)."""

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} contains a secret and cannot be pickled: make a new one in each process"
        )


class StaticToken(TokenProvider):
    """A long-lived, short-lived or v2.1 channel access token; linetap does not renew it."""

    __slots__ = ("_headers",)

    def __init__(self, channel_access_token: str) -> None:
        channel_access_token = as_secret(channel_access_token)
        token = checked_secret(channel_access_token, "channel_access_token")
        self._headers = _bearer(token)

    def headers(self, now: float) -> Mapping[str, str]:
        return self._headers

    def issue(self) -> None:
        return None

    def issued(self, result: Any, now: float) -> None:
        raise AssertionError("a static token cannot be issued")

    def rejected(self, headers: Mapping[str, str]) -> bool:
        return False

    def __repr__(self) -> str:
        return "StaticToken(...)"


@attrs.frozen
class IssuedToken:
    """LINE's response to a request for a token."""

    access_token: Secret = attrs.field(repr=False, converter=Secret)
    expires_in: int
    """Seconds."""


class StatelessToken(TokenProvider):
    """Tokens of 15 minutes, issued from the channel's id and secret as they are needed.

    ``margin`` seconds before a token expires, and after a 401, a new one is issued.

    https://developers.line.biz/en/reference/messaging-api/#issue-stateless-channel-access-token
    """

    __slots__ = ("_expires", "_headers", "_secret", "channel_id", "margin")

    def __init__(self, channel_id: str, channel_secret: str, *, margin: float = 60.0) -> None:
        # Also the id: a secret may be passed in its place.
        channel_id, channel_secret = as_secret(channel_id), as_secret(channel_secret)
        self.channel_id = checked_channel_id(channel_id)
        self.margin = margin
        self._secret = checked_secret(channel_secret, "channel_secret")
        self._headers: Mapping[str, str] | None = None
        self._expires = 0.0

    def headers(self, now: float) -> Mapping[str, str] | None:
        return self._headers if now < self._expires else None

    def issue(self) -> Operation[IssuedToken]:
        return issue_stateless_token(self.channel_id, self._secret)

    def issued(self, result: IssuedToken, now: float) -> None:
        self._headers = _bearer(result.access_token)
        # A token with a lifetime below the margin is used for half of it, so that not every call issues one.
        self._expires = now + max(result.expires_in - self.margin, result.expires_in / 2)

    def rejected(self, headers: Mapping[str, str]) -> bool:
        if headers is self._headers or headers == self._headers:
            self._headers, self._expires = None, 0.0
        return True

    def __repr__(self) -> str:
        return f"StatelessToken(channel_id={getattr(self, 'channel_id', None)!r}, ...)"  # also while it is made


def _bearer(token: Secret) -> Mapping[str, str]:
    return {"Authorization": Secret("Bearer " + token.reveal())}


def type_of(value: object) -> str:
    """The name of a value's type, for an error that does not show the value."""
    return value.type_name if isinstance(value, Opaque) else "str" if isinstance(value, str) else type(value).__name__


def checked_channel_id(value: object) -> str:
    """A channel's id: digits; the error never shows the value."""
    value = as_secret(value)
    if isinstance(value, Secret) and re.fullmatch(r"[0-9]+", value.reveal()):
        return value.reveal()
    # The value is not shown: it may be the secret, passed as the id.
    remedy = "check that id and secret are not swapped" if isinstance(value, Secret) else "write it in quotes"
    problem = Problem(
        "channel_id", "must be the channel's id, a string of digits", f"a {type_of(value)}", _PAGE, remedy
    )
    raise BadArgument(problems=[problem])


def checked_secret(value: object, path: str) -> Secret:
    """A token or secret that a header can contain, as a ``Secret``; the error never shows it."""
    value = as_secret(value)
    if not isinstance(value, Secret):
        rule, found = "must be a string", f"a {type_of(value)}"
    elif not value.reveal().strip():
        rule, found = "must not be empty", "an empty string" if not value else "blanks only"
    elif not re.fullmatch(r"[\x21-\x7e]+", value.reveal()):
        rule, found = "must have only visible ASCII characters", "blanks, line breaks or other characters"
    else:
        return value
    suggestion = "copy it from the LINE Developers console, without blanks before or after it"
    raise BadArgument(problems=[Problem(path, rule, found, _PAGE, suggestion)])


def issue_stateless_token(channel_id: str, channel_secret: str) -> Operation[IssuedToken]:
    """``POST /oauth2/v3/token``. https://developers.line.biz/en/reference/messaging-api/#issue-stateless-channel-access-token"""
    secret = channel_secret = Secret(channel_secret)
    return Operation(
        "line.issue_stateless_token",
        Request(
            "POST",
            "/oauth2/v3/token",
            content=_form(channel_id, secret),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
        read=_read_token,
        error_info=oauth_error_info,
        repeat=Idempotency.SAFE,
        authorized=False,
    )


def _form(channel_id: str, channel_secret: Secret) -> bytes:
    known = {"grant_type": "client_credentials", "client_id": channel_id}
    return urlencode({**known, "client_secret": channel_secret.reveal()}).encode()


def _read_token(response: Response) -> IssuedToken:
    try:
        answer = response.json()
        token, seconds = as_secret(answer["access_token"]), answer["expires_in"]
    except (ValueError, KeyError, TypeError):
        token = seconds = None
    answer = None
    if not isinstance(token, Secret) or isinstance(seconds, bool) or not isinstance(seconds, int):
        # The response may contain a token, so it is not shown.
        raise UnreadableResponse(
            f"the response has no access_token and expires_in ({_ISSUE_PAGE})",
            operation="line.issue_stateless_token",
            status=response.status,
            request_id=response.request_id,
            attempts=response.attempts,
        )
    return IssuedToken(token, seconds)


def oauth_error_info(response: Response) -> ErrorInfo | None:
    """LINE's rejection; a 400 for a wrong id or secret becomes ``Unauthorized``, which it means."""
    found = error_info(response)
    if found is not None and response.status == 400 and "invalid_client" in found.message:
        return attrs.evolve(found, error=Unauthorized)
    return found
