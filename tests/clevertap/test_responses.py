"""Success is only what CleverTap calls success: odd responses through every reader, with threads and with tasks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from linetap import LinetapError, NoResponse, Rejected, ServerError, Unauthorized, UnreadableResponse
from linetap.clevertap import EventRecord, ProfileQuery, ProfileRecord, WebhookCampaign, WebhookTemplate, responses
from linetap.errors import BadRequest, Conflict, NotFound
from linetap.http.policy import RetryPolicy
from linetap.http.types import Response
from linetap.sandbox import Sandbox
from tests.clevertap.service import client

DAYS = (date(2026, 1, 1), date(2026, 1, 31))
QUERY = ProfileQuery("App Launched", *DAYS)
TEMPLATE = WebhookTemplate("relay", "https://relay.example.com/")
Call = Callable[[Any], Any]
# Every reader, by the call that uses it. A call with two requests is tested by the sandbox's faults below.
CALLS: dict[str, Call] = {
    "upload": lambda c: c.upload_profiles([ProfileRecord("cust-1", {"Plan": "x"})]),
    "events": lambda c: c.upload_events([EventRecord("cust-1", "Bought")]),
    "profile": lambda c: c.profile(identity="cust-1"),
    "profiles": lambda c: list(c.profiles(QUERY)),
    "count": lambda c: c.count_profiles(QUERY),
    "delete": lambda c: c.delete_profiles(["cust-1"]),
    "template": lambda c: c.create_webhook_template(TEMPLATE),
    "create": lambda c: c.campaigns.create(WebhookCampaign("Spring", "relay")),
    "estimate": lambda c: c.campaigns.create(WebhookCampaign("Spring", "relay", estimate_only=True)),
    "trigger": lambda c: c.campaigns.trigger("101", ["cust-1"], {}),
    "list": lambda c: c.campaigns.list(*DAYS),
    "report": lambda c: c.campaigns.report("101"),
    "stop": lambda c: c.campaigns.stop("101"),
}
# Bodies that no reader may take for success.
ODD: list[Any] = [
    b"",
    b"  ",
    b"<html>ok</html>",
    b"[]",
    b'"success"',
    b"null",
    b'{"status": "succ',
    b'{"a":' * 100_000,
    {" message": "rpoxy"},
    {"Message": "Endpoint request timed out"},
    {"ok": False, "reason": "maintenance"},
    {"status": "Failure", "error": "Account is locked"},
    {"status": "Success"},
    {"status": True},
    {"status": ["success"]},
    {"status": None},
    {"status": "success", "error": "Account is locked"},
    {"status": "error"},
    {"status": "pending"},
    {"status": "fail"},
    {"status": "fail", "error": "Incorrect Usage", "code": 12},
    {"status": "fail", "error": {"text": "no"}, "code": {}},
    {"status": "fail", "processed": 0, "unprocessed": []},
    {"status": "fail", "processed": True},
]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("body", ODD, ids=lambda body: str(body)[:60])
def test_an_unclear_200_is_no_success(name: str, body: Any) -> None:
    """A 200 that does not say success, or lacks the expected value, raises an error."""
    if name == "template" and body in ({" message": "rpoxy"}, {"Message": "Endpoint request timed out"}):
        return  # a service of your own may respond without a status, but not without an id: covered below
    clevertap, _ = client(lambda number, path, sent: (200, body), webhook_template_path="/templates")
    with pytest.raises((Rejected, UnreadableResponse)) as caught:
        CALLS[name](clevertap)
    assert not isinstance(caught.value, NoResponse)


READERS: dict[str, tuple[Callable[[Any], Any], list[Any]]] = {
    "cursor": (responses.read_cursor, [{}, {"cursor": ""}, {"cursor": 7}, {"cursor": None}]),
    "page": (
        responses.read_profile_page,
        [{}, {"records": None}, {"records": {}}, {"records": ["x"]}, {"records": [], "next_cursor": 7}],
    ),
    "count": (
        responses.read_count,
        [{}, {"count": None}, {"count": "many"}, {"count": True}, {"count": -1}, {"count": 1.5}],
    ),
    "partial count": (responses.read_count, [{"status": "partial"}, {"status": "partial", "req_id": None}]),
    "profile": (responses.read_profile, [{}, {"record": "x"}, {"record": []}, {"record": 0}]),
    "template": (responses.read_template_id, [{}, {"id": None}, {"id": ""}, {"id": True}, {"id": {}}]),
    "campaign": (
        lambda body: responses.read_campaign_created(body, estimate_only=False),
        [{}, {"id": None}, {"id": True}, {"id": 1, "estimates": []}, {"id": 1, "estimates": {"ios": "7"}}],
    ),
    "estimate": (lambda body: responses.read_campaign_created(body, estimate_only=True), [{}, {"estimates": None}]),
    "campaigns": (
        responses.read_campaigns,
        [
            {},
            {"targets": {}},
            {"targets": ["x"]},
            {"targets": [{"name": "x"}]},
            {"a": [], "b": []},
            {"targets": [{"id": None}]},
        ],
    ),
    "report": (responses.read_campaign_report, [{}, {"result": None}, {"result": 7}, {"result": {"sent": "9"}}]),
}


@pytest.mark.parametrize("name", READERS)
def test_a_success_without_what_is_read_is_unreadable(name: str) -> None:
    """A success whose properties are missing or of another type is UnreadableResponse: never 0, never an empty list."""
    read, bodies = READERS[name]
    for body in bodies:
        response = Response(200, content=json.dumps({"status": "success"} | body).encode())
        with pytest.raises(UnreadableResponse):
            responses.read_body(response, "clevertap.test", read)


def entry(number: int | None = None, identity: Any = None, **more: Any) -> dict[str, Any]:
    error = "Invalid." if number is None else f"Invalid. Skipped record number : {number}"
    return {"status": "fail", "code": 515, "error": error, "record": {"identity": identity}} | more


RECORDS = [ProfileRecord(f"cust-{i}", {"Plan": "x"}) for i in range(3)]
UPLOADS: list[tuple[dict[str, Any], Any]] = [
    ({"status": "success", "processed": 3, "unprocessed": []}, []),
    ({"status": "success", "processed": 3}, []),
    ({"status": "partial", "processed": 2, "unprocessed": [entry(2)]}, [1]),
    ({"status": "success", "processed": 2, "unprocessed": [entry(2)]}, [1]),  # recorded in 2017
    ({"status": "fail", "processed": 0, "unprocessed": [entry(1), entry(2), entry(3)]}, [0, 1, 2]),
    ({"status": "partial", "processed": 2, "unprocessed": [entry(code="515", identity="cust-2")]}, [2]),
    ({"status": "partial", "processed": 2, "unprocessed": [entry(record='{"identity": "cust-1"}')]}, [1]),
    ({"status": "partial", "processed": 2, "unprocessed": [entry(2), entry(2)]}, [1, None]),
    ({"status": "partial", "processed": 2, "unprocessed": [entry(), entry(), entry(3)]}, [None, None, 2]),
    ({"status": "partial", "processed": 2, "unprocessed": ["odd"]}, [None]),
    ({"status": "success", "processed": 5, "unprocessed": []}, "odd"),
    ({"status": "success", "processed": 2, "unprocessed": []}, "odd"),
    ({"status": "success", "processed": 3, "unprocessed": [entry(1)]}, "odd"),
    ({"status": "partial", "processed": 3, "unprocessed": [entry()]}, "odd"),
    ({"status": "success", "processed": True, "unprocessed": []}, "odd"),
    ({"status": "success", "processed": "3", "unprocessed": []}, "odd"),
    ({"status": "success", "processed": -1, "unprocessed": [entry()] * 4}, "odd"),
    ({"status": "success", "processed": 3, "unprocessed": {}}, "odd"),
    ({"status": "done", "processed": 3, "unprocessed": []}, "odd"),
    ({"processed": 3, "unprocessed": []}, "odd"),
    ({"status": "success", "processed": 3, "unprocessed": [], "error": "no"}, "odd"),
]


@pytest.mark.parametrize(("body", "want"), UPLOADS, ids=range(len(UPLOADS)))
def test_the_counts_of_an_upload_add_up(body: dict[str, Any], want: Any) -> None:
    """Counts that do not add up to what was sent are unreadable; else each rejection is matched, or has no record."""
    clevertap, _ = client(lambda number, path, sent: (200, body), retry=RetryPolicy(attempts=1))
    if want == "odd":
        with pytest.raises(UnreadableResponse) as caught:
            clevertap.upload_profiles(RECORDS)
        assert caught.value.report.no_response == tuple(RECORDS)
        return
    report = clevertap.upload_profiles(RECORDS)
    assert report.processed == body["processed"]
    assert [found.record for found in report.rejected] == [None if i is None else RECORDS[i] for i in want]
    assert all(found.code in (515, None) for found in report.rejected)


def test_one_of_two_records_of_an_identity_is_not_blamed_for_the_other() -> None:
    """Two entries with one position match one record; the other record of the same identity is not blamed."""
    twins = [ProfileRecord("twin", {"Plan": "x"}), ProfileRecord("twin", {"Plan": "y"})]
    body = {"status": "partial", "processed": 1, "unprocessed": [entry(1, "twin"), entry(1, "twin")]}
    clevertap, _ = client(lambda number, path, sent: (200, body))
    assert [found.record for found in clevertap.upload_profiles(twins).rejected] == [twins[0], None]


NO_PROFILE: list[tuple[int, Any, Any]] = [
    (404, {"status": "fail", "error": "Not found"}, None),
    (404, b"", None),
    (200, {"status": "fail", "error": "Profile not found"}, None),
    (200, {"status": "fail", "error": "No such user", "code": "404"}, None),
    (200, {"status": "success", "record": {}}, None),
    (200, {"status": "fail", "error": "Unknown account", "code": 401}, Unauthorized),
    (200, {"status": "fail", "error": "Unknown account"}, BadRequest),
    (200, {"status": "fail", "error": "Account does not exist in this region"}, BadRequest),
    (200, {"status": "fail", "error": "Profile not found", "code": 500}, Rejected),
    (200, {"status": "fail", "error": "An unknown error occurred"}, BadRequest),
    (401, {"status": "fail", "error": "Profile not found"}, Unauthorized),
    (404, b"<html><h1>404 Not Found</h1>nginx</html>", NotFound),
    (404, {"message": "no Route matched with those values"}, NotFound),
    (404, {"status": "fail", "error": "Not found", "code": 401}, NotFound),
    (500, {"status": "fail", "error": "An unknown error occurred", "code": 500}, ServerError),
]


@pytest.mark.parametrize(("status", "body", "want"), NO_PROFILE, ids=range(len(NO_PROFILE)))
def test_a_profile_is_none_only_where_the_response_says_so(status: int, body: Any, want: Any) -> None:
    """None is a 404 that is not a page, or a failure without another code that says so; a stated code decides."""
    clevertap, _ = client(lambda number, path, sent: (status, body))
    if want is None:
        assert clevertap.profile(identity="cust-1") is None
    else:
        with pytest.raises(want):
            clevertap.profile(identity="cust-1")


NOT_ENDED = [
    (409, {"status": "fail", "error": "The campaign is not completed"}),
    (500, {"status": "fail", "error": "This target has no result as of yet", "code": 500}),
    (200, {"status": "fail", "error": "This target has no result as of yet"}),
    (200, {"status": "success", "error": "This target hasn't been completed", "code": 200}),
    (200, {"status": "fail", "error": "This target hasn't been completed"}),
]


@pytest.mark.parametrize(("status", "body"), NOT_ENDED)
def test_a_report_of_a_campaign_that_has_not_ended_is_a_conflict(status: int, body: Any) -> None:
    """The documented 409 and the forms that other clients saw raise Conflict, after one call."""
    clevertap, service = client(lambda number, path, sent: (status, body))
    with pytest.raises(Conflict):
        clevertap.campaigns.report("101")
    assert len(service.calls) == 1


def test_an_unknown_campaign_is_a_bad_request() -> None:
    """A failed report of an unknown campaign is not read as that of a campaign that has not ended."""
    body = {"status": "fail", "error": "Invalid campaign id", "code": 400}
    clevertap, _ = client(lambda number, path, sent: (200, body))
    with pytest.raises(BadRequest, match="Invalid campaign id"):
        clevertap.campaigns.report("101")


@pytest.mark.parametrize("code", [2, "2", None])
def test_a_page_in_preparation_is_read_again(code: Any) -> None:
    """ "Request still in progress" is recognised by its code, as a number or as text, or by its words."""
    waiting = {"status": "fail", "error": "Request still in progress, please retry later", "code": code}
    responds = [{"status": "success", "cursor": "c"}, waiting, {"status": "success", "records": [{"identity": "a"}]}]
    clevertap, _ = client(lambda number, path, sent: (200, responds[number - 1]))
    assert [profile.identity for profile in clevertap.profiles(QUERY)] == ["a"]


@pytest.mark.parametrize("status", [408, 425])
def test_a_request_that_did_not_arrive_in_time_is_repeated_where_it_is_safe(status: int) -> None:
    """A 408 or 425 to an upsert is repeated; to an event, which would be recorded twice, it is not."""
    done = {"status": "success", "processed": 1, "unprocessed": []}
    clevertap, service = client(lambda number, path, sent: (status, b"") if number == 1 else (200, done))
    assert CALLS["upload"](clevertap).processed == 1
    clevertap, service = client(lambda number, path, sent: (status, b""))
    with pytest.raises(Rejected):
        CALLS["events"](clevertap)
    assert len(service.calls) == 1


def test_a_401_says_what_to_check() -> None:
    """The error of a 401 names swapped credentials and the region."""
    clevertap, _ = client(
        lambda n, path, sent: (401, {"status": "fail", "error": "Account ID is not valid", "code": 401})
    )
    with pytest.raises(Unauthorized, match="not swapped") as caught:
        clevertap.profile(identity="cust-1")
    assert "region" in str(caught.value)


FAULTS: list[tuple[str, Any, Any]] = [
    ("clevertap.profiles_next", {"Message": "Endpoint request timed out"}, lambda c: aslist(c.profiles(QUERY))),
    ("clevertap.profiles_next", {"status": "success"}, lambda c: aslist(c.profiles(QUERY))),
    ("clevertap.delete", {"status": "Failure", "error": "Account is locked"}, lambda c: c.delete_profiles(["a"])),
    ("clevertap.campaigns", {"ok": False}, lambda c: c.campaigns.list(*DAYS)),
    ("clevertap.upload", {"status": "success", "processed": 5, "unprocessed": []}, CALLS["upload"]),
    ("clevertap.profile", {"status": "fail", "error": "Unknown account", "code": 401}, CALLS["profile"]),
]


async def aslist(profiles: Any) -> list[Any]:
    if hasattr(profiles, "__aiter__"):
        return [profile async for profile in profiles]
    return list(profiles)


@pytest.mark.parametrize(("operation", "body", "call"), FAULTS, ids=range(len(FAULTS)))
def test_both_clients_read_the_same(operation: str, body: Any, call: Any) -> None:
    """The client with threads and the one with tasks raise the same error for an odd response."""
    pytest.importorskip("aiohttp")
    from linetap import AsyncCleverTapClient

    with Sandbox(port=0) as box:
        box.clevertap.add_profile("a", {}, events={"App Launched": 1767225600})
        box.faults.add(operation, status=200, json_body=body, times=2)
        retry = RetryPolicy(attempts=1)

        async def run() -> None:
            account, address = (box.account_id, box.passcode), box.clevertap_url
            async with AsyncCleverTapClient(*account, base_url=address, retry=retry) as awaited:
                await call(awaited)

        with pytest.raises(LinetapError) as waited:
            asyncio.run(run())
        with pytest.raises(LinetapError) as direct:
            found = call(box.clevertap_client(retry=retry))
            if asyncio.iscoroutine(found):
                asyncio.run(found)
        assert type(waited.value) is type(direct.value)
