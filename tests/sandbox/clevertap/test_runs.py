"""Campaigns by API: the profiles posted, the payload, and the time."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest

from linetap.http.types import Request, Response
from linetap.sandbox import Clock, Sandbox
from linetap.sandbox.clevertap.dispatcher import Dispatcher
from tests.sandbox import raw_requests

DAY = {"from": 20260101, "to": 20260101}
KOBE = {
    "event_name": "Visit",
    **DAY,
    "common_profile_properties": {"profile_fields": [{"name": "City", "operator": "equals", "value": "Kobe"}]},
}


class Receiver:
    """The calls, with the sandbox's time at each."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.calls: list[tuple[float, Any]] = []

    def __call__(self, url: str, request: Request, timeout: float) -> Response:
        self.calls.append((self.box.clock.now() - 1767225600, request.json()))
        return Response(200)

    def days(self) -> list[float]:
        """The day of each call, from the start of the sandbox's clock."""
        return [at / 86_400 for at, _ in self.calls]

    def people(self) -> list[list[str]]:
        return [[one["identity"] for one in payload["profiles"]] for _, payload in self.calls]


@pytest.fixture
def box() -> Sandbox:
    """Four profiles, two of them in Kobe, and a saved webhook."""
    box = Sandbox()
    for number, city in enumerate(("Kobe", "Osaka", "Kobe", "Nara")):
        box.clevertap.add_profile(f"p{number}", {"City": city}, events={"Visit": 1767225600})
    box.clevertap.add_template("relay", "http://127.0.0.1:9/hook")
    return box


@pytest.fixture
def receiver(box: Sandbox) -> Receiver:
    receiver = Receiver(box)
    box.clevertap.dispatcher = Dispatcher(box.clevertap, receiver)
    return receiver


def post(box: Sandbox, path: str, body: dict[str, Any]) -> Response:
    return raw_requests.clevertap(box, "POST", path, body)


def create(box: Sandbox, **fields: Any) -> Any:
    body = {"name": "Sale", "target_mode": "webhook", "webhook_endpoint_name": "relay", **fields}
    return post(box, "/1/targets/create.json", body).json()


def status(box: Sandbox, created: Any, **days: Any) -> list[tuple[str, str]]:
    listed = post(box, "/1/targets/list.json", {"from": 20260101, "to": 20261231, **days}).json()["targets"]
    return [(one["scheduled_on"], one["status"]) for one in listed if one["id"] == created["id"]]


def test_where_decides_who_is_estimated_and_posted_to(box: Sandbox, receiver: Receiver) -> None:
    """Only the profiles that match are counted in the estimate and are in the calls."""
    estimate = create(box, where=KOBE, estimate_only=True)
    created = create(box, where=KOBE)

    assert estimate == {"status": "success", "estimates": {"webhook": 2}}
    assert created["estimates"] == {"webhook": 2}
    assert receiver.people() == [["p0", "p2"]]


@pytest.mark.parametrize("fields", [{}, {"segment": "all"}, {"where": None}])
def test_without_where_it_is_every_profile(box: Sandbox, receiver: Receiver, fields: dict[str, Any]) -> None:
    """No ``where``, or ``segment: all``, is the whole base of profiles."""
    create(box, **fields)

    assert receiver.people() == [["p0", "p1", "p2", "p3"]]


@pytest.mark.parametrize(
    "reading, fields, keys",
    [
        ("all", {}, {"key_values", "identity", "all_identities", "objectId", "profileData"}),
        ("none", {}, {"key_values"}),
        ("all", {"webhook_fields": ["profile-attributes"]}, {"key_values", "profileData"}),
    ],
)
def test_webhook_fields_decide_what_is_posted(
    box: Sandbox, receiver: Receiver, reading: Any, fields: dict[str, Any], keys: set[str]
) -> None:
    """Only the chosen keys are posted; without the field a switch decides."""
    box.readings.no_webhook_fields = reading

    create(box, webhook_key_value={"k": "v"}, **fields)

    [(_, payload)] = receiver.calls
    assert set(payload["profiles"][0]) == keys
    assert payload["key_values"] == {"k": "v"}


def test_a_later_campaign_runs_when_the_clock_passes_it(box: Sandbox, receiver: Receiver) -> None:
    """Nothing is posted before; then the profiles of that moment are posted to, at that moment."""
    created = create(box, when="20260105 12:00", where=KOBE)
    box.clock.advance(days=4)
    assert receiver.calls == []
    assert status(box, created) == [("20260105 12:00", "scheduled")]
    box.clevertap.add_profile("new", {"City": "Kobe"}, events={"Visit": 1767225600})

    box.clock.advance(days=30)

    assert receiver.days() == [4.5]
    assert receiver.people() == [["p0", "p2", "new"]]
    assert status(box, created) == [("20260105 12:00", "completed")]
    assert status(box, created, to=20260104) == []


def test_a_moment_is_in_the_account_s_time_zone(box: Sandbox, receiver: Receiver) -> None:
    """``when`` is local time of the account, not UTC."""
    box.clevertap.zone = timezone(timedelta(hours=9))
    create(box, when="20260102 00:00")

    box.clock.advance(days=3)

    assert receiver.days() == [15 / 24]


def test_a_running_clock_runs_campaigns_on_the_next_request() -> None:
    """With a clock that moves by itself the campaign runs when the session is used after its moment."""
    now = [1767225600.0]
    box = Sandbox(clock=Clock(source=lambda: now[0]))
    box.clevertap.add_profile("a")
    box.clevertap.add_template("relay", "http://127.0.0.1:9/hook")
    receiver = Receiver(box)
    box.clevertap.dispatcher = Dispatcher(box.clevertap, receiver)
    create(box, when="20260101 00:10")
    now[0] += 900

    box.session().post("https://api.clevertap.com/1/targets/list.json", json={}, timeout=5)

    assert receiver.people() == [["a"]]


@pytest.mark.parametrize(
    "when, days",
    [
        ({"type": "now"}, [0]),
        ({"type": "later", "delivery_date_time": ["20260103 00:00", "20260102 06:00"]}, [1.25, 2]),
        ({"type": "later", "delivery_date_time": "20260103 00:00", "delivery_timezone": "account"}, [2]),
        (
            {"type": "recurring", "repeat_type": "day", "repeats_every": 3, "start_time": "20260102 00:00"}
            | {"end_by_occurrences": 3},
            [1, 4, 7],
        ),
        (
            {"type": "recurring", "repeat_type": "day", "start_time": "06:00", "end_by_date": "20260103"},
            [0.25, 1.25, 2.25],
        ),
        # 2026-01-01 is a Thursday: Sundays and Thursdays of every second week.
        (
            {"type": "recurring", "repeat_type": "week", "repeats_every": 2, "start_time": "20260101 12:00"}
            | {"repeat_on_days_of_week": [1, 5], "end_by_date": 20260131},
            [0.5, 10.5, 14.5, 24.5, 28.5],
        ),
    ],
)
def test_when_as_an_object(box: Sandbox, receiver: Receiver, when: dict[str, Any], days: list[float]) -> None:
    """Several moments and repetitions run at each of their moments, in order, and then the campaign is completed."""
    created = create(box, when=when)

    box.clock.advance(days=60)

    assert receiver.days() == days
    assert status(box, created)[0][1] == "completed"


def test_a_repetition_without_end_runs_until_it_is_stopped(box: Sandbox, receiver: Receiver) -> None:
    """Without an end it runs each day; a stopped campaign does not run again."""
    when = {"type": "recurring", "repeat_type": "day", "start_time": "12:00"}
    created = create(box, when=when)
    box.clock.advance(days=5)
    assert status(box, created) == [("20260106 12:00", "running")]

    assert post(box, "/1/targets/stop.json", {"id": created["id"]}).json() == {"status": "success"}
    box.clock.advance(days=5)

    assert len(receiver.calls) == 5
    assert status(box, created)[0][1] == "stopped"


def test_a_completed_campaign_is_not_stopped(box: Sandbox, receiver: Receiver) -> None:
    """Only a scheduled or running campaign can be stopped."""
    created = create(box)

    assert post(box, "/1/targets/stop.json", {"id": created["id"]}).json()["status"] == "fail"
    assert status(box, created)[0][1] == "completed"


def test_objects_have_two_readings(box: Sandbox, receiver: Receiver) -> None:
    """An object as ``when`` was seen to be rejected for another channel: a switch does so."""
    box.readings.when_object = "rejected"

    assert create(box, when={"type": "now"})["status"] == "fail"
    assert receiver.calls == []


@pytest.mark.parametrize(
    "limit, groups",
    [
        ({"users_limit_per_run": 1}, [["p0"], ["p0"], ["p0"]]),
        ({"users_limit_overall": 5}, [["p0", "p1", "p2", "p3"], ["p0"]]),
        ({"upper_cap_for_target_segment": 2}, [["p0", "p1"]]),
    ],
)
def test_limits(box: Sandbox, receiver: Receiver, limit: dict[str, int], groups: list[list[str]]) -> None:
    """A limit for each run and a limit overall are not exceeded."""
    create(
        box, when={"type": "recurring", "repeat_type": "day", "start_time": "12:00", "end_by_occurrences": 3}, **limit
    )

    box.clock.advance(days=5)

    assert receiver.people() == groups


@pytest.mark.parametrize("respects, reached", [(True, 2), (False, 3)])
def test_the_frequency_cap_of_the_account(box: Sandbox, receiver: Receiver, respects: bool, reached: int) -> None:
    """Over N messages in X days a profile is not posted to, unless the campaign does not respect caps."""
    box.clevertap.frequency_cap = (2, 7)
    created = [create(box, where=KOBE, respect_frequency_caps=respects) for _ in range(3)]

    counts = [box.clevertap.publications[one["id"]].counts for one in created]
    assert len(receiver.calls) == reached
    assert counts[2] == ({"Frequency Caps Exceeded": 2} if respects else {"streamed": 1})
    box.clock.advance(days=7)
    create(box, where=KOBE)
    assert len(receiver.calls) == reached + 1


def test_the_throttle_of_the_account(box: Sandbox, receiver: Receiver) -> None:
    """So many messages are sent in five minutes; the campaign is running until the last group."""
    box.clevertap.throttle = 3
    created = create(box)
    assert status(box, created)[0][1] == "running"

    box.clock.advance(minutes=5)

    assert receiver.people() == [["p0", "p1", "p2"], ["p3"]]
    assert [at for at, _ in receiver.calls] == [0, 300]
    assert status(box, created)[0][1] == "completed"


def test_a_throttled_campaign_ends_after_the_third_day(box: Sandbox, receiver: Receiver) -> None:
    """What is not sent by then is not sent, and has its own status."""
    for number in range(4, 1000):
        box.clevertap.add_profile(f"p{number}")
    box.clevertap.throttle = 1
    created = create(box)

    box.clock.advance(days=4)

    counts = box.clevertap.publications[created["id"]].counts
    assert counts == {"streamed": 3 * 288 + 1, "Campaign cut-off reached": 999 - 3 * 288}
    assert status(box, created)[0][1] == "completed"


def test_a_stopped_campaign_sends_no_further_group(box: Sandbox, receiver: Receiver) -> None:
    """After a throttled campaign is stopped the other profiles get no message, and the status says so."""
    box.clevertap.throttle = 1
    created = create(box)
    post(box, "/1/targets/stop.json", {"id": created["id"]})

    box.clock.advance(days=1)

    assert box.clevertap.publications[created["id"]].counts == {"streamed": 1, "Campaign stopped": 3}
    assert status(box, created)[0][1] == "stopped"


def test_a_custom_body_can_be_scheduled_and_throttled(box: Sandbox, receiver: Receiver) -> None:
    """The dashboard's campaigns follow the same clock and the same throttle."""
    box.clevertap.throttle = 2
    [template_id] = box.clevertap.templates

    publication = box.clevertap.publish('{"to": "{{ Profile.City }}"}', template_id, when="20260102 00:00")

    assert publication.counts == {}
    box.clock.advance(days=2)
    assert [at for at, _ in receiver.calls] == [86_400, 86_400, 86_700, 86_700]
    with pytest.raises(ValueError, match="past"):
        box.clevertap.publish("{}", template_id, when="20260102 00:00")


@pytest.mark.parametrize(
    "reading, code, words",
    [
        ("200 fail", 200, "hasn't been completed"),
        ("200 success", 200, "hasn't been completed"),
        ("409", 409, "hasn't been completed"),
        ("500", 500, "no result as of yet"),
    ],
)
def test_no_result_yet_has_four_readings(box: Sandbox, reading: Any, code: int, words: str) -> None:
    """The report of a campaign that is not completed has one of four forms, without a result."""
    box.readings.no_result_yet = reading
    created = create(box, when="20260301 10:00")

    response = post(box, "/1/targets/result.json", {"id": created["id"]})

    assert response.status == code
    assert words in response.json()["error"]
    assert "result" not in response.json()


@pytest.mark.parametrize(
    "fields",
    [
        {"dnd": {"message_state": "delay"}},
        {"conversion_goal": {"event_name": "x"}},
        {"control_group": {"percent": 5}},
        {"draft": True},
        {"ttl": {"value": 1}},
        {"segment": 7},
        {"where": {"event_nam": "Visit", **DAY}},
        {"when": {"type": "later", "delivery_date_time": ["20260201 10:00"], "delivery_timezone": "user"}},
        {"when": {"type": "later", "delivery_date_time": ["20260201 10:00"], "campaign_cutoff": "20:00"}},
        {"target_mode": "push"},
    ],
)
def test_what_is_not_acted_upon_is_501(box: Sandbox, receiver: Receiver, fields: dict[str, Any]) -> None:
    """A field that would change who is reached, or when, is not ignored: 501, and nothing is stored or sent."""
    response = create(box, **fields)

    assert (response["status"], response["code"]) == ("fail", 501)
    assert not box.clevertap.campaigns
    assert receiver.calls == []


@pytest.mark.parametrize(
    "fields",
    [
        {"when": "20251231 23:59"},
        {"when": "20260231 10:00"},
        {"when": 7},
        {"when": {}},
        {"when": {"type": "later", "delivery_date_time": []}},
        {"when": {"type": "recurring", "repeat_type": "month", "start_time": "10:00"}},
        {"when": {"type": "recurring", "repeat_type": "day", "repeats_every": 0, "start_time": "10:00"}},
        {"when": {"type": "recurring", "repeat_type": "day"}},
        {"when": {"type": "recurring", "repeat_type": "week", "start_time": "10:00"}},
        {"when": {"type": "recurring", "repeat_type": "day", "start_time": "10:00", "end_by_date": "soon"}},
        {"users_limit_overall": 0},
        {"respect_frequency_caps": "yes"},
        {"webhook_fields": [{}]},
        {"webhook_key_value": []},
        {"where": KOBE, "segment": "all"},
        {"where": []},
    ],
)
def test_what_a_campaign_must_have(box: Sandbox, receiver: Receiver, fields: dict[str, Any]) -> None:
    """A moment in the past, a wrong form or a wrong value is 400, and nothing is stored or sent."""
    response = create(box, **fields)

    assert (response["status"], response["code"]) == ("fail", 400)
    assert not box.clevertap.campaigns
    assert receiver.calls == []
