"""LineClient: every method against the sandbox, and the arguments that raise before anything is sent."""

from __future__ import annotations

import copy
import os
import pickle
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
import requests

from linetap import Delivery, ProfileField, RetryPolicy, Timeout
from linetap.errors import (
    BadArgument,
    BadRequest,
    Conflict,
    Forbidden,
    NoResponse,
    QuotaExceeded,
    ServerError,
    Unauthorized,
)
from linetap.line.api.retry_keys import retry_key_for
from linetap.line.client import LineClient
from linetap.line.messages.kinds import ImageMessage, TextMessage
from linetap.line.tokens import StatelessToken
from linetap.sandbox import Sandbox

KEY = "123e4567-e89b-12d3-a456-426614174000"
GROUP = "C" + "1" * 32


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def line(box: Sandbox) -> LineClient:
    return client(box)


def client(box: Sandbox, token: Any = None, **options: Any) -> LineClient:
    options = {"session": box.session(), "sleep": lambda seconds: None, **options}
    return LineClient(token or box.channel_access_token, **options)


def test_followers_are_walked_page_by_page(box: Sandbox, line: LineClient) -> None:
    """Ids come as str, one request a page, and no request before the first step."""
    ids = box.line.add_followers(25)

    followers = line.followers(page_size=10)
    assert box.journal.of("followers") == []

    assert list(islice(followers, 3)) == ids[:3]
    assert len(box.journal.of("followers")) == 1
    assert list(followers) == ids
    assert [page.user_ids for page in followers.pages()][2] == tuple(ids[20:])


def test_a_listing_continues_from_a_page(box: Sandbox, line: LineClient) -> None:
    """``start`` takes the ``next`` of an earlier page and continues after that page."""
    ids = box.line.add_followers(25)
    first = next(line.followers(page_size=10).pages())

    assert list(line.followers(page_size=10, start=first.next)) == ids[10:]


def test_an_unverified_account_is_reported_at_the_first_step(box: Sandbox, line: LineClient) -> None:
    """The 403 is raised at the first step of the iteration, not at the call, and its text says to collect ids by
    webhooks.
    """
    box.line.verified = False
    followers = line.followers()

    with pytest.raises(Forbidden, match="collect ids by webhooks"):
        next(iter(followers))


@pytest.mark.parametrize(
    "wrong", [{"page_size": 0}, {"page_size": 1001}, {"page_size": True}, {"start": ""}, {"start": 5}]
)
def test_a_walk_that_cannot_begin(box: Sandbox, line: LineClient, wrong: dict[str, Any]) -> None:
    """A page size or start that LINE would reject raises at the call."""
    with pytest.raises(BadArgument, match=next(iter(wrong))):
        line.followers(**wrong)


def test_a_push_arrives(box: Sandbox, line: LineClient) -> None:
    """A text as a str, or several messages, arrive unchanged; the result has message ids, request id and key."""
    [user] = box.line.add_followers(1)

    result = line.push(user, ["Hello", ImageMessage("https://example.com/a.png", "https://example.com/b.png")])

    assert [message["type"] for message in box.line.inbox(user)] == ["text", "image"]
    assert len(result.sent_messages) == 2
    assert (result.already_accepted, result.attempts) == (False, 1)
    assert result.request_id
    assert UUID(result.retry_key or "")


def test_a_lost_response_does_not_double(box: Sandbox, line: LineClient) -> None:
    """LINE accepted a push and the response was lost: one message arrives, and the caller gets a normal result."""
    [user] = box.line.add_followers(1)
    box.faults.add("line.push", cut="after", taken=True)

    result = line.push(user, "Hello")

    assert (result.already_accepted, result.attempts) == (True, 2)
    assert len(box.line.inbox(user)) == 1
    assert len({entry.headers["x-line-retry-key"] for entry in box.journal.of("push")}) == 1


def test_a_stable_key_makes_a_second_run_harmless(box: Sandbox, line: LineClient) -> None:
    """The same key again within 24 hours sends nothing, and the result is already_accepted."""
    [user] = box.line.add_followers(1)
    key = retry_key_for("order", 17)

    first, second = (line.push(user, "Your order", retry_key=key) for _ in range(2))

    assert (first.already_accepted, second.already_accepted) == (False, True)
    assert first.request_id == second.request_id
    assert len(box.line.inbox(user)) == 1


def test_a_delivery_is_sent_completely(box: Sandbox, line: LineClient) -> None:
    """push_delivery sends a delivery's options and retry key too, and nothing but a Delivery is accepted."""
    [user] = box.line.add_followers(1)
    delivery = Delivery(user, "Hello", KEY, notification_disabled=True, aggregation_unit="spring")

    result, again = line.push_delivery(delivery), line.push_delivery(delivery)

    entry = box.journal.of("push")[0]
    body = entry.json()
    assert (body["to"], body["notificationDisabled"], body["customAggregationUnits"]) == (user, True, ["spring"])
    assert entry.headers["x-line-retry-key"] == result.retry_key == KEY
    assert (again.already_accepted, len(box.line.inbox(user))) == (True, 1)
    with pytest.raises(BadArgument, match="delivery must be a Delivery"):
        line.push_delivery((user, "Hello"))  # type: ignore[arg-type]


def test_without_a_response_the_error_has_the_key(box: Sandbox) -> None:
    """Where no attempt gets a response, the error has the key, so that the caller can repeat the push without a
    second message.
    """
    [user] = box.line.add_followers(1)
    box.faults.add("line.push", cut="before", times=9)

    with pytest.raises(NoResponse) as caught:
        client(box, retry=RetryPolicy(attempts=2)).push(user, "Hello", retry_key=KEY)

    assert (caught.value.retry_key, caught.value.attempts) == (KEY, 2)


@pytest.mark.parametrize(
    ("to", "messages", "path"),
    [
        ("N.A", "Hello", "to"),
        ("", "Hello", "to"),
        (None, "Hello", "to"),
        (["U" + "1" * 32], "Hello", "to"),
        ("U" + "1" * 32, [], "messages"),
        ("U" + "1" * 32, ["a"] * 6, "messages"),
        ("U" + "1" * 32, "", r"messages\[0\]\.text"),
        ("U" + "1" * 32, "a" * 5001, r"messages\[0\]\.text"),
        ("U" + "1" * 32, "👍" * 2501, r"messages\[0\]\.text"),
        ("U" + "1" * 32, [5], r"messages\[0\]"),
        ("U" + "1" * 32, {"type": "text", "text": "x"}, "messages"),
    ],
)
def test_what_line_would_reject_is_not_sent(box: Sandbox, line: LineClient, to: Any, messages: Any, path: str) -> None:
    """Recipients and messages are checked before anything is sent; the error has the path of the argument."""
    with pytest.raises(BadArgument, match=rf"(?m)^\s*{path}:? "):
        line.push(to, messages)

    assert len(box.journal) == 0


def test_all_problems_come_at_once(box: Sandbox, line: LineClient) -> None:
    """One error has the problems of recipient, text and aggregation unit."""
    with pytest.raises(BadArgument) as caught:
        line.push("N.A", "a" * 5001, aggregation_unit="spring-sale")

    paths = {problem.path for problem in caught.value.problems}
    assert {"to", "messages[0].text"} < paths
    assert any(path.startswith("customAggregationUnits") for path in paths)
    assert all(problem.page.startswith("https://developers.line.biz/") for problem in caught.value.problems)


def test_a_missing_message_hides_no_other_problem(box: Sandbox, line: LineClient) -> None:
    """Where the messages are missing, a wrong recipient is reported too."""
    with pytest.raises(BadArgument) as caught:
        line.push("N.A", [])

    assert [problem.path for problem in caught.value.problems] == ["to", "messages"]


@pytest.mark.parametrize("to", [None, "U" + "1" * 32])
def test_a_standing_field_is_rejected(box: Sandbox, line: LineClient, to: str | None) -> None:
    """A message or a recipient with a field that was not filled is never sent."""
    name = ProfileField("Name")

    with pytest.raises(BadArgument, match=r"[Ff]ill it first"):
        line.push(to or f"{ProfileField('LineID')}", "Hello" if to is None else f"Hello {name}")
    with pytest.raises(BadArgument, match=r"[Ff]ill it first"):
        line.multicast(["U" + "1" * 32], [TextMessage(f"Hello {name}")])
    with pytest.raises(BadArgument, match=r"[Ff]ill it first"):
        line.validate_push(f"Hello {name}")
    assert len(box.journal) == 0


def test_a_multicast_reaches_each_person_once(box: Sandbox, line: LineClient) -> None:
    """A user id that is given twice gets one message; the request has each id once, in the order of the call."""
    ids = box.line.add_followers(3)

    result = line.multicast([ids[2], ids[0], ids[2], ids[1]], "Hello")

    assert box.journal.of("multicast")[0].json()["to"] == [ids[2], ids[0], ids[1]]
    assert [len(box.line.inbox(user)) for user in ids] == [1, 1, 1]
    assert result.request_id


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ("U" + "1" * 32, "sequence of user ids"),
        ([], "1 to 500"),
        ([f"U{n:032x}" for n in range(501)], "1 to 500"),
        ([GROUP], r"to\[0\]"),
        (["U" + "1" * 32, "N.A"], r"to\[1\]"),
        ([["U" + "1" * 32]], r"to\[0\]"),
        (["U" + "1" * 32, "U" + "1" * 32, None], r"to\[2\]"),
        ({"U" + "1" * 32}, "sequence of user ids"),
    ],
)
def test_a_multicast_has_1_to_500_users(box: Sandbox, line: LineClient, to: Any, found: str) -> None:
    """A str, no recipient, too many, a group or a placeholder raises with its position; nothing is sent."""
    with pytest.raises(BadArgument, match=found):
        line.multicast(to, "Hello")

    assert len(box.journal) == 0


def test_a_multicast_reports_all_its_problems(box: Sandbox, line: LineClient) -> None:
    """Recipients, by their position in the caller's list, and messages are checked together."""
    ids = box.line.add_followers(1)

    with pytest.raises(BadArgument) as caught:
        line.multicast([*ids, *ids, "N.A", GROUP], "")

    assert [problem.path for problem in caught.value.problems] == ["to[2]", "to[3]", "messages[0].text"]


def test_an_empty_key_is_no_missing_key(box: Sandbox, line: LineClient) -> None:
    """An empty retry key raises: a random key in its place would not be the one that the caller stored."""
    [user] = box.line.add_followers(1)

    for send in (lambda: line.push(user, "x", retry_key=""), lambda: line.multicast([user], "x", retry_key="")):
        with pytest.raises(BadArgument, match="retry_key"):
            send()


def test_500_after_dropping_doubles_is_fine(box: Sandbox, line: LineClient) -> None:
    """The limit counts different user ids."""
    ids = box.line.add_followers(500)

    line.multicast([*ids, ids[0]], "Hello")

    assert len(box.journal.of("multicast")[0].json()["to"]) == 500


def test_validate_asks_line(box: Sandbox, line: LineClient) -> None:
    """LINE's verdict is returned as problems, and nothing is sent, even for messages that break linetap's own rules."""
    [user] = box.line.add_followers(1)

    assert line.validate_push("Hello") == ()
    assert [problem.path for problem in line.validate_push(["a"] * 6)] == ["messages"]
    assert box.line.inbox(user) == []


def test_profiles(box: Sandbox, line: LineClient) -> None:
    """A follower has a profile; a user who blocked the account has none; an id that is not a user's raises before
    any request.
    """
    known, gone = box.line.add_followers(2, names=["สมชาย ใจดี", "B"])
    box.line.block(gone)

    profile = line.profile(known)
    assert profile is not None
    assert (profile.user_id, profile.display_name) == (known, "สมชาย ใจดี")
    assert line.profile(gone) is None
    with pytest.raises(BadArgument, match="user_id"):
        line.profile(GROUP)


def test_bot_quota_and_link_token(box: Sandbox, line: LineClient) -> None:
    """The account, its quota and a link token are one call each."""
    [user] = box.line.add_followers(1)
    box.line.quota, box.line.used = 1000, 400

    assert line.bot_info().user_id.startswith("U")
    assert (line.quota().limit, line.quota().used, line.quota().remaining) == (1000, 400, 600)
    assert line.tokens.issue_link_token(user)
    with pytest.raises(BadArgument, match="user_id"):
        line.tokens.issue_link_token("me")


def test_a_broadcast_reaches_each_follower_once(box: Sandbox, line: LineClient) -> None:
    """A broadcast has a retry key of its own, and a lost response sends nothing twice."""
    users = box.line.add_followers(3)
    box.faults.add("line.broadcast", cut="after", taken=True)

    result = line.broadcast("Hello", notification_disabled=True)

    assert (result.already_accepted, [len(box.line.inbox(user)) for user in users]) == (True, [1, 1, 1])
    assert UUID(result.retry_key or "")
    assert box.journal.of("broadcast")[0].json()["notificationDisabled"] is True
    with pytest.raises(BadArgument, match=r"messages\[0\]"):
        line.broadcast("")


def test_a_reply_is_sent_once(box: Sandbox, line: LineClient) -> None:
    """A reply token works once, within a minute, without a retry key; a reply without a response is not repeated."""
    [user] = box.line.add_followers(1)
    events = [box.line.webhooks.message(user, "Hi")["replyToken"] for _ in range(3)]

    assert len(line.reply(events[0], ["Hello", "again"]).sent_messages) == 2
    assert "x-line-retry-key" not in box.journal.of("reply")[0].headers
    with pytest.raises(BadRequest, match="Invalid reply token"):
        line.reply(events[0], "Hello")
    box.faults.add("line.reply", cut="after", taken=True)
    with pytest.raises(NoResponse):
        line.reply(events[1], "Hello")
    box.clock.advance(seconds=61)
    with pytest.raises(BadRequest, match="Invalid reply token"):
        line.reply(events[2], "Hello")
    assert len(box.line.inbox(user)) == 3
    with pytest.raises(BadArgument, match="reply_token"):
        line.reply("", "Hello")


@pytest.mark.parametrize(("kind", "day", "path"), [("pull", date(2026, 1, 1), "kind"), ("push", "20260101", "day")])
def test_counts_are_asked_for_a_kind_and_a_day(line: LineClient, kind: str, day: Any, path: str) -> None:
    """An unknown kind, or a day that is not a date, raises."""
    with pytest.raises(BadArgument, match=path):
        line.delivery_counts(kind, day)


def test_a_used_up_month_is_quota_exceeded(box: Sandbox, line: LineClient) -> None:
    """The 429 for the monthly quota is QuotaExceeded and is not retried."""
    [user] = box.line.add_followers(1)
    box.line.quota = box.line.used = 5

    with pytest.raises(QuotaExceeded):
        line.push(user, "Hello")

    assert len(box.journal.of("push")) == 1


@pytest.mark.parametrize(
    ("unit", "since", "until", "path"),
    [
        ("spring", datetime(2026, 3, 1), date(2026, 3, 2), "since"),
        ("spring", date(2026, 3, 1), "20260302", "until"),
        ("spring", date(2026, 3, 2), date(2026, 3, 1), "until"),
        ("spring", date(2026, 3, 1), date(2026, 4, 1), "until"),
        ("spring-sale", date(2026, 3, 1), date(2026, 3, 2), "customAggregationUnits"),
    ],
)
def test_statistics_are_asked_for_days(line: LineClient, unit: Any, since: Any, until: Any, path: str) -> None:
    """Dates must be dates, at most 30 days apart; a unit's name must have LINE's characters."""
    with pytest.raises(BadArgument, match=path):
        line.insight.unit_statistics(unit, since, until)


def test_stateless_tokens_are_issued_and_renewed(box: Sandbox) -> None:
    """Many calls use one token; a new one is issued before it expires, and after a 401."""
    now = [0.0]
    line = client(box, StatelessToken(box.channel_id, box.channel_secret), clock=lambda: now[0])

    line.bot_info()
    line.bot_info()
    assert len(box.journal.of("issue_stateless_token")) == 1

    now[0] += 850
    line.bot_info()
    assert len(box.journal.of("issue_stateless_token")) == 2

    box.faults.add("line.bot_info", status=401)
    line.bot_info()
    assert len(box.journal.of("issue_stateless_token")) == 3


def test_a_wrong_token_is_unauthorized_and_unseen(box: Sandbox) -> None:
    """A token that LINE does not know raises Unauthorized, and the error does not show it."""
    with pytest.raises(Unauthorized) as caught:
        client(box, "CANARY-token").bot_info()

    assert "CANARY" not in str(caught.value)
    assert "CANARY" not in repr(client(box, "CANARY-token").__dict__)


@pytest.mark.parametrize("token", ["", " ", None, 5, "a b"])
def test_an_empty_token_is_rejected_at_once(token: Any) -> None:
    """A client cannot be made without a token."""
    with pytest.raises(BadArgument, match="channel_access_token"):
        LineClient(token)


def test_any_request(box: Sandbox, line: LineClient) -> None:
    """request() reaches an endpoint without a method of its own with the same token, and raises the same errors."""
    assert line.request("get", "/v2/bot/info").json()["userId"] == line.bot_info().user_id
    box.faults.add("line.push", status=409)
    body = {"to": box.line.add_followers(1)[0], "messages": [{"type": "text", "text": "x"}]}
    with pytest.raises(Conflict):
        line.request("POST", "/v2/bot/message/push", json=body)
    with pytest.raises(BadRequest):
        line.request("POST", "/v2/bot/message/push", json={})


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"method": "GET x"}, "method"),
        ({"path": "https://example.com/"}, "path"),
        ({"path": "//example.com/"}, "path"),
        ({"path": "v2/bot"}, "path"),
        ({"path": "/v2/bot?x=1"}, "path"),
        ({"path": "/v2/b ot"}, "path"),
        ({"path": "/v2/bot\r\nX: y"}, "path"),
        ({"host": "example.com"}, "host"),
        ({"json": {}, "content": b""}, "content"),
        ({"json": {"x": float("nan")}}, "json"),
        ({"retry_key": "order-17"}, "retry_key"),
    ],
)
def test_a_request_cannot_leave_for_elsewhere(line: LineClient, given: dict[str, Any], path: str) -> None:
    """The token is sent to LINE's hosts only: a path has no host, and a host is given by name."""
    with pytest.raises(BadArgument, match=path):
        line.request(**{"method": "POST", "path": "/v2/bot/info", **given})


def test_with_options_shares_what_it_should(box: Sandbox, line: LineClient) -> None:
    """with_options returns a client with the same token, address and connections; the first client keeps its limits."""
    box.faults.add("line.bot_info", status=500, times=2)
    once = line.with_options(retry=RetryPolicy(attempts=1), timeout=Timeout(read=1.0))

    assert repr(once) == repr(line)
    with pytest.raises(ServerError):
        once.bot_info()
    assert line.bot_info().user_id


def test_from_env(monkeypatch: pytest.MonkeyPatch, box: Sandbox) -> None:
    """A token, or id and secret, are read from the environment under a prefix; the address too."""
    monkeypatch.setenv("BRAND_B_LINE_CHANNEL_ID", box.channel_id)
    monkeypatch.setenv("BRAND_B_LINE_CHANNEL_SECRET", box.channel_secret)
    monkeypatch.setenv("LINETAP_LINE_CHANNEL_ACCESS_TOKEN", "CANARY")
    monkeypatch.setenv("LINETAP_LINE_BASE_URL", "http://127.0.0.1:9")

    assert LineClient.from_env("BRAND_B_", session=box.session()).bot_info().user_id
    assert repr(LineClient.from_env()) == "LineClient(http://127.0.0.1:9)"


@pytest.mark.parametrize("name", [None, "LINETAP_LINE_CHANNEL_ID", "LINETAP_LINE_CHANNEL_SECRET"])
def test_an_environment_that_is_not_set_names_the_variables(monkeypatch: pytest.MonkeyPatch, name: str | None) -> None:
    """The error names the missing variables and the remedy, and shows no value."""
    if name:
        monkeypatch.setenv(name, "CANARY")

    with pytest.raises(BadArgument, match="must have LINETAP_LINE_CHANNEL_ACCESS_TOKEN") as caught:
        LineClient.from_env()

    assert "et them for this process, or pass a channel_access_token" in str(caught.value)
    assert "CANARY" not in str(caught.value)


def test_a_client_is_not_pickled_or_copied(line: LineClient) -> None:
    """Pickling or copying a client raises, and the error says how another process gets one."""
    for attempt in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="from_env"):
            attempt(line)


def test_a_client_closes_only_its_own_connections(box: Sandbox) -> None:
    """As a context manager a client closes its own connections; a session passed in stays open."""
    session = box.session()
    with LineClient(box.channel_access_token, session=session) as line:
        line.bot_info()

    assert isinstance(session, requests.Session)
    assert client(box, session=session).bot_info()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_a_client_works_in_a_forked_child() -> None:
    """A client that was made and used before a fork works in the child, on connections of its own."""
    with Sandbox(port=0) as box:
        line = box.line_client()
        line.bot_info()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writing, line.bot_info().user_id.encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        os.close(writing)
        with os.fdopen(reading) as said:
            assert said.read() == line.bot_info().user_id
