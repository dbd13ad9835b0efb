"""CleverTap's API: the routes, and the checks of every request.

Written from CleverTap's pages, independent of the clients, in plain dicts: https://developer.clevertap.com/docs
"""

from __future__ import annotations

from linetap.http.types import Response
from linetap.sandbox.clevertap import campaigns, profiles, unimplemented, upload
from linetap.sandbox.clevertap.dashboard import Dashboard
from linetap.sandbox.clevertap.dispatcher import Send
from linetap.sandbox.clevertap.state import fail
from linetap.sandbox.core.service import Call, Route, Service, SharedState

HOSTS = {
    "eu1": "api.clevertap.com",
    "in1": "in1.api.clevertap.com",
    "sg1": "sg1.api.clevertap.com",
    "us1": "us1.api.clevertap.com",
    "aps3": "aps3.api.clevertap.com",
    "mec1": "mec1.api.clevertap.com",
    "sk1": "sk1.api.clevertap.com",
}
"""https://developer.clevertap.com/docs/common-api-components; ``eu1.api.clevertap.com`` works too."""

_OFTEN = {"upload"}


class CleverTap(Dashboard, Service):
    """CleverTap in process. ``handle`` processes a request; the other methods set up and show its state."""

    name = "clevertap"
    routes = (
        Route("upload", "POST", "/1/upload", upload.upload),
        Route("profile", "GET", "/1/profile.json", profiles.profile),
        Route("profiles", "POST", "/1/profiles.json", profiles.profiles_start),
        Route("profiles_next", "GET", "/1/profiles.json", profiles.profiles_next),
        Route("count", "POST", "/1/counts/profiles.json", profiles.count_start),
        Route("count_next", "GET", "/1/counts/profiles.json", profiles.count_next),
        Route("delete", "POST", "/1/delete/profiles.json", profiles.delete),
        Route("create_campaign", "POST", "/1/targets/create.json", campaigns.create, calls_out=True),
        Route("stop_campaign", "POST", "/1/targets/stop.json", campaigns.stop),
        Route("campaigns", "POST", "/1/targets/list.json", campaigns.listed),
        Route("campaign_report", "POST", "/1/targets/result.json", campaigns.result),
        Route(
            "trigger_campaign",
            "POST",
            "/1/send/externaltrigger.json",
            campaigns.external_trigger,
            calls_out=True,
        ),
        Route("save_template", "POST", "/sandbox/webhook-templates", campaigns.save_template, calls_out=True),
        Route("publish", "POST", "/sandbox/publish", campaigns.publish, calls_out=True),
        *unimplemented.routes(),
    )

    def __init__(self, world: SharedState, send: Send) -> None:
        Service.__init__(self, world)
        Dashboard.__init__(self, world, send)

    # Checks of every request -----------------------------------------------------------------------------

    def rejected(self, call: Call, route: Route | None, operation: str) -> Response | None:
        if route is None:
            return None
        host = call.headers.get("host", "").partition(":")[0].lower()
        elsewhere = host in HOSTS.values() and host != HOSTS[self.region]
        if call.headers.get("x-clevertap-account-id") != self.account_id:
            return fail("Account ID is not valid", 401, status=401)
        if elsewhere or call.headers.get("x-clevertap-passcode") != self.passcode:
            return fail("Invalid Credentials", 401, status=401)
        most = self.readings.upload_in_flight if route.name in _OFTEN else 3
        if self.in_flight[operation] > most:
            return fail("Too many concurrent requests", 429, status=429)
        if call.content and "json" not in call.headers.get("content-type", ""):
            return fail("Content-Type must be application/json", 400, status=400)
        return None

    def unknown(self, call: Call) -> Response:
        """An unknown path returns 200 with an empty body."""
        return Response(200)

    def failed(self, sentence: str) -> Response:
        return fail(sentence, 500, status=500)

    def fault_body(self, status: int) -> bytes:
        texts = {401: "Invalid Credentials", 429: "Too many concurrent requests"}
        return fail(texts.get(status, "A fault was injected here"), status).content
