"""CleverTap's webhook calls: every documented shape, keys that are not documented, and the test call."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from linetap import BadArgument, Campaign
from linetap.clevertap import CleverTapWebhook, read_clevertap_webhook

LINE_ID = "U" + "0" * 32
CAMEL = {
    "identity": "cust-1",
    "all_identities": ["cust-1", "old-1"],
    "email": "aiko@example.com",
    "objectId": "device-1",
    "phone": "+818000000000",
    "name": "Aiko",
    "push_token": "token",
    "systemProfileData": {"smsSubscription": "Subscribed", "timezone": "Asia/Tokyo", "latitude": 35.6},
    "profileData": {"LineID": LINE_ID, "tags": ["a", "b"], "ts": 1767225600000, "vip": True},
    "event_properties": {"date": "$D_1767225600"},
    "session_props": {"utm_source": "line"},
}
CAPITALISED = {
    "Identity": "cust-1",
    "Email": "aiko@example.com",
    "ObjectId": "device-1",
    "ProfileData": {"LineID": LINE_ID},
    "Event_properties": {"date": "$D_1767225600"},
    "Push_token": "token",
}


def read(body: Any, headers: Any = None) -> CleverTapWebhook:
    return read_clevertap_webhook(json.dumps(body).encode(), headers)


def test_the_test_call_is_recognised() -> None:
    """The call that CleverTap makes when a template is saved has is_test, whatever its targetId is."""
    people = [{"Identity": "UserId", "Email": "User@user.com", "push_token": "Token"}] * 5
    call = read({"is_test": True, "targetId": 1234, "key_values": {"key": "value"}, "profiles": people})
    assert (call.kind, call.is_test, call.campaign_id, len(call.profiles)) == ("campaign", True, "1234", 5)
    assert call.profiles[0].key_values == {"key": "value"}
    assert not read({"targetId": 1234, "profiles": people}).is_test
    assert not read({"is_test": False, "targetId": 1234, "profiles": people}).is_test


def test_a_broadcast_has_every_documented_value() -> None:
    """The long sample with lower camel keys is read in full, and nothing of it is unknown."""
    call = read({"targetId": 101, "key_values": {"a": "1"}, "profiles": [CAMEL | {"key_values": {"b": "2"}}]})
    (profile,) = call.profiles
    assert (call.kind, call.is_broadcast, call.campaign_id, call.unknown) == ("campaign", True, "101", {})
    assert (profile.identity, profile.all_identities, profile.object_id) == ("cust-1", ("cust-1", "old-1"), "device-1")
    assert (profile.email, profile.phone, profile.name) == ("aiko@example.com", "+818000000000", "Aiko")
    assert profile.push_token == "token"
    assert profile.properties == CAMEL["profileData"]
    assert profile.system_properties == CAMEL["systemProfileData"]
    assert profile.event_properties == CAMEL["event_properties"]
    assert profile.session_properties == CAMEL["session_props"]
    assert profile.key_values == {"a": "1", "b": "2"}
    assert profile.unknown == {}


@pytest.mark.parametrize("as_array", [True, False])
def test_capitalised_keys_and_a_single_object_are_read(as_array: bool) -> None:
    """Capitalised keys, as an array or as one object, give the same values."""
    call = read({"targetId": 101, "profiles": [CAPITALISED] if as_array else CAPITALISED})
    (profile,) = call.profiles
    assert call.is_broadcast is as_array
    assert (profile.identity, profile.object_id, profile.push_token) == ("cust-1", "device-1", "token")
    assert profile.properties == {"LineID": LINE_ID}
    assert profile.event_properties == {"date": "$D_1767225600"}
    assert (profile.unknown, call.unknown) == ({}, {})


@pytest.mark.parametrize(
    ("top", "own", "want"),
    [
        ({"k": "1"}, None, {"k": "1"}),
        (None, {"k": "2"}, {"k": "2"}),
        ({"k": "1", "a": "x"}, {"k": "2"}, {"k": "2", "a": "x"}),
        (None, None, {}),
    ],
)
def test_key_values_may_be_in_either_place(top: Any, own: Any, want: Any) -> None:
    """Pairs of the call and of the profile are merged; the profile's take precedence."""
    profile = {"identity": "cust-1"} | ({} if own is None else {"key_values": own})
    body = {"targetId": 1, "profiles": [profile]} | ({} if top is None else {"key_values": top})
    assert read(body).profiles[0].key_values == want


def test_a_post_action_webhook_has_its_payload() -> None:
    """The webhook after a delivered push is recognised by its payload."""
    payload = {"title": "Sale", "body": "Today", "kvs": {"wzrk_id": "1"}}
    call = read({"targetId": 7, "profiles": [{"identity": "cust-1", "objectId": "d", "payload": payload}]})
    assert (call.kind, call.profiles[0].payload) == ("post_action", payload)


@pytest.mark.parametrize("name", ["clientRewardId", "webhookWalletId"])
def test_a_reward_has_no_target(name: str) -> None:
    """A reward has one profile object, its campaign in the reward, and custom metadata."""
    reward = {name: "r-1", "campaignId": 55, "credits": 10}
    profile = {"email": "aiko@example.com", "identity": "cust-1", "phone": "1", "objectId": "d"}
    call = read({"profiles": profile, "reward": reward, "customMetadata": {"shop": "Osaka"}})
    assert (call.kind, call.campaign_id, call.custom_metadata) == ("reward", "55", {"shop": "Osaka"})
    assert (call.reward, call.profiles[0].identity) == (reward, "cust-1")


@pytest.mark.parametrize("body", [{"to": LINE_ID, "messages": []}, {}, [], [1, {"a": None}], "text", 7, None, True])
def test_a_custom_body_may_be_any_json(body: Any) -> None:
    """JSON that has none of CleverTap's own parts is a custom body, whole in raw."""
    call = read(body)
    assert (call.kind, call.raw, call.profiles) == ("custom", body, ())


def test_a_custom_body_may_be_plain_text() -> None:
    """With a text/plain header a body that is not JSON is text; without it BadArgument is raised."""
    for headers in ({"Content-Type": "text/plain; charset=utf-8"}, [(b"content-type", b"text/plain")]):
        assert read_clevertap_webhook("สวัสดี {".encode(), headers).raw == "สวัสดี {"
    with pytest.raises(BadArgument, match="body must be JSON"):
        read_clevertap_webhook(b"hello {", {"Content-Type": "application/json"})


def test_what_is_not_documented_is_kept() -> None:
    """Unknown keys, and values of another type, are in unknown as they came."""
    call = read({"targetId": 1, "journeyId": 9, "key_values": "odd", "profiles": [{"identity": ["x"], "Tier": "gold"}]})
    assert call.unknown == {"journeyId": 9, "key_values": "odd"}
    assert call.profiles[0].unknown == {"identity": ["x"], "Tier": "gold"}
    assert call.profiles[0].identity is None


def test_two_spellings_of_a_key_lose_nothing() -> None:
    """Of email and Email the first is read, and the other is kept."""
    profile = read({"targetId": 1, "profiles": [{"email": "a", "Email": "b"}]}).profiles[0]
    assert (profile.email, profile.unknown) == ("a", {"Email": "b"})


def test_ids_of_digits_are_text() -> None:
    """An identity, phone or targetId that came as a number is text."""
    profile = read(
        {"targetId": 1, "profiles": [{"identity": 42, "phone": 818000000000, "all_identities": [42]}]}
    ).profiles[0]
    assert (profile.identity, profile.phone, profile.all_identities) == ("42", "818000000000", ("42",))


def test_a_profile_fills_a_campaign() -> None:
    """flat() gives the values that a campaign's fields read."""
    profile = read({"targetId": 1, "profiles": [CAMEL]}).profiles[0]
    assert Campaign("Spring").with_text("Hello").fill(profile.flat()).to == LINE_ID


@pytest.mark.parametrize("profiles", ["cust-1", 7, True, [None], [["x"]], ["cust-1", {}]])
def test_profiles_of_another_shape_are_named(profiles: Any) -> None:
    """Profiles that are not objects raise BadArgument with their place."""
    with pytest.raises(BadArgument, match=r"body\.profiles"):
        read({"targetId": 1, "profiles": profiles})


def test_the_repr_shows_no_personal_data() -> None:
    """The repr of a call and of a profile has no address, name, phone, token or property."""
    call = read({"targetId": 101, "profiles": [CAMEL]})
    text = repr(call) + repr(call.profiles[0])
    assert not any(secret in text for secret in ("aiko", "Aiko", "+81", "token", LINE_ID))


@pytest.mark.parametrize("seed", range(200))
def test_no_value_is_lost(seed: int) -> None:
    """In calls with random keys, spellings and types, every value of a profile is read or kept."""
    dice = random.Random(seed)
    spellings = [str.title, str.lower, str.upper, lambda key: key]
    keys = [*CAMEL, "key_values", "payload", "tier", "Loyalty Points"]
    odd = ["x", 7, 1.5, True, ["x"], {"a": 1}, [], {}]
    profile = {dice.choice(spellings)(key): dice.choice(odd) for key in dice.sample(keys, dice.randrange(len(keys)))}
    found = read({"targetId": 1, "profiles": [profile]}).profiles[0]
    kept = [value for value in (getattr(found, name) for name in found.__slots__ if name != "__weakref__") if value]
    texts = json.dumps(kept, default=str) + str([str(value) for value in kept])
    for key, value in profile.items():
        assert key in found.unknown or str(value) in texts or not value or json.dumps(value) in texts, (
            f"seed {seed} {key}"
        )
