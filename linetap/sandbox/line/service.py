"""LINE's Messaging API: the routes, and the checks of every request.

Written from LINE's pages, independent of the clients, in plain dicts:
https://developers.line.biz/en/reference/messaging-api/
"""

from __future__ import annotations

from linetap.http.types import Headers, Response
from linetap.sandbox.core.service import Call, Route, Service, SharedState
from linetap.sandbox.line import account, insight, sending, tokens, tokens_v2_1, unimplemented, webhook_endpoint
from linetap.sandbox.line.sending import error, retry_key_rejection
from linetap.sandbox.line.state import LineState
from linetap.sandbox.line.webhooks import Webhooks

_MOST_BYTES = 2 * 1024 * 1024

RATES = {
    "multicast": 200.0,
    "broadcast": 60 / 3600,
    "unit_statistics": 60 / 3600,
    "insight_followers": 60 / 3600,
    "insight_deliveries": 60 / 3600,
    "insight_demographics": 60 / 3600,
    "insight_message_events": 60 / 3600,
    "webhook_test": 60 / 3600,
    "webhook_endpoint": 1000 / 60,
    "set_webhook_endpoint": 1000 / 60,
    "issue_short_lived_token": 370.0,
}
"""Requests a second, by endpoint (#rate-limits); all others 2,000."""

_TEXTS = {
    400: "The request body has 1 error(s)",
    401: "Authentication failed due to the following reason: invalid token",
    403: "Access to this API is not available for your account",
    404: "Not found",
    409: "The retry key is already accepted",
    413: "Request entity too large",
    429: "The API rate limit has been exceeded. Try again later.",
    500: "Internal server error",
}


class Line(LineState, Service):
    """LINE in process. ``handle`` processes a request; the other methods set up and show its state."""

    name = "line"
    routes = (
        Route("push", "POST", "/v2/bot/message/push", sending.push, key=True),
        Route("multicast", "POST", "/v2/bot/message/multicast", sending.multicast, key=True),
        Route("broadcast", "POST", "/v2/bot/message/broadcast", sending.broadcast, key=True),
        *(
            Route(f"validate_{kind}", "POST", f"/v2/bot/message/validate/{kind}", sending.validate)
            for kind in ("reply", "push", "multicast", "narrowcast", "broadcast")
        ),
        Route("followers", "GET", "/v2/bot/followers/ids", account.followers),
        Route("profile", "GET", "/v2/bot/profile/{userId}", account.profile),
        Route("bot_info", "GET", "/v2/bot/info", account.bot_info),
        Route("quota", "GET", "/v2/bot/message/quota", account.quota),
        Route("quota_consumption", "GET", "/v2/bot/message/quota/consumption", account.quota_consumption),
        Route("unit_usage", "GET", "/v2/bot/message/aggregation/info", account.unit_usage),
        Route("unit_names", "GET", "/v2/bot/message/aggregation/list", account.unit_names),
        Route("unit_statistics", "GET", "/v2/bot/insight/message/event/aggregation", account.unit_statistics),
        Route("issue_link_token", "POST", "/v2/bot/user/{userId}/linkToken", account.issue_link_token),
        Route("issue_stateless_token", "POST", "/oauth2/v3/token", tokens.issue_stateless, open=True),
        Route("issue_token_v2_1", "POST", "/oauth2/v2.1/token", tokens_v2_1.issue, open=True),
        Route("verify_token_v2_1", "GET", "/oauth2/v2.1/verify", tokens_v2_1.verify, open=True),
        Route("token_key_ids", "GET", "/oauth2/v2.1/tokens/kid", tokens_v2_1.key_ids, open=True),
        Route("revoke_token_v2_1", "POST", "/oauth2/v2.1/revoke", tokens_v2_1.revoke, open=True),
        Route("issue_short_lived_token", "POST", "/v2/oauth/accessToken", tokens.issue_short_lived, open=True),
        Route("verify_token", "POST", "/v2/oauth/verify", tokens.verify, open=True),
        Route("revoke_token", "POST", "/v2/oauth/revoke", tokens.revoke, open=True),
        Route("reply", "POST", "/v2/bot/message/reply", sending.reply),
        Route("delivery_counts", "GET", "/v2/bot/message/delivery/{kind}", insight.delivery_counts),
        Route("insight_followers", "GET", "/v2/bot/insight/followers", insight.followers),
        Route("insight_deliveries", "GET", "/v2/bot/insight/message/delivery", insight.deliveries),
        Route("insight_demographics", "GET", "/v2/bot/insight/demographic", insight.demographics),
        Route("insight_message_events", "GET", "/v2/bot/insight/message/event", insight.message_events),
        Route("webhook_endpoint", "GET", "/v2/bot/channel/webhook/endpoint", webhook_endpoint.get),
        Route("set_webhook_endpoint", "PUT", "/v2/bot/channel/webhook/endpoint", webhook_endpoint.change),
        Route("webhook_test", "POST", "/v2/bot/channel/webhook/test", webhook_endpoint.test),
        *unimplemented.routes(),
    )

    def __init__(self, world: SharedState) -> None:
        Service.__init__(self, world)
        LineState.__init__(self, world)
        self.webhooks = Webhooks(self)
        self._buckets: dict[str, tuple[float, float]] = {}

    def limit_rates(self) -> None:
        """Applies the published rate limits from now on, by the sandbox's clock."""
        names = (name.partition(".")[2] for name in self.operations())
        self.rates.update({name: RATES.get(name, 2000.0) for name in names})

    # Checks of every request -----------------------------------------------------------------------------

    def new_request_id(self) -> str:
        return self.ids.uuid("line request")

    def rejected(self, call: Call, route: Route | None, operation: str) -> Response | None:
        if route is None or call.request.host not in (route.host, "any"):
            return error(404, "Not found")
        if len(call.content) > _MOST_BYTES:
            return error(413, _TEXTS[413])
        if not route.marks.get("open") and (missing := self._unauthorized(call)) is not None:
            return missing
        if not self._in_time(route.name):
            return error(429, _TEXTS[429])
        return retry_key_rejection(self, call, bool(route.marks.get("key")))

    def unknown(self, call: Call) -> Response:
        return error(404, "Not found")

    def failed(self, sentence: str) -> Response:
        return error(500, sentence)

    def fault_body(self, status: int) -> bytes:
        return error(status, _TEXTS.get(status, "The sandbox was asked to fail here")).content

    def signed(self, response: Response, call: Call) -> Response:
        headers = {**response.headers, "x-line-request-id": call.request_id}
        return Response(response.status, Headers(headers), response.content)

    def _unauthorized(self, call: Call) -> Response | None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.is_valid(token.strip()):
            return None
        reason = "invalid token" if token else "missing token"
        return error(401, f"Authentication failed due to the following reason: {reason}")

    def _in_time(self, name: str) -> bool:
        """A token bucket (#rate-limits); its size is not published (``readings.rate_limit_bucket``)."""
        if (rate := self.rates.get(name)) is None:
            return True
        now, room = self.clock.now(), max(rate, 1.0)
        if self.readings.rate_limit_bucket == "one request":
            room = 1.0
        elif self.readings.rate_limit_bucket == "one period" and rate < 1:
            room = rate * 3600
        left, at = self._buckets.get(name, (room, now))
        left = min(room, left + (now - at) * rate)
        self._buckets[name] = (left - 1 if left >= 1 else left, now)
        return left >= 1
