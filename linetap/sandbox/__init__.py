"""LINE and CleverTap on your own machine, in process or on 127.0.0.1: no account, no network.

>>> from linetap.sandbox import Sandbox
>>> with Sandbox() as box:
...     ids = box.line.add_followers(3)
...     box.line.block(ids[0])
...     box.line.followers == ids[1:]
True
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from linetap.http.types import Request, Response
from linetap.sandbox.clevertap.service import CleverTap
from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.core.clock import Clock, Ids
from linetap.sandbox.core.faults import Cut, Fault, Faults
from linetap.sandbox.core.service import Entry, Journal, SharedState
from linetap.sandbox.in_process import Hosts, OutboundHttp, sandbox_session
from linetap.sandbox.line.service import Line
from linetap.sandbox.servers import Server
from linetap.sandbox.web.page import page_html

if TYPE_CHECKING:
    import requests

    from linetap.clevertap.client import CleverTapClient
    from linetap.line.client import LineClient

__all__ = ["Clock", "Cut", "Entry", "Fault", "Readings", "Sandbox"]


class Sandbox:
    """Both services. ``Sandbox()`` opens no port; ``Sandbox(port=0)`` also listens on 127.0.0.1 (extra ``sandbox``).

    :param port: LINE's port, with CleverTap on the next one; 0 takes any two free ones.
    :param clock: stays at 2026-01-01 UTC unless advanced; ``Clock(source=time.time)`` runs.
    :param seed: ids and tokens are the same for the same seed.
    :param region: the region of the CleverTap account.
    :param rate_limits: LINE's published rate limits apply, by the sandbox's clock.
    :param latency: real seconds before each response over a socket; ``{"line": 0.05, "clevertap": 0.3}`` for each.
    :param journal: how many of the newest requests are kept.
    """

    def __init__(
        self,
        port: int | None = None,
        *,
        clock: Clock | None = None,
        seed: int = 0,
        region: str = "eu1",
        rate_limits: bool = False,
        latency: float | Mapping[str, float] = 0.0,
        journal: int = 10_000,
    ) -> None:
        self.clock = clock or Clock()
        self.readings = Readings()
        self.faults = Faults([*Line.operations(), *CleverTap.operations()])
        self.journal = Journal(maxlen=journal)
        world = SharedState(self.clock, Ids(seed), self.faults, self.journal, self.readings)
        self.line = Line(world)
        self._hosts = Hosts(self.line)
        self._outbound = OutboundHttp(self._hosts)
        self.clevertap = CleverTap(world, self._outbound)
        self._hosts.clevertap = self.clevertap
        self.clevertap.region = region
        if rate_limits:
            self.line.limit_rates()
        self.latency = latency
        self._port = port
        self._server: Server | None = None
        if port is not None:
            self.start()

    # Over a socket ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts to listen on 127.0.0.1, if it does not listen yet."""
        if self._server is None:
            self._server = Server(self._hosts, lambda: page_html(self.line, self.clevertap), self.latency)
            self._server.start(self._port or 0)

    def close(self) -> None:
        """Stops listening; the state of both services can still be read."""
        self._outbound.close()
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listening(self) -> Server:
        if self._server is None:
            raise RuntimeError(
                "this sandbox does not listen on a port: create it with Sandbox(port=0), or use session()"
            )
        return self._server

    @property
    def line_url(self) -> str:
        """LINE's base URL, such as ``http://127.0.0.1:49152``; the sandbox's page is at its root."""
        return f"http://127.0.0.1:{self._listening().line_port}"

    @property
    def clevertap_url(self) -> str:
        """CleverTap's base URL."""
        return f"http://127.0.0.1:{self._listening().clevertap_port}"

    # What a client needs ---------------------------------------------------------------------------------

    @property
    def channel_access_token(self) -> str:
        """A long-lived token of the account."""
        return self.line.channel_access_token

    @property
    def channel_id(self) -> str:
        return self.line.channel_id

    @property
    def channel_secret(self) -> str:
        return self.line.channel_secret

    @property
    def account_id(self) -> str:
        return self.clevertap.account_id

    @property
    def passcode(self) -> str:
        return self.clevertap.passcode

    @property
    def region(self) -> str:
        return self.clevertap.region

    @property
    def env(self) -> dict[str, str]:
        """The environment that points ``from_env`` at this sandbox (it must listen)."""
        return {
            "LINETAP_LINE_CHANNEL_ACCESS_TOKEN": self.channel_access_token,
            "LINETAP_LINE_BASE_URL": self.line_url,
            "LINETAP_CLEVERTAP_ACCOUNT_ID": self.account_id,
            "LINETAP_CLEVERTAP_PASSCODE": self.passcode,
            "LINETAP_CLEVERTAP_REGION": self.region,
            "LINETAP_CLEVERTAP_BASE_URL": self.clevertap_url,
        }

    def session(self) -> requests.Session:
        """A requests session: calls to LINE and CleverTap reach the sandbox, all others fail."""
        return sandbox_session(self._hosts)

    def line_client(self, **options: Any) -> LineClient:
        """A :class:`linetap.LineClient` of this sandbox: over a socket if it listens, else in process."""
        from linetap.line.client import LineClient

        return LineClient(self.channel_access_token, **self._reach("line_url", options))

    def clevertap_client(self, **options: Any) -> CleverTapClient:
        """A :class:`linetap.CleverTapClient` of this sandbox."""
        from linetap.clevertap.client import CleverTapClient

        options.setdefault("webhook_template_path", "/sandbox/webhook-templates")
        reach = self._reach("clevertap_url", options)
        if "base_url" not in reach:
            reach.setdefault("region", self.region)
        return CleverTapClient(self.account_id, self.passcode, **reach)

    def _reach(self, url: str, options: dict[str, Any]) -> dict[str, Any]:
        if "session" in options or "base_url" in options:
            return options
        return {
            **options,
            **({"session": self.session()} if self._server is None else {"base_url": getattr(self, url)}),
        }

    def post_events(self, url: str, *events: Mapping[str, Any], timeout: float = 2.0) -> Response:
        """Posts LINE events, signed, to your server on this machine; LINE expects a 200 within two seconds.

        Events come from ``box.line.webhooks``; without one it is LINE's connectivity check.
        """
        webhook = self.line.webhooks.request(*events)
        parts = urlsplit(url)
        params = tuple(parse_qsl(parts.query, keep_blank_values=True))
        return self._outbound(url, Request("POST", parts.path or "/", params, webhook.body, webhook.headers), timeout)

    def __repr__(self) -> str:
        where = f"listening at {self.line_url} and {self.clevertap_url}" if self._server else "in process"
        return f"<Sandbox {where}: {len(self.line.people)} people, {len(self.clevertap.by_object_id)} profiles>"
