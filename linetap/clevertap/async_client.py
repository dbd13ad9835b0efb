"""``AsyncCleverTapClient``: CleverTap's endpoints as coroutine functions (extra ``async``).

``linetap/clevertap/client.py`` is generated from this file: ``nox -s generate``.
"""

from __future__ import annotations

import os
from typing import Any

from typing_extensions import Self, Unpack

from linetap.clevertap import checked
from linetap.clevertap.async_concurrency import AsyncConcurrencyLimitedTransport
from linetap.clevertap.credentials import Passcode, Region
from linetap.clevertap.methods_async_client import AsyncCleverTapMethods
from linetap.clevertap.raw_async_client import AsyncRawCleverTapClient
from linetap.http.aio.transport import AsyncClientOptions
from linetap.http.options import check_options
from linetap.http.secret import as_secret


class AsyncCleverTapClient(AsyncCleverTapMethods):
    """One CleverTap account, with coroutine functions. The constructor sends nothing.

    Args:
        account_id, passcode: from Settings > Project in the dashboard.
        region: where the account is, the first label of its dashboard's address (``sg1``). No default.
        webhook_template_path: only where a service of yours (or the sandbox) saves webhook templates.
        options: ``timeout``, ``retry``, ``pace``, ``session``, ``app_info``, ``base_url``.

    Needs aiohttp (``pip install 'linetap[async]'``). Close it with ``async with`` or ``await close()``.

    https://developer.clevertap.com/docs/common-api-components
    """

    def __init__(
        self,
        account_id: str,
        passcode: str,
        *,
        region: Region | str | None = None,
        webhook_template_path: str | None = None,
        **options: Unpack[AsyncClientOptions],
    ) -> None:
        passcode = as_secret(passcode)
        region = passcode if region == passcode else region  # an error shows a wrong region, but no secret
        check_options(self, options, AsyncClientOptions)
        hosts = checked.hosts(region, options.pop("base_url", None))
        rest: Any = {key: value for key, value in options.items() if value is not None}
        self._account_id = account_id
        self._template_path = webhook_template_path
        self._transport = AsyncConcurrencyLimitedTransport(
            hosts, Passcode(account_id, passcode), service="clevertap", **rest
        )
        self._host = hosts["api"]

    @classmethod
    def from_env(cls, prefix: str = "LINETAP_", **options: Unpack[AsyncClientOptions]) -> Self:
        """A client from ``LINETAP_CLEVERTAP_ACCOUNT_ID``, ``..._PASSCODE`` and ``..._REGION`` (or ``..._BASE_URL``)."""
        account, region, base_url = checked.from_env(os.environ, prefix)
        if base_url and "base_url" not in options:
            options["base_url"] = base_url
        return cls(**account, region=region, **options)

    @property
    def with_raw_response(self) -> AsyncRawCleverTapClient:
        """The methods of this client and of its groups; each returns its value with status and headers.

        ``raw = await clevertap.with_raw_response.profile(identity="customer-1")``. The arguments are those of the
        method. :meth:`profiles` and :meth:`upload_each` are not among them: their responses come during the iteration.
        """
        return AsyncRawCleverTapClient(self)

    async def close(self) -> None:
        """Closes the connections, except those of a session that you passed in; the next call opens new ones."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
