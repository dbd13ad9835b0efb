"""``line.tokens``: channel access tokens, and tokens that link a user's account.

https://developers.line.biz/en/reference/messaging-api/#channel-access-token
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import attrs

from linetap.http.group import Group
from linetap.http.types import Idempotency, Operation, Request, Response
from linetap.line.api.responses import error_info, json_object, unreadable

if TYPE_CHECKING:
    from linetap.http.aio.transport import AsyncTransport

__all__ = ["AsyncTokens"]


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
