"""The secret of a webhook: checked in constant time, never shown."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from linetap.errors import invalid, literal_text
from linetap.http.secret import Secret, as_secret

_SHORTEST = 16
_WORD = re.compile(rf"[\x21-\x7e]{{{_SHORTEST},}}")


class Unauthenticated:
    """The type of ``UNAUTHENTICATED``."""

    def __repr__(self) -> str:
        return "UNAUTHENTICATED"


UNAUTHENTICATED: Final = Unauthenticated()
"""As a relay's secret: every call is stored, because something in front of the relay checks it."""


class WebhookCredentials:
    """Compares the ``Authorization`` header of a call with secrets. It stores digests, not the secrets."""

    __slots__ = ("_allowed", "_key", "open")

    def __init__(self, secret: Any, basic: Any) -> None:
        secret, basic = as_secret(secret), as_secret(basic)  # before anything can raise
        self._key = os.urandom(32)
        self.open = secret is UNAUTHENTICATED and basic is None
        tokens = () if secret is UNAUTHENTICATED else _secrets(secret)
        allowed = [self._digest(b"bearer " + token.encode()) for token in tokens]
        if basic is not None:
            _check_pair(basic)
            allowed.append(self._digest(b"basic " + basic[0].encode() + b":" + basic[1].encode()))
        self._allowed = tuple(allowed)

    def __repr__(self) -> str:
        return "WebhookCredentials(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("the credentials of a relay cannot be pickled: make the relay in each process")

    def accept(self, headers: Mapping[str, str]) -> bool:
        """Whether the call may be stored. All secrets are compared, each in constant time."""
        if self.open:
            return True
        sent = self._digest(_sent(headers.get("authorization", "")))
        matches = [hmac.compare_digest(sent, allowed) for allowed in self._allowed]
        return any(matches)

    def _digest(self, value: bytes) -> bytes:
        # Digests have one length: the comparison does not show the length of a secret.
        return hmac.digest(self._key, value, hashlib.sha256)


def _sent(value: str) -> bytes:
    scheme, _, rest = value.partition(" ")
    rest = rest.strip()
    if scheme.lower() == "basic":
        try:
            return b"basic " + base64.b64decode(rest, validate=True)
        except (binascii.Error, ValueError):
            return b""
    return f"{scheme.lower()} {rest}".encode("utf-8", "replace")


def _secrets(given: Any) -> tuple[Secret, ...]:
    found = given if isinstance(given, tuple) else (given,)
    remedy = 'make one with python -c "import secrets; print(secrets.token_urlsafe(32))", or pass UNAUTHENTICATED'
    if not found:
        raise invalid("secret", "must be at least one secret", literal_text("none"), remedy)
    for each in found:
        if not isinstance(each, Secret) or not _WORD.fullmatch(each.reveal()):
            rule = f"must be one word of at least {_SHORTEST} ASCII characters"
            raise invalid("secret", rule, literal_text(_kind(each)), remedy)
    return found


def _kind(value: Any) -> str:
    """What was given, in words that do not show it."""
    if value is None:
        return "None"
    if not isinstance(value, Secret):
        return f"a value of type {getattr(value, 'type_name', type(value).__name__)}"
    length = len(value.reveal())
    return f"{length} characters" if length < _SHORTEST else "a space, or a character that is not ASCII"


def _check_pair(given: Any) -> None:
    fine = isinstance(given, tuple) and len(given) == 2 and all(isinstance(part, Secret) for part in given)
    if not fine or not given[0] or ":" in given[0].reveal() or len(given[1].reveal()) < _SHORTEST:
        rule = f"must be (user, password): a user without ':' and a password of at least {_SHORTEST} characters"
        raise invalid("basic", rule, literal_text("another value"))
