"""Opening many TLS connections at once; and that a certificate which should fail still does."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import certifi
import trustme
import urllib3
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, PushMessageRequest
from linebot.v3.messaging import TextMessage as SdkText

from linetap import LineClient, NoResponse, RetryPolicy, TextMessage
from tests.benchmarks.sends import TO
from tests.benchmarks.server import serve
from tests.benchmarks.table import Row, compare

CONNECTIONS = 64


def rows(quick: bool) -> Iterable[Row]:
    """CPU of opening 64 connections and one push over each; every side verifies with a bundle of the usual size."""
    with _certificates() as (certificate, bundle), serve(latency=0.05, certificate=certificate) as url:
        os.environ.pop("REQUESTS_CA_BUNDLE", None)
        _must_fail(url)
        os.environ["REQUESTS_CA_BUNDLE"] = str(bundle)
        variants = {"linetap": _ours(url), "line-bot-sdk": _sdk(url, bundle), "bare urllib3": _urllib3(url, bundle)}
        what = f"{CONNECTIONS} TLS connections opened at once, CPU"
        yield from compare(what, variants, goals={"line-bot-sdk": "<= 0.15"}, rounds=3 if quick else 7)


@contextmanager
def _certificates() -> Iterator[tuple[Path, Path]]:
    """The server's certificate with its key, and the public bundle with our authority added."""
    authority = trustme.CA()
    with tempfile.TemporaryDirectory() as folder:
        certificate, bundle = Path(folder, "server.pem"), Path(folder, "bundle.pem")
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
        bundle.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + authority.cert_pem.bytes())
        yield certificate, bundle


def _must_fail(url: str) -> None:
    with LineClient("t", base_url=url, retry=RetryPolicy(attempts=1)) as line:
        try:
            line.push(TO, "Hello")
        except NoResponse as error:
            if "certificate does not hold" in str(error):
                return
    raise AssertionError("a certificate of an unknown authority was taken")


def _at_once(push: Callable[[int], object]) -> None:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(push, range(CONNECTIONS)))


def _ours(url: str) -> Callable[[], None]:
    def run() -> None:
        with LineClient("t", base_url=url) as line:
            _at_once(lambda number: line.push(TO, TextMessage(f"Hello {number}")))

    return run


def _sdk(url: str, bundle: Path) -> Callable[[], None]:
    def run() -> None:
        config = Configuration(host=url, access_token="t", ssl_ca_cert=str(bundle))
        config.connection_pool_maxsize = CONNECTIONS
        client = ApiClient(config)
        api = MessagingApi(client)

        def push(number: int) -> object:
            request = PushMessageRequest(to=TO, messages=[SdkText(text=f"Hello {number}")])
            return api.push_message(request, x_line_retry_key=str(uuid4()))

        _at_once(push)
        client.rest_client.pool_manager.clear()

    return run


def _urllib3(url: str, bundle: Path) -> Callable[[], None]:
    def run() -> None:
        with urllib3.PoolManager(maxsize=CONNECTIONS, ca_certs=str(bundle)) as manager:
            _at_once(lambda number: manager.request("POST", f"{url}/v2/bot/message/push", body=b"{}"))

    return run
