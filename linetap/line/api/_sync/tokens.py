"""Generated from ``linetap/line/api/tokens.py`` by ``nox -s generate``; do not edit."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

from linetap.http.group import Group
from linetap.http.secret import as_secret
from linetap.line.api.tokens import (
    _LONGEST,
    ChannelToken,
    TokenInfo,
    issue_link_token,
    issue_v2_1,
    key_as_secret,
    key_ids,
    revoke,
    verify,
)

if TYPE_CHECKING:
    from linetap.http.sync.transport import SyncTransport


class Tokens(Group):
    """Channel access tokens, and tokens that link a user's account: ``line.tokens``."""

    _transport: SyncTransport

    def issue_link_token(self, user_id: str) -> str:
        """A token (one use, 10 minutes) that starts the linking of a user's account with yours.

        https://developers.line.biz/en/reference/messaging-api/#issue-link-token
        """
        return self._transport.do(issue_link_token(user_id))

    def issue_v2_1(
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
        return self._transport.do(operation)

    def key_ids(self, channel_id: str, key_id: str, private_key: str | bytes) -> tuple[str, ...]:
        """The ``key_id`` of every valid token of version 2.1 of the channel. Arguments as for :meth:`issue_v2_1`.

        https://developers.line.biz/en/reference/messaging-api/#get-all-valid-channel-access-token-key-ids-v2-1
        """
        private_key = key_as_secret(private_key)
        return self._transport.do(key_ids(channel_id, key_id, private_key, time()))

    def verify(self, access_token: str) -> TokenInfo | None:
        """The channel and the remaining seconds of a token of version 2.1; None where it is not valid.

        https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token-v2-1
        """
        access_token = as_secret(access_token)
        return self._transport.do(verify(access_token))

    def revoke(self, channel_id: str, channel_secret: str, access_token: str) -> None:
        """Revokes a token of version 2.1. A token that LINE does not know is no error.

        https://developers.line.biz/en/reference/messaging-api/#revoke-channel-access-token-v2-1
        """
        channel_id, channel_secret, access_token = (
            as_secret(channel_id),
            as_secret(channel_secret),
            as_secret(access_token),
        )
        self._transport.do(revoke(channel_id, channel_secret, access_token))
