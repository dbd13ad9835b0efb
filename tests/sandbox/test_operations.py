"""No operation that the vendors document is unknown to the sandbox: it is implemented, or 501 with a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from linetap.http.types import Request
from linetap.sandbox import Sandbox

HERE = Path(__file__).parent


def operations(service: str) -> list[list[str]]:
    """The rows of a list of documented operations."""
    lines = (HERE / service / "data" / "operations.txt").read_text("utf-8").splitlines()
    return [line.split() for line in lines if not line.startswith("#")]


def test_the_lists_are_complete() -> None:
    """The lists have every operation: 110 of LINE's OpenAPI files, 49 of CleverTap's pages."""
    assert len({(method, path) for _, method, path, _ in operations("line")}) == 110
    assert len({(method, path) for method, path in operations("clevertap")}) == 49


@pytest.mark.parametrize("spec, method, path, host", operations("line"))
def test_every_operation_of_line(spec: str, method: str, path: str, host: str) -> None:
    """At its own host, with a follower in the path, no operation of LINE is 404 or unknown."""
    box = Sandbox()
    [user_id] = box.line.add_followers(1)
    address = re.sub(r"\{\w+\}", "1", path.replace("{userId}", user_id))
    headers = {"Authorization": f"Bearer {box.channel_access_token}", "Content-Type": "application/json"}

    response = box.line.handle(Request(method, address, (), b"{}", headers, host))

    [entry] = box.journal
    assert entry.operation != "line.unknown"
    if response.status == 501:
        assert response.json()["message"].endswith("nothing was done")
    else:
        assert response.status != 404 or response.json()["message"] != "Not found"  # but "the user has no richmenu"
        assert response.content or path == "/v2/oauth/revoke"  # documented as empty


@pytest.mark.parametrize("method, path", operations("clevertap"))
def test_every_operation_of_clevertap(method: str, path: str) -> None:
    """No documented path is an empty 200, which is CleverTap's response to an unknown path."""
    box = Sandbox()
    headers = {"X-CleverTap-Account-Id": box.account_id, "X-CleverTap-Passcode": box.passcode}

    response = box.clevertap.handle(Request(method, path, (), b"{}", {**headers, "Content-Type": "application/json"}))

    [entry] = box.journal
    assert entry.operation != "clevertap.unknown"
    assert response.json()["status"] == "fail"
    assert response.json()["error"]
    assert response.status in (200, 400, 501)


@pytest.mark.parametrize("reading, status", [("absent", 200), ("rejected", 400)])
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_retry_key_has_two_readings(reading: str, status: int, value: str) -> None:
    """LINE's Go SDK sends the header without a value: it counts as absent, so two pushes are two messages."""
    box = Sandbox()
    box.readings.empty_retry_key = reading  # type: ignore[assignment]
    [user_id] = box.line.add_followers(1)
    headers = {"Authorization": f"Bearer {box.channel_access_token}", "Content-Type": "application/json"}
    content = f'{{"to":"{user_id}","messages":[{{"type":"text","text":"x"}}]}}'.encode()
    push = Request("POST", "/v2/bot/message/push", (), content, {**headers, "X-Line-Retry-Key": value})

    assert [box.line.handle(push).status for _ in range(2)] == [status, status]
    assert len(box.line.inbox(user_id)) == (2 if status == 200 else 0)
