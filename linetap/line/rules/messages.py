"""The rules of every kind of message, by its type.

https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from __future__ import annotations

from linetap.line.rules.engine import TypedObjectRule
from linetap.line.rules.flex import FLEX
from linetap.line.rules.imagemap import IMAGEMAP
from linetap.line.rules.limits import REFERENCE
from linetap.line.rules.media import SIMPLE
from linetap.line.rules.templates import TEMPLATE

PAGE = f"{REFERENCE}#message-objects"

MESSAGE = TypedObjectRule("a message", PAGE, {**SIMPLE, "imagemap": IMAGEMAP, "template": TEMPLATE, "flex": FLEX})
