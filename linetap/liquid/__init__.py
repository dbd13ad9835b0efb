"""CleverTap's Liquid: reads a template and predicts what CleverTap's engine (LiqP 0.7.9) makes of it.

>>> parse("Hello {{ Profile.Name | default: 'friend' }}").render({"Profile": {}}).text
'Hello friend'
"""

from linetap.liquid.conditions import has_value
from linetap.liquid.errors import LiquidSyntaxError
from linetap.liquid.references import BlankComparison, Reference
from linetap.liquid.template import LiquidTemplate, Rendered, parse

__all__ = [
    "BlankComparison",
    "LiquidSyntaxError",
    "LiquidTemplate",
    "Reference",
    "Rendered",
    "has_value",
    "parse",
]
