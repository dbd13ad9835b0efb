"""The types in the signatures of the LINE clients, imported on first use.

The clients' annotations are written ``types.PushResult``: so ``typing.get_type_hints`` finds the class, and the import
of a client stays fast (messages and results would take most of its time).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap._lazy import lazy_names

if TYPE_CHECKING:
    from datetime import timedelta as timedelta
    from pathlib import Path as Path

    from typing_extensions import Self as Self
    from typing_extensions import Unpack as Unpack

    from linetap.http.attempt_info import AttemptInfo as AttemptInfo
    from linetap.http.raw import RawResponse as RawResponse
    from linetap.line.api._sync.insight import Insight as Insight
    from linetap.line.api._sync.rich_menus import RichMenus as RichMenus
    from linetap.line.api._sync.tokens import Tokens as Tokens
    from linetap.line.api._sync.units import Units as Units
    from linetap.line.api._sync.validate import Validate as Validate
    from linetap.line.api._sync.webhook_endpoint import WebhookEndpoint as WebhookEndpoint
    from linetap.line.api.account_results import BotInfo as BotInfo
    from linetap.line.api.account_results import DeliveryCounts as DeliveryCounts
    from linetap.line.api.account_results import LineProfile as LineProfile
    from linetap.line.api.account_results import Quota as Quota
    from linetap.line.api.insight import AsyncInsight as AsyncInsight
    from linetap.line.api.insight import ClickStatistics as ClickStatistics
    from linetap.line.api.insight import FollowerCounts as FollowerCounts
    from linetap.line.api.insight import FollowerDemographics as FollowerDemographics
    from linetap.line.api.insight import MessageDeliveries as MessageDeliveries
    from linetap.line.api.insight import MessageEvents as MessageEvents
    from linetap.line.api.insight import MessageStatistics as MessageStatistics
    from linetap.line.api.insight import UnitStatistics as UnitStatistics
    from linetap.line.api.results import FollowerPage as FollowerPage
    from linetap.line.api.results import PushResult as PushResult
    from linetap.line.api.results import SendResult as SendResult
    from linetap.line.api.rich_menus import AsyncRichMenus as AsyncRichMenus
    from linetap.line.api.tokens import AsyncTokens as AsyncTokens
    from linetap.line.api.tokens import ChannelToken as ChannelToken
    from linetap.line.api.tokens import TokenInfo as TokenInfo
    from linetap.line.api.units import AsyncUnits as AsyncUnits
    from linetap.line.api.validate import AsyncValidate as AsyncValidate
    from linetap.line.api.webhook_endpoint import AsyncWebhookEndpoint as AsyncWebhookEndpoint
    from linetap.line.api.webhook_endpoint import WebhookEndpointInfo as WebhookEndpointInfo
    from linetap.line.api.webhook_endpoint import WebhookTest as WebhookTest
    from linetap.line.bulk.delivery import Delivery as Delivery
    from linetap.line.bulk.delivery import DeliveryOutcome as DeliveryOutcome
    from linetap.line.bulk.delivery import Fillable as Fillable
    from linetap.line.bulk.options import BulkOptions as BulkOptions
    from linetap.line.bulk.report import SendReport as SendReport
    from linetap.line.messages.kinds import Messages as Messages

_MODULES = {
    "datetime": "timedelta",
    "linetap.http.attempt_info": "AttemptInfo",
    "linetap.http.raw": "RawResponse",
    "linetap.line.api._sync.insight": "Insight",
    "linetap.line.api._sync.rich_menus": "RichMenus",
    "linetap.line.api._sync.tokens": "Tokens",
    "linetap.line.api._sync.units": "Units",
    "linetap.line.api._sync.validate": "Validate",
    "linetap.line.api._sync.webhook_endpoint": "WebhookEndpoint",
    "linetap.line.api.account_results": "BotInfo DeliveryCounts LineProfile Quota",
    "linetap.line.api.insight": (
        "AsyncInsight ClickStatistics FollowerCounts FollowerDemographics MessageDeliveries "
        "MessageEvents MessageStatistics UnitStatistics"
    ),
    "linetap.line.api.results": "FollowerPage PushResult SendResult",
    "linetap.line.api.rich_menus": "AsyncRichMenus",
    "linetap.line.api.tokens": "AsyncTokens ChannelToken TokenInfo",
    "linetap.line.api.units": "AsyncUnits",
    "linetap.line.api.validate": "AsyncValidate",
    "linetap.line.api.webhook_endpoint": "AsyncWebhookEndpoint WebhookEndpointInfo WebhookTest",
    "linetap.line.bulk.delivery": "Delivery DeliveryOutcome Fillable",
    "linetap.line.bulk.options": "BulkOptions",
    "linetap.line.bulk.report": "SendReport",
    "linetap.line.messages.kinds": "Messages",
    "pathlib": "Path",
    "typing_extensions": "Self Unpack",
}

__all__, __getattr__, __dir__ = lazy_names(__name__, _MODULES)  # pyright: ignore[reportUnsupportedDunderAll]
