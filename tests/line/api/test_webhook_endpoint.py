"""``line.webhook_endpoint``, against the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from linetap.errors import BadArgument, NotFound, UnreadableResponse
from linetap.line import LineClient, read_line_webhook
from linetap.line.api import webhook_endpoint
from linetap.sandbox import Sandbox
from tests.line.api.test_messaging import reply
from tests.line.test_client import box as box
from tests.line.test_client import line as line

URL = "https://example.com/line"


def test_the_address_is_set_and_read(box: Sandbox, line: LineClient) -> None:
    """get() is None before an address is set, and returns what set() set; set() may be repeated."""
    assert line.webhook_endpoint.get() is None
    box.faults.add("line.set_webhook_endpoint", status=500)

    line.webhook_endpoint.set(URL)

    found = line.webhook_endpoint.get()
    assert found is not None
    assert (found.endpoint, found.active) == (URL, True)


def test_line_tests_the_server(box: Sandbox, line: LineClient) -> None:
    """test() reports the status of the server that gets LINE's signed request without events, or that none responds."""
    with pytest.raises(NotFound):
        line.webhook_endpoint.test()
    line.webhook_endpoint.set(URL)
    assert (line.webhook_endpoint.test().success, line.webhook_endpoint.test(URL).reason) == (
        False,
        "COULD_NOT_CONNECT",
    )
    statuses = [200, 503]

    def server(request: Any) -> int:
        found = read_line_webhook(request.body, signature=request.signature, channel_secret=box.channel_secret)
        assert found.events == ()
        return statuses.pop(0)

    box.line.webhook_receiver = server
    good, bad = line.webhook_endpoint.test(), line.webhook_endpoint.test()
    assert (good.success, good.status_code, good.reason, good.timestamp) == (
        True,
        200,
        "OK",
        "2026-01-01T00:00:00.000Z",
    )
    assert (bad.success, bad.reason, bad.detail) == (False, "ERROR_STATUS_CODE", "503")


@pytest.mark.parametrize(
    "wrong", ["http://example.com/", "example.com", "https://", "https://[", f"https://e.com/{'a' * 500}", None, 5]
)
def test_an_address_is_an_https_url(box: Sandbox, line: LineClient, wrong: Any) -> None:
    """Another scheme, no host, more than 500 characters or no text raises before anything is sent."""
    with pytest.raises(BadArgument, match="https://"):
        line.webhook_endpoint.set(wrong)
    assert len(box.journal) == 0


def test_a_result_of_another_form_is_unreadable() -> None:
    """A response without its documented properties is an error."""
    for operation in (webhook_endpoint.read_endpoint(), webhook_endpoint.try_endpoint(None)):
        with pytest.raises(UnreadableResponse):
            operation.read(reply(200, {"endpoint": 5, "success": "yes"}))
