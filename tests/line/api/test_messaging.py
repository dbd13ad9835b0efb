"""LINE's endpoints that send messages or list followers, as values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from linebot.v3.messaging import MulticastRequest, PushMessageRequest

from linetap.errors import BadArgument, BadRequest, Forbidden, QuotaExceeded, TooManyRequests, UnreadableResponse
from linetap.http.types import Headers, Idempotency, Request, Response
from linetap.line.api import account, messaging

U1, U2 = "U" + "1" * 32, "U" + "2" * 32
KEY = "123e4567-e89b-12d3-a456-426614174000"
TEXT = [{"type": "text", "text": 'สวัสดี 👋 "quoted"'}]


def reply(status: int = 200, body: object = None, attempts: int = 1, **headers: str) -> Response:
    content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, Headers(fields), content, attempts)


def test_a_push_is_one_request_with_its_key() -> None:
    """A push is a POST of LINE's body, carries its retry key, and may be repeated."""
    op = messaging.push(U1, TEXT, retry_key=KEY)

    assert op.request == Request(
        "POST",
        "/v2/bot/message/push",
        content=json.dumps({"to": U1, "messages": TEXT}, ensure_ascii=False, separators=(",", ":")).encode(),
        headers={"X-Line-Retry-Key": KEY},
    )
    assert (op.name, op.repeat, op.retry_key) == ("line.push", Idempotency.SAFE, KEY)


def test_the_bytes_of_a_push_are_its_body() -> None:
    """A recipient and an encoded body without it give the bytes of ``push_body``, in the same order."""
    options: dict[str, Any] = {"notification_disabled": True, "aggregation_unit": "spring"}
    op = messaging.push(U1, TEXT, retry_key=KEY, **options)

    body = messaging.push_body(U1, TEXT, **options)
    assert list(op.request.json().items()) == list(body.items())
    assert list(body) == ["to", "messages", "notificationDisabled", "customAggregationUnits"]


def test_defaults_stay_out_of_the_body() -> None:
    """Options with LINE's default are not written."""
    assert messaging.push_body(U1, TEXT) == {"to": U1, "messages": TEXT}


def test_the_official_sdk_reads_what_is_pushed() -> None:
    """line-bot-sdk's models read a push and a multicast with the same values."""
    one = messaging.push(U1, TEXT, retry_key=KEY, notification_disabled=True, aggregation_unit="spring")
    many = messaging.multicast([U1, U2], TEXT, retry_key=KEY, aggregation_unit="spring")

    push = PushMessageRequest.from_dict(one.request.json())
    multicast = MulticastRequest.from_dict(many.request.json())
    assert (push.to, push.notification_disabled, push.custom_aggregation_units) == (U1, True, ["spring"])
    assert push.messages[0].text == TEXT[0]["text"]
    assert (multicast.to, multicast.custom_aggregation_units) == ([U1, U2], ["spring"])


@pytest.mark.parametrize("bad", [float("nan"), {1, 2}, "\ud800"])
def test_a_value_that_json_cannot_contain_is_a_bad_argument(bad: object) -> None:
    """NaN, unknown objects and lone surrogates are never sent."""
    with pytest.raises(BadArgument, match="messages"):
        messaging.push(U1, [{"type": "text", "text": bad}], retry_key=KEY)


def test_a_push_that_was_accepted() -> None:
    """A 200 gives the message ids, the request id and the number of attempts."""
    sent = {"sentMessages": [{"id": "461230966842064897", "quoteToken": "q1"}, {"id": 7}]}

    result = messaging.push(U1, TEXT, retry_key=KEY).read(reply(200, sent, 3, X_Line_Request_Id="r-1"))

    assert [(m.id, m.quote_token) for m in result.sent_messages] == [("461230966842064897", "q1"), ("7", None)]
    assert (result.request_id, result.already_accepted, result.attempts, result.retry_key) == ("r-1", False, 3, KEY)


def test_409_is_success() -> None:
    """A key that was accepted before is a normal result, with the ids and the request id of the accepted request."""
    op = messaging.push(U1, TEXT, retry_key=KEY)
    body = {"message": "The retry key is already accepted", "sentMessages": [{"id": "1"}]}
    response = reply(409, body, 2, x_line_request_id="second", x_line_accepted_request_id="first")

    assert op.error_info(response) is None
    result = op.read(response)
    assert (result.request_id, result.already_accepted, result.sent_messages[0].id) == ("first", True, "1")


def test_an_empty_object_is_a_push_accepted_too() -> None:
    """The partner guidelines still document an empty object, so missing sentMessages are no error."""
    assert messaging.push(U1, TEXT, retry_key=KEY).read(reply()).sent_messages == ()


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"[]", b'{"sentMessages":[{"id":true}]}', pytest.param(b'{"a":' * 200_000, id="too deep")],
)
def test_a_response_that_is_not_lines_is_unreadable(content: bytes) -> None:
    """A response that LINE does not document is an error that shows it, never a success."""
    with pytest.raises(UnreadableResponse, match=r"line\.push: expected .*status 200"):
        messaging.push(U1, TEXT, retry_key=KEY).read(reply(200, content))


def test_multicast_reads_its_result_from_the_headers() -> None:
    """A multicast has no message ids; its request id is the one that LINE's statistics take."""
    result = messaging.multicast([U1], TEXT, retry_key=KEY).read(reply(X_Line_Request_Id="r-2"))

    assert (result.request_id, result.already_accepted, result.retry_key) == ("r-2", False, KEY)


def test_followers_follow_next_and_nothing_else() -> None:
    """A short or empty page with ``next`` has a next page; a full page without it has none."""
    op = messaging.followers(page_size=300, start="abc")
    assert op.request.target == "/v2/bot/followers/ids?limit=300&start=abc"
    assert op.next_page is not None

    empty = op.read(reply(200, {"userIds": [], "next": "def"}))
    full = op.read(reply(200, {"userIds": [U1] * 300}))

    following = op.next_page(empty)
    assert following is not None
    assert following.request.target == "/v2/bot/followers/ids?limit=300&start=def"
    assert op.next_page(full) is None


@pytest.mark.parametrize(
    "body", [{}, {"userIds": None}, {"userIds": [U1, 3]}, {"userIds": [None]}, {"userIds": [], "next": 5}]
)
def test_a_page_of_anything_but_ids_is_unreadable(body: object) -> None:
    """Ids and ``next`` must be strings; other types are not converted."""
    with pytest.raises(UnreadableResponse):
        messaging.followers().read(reply(200, body))


def test_a_listing_never_loops() -> None:
    """A page whose ``next`` is its own ``start`` is an error, because the iteration would never end."""
    with pytest.raises(UnreadableResponse, match="never end"):
        messaging.followers(start="abc").read(reply(200, {"userIds": [], "next": "abc"}))


def test_403_on_followers_says_what_to_do() -> None:
    """The error of an unverified account has LINE's text and says to collect ids by webhooks."""
    found = messaging.followers().error_info(reply(403, {"message": "Access to this API is not available"}))

    assert found is not None
    assert found.error is Forbidden
    assert found.message.startswith("Access to this API is not available. ")
    assert "collect ids by webhooks" in found.message


def test_validate_gives_problems_instead_of_raising() -> None:
    """A 400 of the validate endpoint gives LINE's details as problems; () means no problem."""
    op = messaging.validate_push(TEXT)
    details = [{"property": "messages[0].text", "message": "May not be empty"}]
    bad = reply(400, {"message": "The request body has 1 error(s)", "details": details})

    assert op.request.json() == {"messages": TEXT}
    assert op.read(reply()) == ()
    assert op.error_info(bad) is None
    assert [(p.path, p.rule, p.severity) for p in op.read(bad)] == [("messages[0].text", "May not be empty", "error")]


def test_validate_keeps_a_verdict_without_details() -> None:
    """A 400 without details is a problem, never ()."""
    (problem,) = messaging.validate_push(TEXT).read(reply(400, {"message": "A message is invalid"}))

    assert (problem.path, problem.rule) == ("messages", "A message is invalid")


@pytest.mark.parametrize(
    ("message", "error", "again"),
    [
        ("You have reached your monthly limit.", QuotaExceeded, False),
        ("The API rate limit has been exceeded. Try again later.", TooManyRequests, True),
        ("Too many messages to the same user", TooManyRequests, True),
        (None, TooManyRequests, True),
    ],
)
def test_the_two_429s(message: str | None, error: type, again: bool) -> None:
    """Only the text distinguishes a used-up monthly quota; every other 429 is the rate limit and is retried."""
    found = messaging.push(U1, TEXT, retry_key=KEY).error_info(reply(429, {"message": message}))

    assert found is not None
    assert (found.error, found.retryable) == (error, again)


def test_a_rejection_carries_lines_details() -> None:
    """``details[]`` become problems; parts that LINE omits raise no error."""
    details = [{"property": "to", "message": "invalid"}, {"message": "?"}, {"property": "x"}, "no object"]
    found = messaging.push(U1, TEXT, retry_key=KEY).error_info(reply(400, {"message": "bad", "details": details}))

    assert found is not None
    assert found.error is BadRequest
    assert [(p.path, p.rule) for p in found.details][:2] == [("to", "invalid"), ("request", "?")]
    assert len(found.details) == 3


def test_any_request_keeps_the_response() -> None:
    """request() returns the response unchanged, and repeats only a request that is declared repeatable."""
    request = Request("POST", "/v2/bot/richmenu")
    plain, safe, keyed = (
        messaging.any_request(request),
        messaging.any_request(request, repeatable=True),
        messaging.any_request(request, retry_key=KEY),
    )
    response = reply(200, {"richMenuId": "r"})

    assert plain.read(response) is response
    assert (plain.repeat, safe.repeat, keyed.repeat) == (
        Idempotency.IF_REJECTED,
        Idempotency.SAFE,
        Idempotency.SAFE,
    )
    assert plain.error_info(reply(409)) is not None
    assert keyed.error_info(reply(409)) is None


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        (f"/v2/bot/user/{'U' + 'a1' * 16}/richmenu/richmenu-88c05ef6921ae53f", "/v2/bot/user/{userId}/richmenu/{id}"),
        (f"/v2/bot/profile/{'U' + 'a1' * 16}", account.profile("U").rate_limit_key.split(" ")[1]),
        (f"/v2/bot/group/{'C' + 'a1' * 16}/summary", "/v2/bot/group/{id}/summary"),
        ("/v2/bot/message/354718705033693861/content", "/v2/bot/message/{id}/content"),
        ("/v2/bot/message/push", messaging.PUSH),
        ("/oauth2/v3/token", "/oauth2/v3/token"),
    ],
)
def test_requests_of_one_endpoint_share_its_gate(path: str, endpoint: str) -> None:
    """Ids in a path do not make endpoints of their own: calls for millions of users share a few rate limits."""
    assert messaging.any_request(Request("GET", path)).rate_limit_key == f"GET {endpoint}"
