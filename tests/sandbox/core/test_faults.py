"""Faults, clock and ids: what a test puts in the way."""

from __future__ import annotations

import threading
import time

import pytest

from linetap.sandbox import Clock, Cut, Sandbox
from linetap.sandbox.core.clock import Ids
from tests.sandbox import raw_requests


@pytest.fixture
def box() -> Sandbox:
    return Sandbox()


def test_a_status_instead_of_a_response(box: Sandbox) -> None:
    """The next two pushes get 500 and not carried out; the third arrives."""
    [user_id] = box.line.add_followers(1)
    box.faults.add("line.push", status=500, times=2)

    assert [raw_requests.push(box, user_id).status for _ in range(3)] == [500, 500, 200]
    assert len(box.line.inbox(user_id)) == 1


def test_a_fault_can_start_later(box: Sandbox) -> None:
    """after=N does not affect the first N requests."""
    [user_id] = box.line.add_followers(1)
    box.faults.add("push", status=429, after=2)

    assert [raw_requests.push(box, user_id).status for _ in range(4)] == [200, 200, 429, 200]


def test_a_request_can_be_carried_out_and_get_500(box: Sandbox) -> None:
    """taken: the message arrives, and the response says that the server failed."""
    [user_id] = box.line.add_followers(1)
    box.faults.add("push", status=500, taken=True)

    assert raw_requests.push(box, user_id).status == 500
    assert len(box.line.inbox(user_id)) == 1


def test_a_fault_says_what_it_is_reported_to(box: Sandbox) -> None:
    """A fault's response has the body and headers given; the request id is there all the same."""
    box.faults.add("bot_info", status=503, body=b"<html>", headers={"Retry-After": "3", "Content-Type": "text/html"})

    response = raw_requests.line(box, "GET", "/v2/bot/info")

    assert (response.status, response.content, response.headers["retry-after"]) == (503, b"<html>", "3")
    assert response.request_id


@pytest.mark.parametrize("status, text", [(401, "Authentication failed"), (429, "rate limit"), (500, "error")])
def test_lines_faults_speak_as_line(box: Sandbox, status: int, text: str) -> None:
    """A fault without a body has the words of the service for that status."""
    box.faults.add("bot_info", status=status)

    assert text in raw_requests.line(box, "GET", "/v2/bot/info").json()["message"]


def test_clevertaps_faults_speak_as_clevertap(box: Sandbox) -> None:
    """CleverTap's 429 says that there are too many requests at once."""
    box.faults.add("clevertap.upload", status=429)

    assert raw_requests.upload(box, raw_requests.profile("a"))["error"] == "Too many concurrent requests"


@pytest.mark.parametrize("at, arrived", [("before", 0), ("after", 1), ("half", 1)])
def test_cuts(box: Sandbox, at: str, arrived: int) -> None:
    """A cut before the request loses it; after it, or in the middle of the response, the message has arrived."""
    [user_id] = box.line.add_followers(1)
    box.faults.add("push", cut=at)

    with pytest.raises(Cut) as caught:
        raw_requests.push(box, user_id)

    assert caught.value.at == at
    assert len(box.line.inbox(user_id)) == arrived


def test_delays_pass_on_the_sandboxs_clock(box: Sandbox) -> None:
    """In process no real time passes: the clock is advanced instead."""
    before = box.clock.now()
    box.faults.add("bot_info", delay=30.0)

    assert raw_requests.line(box, "GET", "/v2/bot/info").status == 200
    assert box.clock.now() - before == 30.0


def test_a_star_means_all(box: Sandbox) -> None:
    """The operation * means every request of both services; clear removes all faults."""
    box.faults.add("*", status=503, times=5)

    assert raw_requests.line(box, "GET", "/v2/bot/info").status == 503
    assert raw_requests.clevertap(box, "GET", "/1/profile.json").status == 503
    box.faults.clear()
    assert raw_requests.line(box, "GET", "/v2/bot/info").status == 200


def test_mistakes_in_a_fault_are_reported(box: Sandbox) -> None:
    """An unknown operation, one that both services have, no times and an unknown cut are errors."""
    with pytest.raises(ValueError, match=r"line\.push"):
        box.faults.add("line.psuh")
    with pytest.raises(ValueError, match="profile"):
        box.faults.add("profile", status=500)
    with pytest.raises(ValueError, match="times"):
        box.faults.add("push", times=0)
    with pytest.raises(ValueError, match="half"):
        box.faults.add("push", cut="during")


def test_the_clock_stops_until_advanced() -> None:
    """A sandbox has its own clock, which moves forward only."""
    clock = Clock()
    before = clock.now()
    clock.advance(days=1, hours=1, minutes=1, seconds=1)

    assert clock.now() - before == 86_400 + 3_600 + 60 + 1
    with pytest.raises(ValueError, match="forward"):
        clock.advance(seconds=-1)


def test_a_clock_can_run() -> None:
    """With a source the clock follows it, and can be ahead of it."""
    clock = Clock(source=time.time)
    clock.advance(hours=1)

    assert clock.now() > time.time() + 3_599


def test_ids_have_the_vendors_forms() -> None:
    """User ids are U and 32 hex digits, tokens are long base64 texts; no two are equal."""
    ids = Ids()
    users = {ids.user() for _ in range(100)}

    assert len(users) == 100
    assert all(len(one) == 33 and one[0] == "U" and int(one[1:], 16) >= 0 for one in users)
    assert len(ids.secret("token")) == 172


def test_ids_are_given_once_to_many_threads() -> None:
    """Threads that ask at the same moment never get the same number, the very first included."""
    together = threading.Barrier(8)
    ids = Ids()
    found: list[int] = []

    def ask() -> None:
        together.wait()
        found.extend(ids.number(f"kind {number % 50}") * 100 + number % 50 for number in range(500))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found)) == 8 * 500
