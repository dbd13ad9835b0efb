"""The services mounted on a session and listening on a socket: both give the same responses."""

from __future__ import annotations

import http.client
import io
import json
import socket
import threading
from collections.abc import Iterator

import pytest
import requests

from linetap.sandbox import Sandbox
from tests.sandbox import raw_requests

pytest.importorskip("aiohttp", reason="the listening sandbox needs aiohttp, from the extra sandbox")


@pytest.fixture(scope="module")
def listening() -> Iterator[Sandbox]:
    with Sandbox(port=0) as box:
        yield box


@pytest.fixture
def box(listening: Sandbox) -> Iterator[Sandbox]:
    yield listening
    listening.faults.clear()


def bearer(box: Sandbox) -> dict[str, str]:
    return {"Authorization": f"Bearer {box.channel_access_token}"}


def hello(to: str) -> dict[str, object]:
    return {"to": to, "messages": raw_requests.HELLO}


# Mounted -------------------------------------------------------------------------------------------------


def test_a_session_reaches_both_services() -> None:
    """The vendors' own addresses lead into the sandbox, responses looking as if they came from a socket."""
    box = Sandbox()
    box.clevertap.add_profile("ä b", {"Name": "A"})
    session = box.session()
    credentials = {"X-CleverTap-Account-Id": box.account_id, "X-CleverTap-Passcode": box.passcode}

    info = session.get("https://api.line.me/v2/bot/info", headers=bearer(box))
    profile = session.get("https://api.clevertap.com/1/profile.json", params={"identity": "ä b"}, headers=credentials)

    assert info.json()["userId"] == box.line.bot["userId"]
    assert info.headers["X-Line-Request-Id"]
    assert profile.json()["record"]["name"] == "A"


@pytest.mark.parametrize("url", ["https://example.com/", "http://127.0.0.1:1/", "http://api.line.me/v2/bot/info"])
def test_a_session_reaches_no_other_address(url: str) -> None:
    """Any other address, or a vendor's address without TLS, is a connection error: no request is sent to another
    machine.
    """
    with pytest.raises(requests.ConnectionError, match="the sandbox only"):
        Sandbox().session().get(url)


@pytest.mark.parametrize(
    "cut, error",
    [("before", requests.ConnectionError), ("after", requests.ConnectionError), ("half", requests.RequestException)],
)
def test_cuts_on_a_session(cut: str, error: type[Exception]) -> None:
    """A cut is the error that a real connection would give."""
    box = Sandbox()
    [user_id] = box.line.add_followers(1)
    box.faults.add("push", cut=cut)

    with pytest.raises(error):
        box.session().post("https://api.line.me/v2/bot/message/push", json=hello(user_id), headers=bearer(box))
    assert len(box.line.inbox(user_id)) == (cut != "before")


@pytest.mark.parametrize("timeout, patient", [(5.0, False), ((1.0, 5.0), False), (30.0, True), (None, True)])
def test_delays_on_a_session(timeout: object, patient: bool) -> None:
    """A delay longer than the read timeout is a ReadTimeout, without real waiting."""
    box = Sandbox()
    box.faults.add("bot_info", delay=10.0)
    before = box.clock.now()

    def ask() -> requests.Response:
        return box.session().get("https://api.line.me/v2/bot/info", headers=bearer(box), timeout=timeout)  # type: ignore[arg-type]

    if patient:
        assert ask().status_code == 200
    else:
        with pytest.raises(requests.ReadTimeout):
            ask()
    assert box.clock.now() - before == (10.0 if patient else 5.0)


@pytest.mark.parametrize("kind", ["bytes", "text", "file", "pieces"])
def test_bodies_of_any_kind_on_a_session(kind: str) -> None:
    """A body may be bytes, text, a file or an iterator, as requests allows."""
    box = Sandbox()
    [user_id] = box.line.add_followers(1)
    content = json.dumps(hello(user_id))
    bodies = {
        "bytes": content.encode(),
        "text": content,
        "file": io.BytesIO(content.encode()),
        "pieces": iter([content.encode()]),
    }
    headers = {**bearer(box), "Content-Type": "application/json"}

    response = box.session().post("https://api.line.me/v2/bot/message/push", data=bodies[kind], headers=headers)  # type: ignore[arg-type]

    assert response.status_code == 200
    assert box.line.inbox(user_id) == raw_requests.HELLO


# Socket --------------------------------------------------------------------------------------------------


def test_both_services_listen(box: Sandbox) -> None:
    """Each service has a port of its own on 127.0.0.1; unknown paths response as each vendor does."""
    line = requests.get(f"{box.line_url}/nowhere", timeout=5)
    clevertap = requests.get(f"{box.clevertap_url}/nowhere", timeout=5)

    assert (line.status_code, line.json()) == (404, {"message": "Not found"})
    assert (clevertap.status_code, clevertap.content) == (200, b"")


@pytest.mark.parametrize("cut, arrived", [("before", 0), ("after", 1), ("half", 1)])
def test_cuts_on_a_socket(box: Sandbox, cut: str, arrived: int) -> None:
    """The connection really ends: before the request is accepted, after it, or in the middle of the response."""
    [user_id] = box.line.add_followers(1)
    box.faults.add("push", cut=cut)

    with pytest.raises(requests.RequestException):
        requests.post(f"{box.line_url}/v2/bot/message/push", json=hello(user_id), headers=bearer(box), timeout=5)
    assert len(box.line.inbox(user_id)) == arrived
    again = requests.post(f"{box.line_url}/v2/bot/message/push", json=hello(user_id), headers=bearer(box), timeout=5)
    assert again.status_code == 200


def test_a_response_can_come_too_late(box: Sandbox) -> None:
    """A delay beyond the client's patience is a timeout there, and the message has arrived."""
    [user_id] = box.line.add_followers(1)
    box.faults.add("push", delay=60.0)

    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{box.line_url}/v2/bot/message/push", json=hello(user_id), headers=bearer(box), timeout=0.2)
    assert len(box.line.inbox(user_id)) == 1


def test_a_response_can_be_slow(box: Sandbox) -> None:
    """A body that arrives byte by byte is complete in the end."""
    box.faults.add("quota", trickle=0.001)

    response = requests.get(f"{box.line_url}/v2/bot/message/quota", headers=bearer(box), timeout=5)

    assert response.json() == {"type": "none"}


def test_requests_can_be_held_together(box: Sandbox) -> None:
    """wait keeps requests in flight until all have come: their number is seen."""
    together = threading.Barrier(3)
    box.faults.add("bot_info", times=3, wait=together.wait)
    threads = [
        threading.Thread(target=requests.get, args=(f"{box.line_url}/v2/bot/info",), kwargs={"headers": bearer(box)})
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert box.line.most_in_flight["line.bot_info"] == 3


def test_large_bodies_come_whole(box: Sandbox) -> None:
    """An upload of more than a megabyte is read to its end."""
    records = [raw_requests.profile(f"p{n}", note="x" * 500) for n in range(1000)]
    content = {"d": [{**record, "profileData": {"a": "x" * 500, "b": "y" * 500, "c": "z" * 500}} for record in records]}
    headers = {"X-CleverTap-Account-Id": box.account_id, "X-CleverTap-Passcode": box.passcode}

    response = requests.post(f"{box.clevertap_url}/1/upload", json=content, headers=headers, timeout=10)

    assert response.json()["processed"] == 1000


def test_a_webhook_can_go_over_the_socket(box: Sandbox) -> None:
    """A campaign's calls to line_url are real connections, and publishing over HTTP does not block the server."""
    [user_id] = box.line.add_followers(1)
    box.clevertap.add_profile("socket", {"LineID": user_id})
    headers = bearer(box)
    template = box.clevertap.add_template("socket", f"{box.line_url}/v2/bot/message/push?x=1", headers=headers)
    body = '{"to": "{{ Profile.LineID }}", "messages": [{"type": "text", "text": "Hi"}]}'
    sent = {"body": body, "template_id": template.template_id, "segment": ["socket"]}
    credentials = {"X-CleverTap-Account-Id": box.account_id, "X-CleverTap-Passcode": box.passcode}

    response = requests.post(f"{box.clevertap_url}/sandbox/publish", json=sent, headers=credentials, timeout=10)

    assert response.json()["counts"] == {"streamed": 1}
    assert box.line.inbox(user_id) == [{"type": "text", "text": "Hi"}]
    assert box.journal.of("line.push")[-1].params == (("x", "1"),)


def test_a_webhook_to_a_closed_port_is_a_failed_call(box: Sandbox) -> None:
    """A port without a listener is a connection error, repeated as documented."""
    template = box.clevertap.add_template("nobody", "http://127.0.0.1:9/hook")
    box.clevertap.add_profile("nobody")

    delivery = box.clevertap.publish("{}", template.template_id, ["nobody"]).of("nobody")

    assert delivery.attempts == ["ConnectionError"] * 3


def test_a_webhook_without_a_response_is_a_timeout(box: Sandbox) -> None:
    """A server that accepts the call and does not respond is a TimeoutError, repeated as documented."""
    box.clevertap.add_profile("silent")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/hook"
        with pytest.raises(TimeoutError):
            box.post_events(url, timeout=0.1)


def test_keep_alive_is_kept(box: Sandbox) -> None:
    """Two requests on one connection get their responses on it."""
    port = int(box.line_url.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    for _ in range(2):
        connection.request("GET", "/v2/bot/info", headers=bearer(box))
        assert connection.getresponse().read()
    kept = connection.sock
    connection.close()

    assert kept is not None


def test_a_sandbox_that_does_not_listen_says_how_to() -> None:
    """Its addresses are there only while it listens; the error says what to do."""
    with pytest.raises(RuntimeError, match=r"Sandbox\(port=0\)"):
        _ = Sandbox().line_url


def test_a_sandbox_can_listen_later_and_stop() -> None:
    """start and close may be called again; what happened is still there afterwards."""
    box = Sandbox()
    for _ in range(2):
        box.start()
        box.start()
        assert requests.get(f"{box.line_url}/v2/bot/info", headers=bearer(box), timeout=5).ok
        box.close()
        box.close()

    assert len(box.journal.of("line.bot_info")) == 2
    assert not [thread for thread in threading.enumerate() if thread.name == "linetap-sandbox" and thread.ident is None]


def test_a_port_in_use_is_an_error(box: Sandbox) -> None:
    """A port in use is the operating system's error, and no thread remains."""
    taken = int(box.line_url.rpartition(":")[2])
    before = threading.active_count()

    with pytest.raises(OSError, match="in use"):
        Sandbox(port=taken)
    assert threading.active_count() == before


def test_latency_can_differ_by_service() -> None:
    """A latency for one service does not change the other; a delayed request has been carried out already."""
    with Sandbox(port=0, latency={"clevertap": 60.0}) as box:
        headers = {"X-CleverTap-Account-Id": box.account_id, "X-CleverTap-Passcode": box.passcode}
        content = {"d": [raw_requests.profile("a")]}

        with pytest.raises(requests.ReadTimeout):
            requests.post(f"{box.clevertap_url}/1/upload", json=content, headers=headers, timeout=0.2)
        assert requests.get(f"{box.line_url}/v2/bot/info", headers=bearer(box), timeout=5).ok

    assert box.clevertap.profiles.keys() == {"a"}
