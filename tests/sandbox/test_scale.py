"""A large account: 100,000 followers walked and uploaded, the services in a process of their own."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator

import pytest

from linetap import CleverTapClient, LineClient, ProfileRecord

FOLLOWERS = 100_000


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``python -m linetap.sandbox`` with that many followers, and the environment that it prints."""
    pytest.importorskip("aiohttp", reason="the listening sandbox needs aiohttp, from the extra sandbox")
    command = [sys.executable, "-m", "linetap.sandbox", "--followers", str(FOLLOWERS), "--blocked", "1234"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while (line := process.stdout.readline()).startswith("export "):
            name, _, value = line[7:].strip().partition("=")
            monkeypatch.setenv(name, value.strip("'"))
        yield
        process.terminate()
    assert process.returncode == 0


@pytest.mark.ci
@pytest.mark.usefixtures("served")
def test_a_hundred_thousand_followers_in_bounded_memory() -> None:
    """All are collected and saved; the client's peak over the last 80,000 is that over the first 20,000."""
    peaks = []
    with LineClient.from_env() as line, CleverTapClient.from_env() as clevertap:

        def followed() -> Iterator[ProfileRecord]:
            tracemalloc.start()
            for number, user_id in enumerate(line.followers(), 1):
                yield ProfileRecord(user_id, {"LineID": user_id, "LINE follower": True})
                if number in (20_000, 98_000):
                    peaks.append(tracemalloc.get_traced_memory()[1])
                    tracemalloc.reset_peak()
            tracemalloc.stop()

        report = clevertap.upload_profiles(followed())

    assert (report.processed, report.ok) == (FOLLOWERS - 1234, True)
    assert peaks[1] < 1.5 * peaks[0]
