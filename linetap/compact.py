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
        accelerated: Any = json.encoder
        pieces: Callable[[Any, int], tuple[str, ...]] = accelerated.c_make_encoder(
            None, documented.default, accelerated.encode_basestring, None, ":", ",", False, False, False
        )
        "".join(pieces({"": [0.5]}, 0))
    except (AttributeError, TypeError):  # another Python, whose encoder is made in another way
        return documented.encode
    return lambda value: "".join(pieces(value, 0))


compact: Callable[[Any], str] = _writer()
"""A value as JSON without spaces, in its own letters. Without a check for circles: those are a ``RecursionError``.

``ValueError`` or ``TypeError`` for what JSON does not hold, infinite numbers among them.
"""
