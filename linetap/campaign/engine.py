"""CleverTap's documented part of Liquid, rendered by python-liquid (extra ``preview``).

The only importer of python-liquid. CleverTap says that only the terms it lists work, so nothing else is registered:
https://docs.clevertap.com/docs/liquid-tags
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

import attrs
from liquid import Environment, Mode
from liquid.ast import Node
from liquid.exceptions import LiquidError, LiquidTypeError
from liquid.filter import string_filter
from liquid.tag import Tag

from linetap.campaign.dialect import FILTERS, TAGS

if TYPE_CHECKING:
    from linetap.campaign.filling import Person

# What python-liquid itself needs to write text and values: tags to it, but nothing anybody types.
_OF_THE_ENGINE = {"literal", "output", "illegal", "statement"}


class Aborted(Exception):
    """``{% abort %}`` was reached: CleverTap sends nothing to this person."""


class _AbortNode(Node):
    def render_to_output(self, context: Any, buffer: TextIO) -> int:
        raise Aborted


class _AbortTag(Tag):
    name = "abort"
    block = False

    def parse(self, stream: Any) -> Node:
        return _AbortNode(stream.eat(self.token_kind))
