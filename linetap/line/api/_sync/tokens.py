"""Generated from ``linetap/line/api/tokens.py`` by ``nox -s generate``; do not edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap.http.group import Group

if TYPE_CHECKING:
    from linetap.http.sync.transport import SyncTransport
from linetap.line.api.tokens import issue_link_token


class Tokens(Group):
    """Channel access tokens, and tokens that link a user's account: ``line.tokens``."""

    _transport: SyncTransport

    def issue_link_token(self, user_id: str) -> str:
        """A token (one use, 10 minutes) that starts the linking of a user's account with yours.

        https://developers.line.biz/en/reference/messaging-api/#issue-link-token
        """
        return self._transport.do(issue_link_token(user_id))
