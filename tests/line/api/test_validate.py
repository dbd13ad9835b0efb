"""``line.validate``, against the sandbox."""

from __future__ import annotations

import pytest

from linetap import ProfileField
from linetap.errors import BadArgument
from linetap.line import LineClient
from linetap.sandbox import Sandbox
from tests.line.test_client import box as box
from tests.line.test_client import line as line


@pytest.mark.parametrize("kind", ["push", "multicast", "narrowcast", "broadcast", "reply"])
def test_line_checks_each_kind_and_sends_nothing(box: Sandbox, line: LineClient, kind: str) -> None:
    """Each method calls its endpoint, returns LINE's problems with the kind's page, and sends nothing."""
    [user] = box.line.add_followers(1)
    check = getattr(line.validate, kind)

    assert check("Hello") == ()
    [problem] = check(["a"] * 6)
    assert problem.path == "messages"
    assert [entry.path for entry in box.journal] == [f"/v2/bot/message/validate/{kind}"] * 2
    assert box.line.inbox(user) == []
    with pytest.raises(BadArgument, match=r"[Ff]ill it first"):
        check(f"Hello {ProfileField('Name')}")
