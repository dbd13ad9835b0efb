"""What every test of the sync has."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Where the ledger will be."""
    return tmp_path / "brand-a.sqlite"
