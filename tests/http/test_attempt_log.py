"""The log record of each attempt."""

from __future__ import annotations

import logging
from typing import Any

import attrs
import pytest

from linetap.http.attempt_log import Attempt, is_logged
from linetap.http.call import Send
from linetap.http.call_errors import AttemptFailed
from tests.http.fake_transport import operation, reply


def test_an_expected_409_is_logged_as_a_success(caplog: pytest.LogCaptureFixture) -> None:
    """409 to a retry key means accepted before: it is logged like a success, at INFO."""
    accepted = attrs.evolve(operation(), error_info=lambda response: None)
    with caplog.at_level(logging.INFO, "linetap"):
        Attempt("line", accepted, Send({}, 1, 9.0, 0.0), reply(409), 0.1).log()

    assert [record.levelname for record in caplog.records] == ["INFO"]


@pytest.mark.parametrize(
    "came, level", [(reply(200), "INFO"), (reply(404), "WARNING"), (AttemptFailed("gone"), "WARNING")]
)
def test_a_record_weighs_as_it_went(came: Any, level: str, caplog: pytest.LogCaptureFixture) -> None:
    """An attempt that went through is information, any other a warning."""
    caplog.set_level(logging.INFO, "linetap")
    Attempt("test", operation(), Send({"Authorization": "canary"}, 1, 9.0, 0.0), came, 0.25).log()
    (record,) = caplog.records

    assert record.levelname == level
    assert "canary" not in caplog.text + repr(record.__dict__)


@pytest.mark.parametrize(
    "level, heard", [(logging.INFO, (True, True)), (logging.WARNING, (False, True)), (logging.ERROR, (False, False))]
)
def test_no_record_is_built_for_a_disabled_logger(
    level: int, heard: tuple[bool, bool], caplog: pytest.LogCaptureFixture
) -> None:
    """Whether a record is logged is known before it is built."""
    caplog.set_level(level, "linetap")

    asked = operation()
    assert (is_logged(asked, reply(200)), is_logged(asked, reply(500))) == heard
