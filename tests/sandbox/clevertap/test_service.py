"""The pretended CleverTap, by CleverTap's own pages."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from linetap.http.types import Request, Response
from linetap.sandbox import Sandbox
from tests.sandbox import raw_requests


@pytest.fixture
def box() -> Sandbox:
    return Sandbox()


# What a request has to pass ------------------------------------------------------------------------------


def test_a_wrong_account_is_401_as_recorded(box: Sandbox) -> None:
    """The body of a 401 is the one that was recorded from the real service."""
    response = raw_requests.clevertap(box, "GET", "/1/profile.json", headers={"X-CleverTap-Account-Id": "no"})

    assert response.status == 401
    assert response.json() == {"status": "fail", "error": "Account ID is not valid", "code": 401}


def test_a_wrong_passcode_is_401(box: Sandbox) -> None:
    """A passcode that is not the account's opens nothing."""
    response = raw_requests.clevertap(box, "GET", "/1/profile.json", headers={"X-CleverTap-Passcode": "no"})

    assert (response.status, response.json()["error"]) == (401, "Invalid Credentials")


@pytest.mark.parametrize(
    "region, host, status",
    [("eu1", "api.clevertap.com", 200), ("sg1", "sg1.api.clevertap.com", 200), ("sg1", "in1.api.clevertap.com", 401)],
)
def test_credentials_work_in_their_own_region(region: str, host: str, status: int) -> None:
    """At another region's host the same credentials are not valid."""
    box = Sandbox(region=region)
    box.clevertap.add_profile("a")

    response = raw_requests.clevertap(box, "GET", "/1/profile.json", params={"identity": "a"}, headers={"Host": host})

    assert response.status == status


def test_an_unknown_path_is_200_and_empty(box: Sandbox) -> None:
    """CleverTap's API hosts response unknown paths with 200 and nothing."""
    response = raw_requests.clevertap(box, "GET", "/1/profil.json")

    assert (response.status, response.content) == (200, b"")


def test_what_the_sandbox_does_not_know_is_501(box: Sandbox) -> None:
    """An endpoint of CleverTap that is not pretended says so."""
    response = raw_requests.clevertap(box, "POST", "/1/subscribe", {"d": []})

    assert response.status == 501
    assert "nothing was done" in response.json()["error"]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b""])
def test_a_body_is_a_json_object(box: Sandbox, content: bytes) -> None:
    """What is no JSON object is 400."""
    headers = {"X-CleverTap-Account-Id": box.account_id, "X-CleverTap-Passcode": box.passcode}
    request = Request("POST", "/1/upload", (), content, {**headers, "Content-Type": "application/json"})

    assert box.clevertap.handle(request).status == 400


@pytest.mark.parametrize("limit", [15, 3])
def test_more_in_flight_than_allowed_is_429(box: Sandbox, limit: Any) -> None:
    """The sixteenth upload at once is rejected (the fourth, by the older page); afterwards it is accepted."""
    box.readings.upload_in_flight = limit
    together = threading.Barrier(limit + 1)
    box.faults.add("upload", times=limit + 1, wait=together.wait)
    responses: list[Response] = []

    def send() -> None:
        responses.append(raw_requests.clevertap(box, "POST", "/1/upload", {"d": [raw_requests.profile("a")]}))

    threads = [threading.Thread(target=send) for _ in range(limit + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(response.status for response in responses) == [200] * limit + [429]
    assert box.clevertap.most_in_flight["clevertap.upload"] == limit + 1
    assert raw_requests.upload(box, raw_requests.profile("a"))["status"] == "success"


# Upload --------------------------------------------------------------------------------------------------


def test_upload_says_success_partial_and_fail_with_200(box: Sandbox) -> None:
    """The HTTP status is 200 in all three cases; the body differs."""
    good, bad = raw_requests.profile("a", Name="Aiko"), raw_requests.profile("b", Gender="X")

    assert raw_requests.upload(box, good) == {"status": "success", "processed": 1, "unprocessed": []}
    assert (raw_requests.upload(box, good, bad)["status"], raw_requests.upload(box, bad)["status"]) == (
        "partial",
        "fail",
    )


def test_a_rejected_record_is_named_by_position(box: Sandbox) -> None:
    """The error ends with the record's place in the batch, counted from 1."""
    response = raw_requests.upload(
        box, raw_requests.profile("a"), raw_requests.profile("b", Email="no"), raw_requests.profile("c")
    )

    [one] = response["unprocessed"]
    assert (one["status"], one["code"]) == ("fail", 515)
    assert one["error"].endswith("Skipped record number : 2")
    assert response["processed"] == 2
    assert box.clevertap.profiles.keys() == {"a", "c"}


def test_the_echo_changes_types(box: Sandbox) -> None:
    """As recorded, an identity of 42 is returned as text and a phone as a number; a switch keeps the types."""
    record = raw_requests.profile(42, Phone="+81312345678", Married="maybe")

    [changed] = raw_requests.upload(box, record)["unprocessed"]
    box.readings.echo = "faithful"
    [faithful] = raw_requests.upload(box, record)["unprocessed"]

    assert (changed["record"]["identity"], changed["record"]["profileData"]["Phone"]) == ("42", 81312345678)
    assert faithful["record"] == record


@pytest.mark.parametrize(
    "code, record",
    [
        (514, raw_requests.profile("a", Gender="female")),
        (515, raw_requests.profile("a", Email="nobody")),
        (516, raw_requests.profile("a", Phone="call me")),
        (517, raw_requests.profile("a", Employed="yes")),
        (518, raw_requests.profile("a", Education="PhD")),
        (519, raw_requests.profile("a", Married=True)),
        (520, raw_requests.profile("a", Age="old")),
        (523, {"type": "profile", "profileData": {}}),
        (523, raw_requests.profile("  ")),
        (523, raw_requests.profile("NaN")),
        (523, raw_requests.profile("x" * 1024)),
        (524, {"identity": "a"}),
        (524, {"type": "person", "identity": "a"}),
        (524, {"type": "profile", "identity": "a"}),
        (524, "a"),
        (525, {**raw_requests.profile("a"), "ts": 0}),
        (525, {**raw_requests.profile("a"), "ts": "2026-01-01"}),
        (526, {"type": "profile", "objectId": 7, "profileData": {}}),
        (509, {"type": "event", "identity": "a"}),
        (512, {"type": "event", "identity": "a", "evtName": "Bought", "evtData": []}),
        (513, {"type": "event", "identity": "a", "evtName": "App Launched"}),
        (522, {"type": "event", "identity": "a", "evtName": "Bought", "evtData": {str(n): n for n in range(257)}}),
        (530, {"type": "token", "identity": "a", "tokenData": {"id": "t", "type": "fcm"}}),
        (531, {"type": "token", "objectId": "o"}),
        (532, {"type": "token", "objectId": "o", "tokenData": {"type": "fcm"}}),
        (533, {"type": "token", "objectId": "o", "tokenData": {"id": "t"}}),
    ],
)
def test_documented_codes(box: Sandbox, code: int, record: Any) -> None:
    """Each code of CleverTap's error page is given for what it is meant for, and nothing is saved."""
    [one] = raw_requests.upload(box, record)["unprocessed"]

    assert one["code"] == code
    assert not list(box.clevertap.each())


def test_discarded_events_and_chosen_rejections(box: Sandbox) -> None:
    """An event discarded in the dashboard is 528; a test can have any identity rejected."""
    box.clevertap.discarded_events.add("Bought")
    box.clevertap.reject_record("b", 555)

    response = raw_requests.upload(
        box, {"type": "event", "identity": "a", "evtName": "Bought"}, raw_requests.profile("b")
    )

    assert [one["code"] for one in response["unprocessed"]] == [528, 555]


@pytest.mark.parametrize("limit", [1000, 100])
def test_a_batch_has_a_limit(box: Sandbox, limit: Any) -> None:
    """One record over the limit and the whole call is 400."""
    box.readings.batch_limit = limit
    records = [raw_requests.profile(str(number + 1)) for number in range(limit + 1)]

    assert raw_requests.clevertap(box, "POST", "/1/upload", {"d": records}).status == 400
    assert raw_requests.upload(box, *records[:-1])["processed"] == limit


def test_dry_run_saves_nothing(box: Sandbox) -> None:
    """dryRun=1 responses as ever and keeps nothing."""
    assert raw_requests.upload(box, raw_requests.profile("a"), dryRun="1")["processed"] == 1
    assert not list(box.clevertap.each())


def test_operators(box: Sandbox) -> None:
    """$add, $remove, $incr, $decr and $delete do what the pages say."""
    raw_requests.upload(box, raw_requests.profile("a", tags="vip", coins=5, old=1))
    raw_requests.upload(
        box,
        raw_requests.profile(
            "a", tags={"$add": ["new", "vip"]}, coins={"$decr": 2}, pushes={"$incr": 1}, old={"$delete": 1}
        ),
    )
    data = box.clevertap.profiles["a"].data

    assert data == {"tags": ["vip", "new"], "coins": 3, "pushes": 1}
    raw_requests.upload(box, raw_requests.profile("a", tags={"$remove": ["vip", "new"]}))
    assert "tags" not in data


def test_delete_has_two_readings(box: Sandbox) -> None:
    """$delete removes any property, or only Name and Gender; the error stream names the property that was kept."""
    box.readings.delete_operator = "Name and Gender"
    raw_requests.upload(box, raw_requests.profile("a", Name="A", LineID="U1"))
    raw_requests.upload(box, raw_requests.profile("a", Name={"$delete": 1}, LineID={"$delete": 1}))

    assert box.clevertap.profiles["a"].data == {"LineID": "U1"}
    assert [one["property"] for one in box.clevertap.error_stream] == ["LineID"]


def test_a_list_keeps_the_newest_hundred(box: Sandbox) -> None:
    """Multi-values are unique, and the oldest go first."""
    raw_requests.upload(box, raw_requests.profile("a", seen=[str(n) for n in range(60)]))
    raw_requests.upload(box, raw_requests.profile("a", seen={"$add": [str(n) for n in range(50, 120)]}))

    assert box.clevertap.profiles["a"].data["seen"] == [str(n) for n in range(20, 120)]


@pytest.mark.parametrize(
    "name, value",
    [
        ("a.b", 1),
        ("", 1),
        ("k" * 121, 1),
        ("v", "x" * 513),
        ("n", None),
        ("l", [1, 2]),
        ("o", {"deep": 1}),
        ("l", ["x" * 513]),
    ],
)
def test_an_error_without_a_code_drops_the_property_silently(box: Sandbox, name: str, value: Any) -> None:
    """A banned, overlong or nested property is dropped; the record counts as processed, and the error stream reports
    it.
    """
    response = raw_requests.upload(box, raw_requests.profile("a", **{name: value, "kept": True}))

    assert response["status"] == "success"
    assert box.clevertap.profiles["a"].data == {"kept": True}
    assert len(box.clevertap.error_stream) == 1


def test_lengths_have_two_readings(box: Sandbox) -> None:
    """512 are bytes by one page and characters by the other: Japanese text shows the difference."""
    text = "あ" * 200
    raw_requests.upload(box, raw_requests.profile("a", note=text))
    box.readings.count_in = "characters"
    raw_requests.upload(box, raw_requests.profile("b", note=text))

    assert "note" not in box.clevertap.profiles["a"].data
    assert box.clevertap.profiles["b"].data["note"] == text


def test_a_profile_has_at_most_256_properties(box: Sandbox) -> None:
    """The 257th property is dropped; those that are there can still be changed."""
    raw_requests.upload(box, raw_requests.profile("a", **{f"p{n}": n for n in range(257)}))
    raw_requests.upload(box, raw_requests.profile("a", p0=-1))
    data = box.clevertap.profiles["a"].data

    assert (len(data), data["p0"], "p256" in data) == (256, -1, False)


def test_identifiers_lead_to_one_profile(box: Sandbox) -> None:
    """An identity given along with a known objectId becomes another identity of that profile."""
    profile = box.clevertap.add_profile("a", object_id="o1")
    raw_requests.upload(box, {"type": "profile", "identity": "b", "objectId": "o1", "profileData": {"Name": "A"}})

    assert (profile.identities, profile.data) == (["a", "b"], {"Name": "A"})
    assert box.clevertap.find(identity="b") is profile


def test_events_are_not_idempotent(box: Sandbox) -> None:
    """The same event twice counts twice."""
    event = {"type": "event", "identity": "a", "evtName": "LINE Sent", "evtData": {"n": 1}, "ts": 1767225600}
    raw_requests.upload(box, event)
    raw_requests.upload(box, event)

    assert box.clevertap.profiles["a"].events["LINE Sent"]["count"] == 2
    assert len(box.clevertap.events) == 2


# Reading -------------------------------------------------------------------------------------------------


def test_one_profile_by_each_identifier(box: Sandbox) -> None:
    """identity, email and objectId lead to the same record."""
    profile = box.clevertap.add_profile("a", {"Email": "a@example.com", "Name": "Aiko", "LineID": "U1"})
    asked = [{"identity": "a"}, {"email": "a@example.com"}, {"objectId": profile.object_id}]

    records = [raw_requests.clevertap(box, "GET", "/1/profile.json", params=one).json()["record"] for one in asked]

    assert records[0] == records[1] == records[2]
    assert records[0]["profileData"] == {"LineID": "U1"}
    assert (records[0]["name"], records[0]["email"], records[0]["identity"]) == ("Aiko", "a@example.com", "a")


@pytest.mark.parametrize(
    "reading, status, said", [("fail", 200, "fail"), ("empty record", 200, "success"), ("404", 404, "fail")]
)
def test_no_such_profile_has_three_readings(box: Sandbox, reading: Any, status: int, said: str) -> None:
    """How CleverTap says that there is no such profile is not documented."""
    box.readings.unknown_profile = reading
    response = raw_requests.clevertap(box, "GET", "/1/profile.json", params={"identity": "nobody"})

    assert (response.status, response.json()["status"]) == (status, said)


QUERY = {"event_name": "App Launched", "from": 20260101, "to": 20260131}


def query_pages(box: Sandbox, query: Any, batch_size: int) -> list[list[str]]:
    """All pages of a profile query, as identities."""
    response = raw_requests.clevertap(
        box, "POST", "/1/profiles.json", query, params={"batch_size": str(batch_size)}
    ).json()
    cursor, pages = response["cursor"], []
    while cursor:
        response = raw_requests.clevertap(box, "GET", f"/1/profiles.json?cursor={cursor}").json()
        pages.append([record["identity"] for record in response["records"]])
        cursor = response.get("next_cursor")
    return pages


def test_profiles_come_by_cursor(box: Sandbox) -> None:
    """Pages are multiples of 23, a smaller batch_size is no limit at all, and the last page has no next_cursor."""
    for number in range(50):
        box.clevertap.add_profile(f"p{number}", events={"App Launched": 1767225600})
    box.clevertap.add_profile("without the event")

    assert [len(page) for page in query_pages(box, QUERY, 30)] == [23, 23, 4]
    assert [len(page) for page in query_pages(box, QUERY, 5)] == [50]


def test_a_cursor_is_not_encoded_again(box: Sandbox) -> None:
    """A cursor is returned percent-encoded; encoding it once more is Incorrect Usage, and so is an old one."""
    cursor = raw_requests.clevertap(box, "POST", "/1/profiles.json", QUERY).json()["cursor"]

    twice = raw_requests.clevertap(box, "GET", "/1/profiles.json", params={"cursor": cursor}).json()
    box.clock.advance(days=4, seconds=1)
    late = raw_requests.clevertap(box, "GET", f"/1/profiles.json?cursor={cursor}").json()

    assert "%" in cursor
    assert (twice["error"], late["error"]) == ("Incorrect Usage", "Incorrect Usage")


def test_a_cursor_may_need_time(box: Sandbox) -> None:
    """While the response is being prepared the same cursor is code 2, and then has the records."""
    box.clevertap.add_profile("a", events={"App Launched": 1767225600})
    box.clevertap.preparing = 1
    cursor = raw_requests.clevertap(box, "POST", "/1/profiles.json", QUERY).json()["cursor"]

    first, second = (raw_requests.clevertap(box, "GET", f"/1/profiles.json?cursor={cursor}").json() for _ in range(2))

    assert first["code"] == 2
    assert len(second["records"]) == 1


def test_queries_by_property(box: Sandbox) -> None:
    """profile_fields narrow a query by name, operator and value."""
    for identity, plan in (("a", "gold"), ("b", "free")):
        box.clevertap.add_profile(identity, {"Plan": plan}, events={"App Launched": 1767225600})
    fields = [{"name": "Plan", "operator": "equals", "value": "gold"}]

    assert query_pages(box, {**QUERY, "common_profile_properties": {"profile_fields": fields}}, 5000) == [["a"]]


@pytest.mark.parametrize(
    "query, status",
    [({"event_name": "x", "from": 20260101}, 400), ({**QUERY, "common_profile_properties": {"geo_fields": []}}, 501)],
)
def test_queries_that_are_not_understood(box: Sandbox, query: Any, status: int) -> None:
    """A query without its required parts is 400; one that the sandbox does not know is 501, not a wrong response."""
    assert raw_requests.clevertap(box, "POST", "/1/counts/profiles.json", query).status == status


def test_counts_have_two_readings(box: Sandbox) -> None:
    """A count is returned at once, or as partial with a req_id to poll."""
    box.clevertap.add_profile("a", events={"App Launched": 1767225600})

    assert raw_requests.clevertap(box, "POST", "/1/counts/profiles.json", QUERY).json() == {
        "status": "success",
        "count": 1,
    }
    box.readings.counts = "partial"
    partial = raw_requests.clevertap(box, "POST", "/1/counts/profiles.json", QUERY).json()
    params = {"req_id": str(partial["req_id"])}
    polled = [raw_requests.clevertap(box, "GET", "/1/counts/profiles.json", params=params).json() for _ in range(2)]

    assert partial["status"] == polled[0]["status"] == "partial"
    assert polled[1] == {"status": "success", "count": 1}


# Delete --------------------------------------------------------------------------------------------------


def test_deleting(box: Sandbox) -> None:
    """Deleted profiles are removed; unknown identities are no error."""
    box.clevertap.add_profile("a")
    guid = box.clevertap.add_profile("b").object_id

    assert raw_requests.clevertap(box, "POST", "/1/delete/profiles.json", {"identity": ["a", "x"]}).json() == {
        "status": "success"
    }
    assert raw_requests.clevertap(box, "POST", "/1/delete/profiles.json", {"guid": guid}).status == 200
    assert not list(box.clevertap.each())


def test_deletion_may_take_48_hours(box: Sandbox) -> None:
    """By the page deletion happens off-hours within 48 hours: until then the profile is there."""
    box.readings.deletion = "within 48 hours"
    box.clevertap.add_profile("a")
    raw_requests.clevertap(box, "POST", "/1/delete/profiles.json", {"identity": "a"})

    before = box.clevertap.find(identity="a")
    box.clock.advance(hours=48)

    assert before is not None
    assert box.clevertap.find(identity="a") is None


@pytest.mark.parametrize("body", [{}, {"identity": "a", "guid": "b"}, {"identity": []}, {"identity": ["a"] * 101}])
def test_deleting_has_one_kind_of_1_to_100_ids(box: Sandbox, body: Any) -> None:
    """Both keys, none, no identity or 101 of them are 400."""
    assert raw_requests.clevertap(box, "POST", "/1/delete/profiles.json", body).status == 400


def test_readings_reject_what_they_do_not_know(box: Sandbox) -> None:
    """A switch that does not exist, or a value it has not, is an error that lists the right ones."""
    with pytest.raises(ValueError, match="missing_is_blank"):
        box.readings.mising_is_blank = True
    with pytest.raises(ValueError, match="any 2xx"):
        box.readings.dispatch_success = "2xx"  # type: ignore[assignment]
