"""The async client has the methods and results of the sync client, against the sandbox's socket."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from linetap import BadArgument, ServerError
from linetap.clevertap import Increment
from linetap.clevertap.client import CleverTapClient
from linetap.clevertap.models import ProfileQuery
from linetap.clevertap.records import EventRecord, ProfileRecord
from linetap.clevertap.templates import WebhookTemplate
from linetap.http.policy import RetryPolicy
from linetap.sandbox import Sandbox

pytest.importorskip("aiohttp", reason="needs linetap[async]")

from linetap.clevertap.async_client import AsyncCleverTapClient

pytestmark = pytest.mark.asyncio
SYNC_ONLY = {"upload_each"}  # a road of its own for the sync, which is synchronous only


def connect(box: Sandbox, **options: Any) -> AsyncCleverTapClient:
    path = "/sandbox/webhook-templates"
    return AsyncCleverTapClient(
        box.account_id, box.passcode, base_url=box.clevertap_url, webhook_template_path=path, **options
    )


async def test_both_clients_have_the_same_methods_and_arguments() -> None:
    """The two clients have the same methods with the same argument names."""
    for name, method in inspect.getmembers(CleverTapClient, callable):
        if not name.startswith("_") and name not in SYNC_ONLY:
            theirs = inspect.signature(getattr(AsyncCleverTapClient, name)).parameters
            assert list(inspect.signature(method).parameters) == list(theirs), name


async def test_an_upload_reads_back() -> None:
    """Profiles and events are uploaded from lists and async iterables, and rejections have their records."""

    async def people() -> AsyncIterator[ProfileRecord]:
        for i in range(2_500):
            yield ProfileRecord(f"customer-{i}", {"LineID": f"U{i:032x}"})

    with Sandbox(port=0) as box:
        box.clevertap.reject_record("customer-7", 515)
        async with connect(box) as clevertap:
            reported: list[int] = []
            report = await clevertap.upload_profiles(people(), progress=lambda done, total: reported.append(done))
            assert (report.processed, report.rejected_count, report.batches, reported[-1]) == (2_499, 1, 3, 2_500)
            assert report.rejected[0].record == ProfileRecord("customer-7", {"LineID": f"U{7:032x}"})
            assert (await clevertap.upload_events([EventRecord("customer-1", "Bought")])).ok
            found = await clevertap.profile(identity="customer-1")
            assert found is not None
            assert found.properties["LineID"] == f"U{1:032x}"
            assert await clevertap.profile(identity="nobody-at-all") is None


async def test_queries_counts_deletions_and_templates() -> None:
    """The endpoints with pages or polls work as in the sync client."""
    query = ProfileQuery("App Launched", date(2025, 12, 1), date(2026, 1, 31))
    with Sandbox(port=0) as box:
        for i in range(60):
            box.clevertap.add_profile(f"customer-{i}", {"n": i}, events={"App Launched": box.clock.now()})
        async with connect(box, sleep=lambda seconds: box.clock.advance(seconds=seconds)) as clevertap:
            names = [profile.identity async for profile in clevertap.profiles(query, page_size=23)]
            assert sorted(str(name) for name in names) == sorted(f"customer-{i}" for i in range(60))
            assert await clevertap.count_profiles(query) == 60
            await clevertap.delete_profiles([f"customer-{i}" for i in range(60)])
            receipt = await clevertap.create_webhook_template(WebhookTemplate.line_push("LINE", "token"))
            assert receipt.created


async def test_errors_carry_the_report() -> None:
    """A batch that increments values is not repeated after a 500, and its records are no_response."""
    with Sandbox(port=0) as box:
        box.faults.add("clevertap.upload", status=500, times=9)
        async with connect(box, retry=RetryPolicy(attempts=2)) as clevertap:
            with pytest.raises(ServerError) as caught:
                await clevertap.upload_profiles([ProfileRecord("customer-1", {"n": Increment()})])
            assert len(caught.value.report.no_response) == 1
            assert len(box.journal.of("upload")) == 1


async def test_wrong_arguments_are_rejected_before_any_call() -> None:
    """A dict among the records, or a str for them, raises; a dry run sends nothing."""
    with Sandbox(port=0) as box:
        async with connect(box) as clevertap:
            for wrong in ("abc", [{"identity": "x"}]):
                with pytest.raises(BadArgument):
                    await clevertap.upload_profiles(wrong)  # type: ignore[arg-type]
            report = await clevertap.upload_profiles([ProfileRecord("customer-1", {})], dry_run=True)
            assert report.checked == 1
        assert len(box.journal) == 0
