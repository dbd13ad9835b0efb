"""The rules of conftest.py are enforced."""

from __future__ import annotations

import os
import socket

import pytest


def test_no_test_connects_to_another_machine() -> None:
    """A connection to an address beyond loopback fails before a packet is sent."""
    with socket.socket() as sock, pytest.raises(AssertionError, match=r"leave the machine: 192\.0\.2\.1:80"):
        sock.connect(("192.0.2.1", 80))


def test_loopback_is_open() -> None:
    """A server on this machine can be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as sock:
        sock.connect(server.getsockname())


def test_no_credentials_leak_in() -> None:
    """No variable that linetap reads, and no proxy, is set when a test begins."""
    assert not [name for name in os.environ if name.startswith("LINETAP_") or name.lower().endswith("_proxy")]


def test_a_skip_fails_in_ci(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """With CI=true a skipped test is a failed one that gives the reason; without, it is skipped."""
    pytester.makeconftest("from tests.conftest import pytest_runtest_makereport")
    pytester.makepyfile("import pytest\ndef test_part():\n    pytest.skip('no browser')\n")

    monkeypatch.setenv("CI", "true")
    strict = pytester.runpytest_inprocess("-p", "no:linetap", "-p", "no:asyncio")
    monkeypatch.delenv("CI")
    lenient = pytester.runpytest_inprocess("-p", "no:linetap", "-p", "no:asyncio")

    strict.assert_outcomes(failed=1)
    strict.stdout.fnmatch_lines("*skipped in CI*no browser*")
    lenient.assert_outcomes(skipped=1)
