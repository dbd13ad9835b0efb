"""LINE's limits were written twice, independently, from LINE's pages: in the rules and in the sandbox. They agree.

Every entry of the table is sent to the sandbox at the limit and just beyond it, through its endpoints for
validating and for pushing.
"""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

from linetap.http.types import Request, Response
from linetap.line.rules import push_problems
from linetap.line.rules.limits import LIMITS
from linetap.sandbox import Sandbox
from tests.line.rules.limit_cases import PUSHES, push_of


def _send(box: Sandbox, path: str, body: dict[str, Any]) -> Response:
    headers = {"Authorization": f"Bearer {box.channel_access_token}", "Content-Type": "application/json"}
    return box.line.handle(Request("POST", path, content=json.dumps(body).encode(), headers=headers))


def _responses(name: str, amount: int, kilobyte: Literal[1000, 1024] = 1024) -> list[int]:
    """The statuses of validating and pushing so much of what the limit limits."""
    box = Sandbox()
    box.readings.flex_kilobyte = kilobyte
    body = push_of(name, amount)
    to = box.line.add_group() if body["to"].startswith("C") else box.line.add_followers(1)[0]
    statuses = [_send(box, "/v2/bot/message/push", {**body, "to": to}).status]
    if name not in PUSHES or name == "messages":
        statuses.append(_send(box, "/v2/bot/message/validate/push", {"messages": body["messages"]}).status)
    return statuses


# No message can hold 100 substitutions of the kinds LINE documents: it takes 20 mentions and 20 emojis.
UNREACHABLE = {"textV2.substitution"}


def _refused_by_rules(name: str, amount: int) -> bool:
    return any(problem.severity == "error" for problem in push_problems(push_of(name, amount)))


@pytest.mark.parametrize("name", sorted(LIMITS.keys() - UNREACHABLE))
def test_both_accept_a_value_at_the_limit(name: str) -> None:
    """At the limit both accept the message."""
    amount = LIMITS[name].most

    assert not _refused_by_rules(name, amount)
    assert set(_responses(name, amount)) == {200}


@pytest.mark.parametrize("name", LIMITS)
def test_both_reject_a_value_beyond_the_limit(name: str) -> None:
    """One more, and both reject it."""
    amount = LIMITS[name].most + 1

    assert _refused_by_rules(name, amount)
    assert set(_responses(name, amount)) == {400}


@pytest.mark.parametrize("name", [name for name, limit in LIMITS.items() if limit.unit == "bytes"])
def test_between_two_kilobytes_nothing_is_proven(name: str) -> None:
    """Between 1,000 and 1,024 bytes a KB the sandbox follows its switch, and the rules call it uncertain."""
    amount = LIMITS[name].most // 1024 * 1000

    assert set(_responses(name, amount, 1000)) == {200}
    assert push_problems(push_of(name, amount)) == ()
    assert set(_responses(name, amount + 1, 1000)) == {400}
    assert set(_responses(name, amount + 1, 1024)) == {200}
    assert {problem.severity for problem in push_problems(push_of(name, amount + 1))} == {"uncertain"}


@pytest.mark.parametrize("name", [name for name, limit in LIMITS.items() if limit.least])
def test_both_reject_a_value_below_the_minimum(name: str) -> None:
    """One less than the minimum, and both reject it."""
    amount = LIMITS[name].least - 1

    assert _refused_by_rules(name, amount)
    assert set(_responses(name, amount)) == {400}
