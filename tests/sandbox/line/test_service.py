"""The pretended LINE, by LINE's own pages."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from linetap.http.types import Request
from linetap.sandbox import Sandbox
from tests.sandbox import raw_requests


@pytest.fixture
def box() -> Sandbox:
    return Sandbox()


def walk(box: Sandbox, limit: int = 1000) -> list[list[str]]:
    """All pages of followers/ids."""
    pages, params = [], {"limit": str(limit)}
    while True:
        response = raw_requests.line(box, "GET", "/v2/bot/followers/ids", params=params).json()
        pages.append(response["userIds"])
        if "next" not in response:
            return pages
        params["start"] = response["next"]


# Followers -----------------------------------------------------------------------------------------------


def test_followers_come_in_pages(box: Sandbox) -> None:
    """Following next to its end names every follower once."""
    ids = box.line.add_followers(7)

    pages = walk(box, 3)

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [one for page in pages for one in page] == ids


def test_pages_are_short_where_people_are_filtered(box: Sandbox) -> None:
    """Blocked, deleted, unfriended and unconsenting people leave pages short, even empty, with more to come."""
    ids = box.line.add_followers(9)
    for user_id in ids[:3]:
        box.line.block(user_id)
    box.line.delete_account(ids[3])
    box.line.unfriend(ids[4])
    silent = box.line.add_person(consented=False)

    pages = walk(box, 3)

    assert [len(page) for page in pages] == [0, 1, 3, 0]
    assert [one for page in pages for one in page] == box.line.followers
    assert silent.user_id not in box.line.followers


def test_page_size_defaults_to_300(box: Sandbox) -> None:
    """Without limit a page has 300 ids."""
    box.line.add_followers(301)

    response = raw_requests.line(box, "GET", "/v2/bot/followers/ids").json()

    assert len(response["userIds"]) == 300


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x"])
def test_page_size_has_bounds(box: Sandbox, limit: str) -> None:
    """A limit that is no number from 1 to 1000 is 400 and names the parameter."""
    response = raw_requests.line(box, "GET", "/v2/bot/followers/ids", params={"limit": limit})

    assert response.status == 400
    assert "limit" in raw_requests.details(response)


def test_next_lives_for_24_hours(box: Sandbox) -> None:
    """A start token works until 24 hours have passed, then it is 400 Invalid start param."""
    box.line.add_followers(4)
    first = raw_requests.line(box, "GET", "/v2/bot/followers/ids", params={"limit": "2"}).json()
    again = {"limit": "2", "start": first["next"]}

    box.clock.advance(hours=23, minutes=59)
    fine = raw_requests.line(box, "GET", "/v2/bot/followers/ids", params=again)
    box.clock.advance(minutes=1)
    late = raw_requests.line(box, "GET", "/v2/bot/followers/ids", params=again)

    assert fine.status == 200
    assert (late.status, late.json()) == (400, {"message": "Invalid start param"})


def test_an_unverified_account_has_no_list(box: Sandbox) -> None:
    """followers/ids is 403 for an account that is not verified; push works all the same."""
    box.line.verified = False
    [user_id] = box.line.add_followers(1)

    assert raw_requests.line(box, "GET", "/v2/bot/followers/ids").status == 403
    assert raw_requests.push(box, user_id).status == 200


# Push ----------------------------------------------------------------------------------------------------


def test_push_arrives_in_order(box: Sandbox) -> None:
    """The messages of one push are in the inbox in their order, and each has an id."""
    [user_id] = box.line.add_followers(1)
    messages = [{"type": "text", "text": str(number)} for number in range(5)]

    response = raw_requests.push(box, user_id, messages)

    assert response.status == 200
    assert box.line.inbox(user_id) == messages
    assert len({one["id"] for one in response.json()["sentMessages"]}) == 5


def test_quote_tokens_by_kind(box: Sandbox) -> None:
    """Only what can be quoted has a quote token: a location has none."""
    [user_id] = box.line.add_followers(1)
    place = {"type": "location", "title": "Shop", "address": "Tokyo", "latitude": 35.6, "longitude": 139.7}

    text, location = raw_requests.push(box, user_id, [*raw_requests.HELLO, place]).json()["sentMessages"]

    assert "quoteToken" in text
    assert "quoteToken" not in location


@pytest.mark.parametrize("to", ["N.A", " N.A", "", None, 5, "u" + "0" * 32, "U" + "0" * 31, "U" + "A" * 32])
def test_a_malformed_recipient_is_400(box: Sandbox, to: Any) -> None:
    """A value that is no user, group or room id is rejected and named."""
    response = raw_requests.push(box, to)

    assert response.status == 400
    assert "The property, to, in the request body is invalid" in response.json()["message"]


def test_a_foreign_id_is_400(box: Sandbox) -> None:
    """A well-formed id that the channel does not know fails to send."""
    response = raw_requests.push(box, box.line.foreign_id())

    assert (response.status, response.json()) == (400, {"message": "Failed to send messages"})


@pytest.mark.parametrize("away", ["block", "unfriend", "delete_account"])
def test_200_is_not_delivered(box: Sandbox, away: str) -> None:
    """A user who blocked, left or deleted: 200, nothing arrives, nothing is counted."""
    [user_id] = box.line.add_followers(1)
    getattr(box.line, away)(user_id)

    assert raw_requests.push(box, user_id).status == 200
    assert box.line.inbox(user_id) == []
    assert box.line.used == 0


def test_seven_days_after_writing(box: Sandbox) -> None:
    """A user who is no friend but wrote within seven days is reached by push, and not by multicast."""
    person = box.line.add_person(friend=False)
    box.line.wrote(person.user_id)

    raw_requests.multicast(box, [person.user_id])
    assert box.line.inbox(person.user_id) == []
    raw_requests.push(box, person.user_id)
    box.clock.advance(days=7, seconds=1)
    raw_requests.push(box, person.user_id)

    assert len(box.line.inbox(person.user_id)) == 1


def test_groups_and_rooms(box: Sandbox) -> None:
    """Push reaches groups and rooms; multicast rejects their ids by index."""
    [user_id] = box.line.add_followers(1)
    group, room = box.line.add_group("C"), box.line.add_group("R")

    assert [raw_requests.push(box, to).status for to in (group, room)] == [200, 200]
    assert box.line.inbox(group) == raw_requests.HELLO
    rejected = raw_requests.multicast(box, [user_id, group])
    assert rejected.status == 400
    assert "to[1]" in rejected.json()["message"]


# Multicast -----------------------------------------------------------------------------------------------


def test_multicast_reaches_each_once(box: Sandbox) -> None:
    """Ids listed twice are reached once; the response is an empty object."""
    first, second = box.line.add_followers(2)

    response = raw_requests.multicast(box, [first, second, first])

    assert (response.status, response.json()) == (200, {})
    assert [box.line.inbox(one) for one in (first, second)] == [raw_requests.HELLO, raw_requests.HELLO]


@pytest.mark.parametrize("count", [0, 501])
def test_multicast_has_1_to_500_ids(box: Sandbox, count: int) -> None:
    """No id and 501 ids are rejected; 500 are not."""
    ids = box.line.add_followers(501)

    assert raw_requests.multicast(box, ids[:count]).status == 400
    assert raw_requests.multicast(box, ids[:500]).status == 200


def test_multicast_of_foreign_ids_has_two_readings(box: Sandbox) -> None:
    """LINE's page says both: 400 naming the id, or 200 and not delivered."""
    [user_id] = box.line.add_followers(1)
    both = [user_id, box.line.foreign_id()]

    rejected = raw_requests.multicast(box, both)
    box.readings.multicast_foreign_ids = "accept"
    accepted = raw_requests.multicast(box, both)

    assert (rejected.status, accepted.status) == (400, 200)
    assert "to[1]" in rejected.json()["message"]
    assert len(box.line.inbox(user_id)) == 1


def test_broadcast_reaches_all_friends(box: Sandbox) -> None:
    """Friends are reached; a user who blocked the account is not; its retry key prevents a second message too."""
    first, second = box.line.add_followers(2)
    box.line.block(second)
    stranger = box.line.add_person(friend=False)
    headers = {"X-Line-Retry-Key": str(uuid.UUID(int=3))}

    def send() -> int:
        body = {"messages": raw_requests.HELLO}
        return raw_requests.line(box, "POST", "/v2/bot/message/broadcast", body, headers=headers).status

    assert [send(), send()] == [200, 409]
    assert [box.line.inbox(one) for one in (first, second, stranger.user_id)] == [raw_requests.HELLO, [], []]


@pytest.mark.parametrize("quiet", ["yes", 1])
def test_notification_disabled_is_a_boolean(box: Sandbox, quiet: Any) -> None:
    """Anything but true and false is rejected and named."""
    [user_id] = box.line.add_followers(1)

    assert "notificationDisabled" in raw_requests.details(raw_requests.push(box, user_id, notificationDisabled=quiet))
    assert raw_requests.push(box, user_id, notificationDisabled=True).status == 200


# Retry keys ----------------------------------------------------------------------------------------------


def test_a_retry_key_is_known_for_24_hours(box: Sandbox) -> None:
    """The same key again is 409 with the first response's messages and request id; after 24 hours it sends again."""
    [user_id] = box.line.add_followers(1)
    key = str(uuid.UUID(int=7))

    first = raw_requests.push(box, user_id, key=key)
    box.clock.advance(hours=23)
    again = raw_requests.push(box, user_id, key=key)
    box.clock.advance(hours=1)
    late = raw_requests.push(box, user_id, key=key)

    assert (first.status, again.status, late.status) == (200, 409, 200)
    assert again.json()["sentMessages"] == first.json()["sentMessages"]
    assert again.headers["X-Line-Accepted-Request-Id"] == first.request_id
    assert len(box.line.inbox(user_id)) == 2


def test_a_rejected_request_does_not_use_up_its_key(box: Sandbox) -> None:
    """A key is remembered when a request is accepted, not when it is rejected."""
    [user_id] = box.line.add_followers(1)
    key = str(uuid.UUID(int=8))

    assert raw_requests.push(box, user_id, [], key=key).status == 400
    assert raw_requests.push(box, user_id, key=key).status == 200


def test_the_scope_of_a_key_has_two_readings(box: Sandbox) -> None:
    """LINE does not say whether a key counts for the channel or the endpoint."""
    [user_id] = box.line.add_followers(1)
    headers = {"X-Line-Retry-Key": str(uuid.UUID(int=9))}
    sends = [("/v2/bot/message/push", user_id), ("/v2/bot/message/multicast", [user_id])]

    def statuses() -> list[int]:
        return [
            raw_requests.line(box, "POST", path, {"to": to, "messages": raw_requests.HELLO}, headers=headers).status
            for path, to in sends
        ]

    assert statuses() == [200, 409]
    box.clock.advance(days=1)
    box.readings.retry_key_scope = "endpoint"
    assert statuses() == [200, 200]


@pytest.mark.parametrize("path", ["/v2/bot/message/validate/push", "/v2/bot/info", "/v2/bot/followers/ids"])
def test_a_key_on_another_endpoint_is_400(box: Sandbox, path: str) -> None:
    """Endpoints that take no retry key reject a request that has one."""
    method = "POST" if "validate" in path else "GET"
    response = raw_requests.line(
        box, method, path, {"messages": raw_requests.HELLO}, headers={"X-Line-Retry-Key": str(uuid.UUID(int=1))}
    )

    assert response.status == 400


def test_a_key_is_a_uuid(box: Sandbox) -> None:
    """A retry key that is no UUID in hex form is rejected."""
    [user_id] = box.line.add_followers(1)

    assert raw_requests.push(box, user_id, key="order-17").status == 400


# Credentials and tokens ----------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer wrong", "Basic abc"])
def test_a_bearer_token_is_needed(box: Sandbox, header: str | None) -> None:
    """A missing or unknown token is 401 with LINE's words."""
    headers = {} if header is None else {"Authorization": header}
    response = box.line.handle(Request("GET", "/v2/bot/info", headers=headers))

    assert response.status == 401
    assert response.json()["message"].startswith("Authentication failed due to the following reason: ")


def issue(box: Sandbox, path: str = "/oauth2/v3/token", **changes: str) -> Any:
    form = {"grant_type": "client_credentials", "client_id": box.channel_id, "client_secret": box.channel_secret}
    content = "&".join(f"{name}={value}" for name, value in {**form, **changes}.items()).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return box.line.handle(Request("POST", path, (), content, headers))


def test_stateless_tokens_last_15_minutes(box: Sandbox) -> None:
    """A stateless token opens the API until its expires_in has passed."""
    issued = issue(box).json()

    box.clock.advance(seconds=issued["expires_in"] - 1)
    fine = raw_requests.line(box, "GET", "/v2/bot/info", token=issued["access_token"])
    box.clock.advance(seconds=1)
    late = raw_requests.line(box, "GET", "/v2/bot/info", token=issued["access_token"])

    assert (issued["token_type"], issued["expires_in"]) == ("Bearer", 900)
    assert (fine.status, late.status) == (200, 401)


@pytest.mark.parametrize("changes", [{"client_secret": "no"}, {"client_id": "1"}, {"grant_type": "password"}])
def test_a_wrong_client_gets_no_token(box: Sandbox, changes: dict[str, str]) -> None:
    """Token errors have OAuth's envelope: error and error_description."""
    response = issue(box, **changes)

    assert response.status == 400
    assert set(response.json()) == {"error", "error_description"}


def test_token_requests_that_lack_something_are_rejected(box: Sandbox) -> None:
    """Something that is no JWT, missing credentials and another media type are 400."""
    bare = Request("POST", "/oauth2/v3/token", (), b"grant_type=client_credentials", {"Content-Type": "text/plain"})

    assert issue(box, client_assertion="x").json()["error"] == "invalid_client"
    assert box.line.handle(bare).status == 400


def test_short_lived_tokens_are_verified_and_revoked(box: Sandbox) -> None:
    """A short-lived token lasts 30 days, can be verified, and is worth nothing once revoked."""
    token = issue(box, "/v2/oauth/accessToken").json()["access_token"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    def post(path: str, value: str) -> Any:
        content = f"access_token={value.replace('+', '%2B')}".encode()
        return box.line.handle(Request("POST", path, (), content, form))

    assert post("/v2/oauth/verify", token).json()["expires_in"] == 30 * 86_400
    assert post("/v2/oauth/revoke", token).status == 200
    assert post("/v2/oauth/verify", token).status == 400
    assert raw_requests.line(box, "GET", "/v2/bot/info", token=token).status == 401
    assert post("/v2/oauth/revoke", token).status == 200


# Quota and 429 -------------------------------------------------------------------------------------------


def test_a_used_up_quota_sends_nothing(box: Sandbox) -> None:
    """If the quota is too small for all recipients nothing is sent, and the 429 says why."""
    ids = box.line.add_followers(3)
    box.line.quota = 2

    response = raw_requests.multicast(box, ids)

    assert (response.status, response.json()["message"]) == (429, "You have reached your monthly limit.")
    assert box.line.delivered == 0


def test_the_quota_counts_people_not_messages(box: Sandbox) -> None:
    """Two messages to one person count one; the next month begins at nought."""
    [user_id] = box.line.add_followers(1)
    box.line.quota = 10
    raw_requests.push(box, user_id, raw_requests.HELLO * 2)

    assert raw_requests.line(box, "GET", "/v2/bot/message/quota").json() == {"type": "limited", "value": 10}
    assert raw_requests.line(box, "GET", "/v2/bot/message/quota/consumption").json() == {"totalUsage": 1}
    box.clock.advance(days=31)
    assert box.line.used == 0


def test_the_quota_can_be_held_by_another_send(box: Sandbox) -> None:
    """A monthly-limit 429 passes when the send that reserved the messages has ended."""
    [user_id] = box.line.add_followers(1)
    box.line.quota, box.line.reserved = 10, 10

    assert raw_requests.push(box, user_id).status == 429
    box.line.reserved = 0
    assert raw_requests.push(box, user_id).status == 200


def test_no_limit_has_no_value(box: Sandbox) -> None:
    """A quota of type none has no value."""
    assert raw_requests.line(box, "GET", "/v2/bot/message/quota").json() == {"type": "none"}


def test_rates_are_token_buckets(box: Sandbox) -> None:
    """Each endpoint has its own bucket, which fills little by little."""
    [user_id] = box.line.add_followers(1)
    box.line.rates["push"] = 2.0

    statuses = [raw_requests.push(box, user_id).status for _ in range(3)]
    box.clock.advance(seconds=0.5)
    later = [raw_requests.push(box, user_id).status for _ in range(2)]

    assert (statuses, later) == ([200, 200, 429], [200, 429])
    assert raw_requests.line(box, "GET", "/v2/bot/info").status == 200


def test_the_published_rates() -> None:
    """With rate_limits multicast has its 200 a second and push its 2,000."""
    box = Sandbox(rate_limits=True)

    assert (box.line.rates["multicast"], box.line.rates["push"]) == (200.0, 2000.0)


def test_too_many_to_one_person(box: Sandbox) -> None:
    """Push alone has a 429 for one and the same person; others are still reached."""
    first, second = box.line.add_followers(2)
    box.line.same_user_limit = 1

    assert [raw_requests.push(box, to).status for to in (first, first, second)] == [200, 429, 200]


# The others ----------------------------------------------------------------------------------------------


def test_profiles(box: Sandbox) -> None:
    """A friend's profile omits absent fields; 404 for other users, 400 for a malformed id."""
    ann = box.line.add_person("Ann", language="ja")
    away = box.line.add_followers(1)[0]
    box.line.block(away)

    def get(user_id: str) -> Any:
        return raw_requests.line(box, "GET", f"/v2/bot/profile/{user_id}")

    assert get(ann.user_id).json() == {"displayName": "Ann", "userId": ann.user_id, "language": "ja"}
    assert [get(one).status for one in (away, box.line.foreign_id(), "N.A")] == [404, 404, 400]


def test_validate_sends_nothing(box: Sandbox) -> None:
    """validate looks at messages alone and names what is wrong by its path."""
    response = raw_requests.line(
        box, "POST", "/v2/bot/message/validate/push", {"messages": [{"type": "text", "text": "x" * 5001}]}
    )

    assert response.status == 400
    assert raw_requests.details(response) == {"messages[0].text": "Length must be between 0 and 5000"}
    assert (
        raw_requests.line(box, "POST", "/v2/bot/message/validate/push", {"messages": raw_requests.HELLO}).json() == {}
    )


def test_units_are_counted(box: Sandbox) -> None:
    """A custom aggregation unit is in the month's list; fewer than 20 people are reported as null."""
    ids = box.line.add_followers(25)
    for user_id in ids:
        raw_requests.push(box, user_id, customAggregationUnits=["spring_sale"])
    params = {"customAggregationUnit": "spring_sale", "from": "20260101", "to": "20260131"}

    def overview() -> Any:
        response = raw_requests.line(box, "GET", "/v2/bot/insight/message/event/aggregation", params=params)
        return response.json()["overview"]["uniqueImpression"]

    assert raw_requests.line(box, "GET", "/v2/bot/message/aggregation/list").json() == {
        "customAggregationUnits": ["spring_sale"]
    }
    unseen = overview()
    box.line.open("spring_sale", ids)
    assert (unseen, overview()) == (None, 25)


def test_a_thousand_units_a_month(box: Sandbox) -> None:
    """The 1,001st name of a month is sent and not counted, without a word; names come in pages of up to 100."""
    [user_id] = box.line.add_followers(1)
    for number in range(1001):
        assert raw_requests.push(box, user_id, customAggregationUnits=[f"u{number}"]).status == 200

    first = raw_requests.line(box, "GET", "/v2/bot/message/aggregation/list").json()
    second = raw_requests.line(box, "GET", "/v2/bot/message/aggregation/list", params={"start": first["next"]}).json()

    assert raw_requests.line(box, "GET", "/v2/bot/message/aggregation/info").json() == {
        "numOfCustomAggregationUnits": 1000
    }
    assert (len(first["customAggregationUnits"]), second["customAggregationUnits"][0]) == (100, "u100")


@pytest.mark.parametrize(
    "changes",
    [{"customAggregationUnit": "a-b"}, {"to": "20260301"}, {"to": "20251231"}, {"from": "2026"}, {"from": None}],
)
def test_statistics_have_bounds(box: Sandbox, changes: dict[str, Any]) -> None:
    """An impossible name, more than 31 days, and dates that are none or missing are 400."""
    params = {"customAggregationUnit": "spring", "from": "20260101", "to": "20260131", **changes}
    params = {name: value for name, value in params.items() if value is not None}

    assert raw_requests.line(box, "GET", "/v2/bot/insight/message/event/aggregation", params=params).status == 400


@pytest.mark.parametrize("units", [["a", "b"], ["spring-sale"], ["x" * 31], "spring", [7]])
def test_units_have_a_form(box: Sandbox, units: Any) -> None:
    """One unit of 1 to 30 letters, digits and underscores, or 400."""
    [user_id] = box.line.add_followers(1)

    assert raw_requests.push(box, user_id, customAggregationUnits=units).status == 400


def test_link_tokens(box: Sandbox) -> None:
    """A link token is issued for a user that the account knows."""
    [user_id] = box.line.add_followers(1)

    assert raw_requests.line(box, "POST", f"/v2/bot/user/{user_id}/linkToken").json()["linkToken"]
    assert raw_requests.line(box, "POST", f"/v2/bot/user/{box.line.foreign_id()}/linkToken").status == 404


def test_every_response_has_a_request_id(box: Sandbox) -> None:
    """X-Line-Request-Id is on responses of every status, and no two are the same."""
    responses = [raw_requests.line(box, "GET", path) for path in ("/v2/bot/info", "/nowhere", "/v2/bot/profile/N.A")]

    assert [response.status for response in responses] == [200, 404, 400]
    assert len({response.headers["x-line-request-id"] for response in responses}) == 3


def test_what_the_sandbox_does_not_know_is_501(box: Sandbox) -> None:
    """An endpoint of LINE that is not pretended says so instead of inventing a response."""
    response = raw_requests.line(box, "POST", "/v2/bot/message/narrowcast", {"messages": raw_requests.HELLO})

    assert response.status == 501
    assert "nothing was done" in response.json()["message"]


def test_content_has_a_host_of_its_own(box: Sandbox) -> None:
    """Content is at api-data.line.me and nowhere else; the rest is not there."""
    path = "/v2/bot/message/1/content"

    assert [raw_requests.line(box, "GET", path, host=host).status for host in ("api", "api-data")] == [404, 501]
    assert raw_requests.line(box, "GET", "/v2/bot/info", host="api-data").status == 404


@pytest.mark.parametrize(
    "content, headers, status",
    [
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b'{"to": NaN}', {}, 400),
        (b"\xff", {}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b" " * (2 * 1024 * 1024 + 1), {}, 413),
    ],
)
def test_bodies_that_are_not_looked_at(box: Sandbox, content: bytes, headers: dict[str, str], status: int) -> None:
    """No JSON object, another media type and more than 2 MB are rejected."""
    response = raw_requests.line(box, "POST", "/v2/bot/message/push", content=content, headers=headers)

    assert response.status == status


def test_ids_are_the_same_for_a_seed() -> None:
    """A sandbox of the same seed gives the same ids and tokens, of another seed others."""
    first, second, other = (Sandbox(seed=seed) for seed in (1, 1, 2))

    assert first.line.add_followers(2) == second.line.add_followers(2)
    assert first.channel_access_token == second.channel_access_token != other.channel_access_token


def test_the_request_log_has_no_secret(box: Sandbox) -> None:
    """The request log has the requests with their bodies and never a token."""
    [user_id] = box.line.add_followers(1)
    raw_requests.push(box, user_id)

    [entry] = box.journal.of("line.push")

    assert entry.json()["to"] == user_id
    assert (entry.status, entry.headers["authorization"]) == (200, "(secret)")
    assert box.channel_access_token not in json.dumps([repr(entry), dict(entry.headers)])
