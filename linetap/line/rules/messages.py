"""All kinds of messages, each with its rules.

https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from __future__ import annotations

from linetap.line.rules.engine import Kind
from linetap.line.rules.flex import FLEX
from linetap.line.rules.imagemap import IMAGEMAP
from linetap.line.rules.limits import REFERENCE
from linetap.line.rules.media import SIMPLE
from linetap.line.rules.templates import TEMPLATE

PAGE = f"{REFERENCE}#message-objects"

MESSAGE = Kind("a message", PAGE, {**SIMPLE, "imagemap": IMAGEMAP, "template": TEMPLATE, "flex": FLEX})
