"""LINE's limits for endpoints, each number under the page that states it."""

from __future__ import annotations

from collections.abc import Mapping

# https://developers.line.biz/en/reference/messaging-api/#get-follower-ids
FOLLOWERS_PAGE = 1000

# https://developers.line.biz/en/reference/messaging-api/#send-push-message
MESSAGES = 5

# https://developers.line.biz/en/reference/messaging-api/#send-multicast-message
MULTICAST_RECIPIENTS = 500

# https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit
STATISTICS_DAYS = 30

_VALIDATE = ("reply", "push", "multicast", "narrowcast", "broadcast")
_INSIGHT = ("followers", "demographic", "message/delivery", "message/event", "message/event/aggregation")

# Requests per second, for each endpoint of a channel; an endpoint that is not listed here has no pace of its own.
# https://developers.line.biz/en/reference/messaging-api/#rate-limits
PER_SECOND: Mapping[str, float] = {
    "POST /v2/bot/message/push": 2000,
    "POST /v2/bot/message/multicast": 200,
    **{f"POST /v2/bot/message/validate/{kind}": 2000 for kind in _VALIDATE},
    "POST /v2/bot/message/reply": 2000,
    "GET /v2/bot/followers/ids": 2000,
    "GET /v2/bot/profile/{userId}": 2000,
    "POST /v2/bot/user/{userId}/linkToken": 2000,
    "GET /v2/bot/channel/webhook/endpoint": 1000 / 60,
    "PUT /v2/bot/channel/webhook/endpoint": 1000 / 60,
    # 60 per hour; all 60 may be sent at once.
    "POST /v2/bot/message/broadcast": 60 / 3600,
    "POST /v2/bot/channel/webhook/test": 60 / 3600,
    **{f"GET /v2/bot/insight/{what}": 60 / 3600 for what in _INSIGHT},
}
