"""How much LINE's endpoints take, each number under the address of the page that states it."""

from __future__ import annotations

from collections.abc import Mapping

# https://developers.line.biz/en/reference/messaging-api/#get-follower-ids
FOLLOWERS_PAGE = 1000

# https://developers.line.biz/en/reference/messaging-api/#send-multicast-message
MULTICAST_RECIPIENTS = 500

# https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit
STATISTICS_DAYS = 30

# Requests a second, for each endpoint of a channel; what is not named here shares the number of push.
# https://developers.line.biz/en/reference/messaging-api/#rate-limits
PER_SECOND: Mapping[str, float] = {
    "POST /v2/bot/message/push": 2000,
    "POST /v2/bot/message/multicast": 200,
    "POST /v2/bot/message/validate/push": 2000,
    "GET /v2/bot/followers/ids": 2000,
    "GET /v2/bot/profile/{userId}": 2000,
    "POST /v2/bot/user/{userId}/linkToken": 2000,
    # 60 an hour, which an hour's worth may use up at once.
    "GET /v2/bot/insight/message/event/aggregation": 60 / 3600,
}
