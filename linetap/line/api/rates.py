"""LINE's limits for endpoints, each number under the page that states it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from linetap.line.api.rate_table import DECLARED

# https://developers.line.biz/en/reference/messaging-api/#get-follower-ids
FOLLOWERS_PAGE = 1000

# https://developers.line.biz/en/reference/messaging-api/#send-push-message
MESSAGES = 5

# https://developers.line.biz/en/reference/messaging-api/#send-multicast-message
MULTICAST_RECIPIENTS = 500

# https://developers.line.biz/en/reference/messaging-api/#get-statistics-per-unit
STATISTICS_DAYS = 30

# Requests and seconds, for each endpoint of a channel that has another limit than OTHERS. An hourly limit refills
# gradually (60 an hour: one a minute); how many requests may be sent at once is not published.
# A group declares the limits of its own endpoints, as RATES in its module; those without a method are here.
# https://developers.line.biz/en/reference/messaging-api/#rate-limits
_AUDIENCES = "/v2/bot/audienceGroup"
_INSIGHT = "/v2/bot/insight"
_RICH_MENU = "/v2/bot/richmenu"
RATES: Mapping[str, tuple[int, int]] = {
    **DECLARED,
    "POST /v2/bot/message/narrowcast": (60, 3600),
    "POST /v2/bot/chat/loading/start": (100, 1),
    "POST /v2/oauth/accessToken": (370, 1),
    f"POST {_AUDIENCES}/upload": (60, 60),
    f"POST {_AUDIENCES}/upload/byFile": (60, 60),
    f"PUT {_AUDIENCES}/upload": (60, 60),
    f"PUT {_AUDIENCES}/upload/byFile": (60, 60),
    f"POST {_AUDIENCES}/click": (60, 60),
    f"POST {_AUDIENCES}/imp": (60, 60),
    f"PUT {_AUDIENCES}/{{audienceGroupId}}/updateDescription": (60, 60),
    f"DELETE {_AUDIENCES}/{{audienceGroupId}}": (60, 60),
    f"GET {_AUDIENCES}/{{audienceGroupId}}": (60, 60),
    f"GET {_AUDIENCES}/list": (60, 60),
    f"GET {_AUDIENCES}/shared/{{audienceGroupId}}": (60, 60),
    f"GET {_AUDIENCES}/shared/list": (60, 60),
    f"GET {_INSIGHT}/richmenu/{{richMenuId}}/summary": (60, 3600),
    f"GET {_INSIGHT}/richmenu/{{richMenuId}}/daily": (60, 3600),
    "POST /v2/bot/coupon": (200, 1),
    "PUT /v2/bot/coupon/{couponId}/close": (200, 1),
    "GET /v2/bot/coupon": (200, 1),
    "GET /v2/bot/coupon/{couponId}": (200, 1),
    "GET /v2/bot/membership/subscription/{userId}": (200, 1),
    "GET /v2/bot/membership/{membershipId}/users/ids": (200, 1),
    "GET /v2/bot/membership/list": (200, 1),
    f"POST {_RICH_MENU}": (100, 3600),
    f"DELETE {_RICH_MENU}/{{richMenuId}}": (100, 3600),
    f"GET {_RICH_MENU}/list": (10, 1),
    f"POST {_RICH_MENU}/batch": (3, 3600),
    f"GET {_RICH_MENU}/progress/batch": (100, 3600),
    f"DELETE {_RICH_MENU}/alias/{{richMenuAliasId}}": (100, 3600),
}

OTHERS = (2000, 1)
"""The limit of every other endpoint, for each endpoint by itself."""

_PATTERNS = [
    (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(endpoint))), endpoint) for endpoint in RATES if "{" in endpoint
]


def endpoint_of(method: str, path: str) -> str | None:
    """The listed endpoint that a request is for, with names in place of ids; None for another one."""
    asked = f"{method} {path}"
    if asked in RATES:
        return asked
    return next((endpoint for pattern, endpoint in _PATTERNS if pattern.fullmatch(asked)), None)
