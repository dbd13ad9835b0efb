"""LINE followers into CleverTap, and CleverTap's campaigns back to LINE.

The names that most scripts use are here; the others are in their subpackages: ``linetap.line`` (messages, actions,
events, results), ``linetap.campaign`` (conditions, custom bodies, previews), ``linetap.clevertap``, ``linetap.sync``,
``linetap.http`` (client options) and ``linetap.errors``. Names are imported on first use: ``import linetap`` is fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap._lazy import lazy_names

if TYPE_CHECKING:
    from linetap.campaign.campaign import Campaign as Campaign
    from linetap.clevertap.async_client import AsyncCleverTapClient as AsyncCleverTapClient
    from linetap.clevertap.client import CleverTapClient as CleverTapClient
    from linetap.clevertap.csv_export import write_profiles_csv as write_profiles_csv
    from linetap.clevertap.models import WebhookCampaign as WebhookCampaign
    from linetap.clevertap.records import EventRecord as EventRecord
    from linetap.clevertap.records import ProfileRecord as ProfileRecord
    from linetap.clevertap.templates import WebhookTemplate as WebhookTemplate
    from linetap.errors import BadArgument as BadArgument
    from linetap.errors import BadCampaign as BadCampaign
    from linetap.errors import BadSignature as BadSignature
    from linetap.errors import FileLocked as FileLocked
    from linetap.errors import LinetapError as LinetapError
    from linetap.errors import NoResponse as NoResponse
    from linetap.errors import PlanOutdated as PlanOutdated
    from linetap.errors import QuotaExceeded as QuotaExceeded
    from linetap.errors import Rejected as Rejected
    from linetap.errors import ServerError as ServerError
    from linetap.errors import StorageError as StorageError
    from linetap.errors import TooManyRequests as TooManyRequests
    from linetap.errors import TooManyUnfollows as TooManyUnfollows
    from linetap.errors import Unauthorized as Unauthorized
    from linetap.errors import UnreadableResponse as UnreadableResponse
    from linetap.fields import EventField as EventField
    from linetap.fields import LiteralText as LiteralText
    from linetap.fields import ProfileField as ProfileField
    from linetap.fields import RawLiquid as RawLiquid
    from linetap.fields import TriggerField as TriggerField
    from linetap.http.policy import RetryPolicy as RetryPolicy
    from linetap.http.policy import Timeout as Timeout
    from linetap.http.rate_limit import Pace as Pace
    from linetap.line.api.retry_keys import retry_key_for as retry_key_for
    from linetap.line.async_client import AsyncLineClient as AsyncLineClient
    from linetap.line.bulk.delivery import Delivery as Delivery
    from linetap.line.client import LineClient as LineClient
    from linetap.line.messages.flex import FlexMessage as FlexMessage
    from linetap.line.messages.imagemap import ImagemapMessage as ImagemapMessage
    from linetap.line.messages.kinds import AudioMessage as AudioMessage
    from linetap.line.messages.kinds import ImageMessage as ImageMessage
    from linetap.line.messages.kinds import LocationMessage as LocationMessage
    from linetap.line.messages.kinds import RawMessage as RawMessage
    from linetap.line.messages.kinds import StickerMessage as StickerMessage
    from linetap.line.messages.kinds import TextMessage as TextMessage
    from linetap.line.messages.kinds import TextMessageV2 as TextMessageV2
    from linetap.line.messages.kinds import VideoMessage as VideoMessage
    from linetap.line.messages.json import message_from_json as message_from_json
    from linetap.line.messages.json import message_problems as message_problems
    from linetap.line.messages.json import message_to_json as message_to_json
    from linetap.line.messages.templates import TemplateMessage as TemplateMessage
    from linetap.line.tokens import StatelessToken as StatelessToken
    from linetap.line.tokens import StaticToken as StaticToken
    from linetap.line.webhooks.read_webhook import read_line_webhook as read_line_webhook
    from linetap.store.erasure import forget as forget
    from linetap.sync.apply import apply_plan as apply_plan
    from linetap.sync.followers import sync_followers as sync_followers
    from linetap.sync.identity import KnownFollowers as KnownFollowers
    from linetap.sync.identity import LineIdAsIdentity as LineIdAsIdentity
    from linetap.sync.ledger import Ledger as Ledger
    from linetap.sync.planning import plan_sync as plan_sync

__version__ = "0.1.0"

# Module -> its public names. The imports above say the same to type checkers; tests/test_layout.py compares them.
_MODULES = {
    "linetap.campaign.campaign": "Campaign",
    "linetap.clevertap.async_client": "AsyncCleverTapClient",
    "linetap.clevertap.client": "CleverTapClient",
    "linetap.clevertap.csv_export": "write_profiles_csv",
    "linetap.clevertap.models": "WebhookCampaign",
    "linetap.clevertap.records": "EventRecord ProfileRecord",
    "linetap.clevertap.templates": "WebhookTemplate",
    "linetap.errors": (
        "BadArgument BadCampaign BadSignature FileLocked LinetapError NoResponse PlanOutdated "
        "QuotaExceeded Rejected ServerError StorageError TooManyRequests TooManyUnfollows "
        "Unauthorized UnreadableResponse"
    ),
    "linetap.fields": "EventField LiteralText ProfileField RawLiquid TriggerField",
    "linetap.http.policy": "RetryPolicy Timeout",
    "linetap.http.rate_limit": "Pace",
    "linetap.line.api.retry_keys": "retry_key_for",
    "linetap.line.async_client": "AsyncLineClient",
    "linetap.line.bulk.delivery": "Delivery",
    "linetap.line.client": "LineClient",
    "linetap.line.messages.flex": "FlexMessage",
    "linetap.line.messages.imagemap": "ImagemapMessage",
    "linetap.line.messages.json": "message_from_json message_problems message_to_json",
    "linetap.line.messages.kinds": (
        "AudioMessage ImageMessage LocationMessage RawMessage StickerMessage TextMessage TextMessageV2 VideoMessage"
    ),
    "linetap.line.messages.templates": "TemplateMessage",
    "linetap.line.tokens": "StatelessToken StaticToken",
    "linetap.line.webhooks.read_webhook": "read_line_webhook",
    "linetap.store.erasure": "forget",
    "linetap.sync.apply": "apply_plan",
    "linetap.sync.followers": "sync_followers",
    "linetap.sync.identity": "KnownFollowers LineIdAsIdentity",
    "linetap.sync.ledger": "Ledger",
    "linetap.sync.planning": "plan_sync",
}
# Their names are found at the top, too, but are not listed there: scripts that were written before 0.1.0 keep working.
_SUBPACKAGES = ("http", "errors", "line", "clevertap", "campaign", "sync")

__all__, __getattr__, __dir__ = lazy_names(__name__, _MODULES, _SUBPACKAGES)  # pyright: ignore[reportUnsupportedDunderAll]
