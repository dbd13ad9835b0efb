"""CleverTap's Liquid, implemented for the sandbox alone and independent of linetap's own engine."""

from __future__ import annotations

from linetap.sandbox.liquid.errors import Aborted, LiquidError
from linetap.sandbox.liquid.template import Template

__all__ = ["Aborted", "LiquidError", "Template"]
