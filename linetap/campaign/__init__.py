"""Campaigns: messages with fields, CleverTap's custom body, previews. Names are imported on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap._lazy import lazy_names

if TYPE_CHECKING:
    from linetap.campaign.body import BodyDifference as BodyDifference
    from linetap.campaign.body import CustomBody as CustomBody
    from linetap.campaign.campaign import Campaign as Campaign
    from linetap.campaign.conditions import when as when
    from linetap.campaign.deliveries import Deliveries as Deliveries
    from linetap.campaign.preview import Preview as Preview
    from linetap.campaign.report import PreviewReport as PreviewReport
    from linetap.campaign.value_risks import TextLength as TextLength
    from linetap.campaign.value_risks import ValueRisk as ValueRisk
    from linetap.campaign.value_risks import ValueRisks as ValueRisks
    from linetap.campaign.value_risks import is_json_safe as is_json_safe
    from linetap.campaign.value_risks import json_safe_text as json_safe_text
    from linetap.fields import Condition as Condition
    from linetap.fields import ConditionalText as ConditionalText
    from linetap.fields import EventField as EventField
    from linetap.fields import Field as Field
    from linetap.fields import LiteralText as LiteralText
    from linetap.fields import ProfileField as ProfileField
    from linetap.fields import RawLiquid as RawLiquid
    from linetap.fields import TriggerField as TriggerField

# Module -> its public names. The imports above say the same to type checkers; tests/test_layout.py compares them.
_MODULES = {
    "linetap.campaign.body": "BodyDifference CustomBody",
    "linetap.campaign.campaign": "Campaign",
    "linetap.campaign.conditions": "when",
    "linetap.campaign.deliveries": "Deliveries",
    "linetap.campaign.preview": "Preview",
    "linetap.campaign.report": "PreviewReport",
    "linetap.campaign.value_risks": "TextLength ValueRisk ValueRisks is_json_safe json_safe_text",
    "linetap.fields": "Condition ConditionalText EventField Field LiteralText ProfileField RawLiquid TriggerField",
}

__all__, __getattr__, __dir__ = lazy_names(__name__, _MODULES)  # pyright: ignore[reportUnsupportedDunderAll]
