"""LINE's endpoints that send no message, as values."""

from __future__ import annotations

import pytest
from linebot.v3.messaging import BotInfoResponse

from linetap.errors import UnreadableResponse
from linetap.line.api import account
from linetap.line.api.account_results import BotInfo, LineProfile
from tests.line.api.test_messaging import U1, reply


def test_a_profile() -> None:
    """The id is in the path; endpoints with an id share one rate limit, and 404 is None."""
    op = account.profile(U1)

    assert (op.request.method, op.request.path) == ("GET", f"/v2/bot/profile/{U1}")
    assert op.rate_limit_key == account.profile("U" + "2" * 32).rate_limit_key == "GET /v2/bot/profile/{userId}"
    assert op.read(reply(200, {"userId": U1, "displayName": "A"})) == LineProfile(U1, "A")
    assert op.error_info(reply(404)) is None
    assert op.read(reply(404, {"message": "Not found"})) is None


def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    """An id is percent-encoded, so that it cannot name another endpoint."""
    assert account.profile("../info?x=1").request.path == "/v2/bot/profile/..%2Finfo%3Fx%3D1"


def test_bot_info_reads_what_the_official_sdk_writes() -> None:
    """A response as line-bot-sdk models it is read completely."""
    theirs = BotInfoResponse(
        user_id=U1,
        basic_id="@abc",
        display_name="Brand",
        premium_id="@brand",
        chat_mode="bot",
        mark_as_read_mode="auto",
    )

    assert account.bot_info().read(reply(200, theirs.to_dict())) == BotInfo(
        U1, "@abc", "Brand", premium_id="@brand", chat_mode="bot", mark_as_read_mode="auto"
    )


def test_quota_limited_and_unlimited() -> None:
    """``type: none`` is no limit; a limit without a value is unreadable, not zero."""
    op = account.quota_limit()

    assert op.read(reply(200, {"type": "limited", "value": 1000})) == 1000
    assert op.read(reply(200, {"type": "none"})) is None
    assert account.quota_used().read(reply(200, {"totalUsage": 500})) == 500
    for body in ({"type": "limited"}, {"type": "limited", "value": True}, {"type": "limited", "value": "9"}):
        with pytest.raises(UnreadableResponse):
            op.read(reply(200, body))
