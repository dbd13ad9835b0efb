"""LINE's endpoints that send no message, as values."""

from __future__ import annotations

from datetime import date

import pytest
from linebot.v3.insight import GetStatisticsPerUnitResponse
from linebot.v3.messaging import BotInfoResponse

from linetap.errors import UnreadableResponse
from linetap.line.api import account
from linetap.line.api.account_results import BotInfo, LineProfile
from tests.line.api.test_messaging import U1, answer


def test_a_profile() -> None:
    """The id is in the path; endpoints with an id share one rate limit, and 404 is None."""
    op = account.profile(U1)

    assert (op.request.method, op.request.path) == ("GET", f"/v2/bot/profile/{U1}")
    assert op.rate_limit_key == account.profile("U" + "2" * 32).rate_limit_key == "GET /v2/bot/profile/{userId}"
    assert op.read(answer(200, {"userId": U1, "displayName": "A"})) == LineProfile(U1, "A")
    assert op.error_info(answer(404)) is None
    assert op.read(answer(404, {"message": "Not found"})) is None


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

    assert account.bot_info().read(answer(200, theirs.to_dict())) == BotInfo(
        U1, "@abc", "Brand", premium_id="@brand", chat_mode="bot", mark_as_read_mode="auto"
    )


def test_quota_limited_and_unlimited() -> None:
    """``type: none`` is no limit; a limit without a value is unreadable, not zero."""
    op = account.quota_limit()

    assert op.read(answer(200, {"type": "limited", "value": 1000})) == 1000
    assert op.read(answer(200, {"type": "none"})) is None
    assert account.quota_used().read(answer(200, {"totalUsage": 500})) == 500
    for body in ({"type": "limited"}, {"type": "limited", "value": True}, {"type": "limited", "value": "9"}):
        with pytest.raises(UnreadableResponse):
            op.read(answer(200, body))


def test_unit_statistics() -> None:
    """Days are written in LINE's format yyyyMMdd; null (fewer than 20 users) stays None; unknown properties are in
    extra.
    """
    op = account.unit_statistics("spring", date(2026, 3, 1), date(2026, 3, 31))
    body = {
        "overview": {"uniqueImpression": 40, "uniqueClick": None, "uniqueMediaPlayed100Percent": 3},
        "messages": [{"seq": 1, "impression": 42, "mediaPlayed25Percent": 2}],
        "clicks": [{"seq": 1, "url": "https://example.com/", "click": 3, "uniqueClickOfRequest": None}],
    }
    GetStatisticsPerUnitResponse.from_dict(body)

    found = op.read(answer(200, body))

    assert dict(op.request.params) == {"customAggregationUnit": "spring", "from": "20260301", "to": "20260331"}
    assert (found.unique_impression, found.unique_click) == (40, None)
    assert found.extra == {"uniqueMediaPlayed100Percent": 3}
    assert (found.messages[0].impression, found.messages[0].extra) == (42, {"mediaPlayed25Percent": 2})
    assert (found.clicks[0].url, found.clicks[0].click, found.clicks[0].unique_click_of_request) == (
        "https://example.com/",
        3,
        None,
    )


@pytest.mark.parametrize(
    "body", [{}, {"overview": {}, "messages": {}, "clicks": []}, {"overview": {}, "messages": [1], "clicks": []}]
)
def test_statistics_of_another_shape_are_unreadable(body: object) -> None:
    """A response without its three parts is an error."""
    with pytest.raises(UnreadableResponse):
        account.unit_statistics("u", date(2026, 3, 1), date(2026, 3, 1)).read(answer(200, body))


def test_a_link_token_is_never_shown() -> None:
    """The token is returned; a response without one is an error that does not print the body."""
    op = account.issue_link_token(U1)

    assert op.request.path == f"/v2/bot/user/{U1}/linkToken"
    assert op.read(answer(200, {"linkToken": "NMZTNuVrPTqlr2IF"})) == "NMZTNuVrPTqlr2IF"
    with pytest.raises(UnreadableResponse) as caught:
        op.read(answer(200, {"link_token": "secret-one"}))
    assert "secret-one" not in str(caught.value)
