"""What every client says of options that it cannot take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

import linetap
from linetap import BadArgument

CLIENTS: dict[str, Callable[..., Any]] = {
    "LineClient": lambda **options: linetap.LineClient("t", **options),
    "AsyncLineClient": lambda **options: linetap.AsyncLineClient("t", **options),
    "CleverTapClient": lambda **options: linetap.CleverTapClient("a", "p", region="sg1", **options),
    "AsyncCleverTapClient": lambda **options: linetap.AsyncCleverTapClient("a", "p", region="sg1", **options),
}


@pytest.fixture(params=CLIENTS)
def name(request: pytest.FixtureRequest) -> str:
    if request.param.startswith("Async"):
        pytest.importorskip("aiohttp", reason="needs linetap[async]")
    return str(request.param)


def test_an_unknown_option_is_reported_by_the_client(name: str) -> None:
    """The error names the class that was called and the options that there are, not a class of the inside."""
    with pytest.raises(
        TypeError, match=rf"^{name}\(\) got an unexpected keyword argument 'tokn'.* timeout(, transport)?$"
    ):
        CLIENTS[name](tokn=1)


def test_an_option_of_the_wrong_kind_is_reported_with_whose_it_should_be(name: str) -> None:
    """Timeout, Pace and Session are the names of many libraries' classes."""
    with pytest.raises(BadArgument, match=r"timeout must be a linetap\.Timeout \(got 3\)"):
        CLIENTS[name](timeout=3)
    session = "an aiohttp.ClientSession" if name.startswith("Async") else "a requests.Session"
    with pytest.raises(BadArgument, match=rf"session must be {session} \(got 3\)\.$"):
        CLIENTS[name](session=3)


def test_a_session_of_the_other_library_is_reported_where_it_goes(name: str) -> None:
    """A session or another object of a wrong kind raises an error that names the clients that accept it."""
    aiohttp = pytest.importorskip("aiohttp", reason="needs linetap[async]")

    class Ours(requests.Session):
        pass

    theirs = Ours() if name.startswith("Async") else object.__new__(aiohttp.ClientSession)
    takers = (
        "LineClient and CleverTapClient" if name.startswith("Async") else "AsyncLineClient and AsyncCleverTapClient"
    )
    with pytest.raises(BadArgument, match=f"{takers} take an? "):
        CLIENTS[name](session=theirs)
