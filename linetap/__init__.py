"""linetap carries a brand's LINE followers into CleverTap and CleverTap's campaigns back to LINE.

The public names, and nothing else. Each is loaded when it is first touched (PEP 562), so
``import linetap`` costs next to nothing; type checkers and editors read the imports below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linetap.clevertap.client import CleverTapClient as CleverTapClient
    from linetap.clevertap.credentials import Region as Region
    from linetap.clevertap.models import CampaignCreated as CampaignCreated
    from linetap.clevertap.models import CampaignReport as CampaignReport
    from linetap.clevertap.models import CampaignSummary as CampaignSummary
    from linetap.clevertap.models import CleverTapProfile as CleverTapProfile
    from linetap.clevertap.models import ProfileQuery as ProfileQuery
    from linetap.clevertap.models import WebhookCampaign as WebhookCampaign
    from linetap.clevertap.records import EventRecord as EventRecord
    from linetap.clevertap.records import ProfileRecord as ProfileRecord
    from linetap.clevertap.reports import Rejection as Rejection
    from linetap.clevertap.reports import UploadReport as UploadReport
    from linetap.clevertap.templates import WebhookTemplate as WebhookTemplate
    from linetap.clevertap.templates import WebhookTemplateReceipt as WebhookTemplateReceipt
    from linetap.errors import BadArgument as BadArgument
    from linetap.errors import BadCampaign as BadCampaign
    from linetap.errors import BadRequest as BadRequest
    from linetap.errors import BadSignature as BadSignature
    from linetap.errors import Conflict as Conflict
    from linetap.errors import Forbidden as Forbidden
    from linetap.errors import Gone as Gone
    from linetap.errors import LinetapError as LinetapError
    from linetap.errors import ManualStepNeeded as ManualStepNeeded
    from linetap.errors import NoAnswer as NoAnswer
    from linetap.errors import NotFound as NotFound
    from linetap.errors import Problem as Problem
    from linetap.errors import QuotaExceeded as QuotaExceeded
    from linetap.errors import Refused as Refused
    from linetap.errors import ServiceBroken as ServiceBroken
    from linetap.errors import TooLarge as TooLarge
    from linetap.errors import TooManyRequests as TooManyRequests
    from linetap.errors import Unauthorized as Unauthorized
    from linetap.errors import UnreadableAnswer as UnreadableAnswer
    from linetap.errors import WrongMediaType as WrongMediaType
    from linetap.fields import EventField as EventField
    from linetap.fields import LiteralText as LiteralText
    from linetap.fields import ProfileField as ProfileField
    from linetap.fields import RawLiquid as RawLiquid
    from linetap.fields import TriggerField as TriggerField
    from linetap.flows import RetryPolicy as RetryPolicy
    from linetap.flows import Timeout as Timeout
    from linetap.gate import Pace as Pace
    from linetap.line.events import AccountLinkEvent as AccountLinkEvent
    from linetap.line.events import BeaconEvent as BeaconEvent
    from linetap.line.events import DeliveryEvent as DeliveryEvent
    from linetap.line.events import FollowEvent as FollowEvent
    from linetap.line.events import JoinEvent as JoinEvent
    from linetap.line.events import LeaveEvent as LeaveEvent
    from linetap.line.events import LineEvent as LineEvent
    from linetap.line.events import LineWebhook as LineWebhook
    from linetap.line.events import MemberJoinedEvent as MemberJoinedEvent
    from linetap.line.events import MemberLeftEvent as MemberLeftEvent
    from linetap.line.events import MembershipEvent as MembershipEvent
    from linetap.line.events import MessageEditedEvent as MessageEditedEvent
    from linetap.line.events import MessageEvent as MessageEvent
    from linetap.line.events import ModuleEvent as ModuleEvent
    from linetap.line.events import PostbackEvent as PostbackEvent
    from linetap.line.events import UnfollowEvent as UnfollowEvent
    from linetap.line.events import UnknownEvent as UnknownEvent
    from linetap.line.events import UnsendEvent as UnsendEvent
    from linetap.line.events import VideoPlayCompleteEvent as VideoPlayCompleteEvent
    from linetap.line.events import read_line_webhook as read_line_webhook
    from linetap.line.keys import retry_key_for as retry_key_for
    from linetap.line.models import BotInfo as BotInfo
    from linetap.line.models import Delivery as Delivery
    from linetap.line.models import DeliveryOutcome as DeliveryOutcome
    from linetap.line.models import FollowerPage as FollowerPage
    from linetap.line.models import LineProfile as LineProfile
    from linetap.line.models import PushResult as PushResult
    from linetap.line.models import Quota as Quota
    from linetap.line.models import SendReport as SendReport
    from linetap.line.models import SendResult as SendResult
    from linetap.line.models import SentMessage as SentMessage
    from linetap.line.models import UnitStatistics as UnitStatistics
    from linetap.line.tokens import StatelessToken as StatelessToken
    from linetap.line.tokens import StaticToken as StaticToken
    from linetap.line.tokens import TokenProvider as TokenProvider

__version__ = "0.1.0"

# Module -> its public names. The imports above say the same to type checkers; tests/test_house.py holds them together.
_ROOMS = {
    "linetap.clevertap.client": "CleverTapClient",
    "linetap.clevertap.credentials": "Region",
    "linetap.clevertap.models": (
        "CampaignCreated CampaignReport CampaignSummary CleverTapProfile ProfileQuery WebhookCampaign"
    ),
    "linetap.clevertap.records": "EventRecord ProfileRecord",
    "linetap.clevertap.reports": "Rejection UploadReport",
    "linetap.clevertap.templates": "WebhookTemplate WebhookTemplateReceipt",
    "linetap.errors": (
        "BadArgument BadCampaign BadRequest BadSignature Conflict Forbidden Gone LinetapError ManualStepNeeded"
        " NoAnswer NotFound Problem QuotaExceeded Refused ServiceBroken TooLarge TooManyRequests Unauthorized"
        " UnreadableAnswer WrongMediaType"
    ),
    "linetap.fields": "EventField LiteralText ProfileField RawLiquid TriggerField",
    "linetap.flows": "RetryPolicy Timeout",
    "linetap.gate": "Pace",
    "linetap.line.events": (
        "AccountLinkEvent BeaconEvent DeliveryEvent FollowEvent JoinEvent LeaveEvent LineEvent LineWebhook"
        " MemberJoinedEvent MemberLeftEvent MembershipEvent MessageEditedEvent MessageEvent ModuleEvent"
        " PostbackEvent UnfollowEvent UnknownEvent UnsendEvent VideoPlayCompleteEvent read_line_webhook"
    ),
    "linetap.line.keys": "retry_key_for",
    "linetap.line.models": (
        "BotInfo Delivery DeliveryOutcome FollowerPage LineProfile PushResult Quota SendReport SendResult"
        " SentMessage UnitStatistics"
    ),
    "linetap.line.tokens": "StatelessToken StaticToken TokenProvider",
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names.split()}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'linetap' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value  # the next look finds it without coming here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
