"""CleverTap's endpoints as methods."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from typing_extensions import Self, Unpack

from linetap.clevertap import checked, limits, models, operations, templates
from linetap.clevertap.client_base import CleverTapClientBase
from linetap.clevertap.concurrency import ConcurrencyLimitedTransport
from linetap.clevertap.credentials import Passcode, Region
from linetap.clevertap.records import EventRecord, ProfileRecord, Record
from linetap.clevertap.reports import BatchAnswer, UploadReport
from linetap.clevertap.upload import OnRejection, Upload, checked_batch_size, checked_in_flight, checked_records
from linetap.display.progress import Progress, length_of, reporting
from linetap.errors import LinetapError
from linetap.http.call import Outcome
from linetap.http.options import check_options
from linetap.http.sync import ClientOptions
from linetap.http.types import Operation, Response

T = TypeVar("T")
Item = TypeVar("Item")


class CleverTapClient(CleverTapClientBase[ConcurrencyLimitedTransport]):
    """One CleverTap account. Thread-safe, safe after a fork; the constructor does no I/O.

    Args:
        account_id, passcode: from Settings > Project in the dashboard.
        region: where the account lives, the first label of its dashboard's address (``sg1``). No default.
        webhook_template_path: only where a service of yours (or the sandbox) takes webhook templates.
        options: ``timeout``, ``retry``, ``pace``, ``session``, ``app_info``, ``base_url``.

    https://developer.clevertap.com/docs/common-api-components
    """

    def __init__(
        self,
        account_id: str,
        passcode: str,
        *,
        region: Region | str | None = None,
        webhook_template_path: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        check_options(self, options, ClientOptions)
        base_url = options.pop("base_url", None)
        hosts = checked.hosts(region, base_url)
        self._account_id = account_id
        self._template_path = webhook_template_path
        self._transport = ConcurrencyLimitedTransport(
            hosts, Passcode(account_id, passcode), service="clevertap", **_for_driver(options)
        )
        self._host = hosts["api"]

    @classmethod
    def from_env(cls, prefix: str = "LINETAP_", **options: Unpack[ClientOptions]) -> Self:
        """A client from ``LINETAP_CLEVERTAP_ACCOUNT_ID``, ``..._PASSCODE`` and ``..._REGION`` (or ``..._BASE_URL``)."""
        account, region, base_url = checked.from_env(os.environ, prefix)
        if base_url and "base_url" not in options:
            options["base_url"] = base_url
        return cls(**account, region=region, **options)

    def upload_profiles(
        self,
        records: Iterable[ProfileRecord],
        *,
        dry_run: bool = False,
        in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
        batch_size: int = limits.RECORDS_PER_UPLOAD,
        progress: Progress = None,
        on_rejection: OnRejection | None = None,
    ) -> UploadReport:
        """Sets properties on profiles; who has none yet gets one.

        Args:
            records: any iterable, drawn lazily: 1,000 a call. Two records of one identity may be applied in
                either order unless ``in_flight`` is 1.
            dry_run: make all checks that can be made offline; call nothing.
            in_flight: calls at once, 1 to 15.
            batch_size: records a call; 1,000 is the most, and older accounts may take 100.
            progress: True for a bar (extra ``progress``), or ``callable(done, total)``.
            on_rejection: called with every :class:`Rejection`; the report keeps the first 10,000.

        Raises:
            LinetapError: a batch used up its attempts. No more is drawn then, what is in flight is waited for,
                and ``error.report`` tells what was taken, what is no_response and what was not sent.

        https://developer.clevertap.com/docs/upload-user-profiles-api
        """
        return self._upload(ProfileRecord, records, dry_run, in_flight, batch_size, progress, on_rejection)

    def upload_events(
        self,
        records: Iterable[EventRecord],
        *,
        dry_run: bool = False,
        in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
        batch_size: int = limits.RECORDS_PER_UPLOAD,
        progress: Progress = None,
        on_rejection: OnRejection | None = None,
    ) -> UploadReport:
        """Records things people did; arguments as for :meth:`upload_profiles`.

        An event sent twice happened twice, so a batch whose answer is lost is not sent again: its records are
        in ``error.report.no_response``. https://developer.clevertap.com/docs/upload-events-api
        """
        return self._upload(EventRecord, records, dry_run, in_flight, batch_size, progress, on_rejection)

    def upload_each(
        self,
        batches: Iterable[Item],
        records: Callable[[Item], Sequence[Record]],
        *,
        in_flight: int = limits.UPLOADS_IN_FLIGHT_DEFAULT,
        before_send: Callable[[Item, Operation[BatchAnswer]], object] | None = None,
        on_outcome: Callable[[Outcome[Item, BatchAnswer]], object] | None = None,
    ) -> Iterator[Outcome[Item, BatchAnswer]]:
        """One call for each batch of up to 1,000 records, lazily: for a road of your own, such as the sync's.

        ``before_send`` is called before a batch is sent and ``on_outcome`` once for every batch drawn, both in the
        thread that iterates. Leaving the loop sends no more and waits for what is in flight.
        """
        width = checked_in_flight(in_flight)
        make: Callable[[Item], Operation[BatchAnswer]] = lambda item: operations.upload(records(item))  # noqa: E731
        return self._transport.run_bulk(make, batches, in_flight=width, before_send=before_send, on_outcome=on_outcome)

    def profile(
        self, *, identity: str | None = None, email: str | None = None, object_id: str | None = None
    ) -> models.CleverTapProfile | None:
        """One profile by exactly one of the three; None where there is none.

        https://developer.clevertap.com/docs/get-user-profile
        """
        return self._transport.do(checked.profile(identity, email, object_id))

    def profiles(
        self, query: models.ProfileQuery | Mapping[str, Any], *, page_size: int = 4_991
    ) -> Iterator[models.CleverTapProfile]:
        """The profiles that a query finds, page by page as you draw them; a cursor lives four days.

        Raises at the first step. https://developer.clevertap.com/docs/get-user-profiles-api
        """
        opening = operations.open_profiles(models.query_to_json(query), checked.batch_size(page_size))
        return self._profiles(opening)

    def count_profiles(self, query: models.ProfileQuery | Mapping[str, Any]) -> int:
        """How many profiles a query finds; waits where CleverTap needs time to count.

        https://developer.clevertap.com/docs/get-profile-count-api
        """
        found = self._transport.do(operations.count(models.query_to_json(query)))
        if found.count is None and found.req_id is not None:
            req_id = found.req_id
            return self._poll(
                lambda: self._transport.do(operations.count_again(req_id)).count, "clevertap.count_profiles"
            )
        return found.count or 0

    def delete_profiles(self, identities: Sequence[str]) -> None:
        """Asks for profiles to be deleted, 100 a call; CleverTap does it within 48 hours.

        An error carries a ``DeletionReport``: which identities were handed over and which were not.
        https://developer.clevertap.com/docs/delete-user-profile-api
        """
        parts = checked.deletions(identities)
        for i, part in enumerate(parts):
            try:
                self._transport.do(operations.delete_profiles(part))
            except LinetapError as error:
                error.report = checked.deletion_report(parts, i)
                raise

    def create_webhook_template(self, template: templates.WebhookTemplate) -> templates.WebhookTemplateReceipt:
        """Saves a webhook template where a service takes one; otherwise says what to do in the dashboard.

        CleverTap publishes no API for this: with a real account the receipt's ``created`` is False, its
        ``steps`` are for a person, and ``ManualStepNeeded`` is warned.
        https://docs.clevertap.com/docs/setup-webhooks
        """
        given = templates.check_template(template)
        if self._template_path is None:
            return checked.by_hand(given)
        made = self._transport.do(checked.template(self._template_path, given))
        return templates.WebhookTemplateReceipt(created=True, template_id=made)

    def create_campaign(self, campaign: models.WebhookCampaign) -> models.CampaignCreated:
        """Creates a webhook campaign that posts CleverTap's own payload; not repeated after a lost answer.

        A custom body needs the dashboard: the API has no field for one.
        https://developer.clevertap.com/docs/create-campaign-api
        """
        return self._transport.do(checked.campaign(campaign))

    def trigger_campaign(self, campaign_id: str, to: Sequence[str], values: Mapping[str, Any]) -> None:
        """Starts a published external-trigger campaign for some identities; not repeated after a lost answer.

        ``values`` fill the body's ``TriggerField``: strings, or lists and mappings of strings.
        https://developer.clevertap.com/docs/external-trigger-api
        """
        self._transport.do(checked.trigger(campaign_id, to, values))

    def campaigns(self, since: date, until: date) -> tuple[models.CampaignSummary, ...]:
        """The campaigns scheduled in these days; those made in the dashboard may be missing.

        https://developer.clevertap.com/docs/get-campaigns-api
        """
        return self._transport.do(checked.campaigns(since, until))

    def campaign_report(self, campaign_id: str) -> models.CampaignReport:
        """A campaign's figures. Raises ``Conflict`` while it has not ended.

        https://developer.clevertap.com/docs/get-campaign-report-api
        """
        return self._transport.do(operations.campaign_report(checked.campaign_id(campaign_id)))

    def stop_campaign(self, campaign_id: str) -> None:
        """Stops a scheduled campaign. https://developer.clevertap.com/docs/stop-scheduled-campaign-api"""
        self._transport.do(operations.stop_campaign(checked.campaign_id(campaign_id)))

    def request(
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
        return self._transport.do(
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

    def close(self) -> None:
        """Closes the connections, except those of a session that was handed in; the next call opens new ones."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _upload(
        self,
        kind: type[Record],
        records: Iterable[Record],
        dry_run: bool,
        in_flight: int,
        batch_size: int,
        progress: Progress,
        on_rejection: OnRejection | None,
    ) -> UploadReport:
        width, size = checked_in_flight(in_flight), checked_batch_size(batch_size)
        given = checked_records(records)
        begun = self._transport.clock()
        with reporting(progress, total=length_of(given), unit="records") as tick:
            run = Upload(kind, on_rejection, tick, size)
            try:
                if dry_run:
                    for batch in run.batches(given):
                        run.count_checked(batch)
                else:
                    _exhaust(
                        self._transport.run_bulk(
                            operations.upload, run.batches(given), in_flight=width, on_outcome=run.on_outcome
                        )
                    )
            except BaseException as error:
                _attach(error, run.report(self._transport.clock() - begun))
                raise
        return run.finish(self._transport.clock() - begun)

    def _profiles(self, opening: Operation[str]) -> Iterator[models.CleverTapProfile]:
        cursor: str | None = self._transport.do(opening)
        while cursor is not None:
            step = operations.profile_page(cursor)
            page = self._poll(lambda step=step: self._transport.do(step), step.name)  # type: ignore[misc]
            yield from page.profiles
            cursor = page.next

    def _poll(self, ask: Callable[[], T | None], name: str) -> T:
        """Asks until there is an answer, waiting longer each time."""
        for wait in (*checked.POLL_WAITS, None):
            answer = ask()
            if answer is not None:
                return answer
            if wait is not None:
                self._transport.wait(wait)
        raise checked.never_ready(name)


def _for_driver(options: ClientOptions) -> dict[str, Any]:
    return {key: value for key, value in options.items() if value is not None}


def _exhaust(outcomes: Iterable[object]) -> None:
    for _ in outcomes:
        pass


def _attach(error: BaseException, report: UploadReport) -> None:
    """What was done before a foreign error or Ctrl-C: found on the error as on linetap's own."""
    vars(error)["report"] = report
