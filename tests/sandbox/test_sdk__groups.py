"""LINE's official client drives the endpoints of the groups: its results are those of linetap's client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from linetap import LineClient, RawMessage
from linetap.sandbox import Sandbox
from tests.sandbox.line.test_assertions import assertion, registered
from tests.sandbox.test_sdk import api as api
from tests.sandbox.test_sdk import box as box
from tests.sandbox.test_sdk import text

messaging = pytest.importorskip("linebot.v3.messaging", reason="line-bot-sdk, a development dependency, is absent")
insight = pytest.importorskip("linebot.v3.insight")
oauth = pytest.importorskip("linebot.v3.oauth")

DAY, TEXT_DAY = date(2026, 1, 1), "20260101"


@pytest.fixture
def line(box: Sandbox) -> Iterator[LineClient]:
    with LineClient(box.channel_access_token, base_url=box.line_url) as line:
        yield line


@pytest.fixture
def statistics(box: Sandbox) -> Iterator[Any]:
    """The official client of insight."""
    configuration = insight.Configuration(host=box.line_url, access_token=box.channel_access_token)
    with insight.ApiClient(configuration) as client:
        yield insight.Insight(client)
        client.rest_client.pool_manager.clear()


@pytest.fixture
def tokens(box: Sandbox) -> Iterator[Any]:
    """The official client of channel access tokens."""
    with oauth.ApiClient(oauth.Configuration(host=box.line_url)) as client:
        yield oauth.ChannelAccessToken(client)
        client.rest_client.pool_manager.clear()


def same(ours: Any, theirs: Any) -> None:
    """Each property that their model has is the same in our value."""
    given = theirs.to_dict()
    assert given
    for name, value in given.items():
        assert getattr(ours, _snake(name)) == value, name


def _snake(name: str) -> str:
    found = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    for number in ("25", "50", "75", "100"):
        found = found.replace(f"{number}_", f"_{number}_")
    return found


def test_the_webhook_endpoint(box: Sandbox, api: Any, line: LineClient) -> None:
    """What one client sets the other one reads, and both see the same result of LINE's test."""
    api.set_webhook_endpoint(messaging.SetWebhookEndpointRequest(endpoint="https://shop.example/line"))
    same(line.webhook_endpoint.get(), api.get_webhook_endpoint())

    statuses = iter([200, 200, 503, 503])
    box.line.webhook_receiver = lambda request: next(statuses)
    for success in (True, False):
        ours, theirs = line.webhook_endpoint.test(), api.test_webhook_endpoint(messaging.TestWebhookEndpointRequest())
        assert (ours.success, ours.status_code, ours.reason) == (success, theirs.status_code, theirs.reason)
        assert (theirs.success, theirs.detail) == (success, ours.detail)


def test_statistics_of_a_day(box: Sandbox, api: Any, statistics: Any, line: LineClient) -> None:
    """Followers, deliveries and counts of a day are the same for both, on a day that is counted and on another."""
    ids = box.line.add_followers(3)
    box.line.block(ids[0])
    line.push(ids[1], "Hello")
    line.broadcast("Hello")
    for ready in (False, True):
        same(line.insight.followers(DAY), statistics.get_number_of_followers(TEXT_DAY))
        same(line.insight.deliveries(DAY), statistics.get_number_of_message_deliveries(TEXT_DAY))
        for kind in ("push", "multicast", "broadcast", "reply"):
            counted = getattr(api, f"get_number_of_sent_{kind}_messages")(TEXT_DAY)
            same(line.delivery_counts(kind, DAY), counted)
            assert (counted.status == "ready") is ready
        box.clock.advance(days=1)


def test_statistics_of_messages(box: Sandbox, statistics: Any, line: LineClient) -> None:
    """The events of a broadcast, the statistics of a unit and the demographics are the same for both."""
    ids = [box.line.add_person(traits={"gender": "female", "appType": "ios"}).user_id for _ in range(25)]
    request_id = line.broadcast(["Hello", "again"]).request_id or ""
    line.multicast(ids, "Hello", aggregation_unit="spring")
    box.line.open_broadcast(request_id, ids)
    box.line.open("spring", ids[:19])

    theirs, ours = statistics.get_message_event(request_id), line.insight.message_events(request_id)
    same(ours, theirs.overview)
    assert (
        [bubble.impression for bubble in ours.messages] == [bubble.impression for bubble in theirs.messages] == [25] * 2
    )
    unit = statistics.get_statistics_per_unit("spring", TEXT_DAY, TEXT_DAY)
    ours_of_unit = line.insight.unit_statistics("spring", DAY, DAY)
    assert ours_of_unit.unique_impression is unit.overview.unique_impression is None
    assert ours_of_unit.reason
    for bubble, other in zip(ours_of_unit.messages, unit.messages, strict=True):
        same(bubble, other)
    demographics = statistics.get_friends_demographics()
    assert line.insight.demographics().genders == {tile.gender: tile.percentage for tile in demographics.genders}
    assert line.insight.demographics().app_types == {"ios": 100.0}


def test_units(box: Sandbox, api: Any, line: LineClient) -> None:
    """Both clients see the same number and names of units, also over more than one page."""
    [user_id] = box.line.add_followers(1)
    for number in range(101):
        line.push(user_id, "Hello", aggregation_unit=f"unit_{number}")

    assert line.units.used() == api.get_aggregation_unit_usage().num_of_custom_aggregation_units == 101
    first = api.get_aggregation_unit_name_list(limit="100")
    rest = api.get_aggregation_unit_name_list(limit="100", start=first.next)
    assert line.units.names() == (*first.custom_aggregation_units, *rest.custom_aggregation_units)


def test_broadcast_and_reply(box: Sandbox, api: Any, line: LineClient) -> None:
    """A broadcast and a reply of the official client arrive as those of linetap do."""
    [user_id] = box.line.add_followers(1)
    api.broadcast(messaging.BroadcastRequest(messages=[text("Hello")]))
    line.broadcast("Hello")
    sent = []
    for token in ("first", "second"):
        box.line.reply_tokens[token] = (user_id, box.clock.now())
    request = messaging.ReplyMessageRequest(reply_token="first", messages=[text("Yes")])
    sent += [each.id for each in api.reply_message(request).sent_messages]
    sent += [each.id for each in line.reply("second", "Yes").sent_messages]

    assert [each["text"] for each in box.line.inbox(user_id)] == ["Hello", "Hello", "Yes", "Yes"]
    assert len({*sent}) == 2
    with pytest.raises(messaging.ApiException, match="Invalid reply token"):
        api.reply_message(request)


@pytest.mark.parametrize("kind", ["push", "multicast", "narrowcast", "broadcast", "reply"])
def test_validation(api: Any, line: LineClient, kind: str) -> None:
    """Both clients see the same problems of messages, for each kind of sending."""
    method = getattr(api, f"validate_{kind}")
    method(messaging.ValidateMessageRequest(messages=[text("Hi")]))
    with pytest.raises(messaging.ApiException) as caught:
        method(messaging.ValidateMessageRequest(messages=[text("x" * 6000), text("")]))

    details = messaging.ErrorResponse.from_json(caught.value.body).details
    ours = getattr(line.validate, kind)(["x" * 6000, RawMessage({"type": "text", "text": ""})])
    assert [(each.path, each.rule) for each in ours] == [(each.var_property, each.message) for each in details]
    assert getattr(line.validate, kind)("Hi") == ()


def test_tokens(box: Sandbox, tokens: Any, line: LineClient) -> None:
    """Tokens that the official client gets for a JWT work, and both clients read, list and revoke the same ones."""
    registered(box)
    jwt = assertion(box, token_exp=3600)
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    made = tokens.issue_channel_token_by_jwt("client_credentials", kind, jwt)
    stateless = tokens.issue_stateless_channel_token_by_jwt_assertion(jwt)

    for token in (made.access_token, stateless.access_token):
        with LineClient(token, base_url=box.line_url) as other:
            assert other.bot_info().user_id == box.line.bot["userId"]
    same(line.tokens.verify(made.access_token), tokens.verify_channel_token_by_jwt(made.access_token))
    assert tokens.gets_all_valid_channel_access_token_key_ids(kind, jwt).kids == [made.key_id]
    line.tokens.revoke(box.channel_id, box.channel_secret, made.access_token)
    assert tokens.gets_all_valid_channel_access_token_key_ids(kind, jwt).kids == []
    assert line.tokens.verify(made.access_token) is None
