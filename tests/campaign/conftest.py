"""One Chromium for the browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chromium import Chromium, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """A real browser, or a skip with the reason."""
    with chromium() as opened:
        yield opened
