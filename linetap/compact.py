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
        same = "".join(pieces({"": [0.5, "é"]}, 0)) == '{"":[0.5,"é"]}'
    except (AttributeError, TypeError):
        same = False
    # Another Python may make its encoder in another way, or read these arguments otherwise.
    return (lambda value: "".join(pieces(value, 0))) if same else documented.encode


compact: Callable[[Any], str] = _writer()
"""A value as JSON without spaces, in its own letters. Without a check for circles: those are a ``RecursionError``.

``ValueError`` or ``TypeError`` for what JSON does not hold, infinite numbers among them.
"""
