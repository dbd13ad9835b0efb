"""linetap carries a brand's LINE followers into CleverTap and CleverTap's campaigns back to LINE.

The public names, and nothing else. Each is loaded when it is first touched (PEP 562), so
``import linetap`` costs next to nothing; type checkers and editors read the imports below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linetap.aio import AsyncClientOptions as AsyncClientOptions
    from linetap.campaign.body import CustomBody as CustomBody
    from linetap.campaign.body import Difference as Difference
    from linetap.campaign.campaign import Campaign as Campaign
    from linetap.campaign.conditions import when as when
    from linetap.campaign.preview import Preview as Preview
    from linetap.campaign.proofs import Length as Length
    from linetap.campaign.proofs import Proof as Proof
    from linetap.campaign.proofs import Risk as Risk
    from linetap.campaign.proofs import is_safe as is_safe
    from linetap.campaign.proofs import safe_text as safe_text
    from linetap.campaign.report import PreviewReport as PreviewReport
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
    from linetap.errors import DiskFailed as DiskFailed
    from linetap.errors import Forbidden as Forbidden
    from linetap.errors import Gone as Gone
    from linetap.errors import InUse as InUse
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
    from linetap.errors import TooManyUnfollows as TooManyUnfollows
    from linetap.errors import Unauthorized as Unauthorized
    from linetap.errors import UnreadableAnswer as UnreadableAnswer
    from linetap.errors import WorldMoved as WorldMoved
    from linetap.errors import WrongMediaType as WrongMediaType
    from linetap.fields import Choice as Choice
    from linetap.fields import Condition as Condition
    from linetap.fields import EventField as EventField
    from linetap.fields import Field as Field
    from linetap.fields import LiteralText as LiteralText
    from linetap.fields import ProfileField as ProfileField
    from linetap.fields import RawLiquid as RawLiquid
    from linetap.fields import TriggerField as TriggerField
    from linetap.flows import RetryPolicy as RetryPolicy
    from linetap.flows import Timeout as Timeout
    from linetap.gate import Pace as Pace
    from linetap.line.actions import Action as Action
    from linetap.line.actions import AltUri as AltUri
    from linetap.line.actions import CameraAction as CameraAction
    from linetap.line.actions import CameraRollAction as CameraRollAction
    from linetap.line.actions import ClipboardAction as ClipboardAction
    from linetap.line.actions import DatetimePickerAction as DatetimePickerAction
    from linetap.line.actions import LocationAction as LocationAction
    from linetap.line.actions import MessageAction as MessageAction
    from linetap.line.actions import PostbackAction as PostbackAction
    from linetap.line.actions import RichMenuSwitchAction as RichMenuSwitchAction
    from linetap.line.actions import URIAction as URIAction
    from linetap.line.async_client import AsyncFollowers as AsyncFollowers
    from linetap.line.async_client import AsyncLineClient as AsyncLineClient
    from linetap.line.client import Followers as Followers
    from linetap.line.client import LineClient as LineClient
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
    from linetap.line.events import Source as Source
    from linetap.line.events import UnfollowEvent as UnfollowEvent
    from linetap.line.events import UnknownEvent as UnknownEvent
    from linetap.line.events import UnsendEvent as UnsendEvent
    from linetap.line.events import VideoPlayCompleteEvent as VideoPlayCompleteEvent
    from linetap.line.events import read_line_webhook as read_line_webhook
    from linetap.line.flex import FlexBlockStyle as FlexBlockStyle
    from linetap.line.flex import FlexBox as FlexBox
    from linetap.line.flex import FlexBoxBackground as FlexBoxBackground
    from linetap.line.flex import FlexBoxLinearGradient as FlexBoxLinearGradient
    from linetap.line.flex import FlexBubble as FlexBubble
    from linetap.line.flex import FlexBubbleStyles as FlexBubbleStyles
    from linetap.line.flex import FlexButton as FlexButton
    from linetap.line.flex import FlexCarousel as FlexCarousel
    from linetap.line.flex import FlexComponent as FlexComponent
    from linetap.line.flex import FlexContainer as FlexContainer
    from linetap.line.flex import FlexFiller as FlexFiller
    from linetap.line.flex import FlexIcon as FlexIcon
    from linetap.line.flex import FlexImage as FlexImage
    from linetap.line.flex import FlexMessage as FlexMessage
    from linetap.line.flex import FlexSeparator as FlexSeparator
    from linetap.line.flex import FlexSpan as FlexSpan
    from linetap.line.flex import FlexText as FlexText
    from linetap.line.flex import FlexVideo as FlexVideo
    from linetap.line.imagemap import ClipboardImagemapAction as ClipboardImagemapAction
    from linetap.line.imagemap import ImagemapAction as ImagemapAction
    from linetap.line.imagemap import ImagemapArea as ImagemapArea
    from linetap.line.imagemap import ImagemapBaseSize as ImagemapBaseSize
    from linetap.line.imagemap import ImagemapExternalLink as ImagemapExternalLink
    from linetap.line.imagemap import ImagemapMessage as ImagemapMessage
    from linetap.line.imagemap import ImagemapVideo as ImagemapVideo
    from linetap.line.imagemap import MessageImagemapAction as MessageImagemapAction
    from linetap.line.imagemap import URIImagemapAction as URIImagemapAction
    from linetap.line.keys import retry_key_for as retry_key_for
    from linetap.line.messages import AllMentionTarget as AllMentionTarget
    from linetap.line.messages import AudioMessage as AudioMessage
    from linetap.line.messages import CouponMessage as CouponMessage
    from linetap.line.messages import Emoji as Emoji
    from linetap.line.messages import EmojiSubstitutionObject as EmojiSubstitutionObject
    from linetap.line.messages import ImageMessage as ImageMessage
    from linetap.line.messages import LocationMessage as LocationMessage
    from linetap.line.messages import MentionSubstitutionObject as MentionSubstitutionObject
    from linetap.line.messages import MentionTarget as MentionTarget
    from linetap.line.messages import MessageLike as MessageLike
    from linetap.line.messages import Messages as Messages
    from linetap.line.messages import RawMessage as RawMessage
    from linetap.line.messages import StickerMessage as StickerMessage
    from linetap.line.messages import SubstitutionObject as SubstitutionObject
    from linetap.line.messages import TextMessage as TextMessage
    from linetap.line.messages import TextMessageV2 as TextMessageV2
    from linetap.line.messages import UserMentionTarget as UserMentionTarget
    from linetap.line.messages import VideoMessage as VideoMessage
    from linetap.line.messages import message_from_json as message_from_json
    from linetap.line.messages import message_problems as message_problems
    from linetap.line.messages import message_to_json as message_to_json
    from linetap.line.messages import messages_to_json as messages_to_json
    from linetap.line.messages_common import Message as Message
    from linetap.line.messages_common import QuickReply as QuickReply
    from linetap.line.messages_common import QuickReplyItem as QuickReplyItem
    from linetap.line.messages_common import Sender as Sender
    from linetap.line.models import FollowerPage as FollowerPage
    from linetap.line.models import PushResult as PushResult
    from linetap.line.models import SendResult as SendResult
    from linetap.line.models import SentMessage as SentMessage
    from linetap.line.models_account import BotInfo as BotInfo
    from linetap.line.models_account import ClickStatistics as ClickStatistics
    from linetap.line.models_account import LineProfile as LineProfile
    from linetap.line.models_account import MessageStatistics as MessageStatistics
    from linetap.line.models_account import Quota as Quota
    from linetap.line.models_account import UnitStatistics as UnitStatistics
    from linetap.line.models_bulk import Delivery as Delivery
    from linetap.line.models_bulk import DeliveryOutcome as DeliveryOutcome
    from linetap.line.models_bulk import SendReport as SendReport
    from linetap.line.template import ButtonsTemplate as ButtonsTemplate
    from linetap.line.template import CarouselColumn as CarouselColumn
    from linetap.line.template import CarouselTemplate as CarouselTemplate
    from linetap.line.template import ConfirmTemplate as ConfirmTemplate
    from linetap.line.template import ImageCarouselColumn as ImageCarouselColumn
    from linetap.line.template import ImageCarouselTemplate as ImageCarouselTemplate
    from linetap.line.template import Template as Template
    from linetap.line.template import TemplateMessage as TemplateMessage
    from linetap.line.tokens import StatelessToken as StatelessToken
    from linetap.line.tokens import StaticToken as StaticToken
    from linetap.line.tokens import TokenProvider as TokenProvider
    from linetap.sync.apply import apply_plan as apply_plan
    from linetap.sync.identity import IdentityPolicy as IdentityPolicy
    from linetap.sync.identity import KnownFollowers as KnownFollowers
    from linetap.sync.identity import LineIdAsIdentity as LineIdAsIdentity
    from linetap.sync.ledger import Ledger as Ledger
    from linetap.sync.plan import SyncPlan as SyncPlan
    from linetap.sync.planning import plan_sync as plan_sync
    from linetap.sync.report import DeadLetter as DeadLetter
    from linetap.sync.report import SyncConflict as SyncConflict
    from linetap.sync.report import SyncReport as SyncReport
    from linetap.sync.run import replay_rejected as replay_rejected
    from linetap.sync.run import sync_followers as sync_followers
    from linetap.transport.driver import ClientOptions as ClientOptions
    from linetap.wire import (
        Response as Response,
    )

__version__ = "0.1.0"

# Module -> its public names. The imports above say the same to type checkers; tests/test_house.py holds them together.
_ROOMS = {
    "linetap.aio": "AsyncClientOptions",
    "linetap.campaign.body": "CustomBody Difference",
    "linetap.campaign.campaign": "Campaign",
    "linetap.campaign.conditions": "when",
    "linetap.campaign.preview": "Preview",
    "linetap.campaign.proofs": "Length Proof Risk is_safe safe_text",
    "linetap.campaign.report": "PreviewReport",
    "linetap.clevertap.async_client": "AsyncCleverTapClient",
    "linetap.clevertap.client": "CleverTapClient",
    "linetap.clevertap.credentials": "Region",
    "linetap.clevertap.csv_export": "CsvExport write_profiles_csv",
    "linetap.clevertap.models": (
        "CampaignCreated CampaignReport CampaignSummary CleverTapProfile DeletionReport ProfileQuery WebhookCampaign"
    ),
    "linetap.clevertap.records": "EventRecord ProfileRecord",
    "linetap.clevertap.reports": "Rejection UploadReport",
    "linetap.clevertap.templates": "WebhookTemplate WebhookTemplateReceipt",
    "linetap.errors": (
        "BadArgument BadCampaign BadRequest BadSignature Conflict DiskFailed Forbidden Gone InUse"
        " LinetapError ManualStepNeeded NoAnswer NotFound Problem QuotaExceeded Refused ServiceBroken TooLarge"
        " TooManyRequests TooManyUnfollows Unauthorized UnreadableAnswer WorldMoved WrongMediaType"
    ),
    "linetap.fields": "Choice Condition EventField Field LiteralText ProfileField RawLiquid TriggerField",
    "linetap.flows": "RetryPolicy Timeout",
    "linetap.gate": "Pace",
    "linetap.line.actions": (
        "Action AltUri CameraAction CameraRollAction ClipboardAction DatetimePickerAction LocationAction"
        " MessageAction PostbackAction RichMenuSwitchAction URIAction"
    ),
    "linetap.line.async_client": "AsyncFollowers AsyncLineClient",
    "linetap.line.client": "Followers LineClient",
    "linetap.line.events": (
        "AccountLinkEvent BeaconEvent DeliveryEvent FollowEvent JoinEvent LeaveEvent LineEvent LineWebhook"
        " MemberJoinedEvent MemberLeftEvent MembershipEvent MessageEditedEvent MessageEvent ModuleEvent"
        " PostbackEvent Source UnfollowEvent UnknownEvent UnsendEvent VideoPlayCompleteEvent read_line_webhook"
    ),
    "linetap.line.flex": (
        "FlexBlockStyle FlexBox FlexBoxBackground FlexBoxLinearGradient FlexBubble FlexBubbleStyles FlexButton"
        " FlexCarousel FlexComponent FlexContainer FlexFiller FlexIcon FlexImage FlexMessage FlexSeparator"
        " FlexSpan FlexText FlexVideo"
    ),
    "linetap.line.imagemap": (
        "ClipboardImagemapAction ImagemapAction ImagemapArea ImagemapBaseSize ImagemapExternalLink ImagemapMessage"
        " ImagemapVideo MessageImagemapAction URIImagemapAction"
    ),
    "linetap.line.keys": "retry_key_for",
    "linetap.line.messages": (
        "AllMentionTarget AudioMessage CouponMessage Emoji EmojiSubstitutionObject ImageMessage LocationMessage"
        " MentionSubstitutionObject MentionTarget MessageLike Messages RawMessage StickerMessage"
        " SubstitutionObject TextMessage TextMessageV2 UserMentionTarget VideoMessage message_from_json"
        " message_problems message_to_json messages_to_json"
    ),
    "linetap.line.messages_common": "Message QuickReply QuickReplyItem Sender",
    "linetap.line.models": "FollowerPage PushResult SendResult SentMessage",
    "linetap.line.models_account": "BotInfo ClickStatistics LineProfile MessageStatistics Quota UnitStatistics",
    "linetap.line.models_bulk": "Delivery DeliveryOutcome SendReport",
    "linetap.line.template": (
        "ButtonsTemplate CarouselColumn CarouselTemplate ConfirmTemplate ImageCarouselColumn ImageCarouselTemplate"
        " Template TemplateMessage"
    ),
    "linetap.line.tokens": "StatelessToken StaticToken TokenProvider",
    "linetap.sync.apply": "apply_plan",
    "linetap.sync.identity": "IdentityPolicy KnownFollowers LineIdAsIdentity",
    "linetap.sync.ledger": "Ledger",
    "linetap.sync.plan": "SyncPlan",
    "linetap.sync.planning": "plan_sync",
    "linetap.sync.report": "DeadLetter SyncConflict SyncReport",
    "linetap.sync.run": "replay_rejected sync_followers",
    "linetap.transport.driver": "ClientOptions",
    "linetap.wire": "Response",
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
