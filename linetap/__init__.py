"""linetap carries a brand's LINE followers into CleverTap and CleverTap's campaigns back to LINE.

The public names, and nothing else. Each is loaded when it is first touched (PEP 562), so
``import linetap`` costs next to nothing; type checkers and editors read the imports below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linetap.campaign.body import CustomBody as CustomBody, Difference as Difference
    from linetap.campaign.campaign import Campaign as Campaign
    from linetap.campaign.conditions import when as when
    from linetap.campaign.preview import Preview as Preview
    from linetap.campaign.proofs import Proof as Proof, is_safe as is_safe, safe_text as safe_text
    from linetap.campaign.report import PreviewReport as PreviewReport
    from linetap.clevertap.client import (
        CleverTapClient as CleverTapClient,
    )
    from linetap.clevertap.credentials import (
        Region as Region,
    )
    from linetap.clevertap.models import (
        CampaignCreated as CampaignCreated,
        CampaignReport as CampaignReport,
        CampaignSummary as CampaignSummary,
        CleverTapProfile as CleverTapProfile,
        ProfileQuery as ProfileQuery,
        WebhookCampaign as WebhookCampaign,
    )
    from linetap.clevertap.records import (
        EventRecord as EventRecord,
        ProfileRecord as ProfileRecord,
    )
    from linetap.clevertap.reports import (
        Rejection as Rejection,
        UploadReport as UploadReport,
    )
    from linetap.clevertap.templates import (
        WebhookTemplate as WebhookTemplate,
        WebhookTemplateReceipt as WebhookTemplateReceipt,
    )
    from linetap.errors import (
        BadArgument as BadArgument,
        BadCampaign as BadCampaign,
        BadRequest as BadRequest,
        BadSignature as BadSignature,
        Conflict as Conflict,
        Forbidden as Forbidden,
        Gone as Gone,
        LinetapError as LinetapError,
        ManualStepNeeded as ManualStepNeeded,
        NoAnswer as NoAnswer,
        NotFound as NotFound,
        Problem as Problem,
        QuotaExceeded as QuotaExceeded,
        Refused as Refused,
        ServiceBroken as ServiceBroken,
        TooLarge as TooLarge,
        TooManyRequests as TooManyRequests,
        Unauthorized as Unauthorized,
        UnreadableAnswer as UnreadableAnswer,
        WrongMediaType as WrongMediaType,
    )
    from linetap.fields import (
        Condition as Condition,
        EventField as EventField,
        LiteralText as LiteralText,
        ProfileField as ProfileField,
        RawLiquid as RawLiquid,
        TriggerField as TriggerField,
    )
    from linetap.flows import (
        RetryPolicy as RetryPolicy,
        Timeout as Timeout,
    )
    from linetap.gate import (
        Pace as Pace,
    )
    from linetap.line.actions import (
        Action as Action,
        AltUri as AltUri,
        CameraAction as CameraAction,
        CameraRollAction as CameraRollAction,
        ClipboardAction as ClipboardAction,
        DatetimePickerAction as DatetimePickerAction,
        LocationAction as LocationAction,
        MessageAction as MessageAction,
        PostbackAction as PostbackAction,
        RichMenuSwitchAction as RichMenuSwitchAction,
        URIAction as URIAction,
    )
    from linetap.line.client import (
        LineClient as LineClient,
    )
    from linetap.line.events import (
        AccountLinkEvent as AccountLinkEvent,
        BeaconEvent as BeaconEvent,
        DeliveryEvent as DeliveryEvent,
        FollowEvent as FollowEvent,
        JoinEvent as JoinEvent,
        LeaveEvent as LeaveEvent,
        LineEvent as LineEvent,
        LineWebhook as LineWebhook,
        MemberJoinedEvent as MemberJoinedEvent,
        MemberLeftEvent as MemberLeftEvent,
        MembershipEvent as MembershipEvent,
        MessageEditedEvent as MessageEditedEvent,
        MessageEvent as MessageEvent,
        ModuleEvent as ModuleEvent,
        PostbackEvent as PostbackEvent,
        UnfollowEvent as UnfollowEvent,
        UnknownEvent as UnknownEvent,
        UnsendEvent as UnsendEvent,
        VideoPlayCompleteEvent as VideoPlayCompleteEvent,
        read_line_webhook as read_line_webhook,
    )
    from linetap.line.flex import (
        FlexBlockStyle as FlexBlockStyle,
        FlexBox as FlexBox,
        FlexBoxBackground as FlexBoxBackground,
        FlexBoxLinearGradient as FlexBoxLinearGradient,
        FlexBubble as FlexBubble,
        FlexBubbleStyles as FlexBubbleStyles,
        FlexButton as FlexButton,
        FlexCarousel as FlexCarousel,
        FlexComponent as FlexComponent,
        FlexContainer as FlexContainer,
        FlexFiller as FlexFiller,
        FlexIcon as FlexIcon,
        FlexImage as FlexImage,
        FlexMessage as FlexMessage,
        FlexSeparator as FlexSeparator,
        FlexSpan as FlexSpan,
        FlexText as FlexText,
        FlexVideo as FlexVideo,
    )
    from linetap.line.imagemap import (
        ClipboardImagemapAction as ClipboardImagemapAction,
        ImagemapAction as ImagemapAction,
        ImagemapArea as ImagemapArea,
        ImagemapBaseSize as ImagemapBaseSize,
        ImagemapExternalLink as ImagemapExternalLink,
        ImagemapMessage as ImagemapMessage,
        ImagemapVideo as ImagemapVideo,
        MessageImagemapAction as MessageImagemapAction,
        URIImagemapAction as URIImagemapAction,
    )
    from linetap.line.keys import (
        retry_key_for as retry_key_for,
    )
    from linetap.line.messages import (
        AllMentionTarget as AllMentionTarget,
        AudioMessage as AudioMessage,
        CouponMessage as CouponMessage,
        Emoji as Emoji,
        EmojiSubstitutionObject as EmojiSubstitutionObject,
        ImageMessage as ImageMessage,
        LocationMessage as LocationMessage,
        MentionSubstitutionObject as MentionSubstitutionObject,
        MentionTarget as MentionTarget,
        MessageLike as MessageLike,
        Messages as Messages,
        RawMessage as RawMessage,
        StickerMessage as StickerMessage,
        SubstitutionObject as SubstitutionObject,
        TextMessage as TextMessage,
        TextMessageV2 as TextMessageV2,
        UserMentionTarget as UserMentionTarget,
        VideoMessage as VideoMessage,
        message_from_json as message_from_json,
        message_problems as message_problems,
        message_to_json as message_to_json,
        messages_to_json as messages_to_json,
    )
    from linetap.line.messages_common import (
        Message as Message,
        QuickReply as QuickReply,
        QuickReplyItem as QuickReplyItem,
        Sender as Sender,
    )
    from linetap.line.models import (
        BotInfo as BotInfo,
        Delivery as Delivery,
        DeliveryOutcome as DeliveryOutcome,
        FollowerPage as FollowerPage,
        LineProfile as LineProfile,
        PushResult as PushResult,
        Quota as Quota,
        SendReport as SendReport,
        SendResult as SendResult,
        SentMessage as SentMessage,
        UnitStatistics as UnitStatistics,
    )
    from linetap.line.template import (
        ButtonsTemplate as ButtonsTemplate,
        CarouselColumn as CarouselColumn,
        CarouselTemplate as CarouselTemplate,
        ConfirmTemplate as ConfirmTemplate,
        ImageCarouselColumn as ImageCarouselColumn,
        ImageCarouselTemplate as ImageCarouselTemplate,
        Template as Template,
        TemplateMessage as TemplateMessage,
    )
    from linetap.line.tokens import (
        StatelessToken as StatelessToken,
        StaticToken as StaticToken,
        TokenProvider as TokenProvider,
    )

__version__ = "0.1.0"

# Module -> its public names. The imports above say the same to type checkers; tests/test_house.py holds them together.
_ROOMS = {
    "linetap.campaign.body": "CustomBody Difference",
    "linetap.campaign.campaign": "Campaign",
    "linetap.campaign.conditions": "when",
    "linetap.campaign.preview": "Preview",
    "linetap.campaign.proofs": "Proof is_safe safe_text",
    "linetap.campaign.report": "PreviewReport",
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
    "linetap.fields": "Condition EventField LiteralText ProfileField RawLiquid TriggerField",
    "linetap.flows": "RetryPolicy Timeout",
    "linetap.gate": "Pace",
    "linetap.line.actions": (
        "Action AltUri CameraAction CameraRollAction ClipboardAction DatetimePickerAction LocationAction"
        " MessageAction PostbackAction RichMenuSwitchAction URIAction"
    ),
    "linetap.line.client": "LineClient",
    "linetap.line.events": (
        "AccountLinkEvent BeaconEvent DeliveryEvent FollowEvent JoinEvent LeaveEvent LineEvent LineWebhook"
        " MemberJoinedEvent MemberLeftEvent MembershipEvent MessageEditedEvent MessageEvent ModuleEvent"
        " PostbackEvent UnfollowEvent UnknownEvent UnsendEvent VideoPlayCompleteEvent read_line_webhook"
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
    "linetap.line.models": (
        "BotInfo Delivery DeliveryOutcome FollowerPage LineProfile PushResult Quota SendReport SendResult"
        " SentMessage UnitStatistics"
    ),
    "linetap.line.template": (
        "ButtonsTemplate CarouselColumn CarouselTemplate ConfirmTemplate ImageCarouselColumn ImageCarouselTemplate"
        " Template TemplateMessage"
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
