"""Tools that mock, record or trace HTTP, beside clients without a session: each sees single calls and bulk runs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from linetap.http.policy import RetryPolicy
from tests.http.sync.transports import SECRET, new_transport, operation
from tests.loopback import Loopback, reply

ROOT = Path(__file__).resolve().parents[2]
ONCE = RetryPolicy(attempts=1)
URL = "http://api.example.test"
RESPONSE = {"mocked": 1}


def _tool(name: str) -> Any:
    return pytest.importorskip(name, reason=f"needs {name}, from the extra test")


def _single(url: str) -> list[Any]:
    return [new_transport(url, retry=ONCE).do(operation())]


def _bulk(url: str, in_flight: int = 2) -> list[Any]:
    transport = new_transport(url, retry=ONCE)
    try:
        outcomes = list(transport.run_bulk(lambda n: operation(), range(2), in_flight=in_flight))
        return [outcome.result or outcome.error for outcome in outcomes]
    finally:
        transport.close()


CALLS: dict[str, Callable[[str], list[Any]]] = {"single": _single, "bulk": _bulk}


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest) -> Callable[[str], list[Any]]:
    return CALLS[request.param]


# Mocks -------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _responses() -> Iterator[None]:
    with _tool("responses").RequestsMock() as mocks:
        mocks.post(f"{URL}/push", json=RESPONSE)
        yield


@contextlib.contextmanager
def _requests_mock() -> Iterator[None]:
    with _tool("requests_mock").Mocker() as mocks:
        mocks.post(f"{URL}/push", json=RESPONSE)
        yield


@contextlib.contextmanager
def _pook() -> Iterator[None]:
    pook = _tool("pook")
    with pook.use():
        pook.post(f"{URL}/push").times(9).reply(200).json(RESPONSE)
        yield


@contextlib.contextmanager
def _mocket() -> Iterator[None]:
    _tool("mocket")
    from mocket import Mocketizer
    from mocket.mockhttp import Entry

    Entry.single_register(Entry.POST, f"{URL}/push", body=json.dumps(RESPONSE), headers={"Content-Type": "text/json"})
    with Mocketizer():
        yield


@pytest.mark.parametrize("mocked", [_responses, _requests_mock, _pook, _mocket], ids=lambda tool: tool.__name__)
def test_mocks_respond(mocked: Any, call: Callable[[str], list[Any]]) -> None:
    """A mock of requests, urllib3 or sockets responses every call, and nothing reaches the network."""
    with mocked():
        assert call(URL)[0] == RESPONSE


def test_a_mock_responses_the_first_call_of_a_process() -> None:
    """``responses`` responses also where linetap is imported and first called inside the mock."""
    _tool("responses")
    script = f"""
import responses
with responses.RequestsMock() as mocks:
    mocks.get("{URL}/1/profile.json", json={{"status": "success", "record": {{"identity": "a"}}}})
    from linetap import CleverTapClient, RetryPolicy
    client = CleverTapClient("A", "P", base_url="{URL}", retry=RetryPolicy(attempts=1))
    print(client.profile(identity="a") is not None, len(mocks.calls))
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)

    assert run.stdout.strip() == "True 1", run.stderr[-500:]


@pytest.mark.parametrize("call", [_single, lambda url: _bulk(url, 1)], ids=["single", "bulk"])
def test_vcrpy_records_and_replays(tmp_path: Path, call: Callable[[str], list[Any]]) -> None:
    """A recorded cassette responses the same calls without the service; vcrpy is not thread-safe, so one at a time."""
    vcr = _tool("vcr").VCR(match_on=["method", "path"], filter_headers=["authorization"])
    cassette = str(tmp_path / "cassette.yaml")
    with Loopback(reply(body=json.dumps(RESPONSE).encode())) as server:
        url = server.url
        with vcr.use_cassette(cassette):
            recorded = call(url)
        seen = len(server.seen)
    with vcr.use_cassette(cassette, allow_playback_repeats=True):
        replayed = call(url)

    assert recorded == replayed == [RESPONSE] * seen
    assert SECRET not in Path(cassette).read_text("utf-8")


# Tracers -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _opentelemetry(module: str, name: str) -> Iterator[Any]:
    _tool("opentelemetry.sdk.trace")
    instrumentation = _tool(f"opentelemetry.instrumentation.{module}")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = getattr(instrumentation, name)()
    instrumentor.instrument(tracer_provider=provider)
    try:
        yield provider.get_tracer("shop"), exporter
    finally:
        instrumentor.uninstrument()


@pytest.mark.parametrize(
    "module, name",
    [("requests", "RequestsInstrumentor"), ("urllib3", "URLLib3Instrumentor")],
    ids=["requests", "urllib3"],
)
def test_opentelemetry_spans_have_the_callers_span(module: str, name: str, call: Callable[[str], list[Any]]) -> None:
    """Each request has a span whose parent is the caller's, also in the threads of a bulk run, and sends its header."""
    with _opentelemetry(module, name) as (tracer, exporter), Loopback() as server:
        with tracer.start_as_current_span("job") as job:
            call(server.url)
        spans = [span for span in exporter.get_finished_spans() if span.name != "job"]

        assert len(spans) == len(server.seen)
        assert {span.parent.span_id for span in spans} == {job.get_span_context().span_id}
        assert all("traceparent" in seen.headers for seen in server.seen)


def test_opentelemetry_for_aiohttp() -> None:
    """The async client's requests have spans with the caller's span as their parent, also in a bulk run."""
    _tool("aiohttp")
    from tests.http.aio.test_transport import new_transport as new_async_transport

    async def run(tracer: Any, url: str) -> int:
        transport = new_async_transport(url)
        with tracer.start_as_current_span("job") as job:
            await transport.do(operation())
            async for _ in transport.run_bulk(lambda n: operation(), range(2), in_flight=2):
                pass
        await transport.close()
        return int(job.get_span_context().span_id)

    with _opentelemetry("aiohttp_client", "AioHttpClientInstrumentor") as (tracer, exporter), Loopback() as server:
        parent = asyncio.run(run(tracer, server.url))
        spans = [span for span in exporter.get_finished_spans() if span.name != "job"]

    assert len(spans) == len(server.seen) == 3
    assert {span.parent.span_id for span in spans} == {parent}


def test_sentry_has_a_span_for_each_request() -> None:
    """Sentry's standard integration has a span for each request of a single call and of a bulk run."""
    _tool("sentry_sdk")
    script = """
import sentry_sdk
from sentry_sdk.transport import Transport
from tests.http.sync.transports import new_transport, operation
from tests.loopback import Loopback
spans = []
class Keep(Transport):
    def capture_envelope(self, envelope):
        event = envelope.get_transaction_event()
        spans.extend(span["op"] for span in (event or {}).get("spans", []))
sentry_sdk.init(dsn="http://a@127.0.0.1:1/1", transport=Keep, traces_sample_rate=1.0)
with Loopback() as server:
    with sentry_sdk.start_transaction(name="job"):
        transport = new_transport(server)
        transport.do(operation())
        list(transport.run_bulk(lambda n: operation(), range(2), in_flight=2))
        transport.close()
print(spans.count("http.client"), len(server.seen))
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)

    assert run.stdout.strip() == "3 3", run.stderr[-500:]


def test_elastic_sends_its_header() -> None:
    """Elastic's agent, which instruments urllib3, adds its header to single calls and to bulk runs."""
    _tool("elasticapm")
    script = """
import elasticapm
client = elasticapm.Client(
    service_name="shop", transport_class="elasticapm.transport.base.Transport", disable_send=True, central_config=False,
    cloud_provider="none", metrics_interval="0s", log_level="off",
)
elasticapm.instrument()
from tests.http.sync.transports import new_transport, operation
from tests.loopback import Loopback
with Loopback() as server:
    client.begin_transaction("job")
    transport = new_transport(server)
    transport.do(operation())
    list(transport.run_bulk(lambda n: operation(), range(2), in_flight=2))
    transport.close()
    client.end_transaction("job", "ok")
    print(sum("traceparent" in seen.headers for seen in server.seen), len(server.seen))
client.close()
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)

    assert run.stdout.strip() == "3 3", run.stderr[-800:]
