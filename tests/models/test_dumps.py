"""Compact JSON: the same as the documented encoder writes, whichever Python it is."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from linetap.models import dumps as room
from linetap.models.dumps import compact

VALUES: list[Any] = ["", 'ก\u2028"\\\n', "こ", 0, -1.5, 1e300, True, None, [], {}, {"a": [{"b": (1, 2)}, "é"]}, 10**30]


@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_it_is_what_the_documented_encoder_writes(value: Any) -> None:
    """A value is written as json.dumps writes it with the same options."""
    assert compact(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="CPython alone has this C encoder")
def test_this_python_has_the_encoder_made_once() -> None:
    """On the Pythons we support no value pays for making an encoder."""
    assert compact.__name__ != "encode"


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), {"a": float("inf")}])
def test_infinite_numbers_are_none(value: Any) -> None:
    """What JSON has no number for is refused, wherever it stands."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        compact(value)


def test_other_values_are_none() -> None:
    """A value that is no JSON is refused, and one that holds itself does not end."""
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
    """Where the C encoder is absent, made otherwise or writes otherwise, the documented one writes the same."""
    with monkeypatch.context() as patched:
        patched.setattr(json.encoder, "c_make_encoder", other)
        write = room._writer()

    assert write.__name__ == "encode"
    assert [write(value) for value in VALUES] == [compact(value) for value in VALUES]
