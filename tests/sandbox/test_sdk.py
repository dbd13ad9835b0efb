"""LINE's official client against the sandbox's socket: a client that did not know it would meet this."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from linetap.sandbox import Sandbox

pytest.importorskip("aiohttp", reason="the listening sandbox needs aiohttp, from the extra sandbox")
messaging = pytest.importorskip("linebot.v3.messaging", reason="the judge is line-bot-sdk, a development dependency")
insight = pytest.importorskip("linebot.v3.insight")
oauth = pytest.importorskip("linebot.v3.oauth")


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(port=0) as box:
        yield box


@pytest.fixture
def api(box: Sandbox) -> Iterator[Any]:
    # Its urllib3 would repeat a refused connection silently otherwise.
    configuration = messaging.Configuration(host=box.line_url, access_token=box.channel_access_token)
    with messaging.ApiClient(configuration) as client:
        yield messaging.MessagingApi(client)
        client.rest_client.pool_manager.clear()


def text(words: str) -> Any:
    return messaging.TextMessage(text=words)


def test_followers(box: Sandbox, api: Any) -> None:
    """The official client walks all pages, short ones included."""
    ids = box.line.add_followers(25)
    box.line.block(ids[3])
    found, start = [], None
    while True:
        page = api.get_followers(limit=10, start=start) if start else api.get_followers(limit=10)
        found += page.user_ids
        if (start := page.next) is None:
            break

    assert found == box.line.followers


def test_an_unverified_account(box: Sandbox, api: Any) -> None:
    """The official client sees 403 with LINE's envelope."""
    box.line.verified = False

    with pytest.raises(messaging.ApiException) as caught:
        api.get_followers()
    assert caught.value.status == 403


def test_push_and_its_repetition(box: Sandbox, api: Any) -> None:
    """A push by the official client arrives once, whatever its retry key is used for again."""
    [user_id] = box.line.add_followers(1)
    request = messaging.PushMessageRequest(to=user_id, messages=[text("Hi"), text("again")])
    key = str(uuid.UUID(int=5))

    response = api.push_message(request, x_line_retry_key=key)
    with pytest.raises(messaging.ApiException) as caught:
        api.push_message(request, x_line_retry_key=key)

    assert [one["text"] for one in box.line.inbox(user_id)] == ["Hi", "again"]
    assert len(response.sent_messages) == 2
    assert caught.value.status == 409
    assert messaging.ErrorResponse.from_json(caught.value.body).sent_messages == response.sent_messages


def test_multicast(box: Sandbox, api: Any) -> None:
    """A multicast by the official client reaches everybody named."""
    ids = box.line.add_followers(3)

    api.multicast(messaging.MulticastRequest(to=ids, messages=[text("Hi")]))

    assert [len(box.line.inbox(one)) for one in ids] == [1, 1, 1]


def test_validate(box: Sandbox, api: Any) -> None:
    """A message that the official client does not check is rejected with details that it can read."""
    fine = messaging.ValidateMessageRequest(messages=[text("Hi")])
    long = messaging.ValidateMessageRequest(messages=[text("x" * 6000)])

    api.validate_push(fine)
    with pytest.raises(messaging.ApiException) as caught:
        api.validate_push(long)

    [detail] = messaging.ErrorResponse.from_json(caught.value.body).details
    assert detail.var_property == "messages[0].text"


def test_profile(box: Sandbox, api: Any) -> None:
    """A profile is read by the official client; a stranger's is its NotFoundException."""
    person = box.line.add_person("愛子", picture_url="https://example.com/p.png", status_message="hi", language="ja")

    found = api.get_profile(person.user_id)
    with pytest.raises(messaging.ApiException) as caught:
        api.get_profile(box.line.foreign_id())

    assert (found.display_name, found.user_id, found.language) == ("愛子", person.user_id, "ja")
    assert caught.value.status == 404


def test_bot_and_quota(box: Sandbox, api: Any) -> None:
    """Bot info, quota and consumption are read by the official client."""
    [user_id] = box.line.add_followers(1)
    box.line.quota = 500
    api.push_message(messaging.PushMessageRequest(to=user_id, messages=[text("Hi")]))

    assert api.get_bot_info().user_id == box.line.bot["userId"]
    assert (api.get_message_quota().type, api.get_message_quota().value) == ("limited", 500)
    assert api.get_message_quota_consumption().total_usage == 1


def test_units(box: Sandbox, api: Any) -> None:
    """Aggregation units and their statistics are read by the official client."""
    ids = box.line.add_followers(20)
    request = messaging.MulticastRequest(to=ids, messages=[text("Hi")], custom_aggregation_units=["spring"])
    api.multicast(request)
    box.line.open("spring", ids)
    configuration = insight.Configuration(host=box.line_url, access_token=box.channel_access_token)
    with insight.ApiClient(configuration) as client:
        found = insight.Insight(client).get_statistics_per_unit("spring", "20260101", "20260131")
        client.rest_client.pool_manager.clear()

    assert found.overview.unique_impression == 20
    assert found.overview.unique_click is None
    assert [bubble.seq for bubble in found.messages] == [1]
    assert api.get_aggregation_unit_usage().num_of_custom_aggregation_units == 1
    assert api.get_aggregation_unit_name_list().custom_aggregation_units == ["spring"]


def test_link_token(box: Sandbox, api: Any) -> None:
    """A link token is issued to the official client."""
    [user_id] = box.line.add_followers(1)

    assert api.issue_link_token(user_id).link_token in box.line.link_tokens


def test_tokens(box: Sandbox) -> None:
    """Stateless and short-lived tokens are issued to the official client and open the API."""
    configuration = oauth.Configuration(host=box.line_url)
    with oauth.ApiClient(configuration) as client:
        tokens = oauth.ChannelAccessToken(client)
        stateless = tokens.issue_stateless_channel_token_by_client_secret(box.channel_id, box.channel_secret)
        short = tokens.issue_channel_token("client_credentials", box.channel_id, box.channel_secret)
        verified = tokens.verify_channel_token(short.access_token)
        tokens.revoke_channel_token(short.access_token)
        client.rest_client.pool_manager.clear()

    assert (stateless.expires_in, verified.client_id) == (900, box.channel_id)
    assert box.line.is_valid(stateless.access_token)
    assert not box.line.is_valid(short.access_token)


def test_every_message_kind_of_the_official_client_arrives(box: Sandbox, api: Any) -> None:
    """Image, video, sticker, location and flex as the official models write them are accepted."""
    [user_id] = box.line.add_followers(1)
    url = "https://example.com/a.jpg"
    flex = messaging.FlexContainer.from_dict(
        {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "Hi"}]}}
    )
    kinds = [
        messaging.ImageMessage(original_content_url=url, preview_image_url=url),
        messaging.VideoMessage(original_content_url=url, preview_image_url=url, tracking_id="t-1"),
        messaging.StickerMessage(package_id="446", sticker_id="1988"),
        messaging.LocationMessage(title="Shop", address="Tokyo", latitude=35.6, longitude=139.7),
        messaging.FlexMessage(alt_text="Hi", contents=flex),
    ]

    api.push_message(messaging.PushMessageRequest(to=user_id, messages=kinds))

    assert [one["type"] for one in box.line.inbox(user_id)] == ["image", "video", "sticker", "location", "flex"]
