"""LINE: clients, messages, rules, endpoints, webhooks. Names are imported on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap._lazy import lazy_names

if TYPE_CHECKING:
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
    from linetap.line.api.results import SentMessage as SentMessage
    from linetap.line.api.retry_keys import retry_key_for as retry_key_for
    from linetap.line.api.rich_menus import AsyncRichMenus as AsyncRichMenus
    from linetap.line.api.tokens import AsyncTokens as AsyncTokens
    from linetap.line.api.tokens import ChannelToken as ChannelToken
    from linetap.line.api.tokens import TokenInfo as TokenInfo
    from linetap.line.api.units import AsyncUnits as AsyncUnits
    from linetap.line.api.validate import AsyncValidate as AsyncValidate
    from linetap.line.api.webhook_endpoint import AsyncWebhookEndpoint as AsyncWebhookEndpoint
    from linetap.line.api.webhook_endpoint import WebhookEndpointInfo as WebhookEndpointInfo
    from linetap.line.api.webhook_endpoint import WebhookTest as WebhookTest
    from linetap.line.async_client import AsyncLineClient as AsyncLineClient
    from linetap.line.bulk.delivery import Delivery as Delivery
    from linetap.line.bulk.delivery import DeliveryOutcome as DeliveryOutcome
    from linetap.line.bulk.report import SendReport as SendReport
    from linetap.line.client import LineClient as LineClient
    from linetap.line.messages.actions import Action as Action
    from linetap.line.messages.actions import AltUri as AltUri
    from linetap.line.messages.actions import CameraAction as CameraAction
    from linetap.line.messages.actions import CameraRollAction as CameraRollAction
    from linetap.line.messages.actions import ClipboardAction as ClipboardAction
    from linetap.line.messages.actions import DatetimePickerAction as DatetimePickerAction
    from linetap.line.messages.actions import LocationAction as LocationAction
    from linetap.line.messages.actions import MessageAction as MessageAction
    from linetap.line.messages.actions import PostbackAction as PostbackAction
    from linetap.line.messages.actions import RichMenuSwitchAction as RichMenuSwitchAction
    from linetap.line.messages.actions import URIAction as URIAction
    from linetap.line.messages.base import Message as Message
    from linetap.line.messages.base import QuickReply as QuickReply
    from linetap.line.messages.base import QuickReplyItem as QuickReplyItem
    from linetap.line.messages.base import Sender as Sender
    from linetap.line.messages.flex import FlexBlockStyle as FlexBlockStyle
    from linetap.line.messages.flex import FlexBubble as FlexBubble
    from linetap.line.messages.flex import FlexBubbleStyles as FlexBubbleStyles
    from linetap.line.messages.flex import FlexCarousel as FlexCarousel
    from linetap.line.messages.flex import FlexContainer as FlexContainer
    from linetap.line.messages.flex import FlexMessage as FlexMessage
    from linetap.line.messages.flex_components import FlexBox as FlexBox
    from linetap.line.messages.flex_components import FlexBoxBackground as FlexBoxBackground
    from linetap.line.messages.flex_components import FlexBoxLinearGradient as FlexBoxLinearGradient
    from linetap.line.messages.flex_components import FlexButton as FlexButton
    from linetap.line.messages.flex_components import FlexComponent as FlexComponent
    from linetap.line.messages.flex_components import FlexFiller as FlexFiller
    from linetap.line.messages.flex_components import FlexIcon as FlexIcon
    from linetap.line.messages.flex_components import FlexImage as FlexImage
    from linetap.line.messages.flex_components import FlexSeparator as FlexSeparator
    from linetap.line.messages.flex_components import FlexSpan as FlexSpan
    from linetap.line.messages.flex_components import FlexText as FlexText
    from linetap.line.messages.flex_components import FlexVideo as FlexVideo
    from linetap.line.messages.imagemap import ClipboardImagemapAction as ClipboardImagemapAction
    from linetap.line.messages.imagemap import ImagemapAction as ImagemapAction
    from linetap.line.messages.imagemap import ImagemapArea as ImagemapArea
    from linetap.line.messages.imagemap import ImagemapBaseSize as ImagemapBaseSize
    from linetap.line.messages.imagemap import ImagemapExternalLink as ImagemapExternalLink
    from linetap.line.messages.imagemap import ImagemapMessage as ImagemapMessage
    from linetap.line.messages.imagemap import ImagemapVideo as ImagemapVideo
    from linetap.line.messages.imagemap import MessageImagemapAction as MessageImagemapAction
    from linetap.line.messages.imagemap import URIImagemapAction as URIImagemapAction
    from linetap.line.messages.json import message_from_json as message_from_json
    from linetap.line.messages.json import message_problems as message_problems
    from linetap.line.messages.json import message_to_json as message_to_json
    from linetap.line.messages.json import messages_to_json as messages_to_json
    from linetap.line.messages.kinds import AllMentionTarget as AllMentionTarget
    from linetap.line.messages.kinds import AudioMessage as AudioMessage
    from linetap.line.messages.kinds import CouponMessage as CouponMessage
    from linetap.line.messages.kinds import Emoji as Emoji
    from linetap.line.messages.kinds import EmojiSubstitutionObject as EmojiSubstitutionObject
    from linetap.line.messages.kinds import ImageMessage as ImageMessage
    from linetap.line.messages.kinds import LocationMessage as LocationMessage
    from linetap.line.messages.kinds import MentionSubstitutionObject as MentionSubstitutionObject
    from linetap.line.messages.kinds import MentionTarget as MentionTarget
    from linetap.line.messages.kinds import MessageLike as MessageLike
    from linetap.line.messages.kinds import Messages as Messages
    from linetap.line.messages.kinds import RawMessage as RawMessage
    from linetap.line.messages.kinds import StickerMessage as StickerMessage
    from linetap.line.messages.kinds import SubstitutionObject as SubstitutionObject
    from linetap.line.messages.kinds import TextMessage as TextMessage
    from linetap.line.messages.kinds import TextMessageV2 as TextMessageV2
    from linetap.line.messages.kinds import UserMentionTarget as UserMentionTarget
    from linetap.line.messages.kinds import VideoMessage as VideoMessage
    from linetap.line.messages.templates import ButtonsTemplate as ButtonsTemplate
    from linetap.line.messages.templates import CarouselColumn as CarouselColumn
    from linetap.line.messages.templates import CarouselTemplate as CarouselTemplate
    from linetap.line.messages.templates import ConfirmTemplate as ConfirmTemplate
    from linetap.line.messages.templates import ImageCarouselColumn as ImageCarouselColumn
    from linetap.line.messages.templates import ImageCarouselTemplate as ImageCarouselTemplate
    from linetap.line.messages.templates import Template as Template
    from linetap.line.messages.templates import TemplateMessage as TemplateMessage
    from linetap.line.methods_async_client import AsyncFollowers as AsyncFollowers
    from linetap.line.methods_client import Followers as Followers
    from linetap.line.tokens import StatelessToken as StatelessToken
    from linetap.line.tokens import StaticToken as StaticToken
    from linetap.line.tokens import TokenProvider as TokenProvider
    from linetap.line.webhooks.events import AccountLinkEvent as AccountLinkEvent
    from linetap.line.webhooks.events import BeaconEvent as BeaconEvent
    from linetap.line.webhooks.events import DeliveryEvent as DeliveryEvent
    from linetap.line.webhooks.events import EventSource as EventSource
    from linetap.line.webhooks.events import FollowEvent as FollowEvent
    from linetap.line.webhooks.events import JoinEvent as JoinEvent
    from linetap.line.webhooks.events import LeaveEvent as LeaveEvent
    from linetap.line.webhooks.events import LineEvent as LineEvent
    from linetap.line.webhooks.events import LineWebhook as LineWebhook
    from linetap.line.webhooks.events import MemberJoinedEvent as MemberJoinedEvent
    from linetap.line.webhooks.events import MemberLeftEvent as MemberLeftEvent
    from linetap.line.webhooks.events import MembershipEvent as MembershipEvent
    from linetap.line.webhooks.events import MessageEditedEvent as MessageEditedEvent
    from linetap.line.webhooks.events import MessageEvent as MessageEvent
    from linetap.line.webhooks.events import ModuleEvent as ModuleEvent
    from linetap.line.webhooks.events import PostbackEvent as PostbackEvent
    from linetap.line.webhooks.events import UnfollowEvent as UnfollowEvent
    from linetap.line.webhooks.events import UnknownEvent as UnknownEvent
    from linetap.line.webhooks.events import UnsendEvent as UnsendEvent
    from linetap.line.webhooks.events import VideoPlayCompleteEvent as VideoPlayCompleteEvent
    from linetap.line.webhooks.read_webhook import read_line_webhook as read_line_webhook

# Module -> its public names. The imports above say the same to type checkers; tests/test_layout.py compares them.
_MODULES = {
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
    "linetap.line.api.results": "FollowerPage PushResult SendResult SentMessage",
    "linetap.line.api.retry_keys": "retry_key_for",
    "linetap.line.api.rich_menus": "AsyncRichMenus",
    "linetap.line.api.tokens": "AsyncTokens ChannelToken TokenInfo",
    "linetap.line.api.units": "AsyncUnits",
    "linetap.line.api.validate": "AsyncValidate",
    "linetap.line.api.webhook_endpoint": "AsyncWebhookEndpoint WebhookEndpointInfo WebhookTest",
    "linetap.line.async_client": "AsyncLineClient",
    "linetap.line.bulk.delivery": "Delivery DeliveryOutcome",
    "linetap.line.bulk.report": "SendReport",
    "linetap.line.client": "LineClient",
    "linetap.line.messages.actions": (
        "Action AltUri CameraAction CameraRollAction ClipboardAction DatetimePickerAction "
        "LocationAction MessageAction PostbackAction RichMenuSwitchAction URIAction"
    ),
    "linetap.line.messages.base": "Message QuickReply QuickReplyItem Sender",
    "linetap.line.messages.flex": "FlexBlockStyle FlexBubble FlexBubbleStyles FlexCarousel FlexContainer FlexMessage",
    "linetap.line.messages.flex_components": (
        "FlexBox FlexBoxBackground FlexBoxLinearGradient FlexButton FlexComponent FlexFiller FlexIcon FlexImage "
        "FlexSeparator FlexSpan FlexText FlexVideo"
    ),
    "linetap.line.messages.imagemap": (
        "ClipboardImagemapAction ImagemapAction ImagemapArea ImagemapBaseSize ImagemapExternalLink "
        "ImagemapMessage ImagemapVideo MessageImagemapAction URIImagemapAction"
    ),
    "linetap.line.messages.json": "message_from_json message_problems message_to_json messages_to_json",
    "linetap.line.messages.kinds": (
        "AllMentionTarget AudioMessage CouponMessage Emoji EmojiSubstitutionObject ImageMessage "
        "LocationMessage MentionSubstitutionObject MentionTarget MessageLike Messages RawMessage "
        "StickerMessage SubstitutionObject TextMessage TextMessageV2 UserMentionTarget VideoMessage"
    ),
    "linetap.line.messages.templates": (
        "ButtonsTemplate CarouselColumn CarouselTemplate ConfirmTemplate ImageCarouselColumn "
        "ImageCarouselTemplate Template TemplateMessage"
    ),
    "linetap.line.methods_async_client": "AsyncFollowers",
    "linetap.line.methods_client": "Followers",
    "linetap.line.tokens": "StatelessToken StaticToken TokenProvider",
    "linetap.line.webhooks.events": (
        "AccountLinkEvent BeaconEvent DeliveryEvent EventSource FollowEvent JoinEvent LeaveEvent "
        "LineEvent LineWebhook MemberJoinedEvent MemberLeftEvent MembershipEvent MessageEditedEvent "
        "MessageEvent ModuleEvent PostbackEvent UnfollowEvent UnknownEvent UnsendEvent "
        "VideoPlayCompleteEvent"
    ),
    "linetap.line.webhooks.read_webhook": "read_line_webhook",
}

__all__, __getattr__, __dir__ = lazy_names(__name__, _MODULES)  # pyright: ignore[reportUnsupportedDunderAll]
