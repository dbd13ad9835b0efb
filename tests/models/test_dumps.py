"""Compact JSON: the same as the documented encoder writes, on every Python."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from linetap.models import dumps
from linetap.models.dumps import compact

VALUES: list[Any] = ["", 'ก\u2028"\\\n', "こ", 0, -1.5, 1e300, True, None, [], {}, {"a": [{"b": (1, 2)}, "é"]}, 10**30]


@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_it_is_what_the_documented_encoder_writes(value: Any) -> None:
    """A value is written as json.dumps writes it with the same options."""
    assert compact(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="CPython alone has this C encoder")
def test_this_python_has_the_encoder_made_once() -> None:
    """On every supported Python the C encoder is created once."""
    assert compact.__name__ != "encode"


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), {"a": float("inf")}])
def test_infinite_numbers_are_rejected(value: Any) -> None:
    """A number that JSON cannot express is rejected at every position."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        compact(value)


def test_other_values_are_rejected() -> None:
    """A value that is not JSON is rejected, and one that contains itself does not end in a loop."""
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(TypeError):
        compact({"a": object()})
    with pytest.raises(RecursionError):
        compact(circle)


def _spaced(*given: Any) -> Any:
    return lambda value, level: ('{"": [0.5, "é"]}',)


@pytest.mark.parametrize("other", [None, lambda: None, _spaced], ids=["none", "made otherwise", "writes otherwise"])
def test_another_python_has_the_documented_encoder(other: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a C encoder, or with another one, the documented encoder writes the same."""
    with monkeypatch.context() as patched:
        patched.setattr(json.encoder, "c_make_encoder", other)
        write = dumps._writer()

    assert write.__name__ == "encode"
    assert [write(value) for value in VALUES] == [compact(value) for value in VALUES]
