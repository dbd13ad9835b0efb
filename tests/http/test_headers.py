"""What every request carries, and the record of an attempt."""

from __future__ import annotations

import platform
import sys
import threading
from typing import Any

import pytest

from linetap import __version__
from linetap.clevertap import checked as clevertap_calls
from linetap.errors import BadArgument
from linetap.http.headers import RequestHeaders, check_base_url, user_agent
from linetap.http.rate_limit import EndpointLimiters, Pace
from linetap.line.api import checked as line_calls
from tests.http.fake_transport import operation


def test_the_name_we_go_by() -> None:
    """linetap and its version, Python and its version, and the application where it says so."""
    assert user_agent() == f"linetap/{__version__} Python/{platform.python_version()}"
    assert user_agent("shop/2 (night)").endswith(" shop/2 (night)")


@pytest.mark.parametrize("app_info", ["", "a\r\nX: 1", "ショップ", "x" * 201, 5])
def test_wrong_names_are_rejected(app_info: Any) -> None:
    """A name that is not valid in a header is rejected when the client is made."""
    with pytest.raises(BadArgument, match="app_info"):
        user_agent(app_info)


@pytest.mark.parametrize("given", ["https://api.line.me", "https://api.line.me/", "http://127.0.0.1:80/line/"])
def test_addresses_end_without_a_slash(given: str) -> None:
    """A slash at the end of an address does not double the one a path begins with."""
    assert check_base_url(given) == given.rstrip("/")


def _headers(service: RequestHeaders, made: Any) -> dict[str, str]:
    return {**service.fixed(made), **service.own(made, {})}


def test_headers_in_their_order_of_weight() -> None:
    """What an operation sets weighs more than what every request carries."""
    wrapped = RequestHeaders({"api": "https://x"}, None)
    plain = _headers(wrapped, operation())
    own = _headers(wrapped, operation(method="GET", retry_key="k"))

    assert plain["Content-Type"] == "application/json"
    assert ("Content-Type" in own, own["X-Line-Retry-Key"]) == (False, "k")


@pytest.mark.parametrize("name", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_a_callers_header_replaces_ours_whatever_its_case(name: str) -> None:
    """A header passed in for a request is sent once and unchanged, to either service."""
    given: dict[str, Any] = {"params": None, "json": None, "content": b"a", "host": "api", "retry_key": None}
    given |= {"headers": {name: "text/csv"}, "repeatable": False}
    ask = RequestHeaders({"api": "https://api.example"}, None)
    for made in (line_calls.request("POST", "/x", **given), clevertap_calls.raw("POST", "/x", **given)):
        assert [v for k, v in _headers(ask, made).items() if k.lower() == "content-type"] == ["text/csv"]


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, "circle", "deep"], ids=str)
@pytest.mark.parametrize("ask", [line_calls.request, clevertap_calls.raw], ids=["LINE", "CleverTap"])
def test_a_value_that_json_cannot_contain_is_a_bad_argument(ask: Any, value: Any) -> None:
    """A body of one's own that cannot be written is rejected by its name, however it fails."""
    if value in ("circle", "deep"):
        inner: list[Any] = []
        value, levels = [inner], sys.getrecursionlimit() * 60 if value == "deep" else 1
        for _ in range(levels):
            inner.append([] if levels > 1 else inner)
            inner = inner[0]
    with pytest.raises(BadArgument, match=r"json:? (must be|is) plain JSON"):
        ask("POST", "/x", params=None, json=value, content=None, headers=None, host="api", retry_key=None,
            repeatable=False)  # fmt: skip


def test_threads_meet_at_one_gate() -> None:
    """Operations of one endpoint pass one gate, whatever thread asks for it first."""
    gates, found = EndpointLimiters({"POST /push": Pace(5)}, None), []
    start = threading.Barrier(8, timeout=10)

    def ask() -> None:
        start.wait()
        found.append(gates.of(operation()))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len({id(gate) for gate in found}) == 1
    assert gates.of(operation(path="/other")) is not found[0]
