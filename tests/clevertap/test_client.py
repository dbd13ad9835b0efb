"""The client: each method's request and result, the meanings of CleverTap's 200, and secrets."""

from __future__ import annotations

import pickle
import sys
import traceback
from datetime import date
from typing import Any

import pytest

from linetap import BadArgument, LinetapError, NoResponse, Rejected, Unauthorized, UnreadableResponse
from linetap.clevertap import checked, operations
from linetap.clevertap.client import CleverTapClient
from linetap.clevertap.credentials import Region
from linetap.clevertap.models import ProfileQuery, WebhookCampaign
from linetap.clevertap.templates import WebhookTemplate
from linetap.errors import Conflict, ManualStepNeeded
from linetap.http.policy import RetryPolicy
from linetap.http.types import Request
from tests.clevertap.service import client

QUERY = ProfileQuery("App Launched", date(2026, 1, 1), date(2026, 1, 31))

HOSTS = {
    "eu1": "api.clevertap.com",
    "eu": "api.clevertap.com",
    "in1": "in1.api.clevertap.com",
    "sg1": "sg1.api.clevertap.com",
    "us1": "us1.api.clevertap.com",
    "aps3": "aps3.api.clevertap.com",
    "mec1": "mec1.api.clevertap.com",
    "sk1": "sk1.api.clevertap.com",
}


def ok(body: Any) -> Any:
    return lambda number, path, sent: (200, body)


@pytest.mark.parametrize(("region", "host"), HOSTS.items())
def test_every_region_has_its_host(region: str, host: str) -> None:
    """The calls of a region go to the host that CleverTap publishes for it, with both headers."""
    clevertap, service = client(ok({"status": "success", "record": {}}), region=region)
    clevertap.profile(identity="cust-1")
    assert service.calls[0].url == f"https://{host}/1/profile.json?identity=cust-1"
    assert service.calls[0].headers["X-CleverTap-Account-Id"] == "TEST-ACCT-1"
    assert service.calls[0].headers["X-CleverTap-Passcode"] == "secret-passcode"


def test_every_region_of_the_enum_is_known_by_its_label() -> None:
    """Region and its label mean the same host."""
    for region in Region:
        assert repr(CleverTapClient("A", "B", region=region)).endswith(region.url + ">")


@pytest.mark.parametrize("region", [None, "", "ae", "SG1", "sg1.dashboard.clevertap.com", 1])
def test_an_unknown_region_is_rejected_with_the_list(region: Any) -> None:
    """There is no default region, and the error lists all of them."""
    with pytest.raises(BadArgument, match="sg1"):
        CleverTapClient("A", "B", region=region)


@pytest.mark.parametrize(("account", "passcode"), [("", "p"), ("a", ""), (" ", "p"), ("a", "p\nx"), ("a", None)])
def test_empty_or_broken_credentials_are_rejected_unseen(account: Any, passcode: Any) -> None:
    """The error does not show the value: it may be the secret with a stray character."""
    with pytest.raises(BadArgument) as caught:
        CleverTapClient(account, passcode, region="sg1")
    assert "p\\n" not in str(caught.value)


def test_the_environment_gives_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Account, passcode and region are read from prefixed variables; an address replaces the region."""
    monkeypatch.setenv("SHOP_CLEVERTAP_ACCOUNT_ID", "ACC")
    monkeypatch.setenv("SHOP_CLEVERTAP_PASSCODE", "PASS")
    monkeypatch.setenv("SHOP_CLEVERTAP_REGION", "sk1")
    assert "sk1.api.clevertap.com" in repr(CleverTapClient.from_env("SHOP_"))
    monkeypatch.setenv("SHOP_CLEVERTAP_BASE_URL", "http://127.0.0.1:1")
    assert "127.0.0.1:1" in repr(CleverTapClient.from_env("SHOP_"))


def test_a_bare_environment_is_rejected_with_every_name() -> None:
    """All missing variables are named at once, each with the remedy."""
    with pytest.raises(BadArgument) as caught:
        CleverTapClient.from_env()
    assert [p.path for p in caught.value.problems] == [
        "LINETAP_CLEVERTAP_ACCOUNT_ID",
        "LINETAP_CLEVERTAP_PASSCODE",
        "LINETAP_CLEVERTAP_REGION",
    ]
    assert all("set it" in p.suggestion and "or pass account_id" in p.suggestion for p in caught.value.problems)


def test_the_passcode_is_in_no_repr_pickle_or_traceback() -> None:
    """Neither the client nor an error of its calls shows the passcode."""
    clevertap, _ = client(
        lambda n, path, body: (401, {"status": "fail", "error": "Account ID is not valid", "code": 401})
    )
    with pytest.raises(Unauthorized) as caught:
        clevertap.profile(identity="cust-1")
    text = repr(clevertap) + "".join(traceback.format_exception(caught.value)) + str(pickle.dumps(caught.value))
    assert "secret-passcode" not in text
    with pytest.raises(TypeError):
        pickle.dumps(clevertap)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  ",
        b"<html>maintenance</html>",
        b"[1]",
        b'"ok"',
        b'{"status": "succ',
        pytest.param(b'{"a":' * 200_000, id="too deep"),
    ],
)
def test_a_200_that_is_no_json_object_is_an_error(content: bytes) -> None:
    """An empty 200 (an unknown path), HTML, a cut-off body and one with too many levels are never a success."""
    clevertap, _ = client(ok(content))
    with pytest.raises(UnreadableResponse):
        clevertap.request("POST", "/1/nowhere.json", json={})
    with pytest.raises(UnreadableResponse):
        clevertap.delete_profiles(["cust-1"])


def test_a_200_with_status_fail_is_an_error_with_its_code() -> None:
    """A 200 with status fail is an error with CleverTap's code and text."""
    clevertap, _ = client(ok({"status": "fail", "error": "Incorrect Usage", "code": 12}))
    with pytest.raises(Rejected) as caught:
        clevertap.delete_profiles(["cust-1"])
    assert (caught.value.code, caught.value.status) == (12, 200)
    assert "Incorrect Usage" in str(caught.value)


def test_a_429_is_tried_again() -> None:
    """A 429 is retried for every call."""
    responses = [
        (429, {"status": "fail", "error": "Too many concurrent requests", "code": 429}),
        (200, {"status": "success"}),
    ]
    clevertap, service = client(lambda number, path, body: responses[number - 1])
    clevertap.campaigns.trigger("101", ["cust-1"], {"order": "A-17"})
    assert len(service.calls) == 2


NO_PROFILE = [
    (404, {"status": "fail", "error": "Not found"}),
    (404, b""),
    (404, {}),
    (200, {"status": "success", "record": None}),
    (200, {"status": "success", "record": {}}),
    (200, {"status": "fail", "error": "Profile not found", "code": 404}),
    (200, {"status": "fail", "error": "User does not exist"}),
]


@pytest.mark.parametrize("response", NO_PROFILE)
def test_every_likely_response_for_an_unknown_identity_is_none(response: Any) -> None:
    """CleverTap does not document the response for an unknown identity, so each likely one gives None."""
    clevertap, _ = client(lambda number, path, body: response)
    assert clevertap.profile(identity="cust-1") is None


def test_a_profile_is_read_with_its_devices() -> None:
    """The record's properties become attributes; ids that are numbers become text."""
    record = {
        "identity": 42,
        "name": "Aiko",
        "phone": 81312345678,
        "profileData": {"LineID": "U1"},
        "events": {"App Launched": {"count": 2}},
        "platformInfo": [{"platform": "iOS", "objectId": "d1"}, {"objectId": "d1"}, {}],
    }
    clevertap, _ = client(ok({"status": "success", "record": record}))
    profile = clevertap.profile(email="a@example.com")
    assert profile is not None
    assert (profile.identity, profile.phone, profile.object_ids) == ("42", "81312345678", ("d1",))
    assert profile.flat() == {"Identity": "42", "Name": "Aiko", "Phone": "81312345678", "LineID": "U1"}


@pytest.mark.parametrize("given", [{}, {"identity": "a", "email": "b"}, {"identity": ""}, {"identity": 7}])
def test_a_profile_is_asked_for_by_exactly_one_id(given: Any) -> None:
    """No id, two ids, an empty one or a number raise before any call."""
    clevertap, service = client(ok({}))
    with pytest.raises(BadArgument):
        clevertap.profile(**given)
    assert service.calls == []


def test_profiles_follow_the_raw_cursor_and_wait_while_it_is_prepared() -> None:
    """The cursor is sent back unchanged, and polled while CleverTap prepares the page."""
    responses: list[Any] = [
        {"status": "success", "cursor": "AfljfgIJ%2FBw%3D%3D"},
        {"status": "fail", "error": "Request still in progress, please retry later", "code": 2},
        {"status": "success", "records": [{"identity": "a"}, {"identity": "b"}], "next_cursor": "next%2B"},
        {"status": "success", "records": [{"identity": "c"}]},
    ]
    clevertap, service = client(lambda number, path, body: (200, responses[number - 1]))
    assert [p.identity for p in clevertap.profiles(QUERY, page_size=23)] == ["a", "b", "c"]
    assert [call.path_url for call in service.calls] == [
        "/1/profiles.json?batch_size=23",
        "/1/profiles.json?cursor=AfljfgIJ%2FBw%3D%3D",
        "/1/profiles.json?cursor=AfljfgIJ%2FBw%3D%3D",
        "/1/profiles.json?cursor=next%2B",
    ]
    assert service.bodies()[0] == {"event_name": "App Launched", "from": 20260101, "to": 20260131}


def test_a_cursor_that_is_never_ready_ends_in_an_error() -> None:
    """Polling ends after ten minutes with NoResponse."""
    clevertap, service = client(
        lambda n, path, body: (200, {"status": "success", "cursor": "c"} if n == 1 else {"status": "fail", "code": 2})
    )
    with pytest.raises(NoResponse, match="preparing") as caught:
        next(clevertap.profiles(QUERY))
    assert caught.value.attempts == len(service.calls) - 1


def test_the_last_wait_is_for_a_response() -> None:
    """After the longest wait there is one more poll."""
    last = len(checked.POLL_WAITS) + 2
    clevertap, service = client(
        lambda n, path, body: (
            (200, {"status": "success", "cursor": "c"})
            if n == 1
            else (200, {"status": "fail", "code": 2} if n < last else {"status": "success", "records": []})
        )
    )
    assert list(clevertap.profiles(QUERY)) == []
    assert len(service.calls) == last


@pytest.mark.parametrize("size", [0, 5, 22, 24, 5_000, True, 1.0])
def test_page_sizes_are_multiples_of_23(size: Any) -> None:
    """Other sizes fill CleverTap's buckets unevenly, and a size below 23 returns all profiles."""
    clevertap, _ = client(ok({}))
    with pytest.raises(BadArgument, match="23"):
        clevertap.profiles(QUERY, page_size=size)


@pytest.mark.parametrize("query", [{}, {"event_name": "A", "from": 1}, "App Launched"])
def test_a_query_names_an_event_and_days(query: Any) -> None:
    """CleverTap has no query without an event, so none is sent."""
    clevertap, _ = client(ok({}))
    with pytest.raises(BadArgument):
        clevertap.count_profiles(query)


def test_a_partial_count_is_polled() -> None:
    """The req_id of a partial result is polled until the count is ready."""
    responses = [
        {"status": "partial", "req_id": 77},
        {"status": "partial", "req_id": 77},
        {"status": "success", "count": 9},
    ]
    clevertap, service = client(lambda number, path, body: (200, responses[number - 1]))
    assert clevertap.count_profiles(QUERY) == 9
    assert service.calls[2].path_url == "/1/counts/profiles.json?req_id=77"


def test_profiles_are_deleted_a_hundred_a_call() -> None:
    """250 identities are three calls, in order and complete."""
    clevertap, service = client(ok({"status": "success"}))
    names = [f"cust-{i}" for i in range(250)]
    clevertap.delete_profiles(names)
    assert [len(body["identity"]) for body in service.bodies()] == [100, 100, 50]
    assert [name for body in service.bodies() for name in body["identity"]] == names


def test_a_failed_deletion_reports_what_was_accepted() -> None:
    """The error's report splits the identities at the call that failed."""
    clevertap, _ = client(lambda n, path, body: (200, {"status": "success"}) if n == 1 else (403, {"error": "no"}))
    with pytest.raises(LinetapError) as caught:
        clevertap.delete_profiles([f"cust-{i}" for i in range(150)])
    assert (len(caught.value.report.accepted), len(caught.value.report.remaining)) == (100, 50)


@pytest.mark.parametrize("identities", ["cust-1", ["cust-1", ""], ["a", 7], {"a": 1}, 7])
def test_deleting_needs_a_sequence_of_ids(identities: Any) -> None:
    """A bare str, which would be deleted letter by letter, raises before any call."""
    clevertap, service = client(ok({}))
    with pytest.raises(BadArgument):
        clevertap.delete_profiles(identities)
    assert service.calls == []


def test_a_campaign_is_created_with_the_webhook_fields_at_the_top() -> None:
    """The JSON has the form that other clients send, and the id is returned as text."""
    clevertap, service = client(ok({"status": "success", "id": 101, "estimates": {"webhook": 7}}))
    made = clevertap.campaigns.create(WebhookCampaign("Spring", "LINE relay", key_values={"k": "v"}))
    assert (made.id, made.estimates) == ("101", {"webhook": 7})
    assert service.bodies() == [
        {
            "name": "Spring",
            "target_mode": "webhook",
            "webhook_endpoint_name": "LINE relay",
            "webhook_fields": ["profile-attributes", "identities"],
            "webhook_key_value": {"k": "v"},
            "when": "now",
            "segment": "all",
        }
    ]


def test_creating_a_campaign_is_not_repeated_after_a_lost_response() -> None:
    """A campaign that is created twice is sent twice: a 500 ends the call after one attempt."""
    clevertap, service = client(lambda n, path, body: (500, {}))
    with pytest.raises(LinetapError):
        clevertap.campaigns.create(WebhookCampaign("Spring", "LINE relay"))
    assert len(service.calls) == 1


def test_values_of_an_external_trigger_are_strings() -> None:
    """Numbers raise with their path; nested strings are sent unchanged."""
    clevertap, service = client(ok({"status": "success", "message": "Added"}))
    with pytest.raises(BadArgument) as caught:
        clevertap.campaigns.trigger("101", ["c"], {"n": 1, "items": [{"price": 4.2}]})
    assert [p.path for p in caught.value.problems] == ["values['n']", "values['items'][0]['price']"]
    clevertap.campaigns.trigger("101", ["c"], {"items": [{"price": "4.2"}]})
    want = {"to": {"identity": ["c"]}, "campaign_id": "101", "ExternalTrigger": {"items": [{"price": "4.2"}]}}
    assert service.bodies() == [want]


def test_queries_and_values_that_cannot_be_written_are_rejected() -> None:
    """Values that JSON cannot express, or with too many levels, raise by name before anything is sent."""
    clevertap, service = client(ok({}))
    deep: Any = "x"
    for _ in range(sys.getrecursionlimit() * 60):
        deep = {"a": deep}
    span = {"event_name": "App Launched", "from": 20260101, "to": 20260102}
    for wrong in (deep, float("nan"), object()):
        with pytest.raises(BadArgument, match=r"query:? (must be|is) plain JSON"):
            clevertap.count_profiles(span | {"common_profile_properties": wrong})
    with pytest.raises(BadArgument, match=r"values:? must be plain JSON"):
        clevertap.campaigns.trigger("101", ["c"], deep)
    assert service.calls == []


def test_campaigns_are_listed_whatever_the_list_is_called() -> None:
    """CleverTap does not document the key of the list: it is the only list of objects."""
    row = {"id": 5, "name": "Spring", "scheduled_on": "20260101 10:00", "status": "completed"}
    clevertap, service = client(ok({"status": "success", "targets": [row]}))
    (found,) = clevertap.campaigns.list(date(2026, 1, 1), date(2026, 1, 31))
    assert (found.id, found.name, found.status, found.scheduled_on) == ("5", "Spring", "completed", "20260101 10:00")
    assert service.bodies() == [{"from": 20260101, "to": 20260131}]


def test_a_report_before_the_end_of_a_campaign_is_a_conflict() -> None:
    """CleverTap has figures only of campaigns that have ended, and says so with 200: the call raises Conflict."""
    responses = [
        {"status": "fail", "error": "This target hasn't been completed"},
        {"status": "success", "result": {"sent": 9}},
    ]
    clevertap, _ = client(lambda number, path, body: (200, responses[number - 1]))
    with pytest.raises(Conflict, match="ended"):
        clevertap.campaigns.report("101")
    assert clevertap.campaigns.report("101").sent == 9


def test_a_campaign_is_stopped_by_its_number() -> None:
    """Ids are sent as numbers, as in CleverTap's samples."""
    clevertap, service = client(ok({"status": "success"}))
    clevertap.campaigns.stop("101")
    assert service.bodies() == [{"id": 101}]


def test_a_template_without_a_service_is_a_manual_step() -> None:
    """The receipt has the steps, a warning is issued, and the token is shown nowhere."""
    clevertap, service = client(ok({}))
    template = WebhookTemplate.line_push("LINE push", "tok3n-of-the-channel")
    with pytest.warns(ManualStepNeeded, match="LINE push"):
        receipt = clevertap.create_webhook_template(template)
    assert (receipt.created, receipt.template_id, service.calls) == (False, None, [])
    reported = " ".join(receipt.steps) + receipt._repr_html_()
    assert "https://api.line.me/v2/bot/message/push" in reported
    assert "tok3n" not in reported + repr(template) + template._repr_html_()


def test_a_template_is_posted_where_an_api_accepts_it() -> None:
    """With webhook_template_path the template is sent there, secrets included, and created is True."""
    clevertap, service = client(ok({"status": "success", "id": 3}), webhook_template_path="/sandbox/webhook-templates")
    receipt = clevertap.create_webhook_template(WebhookTemplate.line_push("LINE push", "tok3n"))
    assert (receipt.created, receipt.template_id) == (True, "3")
    assert service.bodies()[0]["headers"]["Authorization"] == "Bearer tok3n"


def test_a_request_of_ones_own_raises_like_the_others() -> None:
    """request() returns the response unchanged, or raises its error."""
    clevertap, service = client(lambda n, path, body: (200, {"x": 1}) if n == 1 else (403, {"error": "no"}))
    response = clevertap.request("get", "/1/x.json", params={"a": 1})
    assert response.json() == {"x": 1}
    assert (service.calls[0].method, service.calls[0].path_url) == ("GET", "/1/x.json?a=1")
    with pytest.raises(Rejected):
        clevertap.request("GET", "/1/x.json")


@pytest.mark.parametrize(
    "given, path",
    [
        ({"path": "1/x.json"}, "path"),
        ({"method": 3}, "method"),
        ({"host": "api-data"}, "host"),
        ({"json": {1, 2}}, "json"),
        ({"json": float("nan")}, "json"),
        ({"json": {}, "content": b""}, "json"),
        ({"retry_key": "k"}, "retry_key"),
    ],
)
def test_a_request_that_cannot_be_made_says_why(given: dict[str, Any], path: str) -> None:
    """A wrong argument of request() is named, and nothing is sent."""
    clevertap, service = client(lambda n, path, body: (200, {}))
    with pytest.raises(BadArgument, match=f"^{path}:? "):
        clevertap.request(**{"method": "POST", "path": "/1/x.json", **given})
    assert not service.calls


def test_a_query_in_the_path_has_no_gate_of_its_own() -> None:
    """Requests of one endpoint share a rate limit, and the query is not logged."""
    [op] = {operations.raw(Request("GET", f"/1/x.json?identity={who}"), repeatable=True).rate_limit_key for who in "ab"}
    assert op == "GET /1/x.json"


def test_options_for_one_call_leave_the_client_as_it_was() -> None:
    """with_options returns another client on the same connections."""
    clevertap, service = client(lambda n, path, body: (500, {}))
    with pytest.raises(LinetapError):
        clevertap.with_options(retry=RetryPolicy(attempts=1)).profile(identity="a")
    assert len(service.calls) == 1
