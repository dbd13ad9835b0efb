"""``AsyncCleverTapClient``: the same endpoints, awaited (extra ``async``)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from typing_extensions import Self, Unpack

from linetap.clevertap import checked, limits, models, operations, templates
from linetap.clevertap.async_concurrency import AsyncConcurrencyLimitedTransport
from linetap.clevertap.client_base import CleverTapClientBase
from linetap.clevertap.credentials import Passcode, Region
from linetap.clevertap.records import EventRecord, ProfileRecord, Record
from linetap.clevertap.reports import UploadReport
from linetap.clevertap.upload import Batch, OnRejection, Upload, checked_batch_size, checked_in_flight, checked_records
from linetap.display.progress import Progress, length_of, reporting
from linetap.errors import LinetapError
from linetap.http.aio.transport import AsyncClientOptions
from linetap.http.options import check_options
from linetap.http.types import Operation, Response

T = TypeVar("T")
Records = Iterable[T] | AsyncIterable[T]


class AsyncCleverTapClient(CleverTapClientBase[AsyncConcurrencyLimitedTransport]):
    """One CleverTap account, awaited: :class:`linetap.CleverTapClient` method by method.

    Needs aiohttp (``pip install 'linetap[async]'``). Uploads take async iterables too. Close it with ``async
    with`` or ``await close()``. https://developer.clevertap.com/docs/common-api-components
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

    async def upload_profiles(
        self,
        records: Records[ProfileRecord],
        *,
        dry_run: bool = False,
        in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
        batch_size: int = limits.RECORDS_PER_UPLOAD,
        progress: Progress = None,
        on_rejection: OnRejection | None = None,
    ) -> UploadReport:
        """Sets properties on profiles; see :meth:`linetap.CleverTapClient.upload_profiles`."""
        return await self._upload(ProfileRecord, records, dry_run, in_flight, batch_size, progress, on_rejection)

    async def upload_events(
        self,
        records: Records[EventRecord],
        *,
        dry_run: bool = False,
        in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
        batch_size: int = limits.RECORDS_PER_UPLOAD,
        progress: Progress = None,
        on_rejection: OnRejection | None = None,
    ) -> UploadReport:
        """Records things people did; see :meth:`linetap.CleverTapClient.upload_events`."""
        return await self._upload(EventRecord, records, dry_run, in_flight, batch_size, progress, on_rejection)

    async def profile(
        self, *, identity: str | None = None, email: str | None = None, object_id: str | None = None
    ) -> models.CleverTapProfile | None:
        """One profile by exactly one of the three; None where there is none."""
        return await self._transport.do(checked.profile(identity, email, object_id))

    def profiles(
        self, query: models.ProfileQuery | Mapping[str, Any], *, page_size: int = 4_991
    ) -> AsyncIterator[models.CleverTapProfile]:
        """The profiles that a query finds, page by page as you draw them: ``async for``."""
        opening = operations.open_profiles(models.query_to_json(query), checked.batch_size(page_size))
        return self._profiles(opening)

    async def count_profiles(self, query: models.ProfileQuery | Mapping[str, Any]) -> int:
        """How many profiles a query finds; waits where CleverTap needs time to count."""
        found = await self._transport.do(operations.count(models.query_to_json(query)))
        if found.count is None and found.req_id is not None:
            return await self._poll(self._counted(found.req_id), "clevertap.count_profiles")
        return found.count or 0

    async def delete_profiles(self, identities: Sequence[str]) -> None:
        """Asks for profiles to be deleted, 100 a call; CleverTap does it within 48 hours."""
        parts = checked.deletions(identities)
        for i, part in enumerate(parts):
            try:
                await self._transport.do(operations.delete_profiles(part))
            except LinetapError as error:
                error.report = checked.deletion_report(parts, i)
                raise

    async def create_webhook_template(self, template: templates.WebhookTemplate) -> templates.WebhookTemplateReceipt:
        """Saves a webhook template where a service takes one; otherwise says what to do in the dashboard."""
        given = templates.check_template(template)
        if self._template_path is None:
            return checked.by_hand(given)
        made = await self._transport.do(checked.template(self._template_path, given))
        return templates.WebhookTemplateReceipt(created=True, template_id=made)

    async def create_campaign(self, campaign: models.WebhookCampaign) -> models.CampaignCreated:
        """Creates a webhook campaign that posts CleverTap's own payload; not repeated after a lost answer."""
        return await self._transport.do(checked.campaign(campaign))

    async def trigger_campaign(self, campaign_id: str, to: Sequence[str], values: Mapping[str, Any]) -> None:
        """Starts a published external-trigger campaign for some identities; not repeated after a lost answer."""
        await self._transport.do(checked.trigger(campaign_id, to, values))

    async def campaigns(self, since: date, until: date) -> tuple[models.CampaignSummary, ...]:
        """The campaigns scheduled in these days; those made in the dashboard may be missing."""
        return await self._transport.do(checked.campaigns(since, until))

    async def campaign_report(self, campaign_id: str) -> models.CampaignReport:
        """A campaign's figures. Raises ``Conflict`` while it has not ended."""
        return await self._transport.do(operations.campaign_report(checked.campaign_id(campaign_id)))

    async def stop_campaign(self, campaign_id: str) -> None:
        """Stops a scheduled campaign."""
        await self._transport.do(operations.stop_campaign(checked.campaign_id(campaign_id)))

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        json: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        host: str = "api",
        retry_key: str | None = None,
        repeatable: bool = False,
    ) -> Response:
        """Any endpoint that linetap does not name; raises like the others, an empty answer included."""
        return await self._transport.do(
            checked.raw(
                method,
                path,
                params=params,
                json=json,
                content=content,
                headers=headers,
                host=host,
                retry_key=retry_key,
                repeatable=repeatable,
            )
        )

    async def close(self) -> None:
        """Closes the connections, except those of a session that was handed in; the next call opens new ones."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def _upload(
        self,
        kind: type[Record],
        records: Records[Any],
        dry_run: bool,
        in_flight: int,
        batch_size: int,
        progress: Progress,
        on_rejection: OnRejection | None,
    ) -> UploadReport:
        width, size = checked_in_flight(in_flight), checked_batch_size(batch_size)
        given = records if isinstance(records, AsyncIterable) else checked_records(records)
        begun = self._transport.clock()
        with reporting(progress, total=length_of(given), unit="records") as tick:
            run = Upload(kind, on_rejection, tick, size)
            batches: Any = run.batches_async(given) if isinstance(given, AsyncIterable) else run.batches(given)
            try:
                if dry_run:
                    await _check(run, batches)
                else:
                    async for _ in self._transport.run_bulk(
                        operations.upload, batches, in_flight=width, on_outcome=run.on_outcome
                    ):
                        pass
            except BaseException as error:
                vars(error)["report"] = run.report(self._transport.clock() - begun)
                raise
        return run.finish(self._transport.clock() - begun)

    async def _profiles(self, opening: Operation[str]) -> AsyncIterator[models.CleverTapProfile]:
        cursor: str | None = await self._transport.do(opening)
        while cursor is not None:
            page = await self._poll(self._page(cursor), "clevertap.profiles")
            for profile in page.profiles:
                yield profile
            cursor = page.next

    def _page(self, cursor: str) -> Callable[[], Awaitable[models.ProfilePage | None]]:
        return lambda: self._transport.do(operations.profile_page(cursor))

    def _counted(self, req_id: str) -> Callable[[], Awaitable[int | None]]:
        async def ask() -> int | None:
            return (await self._transport.do(operations.count_again(req_id))).count

        return ask

    async def _poll(self, ask: Callable[[], Awaitable[T | None]], name: str) -> T:
        for wait in (*checked.POLL_WAITS, None):
            answer = await ask()
            if answer is not None:
                return answer
            if wait is not None:
                await self._transport.wait(wait)
        raise checked.never_ready(name)


async def _check(run: Upload, batches: Iterable[Batch] | AsyncIterable[Batch]) -> None:
    if isinstance(batches, AsyncIterable):
        async for batch in batches:
            run.count_checked(batch)
    else:
        for batch in batches:
            run.count_checked(batch)
