"""The methods of ``AsyncCleverTapClient`` that are used every day.

``linetap/clevertap/methods_client.py`` is generated from this file: ``nox -s generate``.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from linetap.clevertap import checked, limits, models, operations, templates
from linetap.clevertap.async_concurrency import AsyncConcurrencyLimitedTransport
from linetap.clevertap.client_base import CleverTapClientBase
from linetap.clevertap.groups_async_client import AsyncGroups
from linetap.clevertap.records import EventRecord, ProfileRecord, Record
from linetap.clevertap.reports import BatchResult, UploadReport
from linetap.clevertap.upload import OnRejection, UploadOptions, checked_in_flight, checked_records
from linetap.display.progress import Progress, length_of, reporting
from linetap.errors import LinetapError
from linetap.http.call import Outcome
from linetap.http.types import Operation, Response

T = TypeVar("T")
Item = TypeVar("Item")


class AsyncCleverTapMethods(AsyncGroups, CleverTapClientBase[AsyncConcurrencyLimitedTransport]):
    """The methods of a client that are at its top."""

    _template_path: str | None

    async def upload_profiles(
        self,
        records: Iterable[ProfileRecord] | AsyncIterable[ProfileRecord],
        *,
        dry_run: bool = False,
        in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
        batch_size: int = limits.RECORDS_PER_UPLOAD,
        progress: Progress = None,
        on_rejection: OnRejection | None = None,
    ) -> UploadReport:
        """Sets properties on profiles; CleverTap makes a profile for an identity that has none.

        Args:
            records: any iterable, an async iterable too. It is read lazily. Two records of one identity may be
                applied in either order unless ``in_flight`` is 1.
            dry_run: make all checks that can be made offline; send nothing.
            in_flight: calls at once, 1 to 15.
            batch_size: records per call, 1 to 1,000; older accounts may accept only 100.
            progress: True for a bar (extra ``progress``), or ``callable(done, total)``.
            on_rejection: called with every :class:`Rejection`; the report stores the first 10,000.

        Raises:
            LinetapError: a batch used up its attempts. Nothing more is read then, the calls in flight are waited
                for, and ``error.report`` has what was processed, what is no_response and what was not sent.

        https://developer.clevertap.com/docs/upload-user-profiles-api
        """
        options = UploadOptions(ProfileRecord, dry_run, in_flight, batch_size, on_rejection)
        return await self._upload(records, options, progress)

    async def upload_events(
        self,
        records: Iterable[EventRecord] | AsyncIterable[EventRecord],
        *,
        dry_run: bool = False,
        in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
        batch_size: int = limits.RECORDS_PER_UPLOAD,
        progress: Progress = None,
        on_rejection: OnRejection | None = None,
    ) -> UploadReport:
        """Records events of users; arguments as for :meth:`upload_profiles`.

        CleverTap counts an event that is sent twice twice, so a batch without a response is not repeated: its
        records are in ``error.report.no_response``. https://developer.clevertap.com/docs/upload-events-api
        """
        options = UploadOptions(EventRecord, dry_run, in_flight, batch_size, on_rejection)
        return await self._upload(records, options, progress)

    def upload_each(
        self,
        batches: Iterable[Item],
        records: Callable[[Item], Sequence[Record]],
        *,
        in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
        before_send: Callable[[Item, Operation[BatchResult]], object] | None = None,
        on_outcome: Callable[[Outcome[Item, BatchResult]], object] | None = None,
    ) -> AsyncIterator[Outcome[Item, BatchResult]]:
        """One call for each batch of up to 1,000 records, lazily: for batches of your own, as the sync has.

        ``before_send`` is called before a batch is sent and ``on_outcome`` once for every batch that was read.
        After an early end of the loop nothing more is sent, and the calls in flight are waited for.
        """
        width = checked_in_flight(in_flight)
        make: Callable[[Item], Operation[BatchResult]] = lambda item: operations.upload(records(item))  # noqa: E731
        return self._transport.run_bulk(make, batches, in_flight=width, before_send=before_send, on_outcome=on_outcome)

    async def profile(
        self, *, identity: str | None = None, email: str | None = None, object_id: str | None = None
    ) -> models.CleverTapProfile | None:
        """One profile by exactly one of the three; None where there is none.

        https://developer.clevertap.com/docs/get-user-profile
        """
        return await self._transport.do(checked.profile(identity, email, object_id))

    def profiles(
        self, query: models.ProfileQuery | Mapping[str, Any], *, page_size: int = 4_991
    ) -> AsyncIterator[models.CleverTapProfile]:
        """The profiles that a query finds, fetched page by page during the iteration; a cursor is valid for four days.

        Raises at the first step. https://developer.clevertap.com/docs/get-user-profiles-api
        """
        first = operations.open_profiles(models.query_to_json(query), checked.batch_size(page_size))
        return self._profiles(first)

    async def count_profiles(self, query: models.ProfileQuery | Mapping[str, Any]) -> int:
        """How many profiles a query finds; polls where CleverTap needs time to count.

        https://developer.clevertap.com/docs/get-profile-count-api
        """
        found = await self._transport.do(operations.count(models.query_to_json(query)))
        if found.count is None and found.req_id is not None:
            return await self._poll(partial(self._count_again, found.req_id), "clevertap.count_profiles")
        return found.count or 0

    async def delete_profiles(self, identities: Sequence[str]) -> None:
        """Requests the deletion of profiles, 100 per call; CleverTap does it within 48 hours.

        An error has a ``DeletionReport`` as ``report``: the identities that CleverTap accepted, and the others.
        https://developer.clevertap.com/docs/delete-user-profile-api
        """
        parts = checked.deletions(identities)
        for number, part in enumerate(parts):
            try:
                await self._transport.do(operations.delete_profiles(part))
            except LinetapError as error:
                error.report = checked.deletion_report(parts, number)
                raise

    async def create_webhook_template(self, template: templates.WebhookTemplate) -> templates.WebhookTemplateReceipt:
        """Saves a webhook template where a service has an API for it; otherwise returns the steps in the dashboard.

        CleverTap publishes no API for this: with a real account the receipt's ``created`` is False, its ``steps``
        are for you, and a ``ManualStepNeeded`` warning is issued.
        https://docs.clevertap.com/docs/setup-webhooks
        """
        given = templates.check_template(template)
        if self._template_path is None:
            return checked.manual_receipt(given)
        made = await self._transport.do(checked.template(self._template_path, given))
        return templates.WebhookTemplateReceipt(created=True, template_id=made)

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
        """Calls an endpoint that linetap has no method for; raises the same errors as the other methods.

        An empty response raises, too: CleverTap sends one for a path that it does not have.
        """
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

    async def _upload(self, records: Any, options: UploadOptions, progress: Progress) -> UploadReport:
        given = checked_records(records, allow_async=True)
        started = self._transport.clock()
        with reporting(progress, total=length_of(given), unit="records") as tick:
            run = options.start(tick)
            try:
                if options.dry_run:
                    async for batch in run.batches_async(given):
                        run.count_checked(batch)
                else:
                    batches, width = run.any_batches(given), options.in_flight
                    async for _ in self._transport.run_bulk(
                        operations.upload, batches, in_flight=width, on_outcome=run.on_outcome
                    ):
                        pass
            except BaseException as error:
                vars(error)["report"] = run.report(self._transport.clock() - started)
                raise
        return run.finish(self._transport.clock() - started)

    async def _profiles(self, first: Operation[str]) -> AsyncIterator[models.CleverTapProfile]:
        cursor: str | None = await self._transport.do(first)
        while cursor is not None:
            step = operations.profile_page(cursor)
            page = await self._poll(partial(self._transport.do, step), step.name)
            for profile in page.profiles:
                yield profile
            cursor = page.next

    async def _count_again(self, req_id: str) -> int | None:
        return (await self._transport.do(operations.count_again(req_id))).count

    async def _poll(self, ask: Callable[[], Awaitable[T | None]], name: str) -> T:
        """Calls until the result is ready, with growing waits."""
        for wait in (*checked.POLL_WAITS, None):
            result = await ask()
            if result is not None:
                return result
            if wait is not None:
                await self._transport.wait(wait)
        raise checked.never_ready(name)
