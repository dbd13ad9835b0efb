"""CleverTap: clients, records to upload, webhook templates. Names are imported on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap._lazy import lazy_names

if TYPE_CHECKING:
    from linetap.clevertap.async_client import AsyncCleverTapClient as AsyncCleverTapClient
    from linetap.clevertap.client import CleverTapClient as CleverTapClient
    from linetap.clevertap.credentials import Region as Region
    from linetap.clevertap.csv_export import CsvExport as CsvExport
    from linetap.clevertap.csv_export import write_profiles_csv as write_profiles_csv
    from linetap.clevertap.models import CampaignCreated as CampaignCreated
    from linetap.clevertap.models import CampaignReport as CampaignReport
    from linetap.clevertap.models import CampaignSummary as CampaignSummary
    from linetap.clevertap.models import CleverTapProfile as CleverTapProfile
    from linetap.clevertap.models import DeletionReport as DeletionReport
    from linetap.clevertap.models import ProfileQuery as ProfileQuery
    from linetap.clevertap.models import WebhookCampaign as WebhookCampaign
    from linetap.clevertap.operators import Add as Add
    from linetap.clevertap.operators import Decrement as Decrement
    from linetap.clevertap.operators import Delete as Delete
    from linetap.clevertap.operators import Increment as Increment
    from linetap.clevertap.operators import Remove as Remove
    from linetap.clevertap.record_rows import BadRow as BadRow
    from linetap.clevertap.records import EventRecord as EventRecord
    from linetap.clevertap.records import ProfileRecord as ProfileRecord
    from linetap.clevertap.reports import Rejection as Rejection
    from linetap.clevertap.reports import UploadReport as UploadReport
    from linetap.clevertap.templates import WebhookTemplate as WebhookTemplate
    from linetap.clevertap.templates import WebhookTemplateReceipt as WebhookTemplateReceipt
    from linetap.clevertap.webhook_calls import CleverTapWebhook as CleverTapWebhook
    from linetap.clevertap.webhook_calls import WebhookProfile as WebhookProfile
    from linetap.clevertap.webhook_calls import read_clevertap_webhook as read_clevertap_webhook

# Module -> its public names. The imports above say the same to type checkers; tests/test_layout.py compares them.
_MODULES = {
    "linetap.clevertap.async_client": "AsyncCleverTapClient",
    "linetap.clevertap.client": "CleverTapClient",
    "linetap.clevertap.credentials": "Region",
    "linetap.clevertap.csv_export": "CsvExport write_profiles_csv",
    "linetap.clevertap.models": (
        "CampaignCreated CampaignReport CampaignSummary CleverTapProfile DeletionReport ProfileQuery WebhookCampaign"
    ),
    "linetap.clevertap.operators": "Add Decrement Delete Increment Remove",
    "linetap.clevertap.record_rows": "BadRow",
    "linetap.clevertap.records": "EventRecord ProfileRecord",
    "linetap.clevertap.reports": "Rejection UploadReport",
    "linetap.clevertap.templates": "WebhookTemplate WebhookTemplateReceipt",
    "linetap.clevertap.webhook_calls": "CleverTapWebhook WebhookProfile read_clevertap_webhook",
}

__all__, __getattr__, __dir__ = lazy_names(__name__, _MODULES)  # pyright: ignore[reportUnsupportedDunderAll]
