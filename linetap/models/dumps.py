"""Compact JSON by the C encoder of the standard library, created once.

``json.JSONEncoder.encode`` creates a C encoder for every value, which takes longer than encoding a short message.
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
    # Another Python version may have another encoder, or other arguments.
    return write if same else documented.encode


def _accelerated(documented: json.JSONEncoder) -> Callable[[Any], str]:
    encoder: Any = json.encoder
    pieces = encoder.c_make_encoder(
        None, documented.default, encoder.encode_basestring, None, ":", ",", False, False, False
    )
    return lambda value: "".join(pieces(value, 0))


compact: Callable[[Any], str] = _writer()
"""A value as JSON without spaces and without ASCII escapes.

Raises ``ValueError`` or ``TypeError`` for what JSON cannot express, such as infinite numbers, and ``RecursionError``
for a list or dict that contains itself.
"""
