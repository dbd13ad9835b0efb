"""LINE's table of rate limits."""

from __future__ import annotations

import datetime
import importlib
import inspect
import pkgutil
from typing import Any

import pytest

from linetap import LineClient, RetryPolicy, TooManyRequests
from linetap.line import api
from linetap.line.api.rates import RATES, endpoint_of
from linetap.sandbox import Sandbox

DAY = datetime.date(2026, 1, 1)


def _line(box: Sandbox, **more: Any) -> LineClient:
    timing: dict[str, Any] = {"clock": box.clock.now, "sleep": lambda seconds: box.clock.advance(seconds=seconds)}
    return LineClient(box.channel_access_token, session=box.session(), **timing, **more)


@pytest.mark.parametrize(
    "method, path, endpoint",
    [
        ("GET", "/v2/bot/profile/U123", "GET /v2/bot/profile/{userId}"),
        ("GET", "/v2/bot/audienceGroup/list", "GET /v2/bot/audienceGroup/list"),
        ("GET", "/v2/bot/audienceGroup/41", "GET /v2/bot/audienceGroup/{audienceGroupId}"),
        ("DELETE", "/v2/bot/richmenu/richmenu-1", "DELETE /v2/bot/richmenu/{richMenuId}"),
        ("GET", "/v2/bot/insight/richmenu/r/daily", "GET /v2/bot/insight/richmenu/{richMenuId}/daily"),
        ("GET", "/v2/bot/info", None),
        ("POST", "/v2/bot/profile/U123", None),
    ],
)
def test_a_path_finds_its_limit(method: str, path: str, endpoint: str | None) -> None:
    """The limit of a path with an id in it is that of its template; an endpoint that is not listed has none."""
    assert endpoint_of(method, path) == endpoint


@pytest.mark.parametrize("endpoint", RATES)
def test_every_listed_endpoint_is_found(endpoint: str) -> None:
    """Each template of the table is the endpoint of a path that it describes."""
    method, _, path = endpoint.partition(" ")

    assert endpoint_of(method, path.replace("{", "x").replace("}", "y")) == endpoint


@pytest.mark.parametrize("module", [name for _, name, _ in pkgutil.iter_modules(api.__path__, f"{api.__name__}.")])
def test_a_group_declares_the_limits_of_its_own_endpoints(module: str) -> None:
    """Each endpoint in the RATES of a group's file is one of the file's own, and has that limit in the table."""
    found = importlib.import_module(module)
    if module.endswith(".rates") or not hasattr(found, "RATES"):
        return
    text = inspect.getsource(found)
    for endpoint, rate in found.RATES.items():
        assert RATES[endpoint] == rate
        assert f"``{endpoint}``" in text, "the docstring of the operation names its endpoint"


@pytest.mark.parametrize("bucket, seconds", [("one second", 120), ("one request", 120), ("one period", 0)])
def test_the_pace_follows_the_refill(bucket: Any, seconds: int) -> None:
    """Three calls of an endpoint with 60 an hour succeed in two minutes, or at once, whatever LINE's bucket holds."""
    box = Sandbox(rate_limits=True)
    box.readings.rate_limit_bucket = bucket
    line, started = _line(box), box.clock.now()
    for unit in ("spring", "summer", "autumn"):
        line.insight.unit_statistics(unit, DAY, DAY)

    assert box.clock.now() - started == seconds


def test_too_short_a_total_says_when_to_come_back() -> None:
    """A call whose time is shorter than the refill ends at once, with the seconds until the next one is allowed."""
    box = Sandbox(rate_limits=True)
    line = _line(box, retry=RetryPolicy(total=30.0))
    line.insight.unit_statistics("spring", DAY, DAY)
    with pytest.raises(TooManyRequests) as caught:
        line.insight.unit_statistics("summer", DAY, DAY)

    assert caught.value.retry_after == pytest.approx(60.0)
    box.clock.advance(seconds=60)
    line.insight.unit_statistics("summer", DAY, DAY)


def test_request_has_the_same_limit() -> None:
    """``request`` for a listed endpoint waits as its method does."""
    box = Sandbox(rate_limits=True)
    box.readings.rate_limit_bucket = "one request"
    line, started = _line(box), box.clock.now()
    params = {"customAggregationUnit": "spring", "from": "20260101", "to": "20260101"}
    for _ in range(2):
        line.request("GET", "/v2/bot/insight/message/event/aggregation", params=params)

    assert box.clock.now() - started == 60
