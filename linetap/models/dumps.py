"""Compact JSON by the C encoder of the standard library, made once.

``json.JSONEncoder.encode`` makes that encoder anew for every value, which costs more than a short message does.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def _writer() -> Callable[[Any], str]:
    documented = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))
    try:
        write = _accelerated(documented)
        same = write({"": [0.5, "é"]}) == '{"":[0.5,"é"]}'
    except (AttributeError, TypeError):
        return documented.encode
    # Another Python may make its encoder in another way, or read these arguments otherwise.
    return write if same else documented.encode


def _accelerated(documented: json.JSONEncoder) -> Callable[[Any], str]:
    room: Any = json.encoder
    pieces = room.c_make_encoder(None, documented.default, room.encode_basestring, None, ":", ",", False, False, False)
    return lambda value: "".join(pieces(value, 0))


compact: Callable[[Any], str] = _writer()
"""A value as JSON without spaces, in its own letters. Without a check for circles: those are a ``RecursionError``.

``ValueError`` or ``TypeError`` for what JSON does not hold, infinite numbers among them.
"""
