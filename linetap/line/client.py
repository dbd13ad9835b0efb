"""``LineClient``: LINE's endpoints as methods.

Generated from ``linetap/line/async_client.py`` by ``nox -s generate``; do not edit.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from linetap.http.options import check_options
from linetap.http.secret import as_secret
from linetap.http.sync.transport import ClientOptions, SyncTransport
from linetap.line import lazy_raw
from linetap.line import lazy_types as types
from linetap.line.client_options import HOSTS, PACES, hosts, token_provider
from linetap.line.environment import from_environment
from linetap.line.methods_client import LineMethods
from linetap.line.staging import checked_only_to
from linetap.line.tokens import TokenProvider


class LineClient(LineMethods):
    """LINE's Messaging API for one channel.

    ``channel_access_token``: a token from the console, or ``StatelessToken(channel_id, channel_secret)``, which
    issues 15-minute tokens when they are needed. Wrong arguments raise ``BadArgument`` with all problems before
    anything is sent; the constructor sends nothing.

    ``only_to``: for staging, the ids of the only recipients that get messages; deliveries to others are not sent, and
    calls without known recipients (broadcast, reply) raise ``BadArgument``.

    Thread-safe, and safe after a fork. Close it with ``with`` or ``close()``.

    https://developers.line.biz/en/reference/messaging-api/
    """

    def __init__(
        self,
        channel_access_token: str | TokenProvider,
        *,
        only_to: Iterable[str] | None = None,
        **options: types.Unpack[ClientOptions],
    ) -> None:
        channel_access_token = as_secret(channel_access_token)
        check_options(self, options, ClientOptions)
        self._only_to = checked_only_to(only_to)
        base_url = options.pop("base_url", None)
        rest: Any = options  # the type does not express that base_url was removed
        self._transport = SyncTransport(
            hosts(base_url), token_provider(channel_access_token), service="line", paces=PACES, **rest
        )
        self._address = base_url or HOSTS["api"]

    @classmethod
    def from_env(
        cls,
        prefix: str = "LINETAP_",
        *,
        only_to: Iterable[str] | None = None,
        **options: types.Unpack[ClientOptions],
    ) -> types.Self:
        """A client from environment variables.

        It reads ``LINETAP_LINE_CHANNEL_ACCESS_TOKEN``, or ``..._CHANNEL_ID`` and ``..._CHANNEL_SECRET``, and the
        address ``LINETAP_LINE_BASE_URL``. ``LINETAP_LINE_ONLY_TO`` (ids, separated by commas) is ``only_to``; an
        argument replaces it. Use another prefix for each further account.
        """
        token, base_url, listed = from_environment(prefix, os.environ)
        if base_url is not None:
            options.setdefault("base_url", base_url)
        return cls(token, only_to=listed if only_to is None else only_to, **options)

    def close(self) -> None:
        """Closes the connections, except those of a session that you passed in; the next call opens new ones."""
        self._transport.close()

    def __enter__(self) -> types.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def with_raw_response(self) -> lazy_raw.RawLineClient:
        """The methods of this client and of its groups; each returns its value with status, headers and request id.

        ``raw = line.with_raw_response.push(user_id, "Hello")``. The arguments are those of the method.
        :meth:`followers` and :meth:`push_each` are not among them: their responses come during the iteration.
        """
        return lazy_raw.RawLineClient(self)
