"""For your own tests: the pytest fixture ``linetap_sandbox``, a sandbox that listens on 127.0.0.1.

Installed with linetap as a pytest plugin; needs the extra ``sandbox``. ::

    def test_welcome(linetap_sandbox):
        [user_id] = linetap_sandbox.line.add_followers(1)
        welcome(linetap_sandbox.line_client(), user_id)
        assert linetap_sandbox.line.inbox(user_id) == [{"type": "text", "text": "Welcome!"}]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from linetap.sandbox import Sandbox


@pytest.fixture
def linetap_sandbox() -> Iterator[Sandbox]:
    """A new sandbox for each test, listening on two free ports of 127.0.0.1; its clock stops until it is advanced."""
    pytest.importorskip("aiohttp", reason="a sandbox that listens needs aiohttp: pip install 'linetap[sandbox]'")
    from linetap.sandbox import Sandbox  # here, so that pytest starts no slower for having linetap installed

    with Sandbox(port=0) as box:
        yield box
