"""The pytest fixture that users get."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

import pytest

USERS_TEST = """
import requests


def test_welcome(linetap_sandbox):
    [user_id] = linetap_sandbox.line.add_followers(1)
    with linetap_sandbox.line_client() as line:
        line.push(user_id, "Welcome!")
    assert linetap_sandbox.line.inbox(user_id) == [{"type": "text", "text": "Welcome!"}]


def test_it_listens_and_is_new(linetap_sandbox):
    assert linetap_sandbox.line.followers == []
    assert requests.get(linetap_sandbox.line_url, timeout=5).status_code == 200
"""


@pytest.fixture
def users(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Run pytest as a user does, with the plugin if linetap is on the path but not installed."""
    installed = any(one.value == "linetap.testing" for one in entry_points(group="pytest11"))
    named = () if installed else ("-p", "linetap.testing")
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")

    def run(*arguments: str, apart: bool = False) -> pytest.RunResult:
        runner = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        return runner(*named, "-p", "no:cacheprovider", *arguments)

    return run


def test_the_fixture_in_a_users_tests(pytester: pytest.Pytester, users: Callable[..., pytest.RunResult]) -> None:
    """A test that uses linetap_sandbox gets a new, listening sandbox."""
    pytest.importorskip("aiohttp", reason="a sandbox that listens needs aiohttp, from the extra sandbox")
    pytester.makepyfile(USERS_TEST)

    users().assert_outcomes(passed=2)


def test_the_plugin_is_light(pytester: pytest.Pytester, users: Callable[..., pytest.RunResult]) -> None:
    """pytest imports the sandbox only for a test that uses the fixture."""
    pytester.makepyfile("import sys\n\n\ndef test_none():\n    assert 'linetap.sandbox' not in sys.modules\n")

    users(apart=True).assert_outcomes(passed=1)


def test_the_fixture_is_listed(users: Callable[..., pytest.RunResult]) -> None:
    """``pytest --fixtures`` describes it."""
    users("--fixtures").stdout.fnmatch_lines(["*linetap_sandbox*", "*new sandbox for each test*"])
