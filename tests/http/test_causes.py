"""The cause of an error: type and text stay, frames of libraries and requests go."""

from __future__ import annotations

import http.client
import traceback

import requests

from linetap.http.call_errors import AttemptFailed
from linetap.http.causes import with_cause

FAILED = AttemptFailed("no")


def _raised(function: object) -> BaseException:
    try:
        function()  # type: ignore[operator]
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def _in_a_library() -> None:
    http.client.HTTPConnection("127.0.0.1:x")


def test_frames_of_libraries_are_dropped() -> None:
    """Of a traceback only the frames of the caller's own files stay; type and text stay."""
    cause = with_cause(FAILED, _raised(_in_a_library)).cause

    assert isinstance(cause, http.client.InvalidURL)
    files = [frame.filename for frame in traceback.extract_tb(cause.__traceback__)]
    assert files
    assert all(name == __file__ for name in files)


def test_every_wrapped_exception_is_cleaned() -> None:
    """Exceptions in arguments, reasons, causes and contexts have no library frames and no contexts."""
    inner = _raised(_in_a_library)
    outer = requests.ConnectionError(inner)
    outer.__context__ = _raised(_in_a_library)
    with_cause(FAILED, outer)

    assert outer.__context__ is None
    assert all(frame.filename == __file__ for frame in traceback.extract_tb(inner.__traceback__))


def test_the_request_is_dropped() -> None:
    """An exception of requests does not keep the prepared request with its headers."""
    request = requests.Request("GET", "http://x", headers={"Authorization": "canary"}).prepare()
    error = requests.ConnectionError("gone", request=request)
    with_cause(FAILED, error)

    assert error.request is None
