"""The bodies that CleverTap posts by itself, in the shapes of its pages."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from linetap.http.types import Request, Response
from linetap.sandbox import Sandbox
from linetap.sandbox.clevertap.dispatcher import Dispatcher
from tests.sandbox import raw_requests


class Receiver:
    """Stores each call, and returns 200."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, url: str, request: Request, timeout: float) -> Response:
        self.requests.append(request)
        return Response(200)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def box(receiver: Receiver) -> Sandbox:
    """Five profiles; the first has standard properties, custom ones and a device."""
    box = Sandbox()
    box.clevertap.dispatcher = Dispatcher(box.clevertap, receiver)
    aiko = {"Name": "Aiko", "Email": "aiko@example.com", "Phone": "+81312345678", "Age": 30, "Gender": "F"}
    aiko |= {"MSG-email": False, "LineID": "U1", "Since": "$D_1767225600", "Tags": ["a", "b"]}
    person = box.clevertap.add_profile("p0", aiko)
    person.tokens.append({"id": "token-1", "type": "fcm"})
    person.identities.insert(0, "older")
    for number in range(1, 5):
        box.clevertap.add_profile(f"p{number}", {"LineID": f"U{number}"})
    return box


def template(box: Sandbox, **more: Any) -> str:
    return box.clevertap.add_template("relay", "http://127.0.0.1:9/hook", **more).template_id


def first(box: Sandbox, **variables: Any) -> Any:
    """The payload of the first call of one campaign to the first profile."""
    return box.clevertap.publish_variables(template(box), ["p0"], **variables).deliveries[0].json()


def test_the_test_call_is_the_one_of_the_page(box: Sandbox, receiver: Receiver) -> None:
    """Create posts targetId 1234, a key with a value and five times the sample person."""
    body = {"name": "relay", "url": "http://127.0.0.1:9/hook"}
    raw_requests.clevertap(box, "POST", "/sandbox/webhook-templates", body)

    person = {"Identity": "UserId", "Email": "User@user.com", "push_token": "Token"}
    assert receiver.requests[0].json() == {
        "is_test": True,
        "targetId": 1234,
        "key_values": {"key": "value"},
        "profiles": [person] * 5,
    }


def test_standard_properties_are_beside_the_custom_ones(box: Sandbox) -> None:
    """profileData has custom properties only; name, email and phone are keys of the person."""
    payload = first(box, key_values={"k": "v"}, event_properties={"at": "$D_1767225600"}, session_properties={"s": 1})

    assert payload == {
        "targetId": 101,
        "key_values": {"k": "v"},
        "profiles": [
            {
                "key_values": {"k": "v"},
                "email": "aiko@example.com",
                "name": "Aiko",
                "phone": "+81312345678",
                "identity": "p0",
                "all_identities": ["older", "p0"],
                "objectId": box.clevertap.profiles["p0"].object_id,
                "push_token": "token-1",
                "systemProfileData": {
                    "mobilePushSubscription": "Subscribed",
                    "emailSubscription": "Unsubscribed",
                    "smsSubscription": "Subscribed",
                    "whatsappSubscription": "Subscribed",
                    "age": 30,
                },
                "profileData": {"LineID": "U1", "Since": 1767225600000, "Tags": ["a", "b"]},
                "event_properties": {"at": "$D_1767225600"},
                "session_props": {"s": 1},
            }
        ],
    }


@pytest.mark.parametrize("broadcast, kind", [(True, list), (False, dict)])
def test_the_capitalised_shape(box: Sandbox, broadcast: bool, kind: type) -> None:
    """It has six keys, key_values at the top alone, and profiles as an array or as one object."""
    payload = first(box, capitalised=True, broadcast=broadcast, event_properties={"a": 1})

    person = payload["profiles"][0] if broadcast else payload["profiles"]
    assert isinstance(payload["profiles"], kind)
    assert set(payload) == {"targetId", "key_values", "profiles"}
    assert set(person) == {"Email", "Identity", "ObjectId", "ProfileData", "Event_properties", "Push_token"}


@pytest.mark.parametrize(
    "where, top, each",
    [("both", True, True), ("top", True, False), ("each person", False, True), ("none", False, False)],
)
def test_the_position_of_key_values(box: Sandbox, where: Any, top: bool, each: bool) -> None:
    """Key-value pairs are at the top, in each person, in both or absent."""
    payload = first(box, key_values={"k": "v"}, key_values_in=where)

    assert ("key_values" in payload, "key_values" in payload["profiles"][0]) == (top, each)


@pytest.mark.parametrize(
    "reading, value, present, absent",
    [
        ("payload_keys", "Capitalised", "Identity", "identity"),
        ("payload_object_id", "absent", "identity", "objectId"),
        ("key_values_in", "top", "identity", "key_values"),
    ],
)
def test_the_shape_of_a_campaign_has_readings(
    box: Sandbox, reading: str, value: str, present: str, absent: str
) -> None:
    """Without arguments the switches of the sandbox decide."""
    setattr(box.readings, reading, value)

    [person] = first(box)["profiles"]

    assert present in person
    assert absent not in person


def test_keys_can_be_absent(box: Sandbox) -> None:
    """Each of email, identity and objectId may be missing, as a receiver saw it."""
    [person] = first(box, without=["email", "identity", "objectId"])["profiles"]

    assert not {"email", "identity", "objectId"} & set(person)
    assert person["profileData"]["LineID"] == "U1"


@pytest.mark.parametrize(
    "fields, present, absent",
    [
        (["identities"], {"identity", "objectId"}, {"profileData", "push_token", "name"}),
        (["profile-attributes"], {"profileData", "name", "systemProfileData"}, {"identity", "push_token"}),
        (["tokens"], {"push_token"}, {"identity", "profileData"}),
        ([], {"key_values"}, {"identity", "profileData", "push_token"}),
    ],
)
def test_webhook_fields_decide_what_is_posted(
    box: Sandbox, fields: list[str], present: set[str], absent: set[str]
) -> None:
    """Only the chosen groups of keys are in a person."""
    [person] = first(box, fields=fields)["profiles"]

    assert present <= set(person)
    assert not absent & set(person)


def people_of(requests: list[Request]) -> list[list[str]]:
    return [[person["identity"] for person in request.json()["profiles"]] for request in requests]


@pytest.mark.parametrize(
    "repeat, groups",
    [
        ("none", []),
        ("same bytes", [["p0", "p1", "p2", "p3"], ["p4"]]),
        ("rebuilt", [["p0", "p1", "p2", "p3"], ["p4"]]),
        ("other groups", [["p0", "p1"], ["p2", "p3", "p4"]]),
    ],
)
def test_calls_can_be_repeated(box: Sandbox, receiver: Receiver, repeat: Any, groups: list[list[str]]) -> None:
    """The same people are posted again: in the same bytes, written again, or cut into other groups."""
    box.clevertap.publish_variables(template(box), per_request=4, repeat=repeat)

    once, again = receiver.requests[:2], receiver.requests[2:]
    assert people_of(once) == [["p0", "p1", "p2", "p3"], ["p4"]]
    assert people_of(again) == groups
    if repeat == "same bytes":
        assert [one.content for one in again] == [one.content for one in once]
    if repeat == "rebuilt":
        assert [one.json() for one in again] == [one.json() for one in once]
        assert [one.content for one in again] != [one.content for one in once]


def test_calls_can_be_parallel(box: Sandbox) -> None:
    """With parallel=5 five calls are in flight at once; with fewer this barrier would never open."""
    together = threading.Barrier(5, timeout=20)

    def send(url: str, request: Request, timeout: float) -> Response:
        together.wait()
        return Response(200)

    box.clevertap.dispatcher = Dispatcher(box.clevertap, send)

    publication = box.clevertap.publish_variables(template(box), per_request=1, parallel=5)

    assert publication.counts == {"streamed": 5}
    assert [one.identity for one in publication.deliveries] == [f"p{number}" for number in range(5)]


@pytest.mark.parametrize(
    "wrong", [{"per_request": 0}, {"parallel": 0}, {"repeat": "twice"}, {"key_values_in": "somewhere"}]
)
def test_variables_are_checked(box: Sandbox, wrong: dict[str, Any]) -> None:
    """A value that no shape has is an error, and no call is made."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        box.clevertap.publish_variables(template(box), **wrong)


def test_basic_authentication(box: Sandbox, receiver: Receiver) -> None:
    """A webhook with a user name and a password sends the header of RFC 7617, and its repr shows neither."""
    hook = template(box, basic=("linetap", "秘密"))
    box.clevertap.publish_variables(hook, ["p0"])

    assert receiver.requests[0].headers["Authorization"] == "Basic bGluZXRhcDrnp5jlr4Y="
    assert "bGluZXRhcDrnp5jlr4Y" not in repr(box.clevertap.templates[hook])


def test_the_call_after_a_push(box: Sandbox) -> None:
    """A post-action call has targetId and one person with the push's payload; key_values are absent."""
    payload = {"title": "Sale", "body": "Today", "kvs": {"wzrk_id": "101_20260101"}}

    publication = box.clevertap.publish_post_action(template(box), ["p0"], payload=payload)

    person = box.clevertap.profiles["p0"]
    assert publication.of("p0").json() == {
        "targetId": publication.campaign_id,
        "profiles": [
            {
                "identity": "p0",
                "all_identities": ["older", "p0"],
                "objectId": person.object_id,
                "payload": payload,
            }
        ],
    }


def test_the_call_of_a_reward(box: Sandbox) -> None:
    """A reward has one person as an object, the reward and its metadata; targetId is absent."""
    values = {"clientRewardId": "r-1", "rewardName": "Coupon", "campaignId": "7"}

    publication = box.clevertap.publish_reward(template(box), ["p1"], reward_values=values, metadata={"shop": "Kobe"})

    object_id = box.clevertap.profiles["p1"].object_id
    assert publication.of("p1").json() == {
        "profiles": {"identity": "p1", "objectId": object_id},
        "reward": values,
        "customMetadata": {"shop": "Kobe"},
    }


def test_a_number_that_json_does_not_have_is_that_persons_status(box: Sandbox, receiver: Receiver) -> None:
    """NaN is not JSON: that person fails with the reason, and the others are posted."""
    box.clevertap.profiles["p0"].data["Score"] = float("nan")

    publication = box.clevertap.publish_variables(template(box), ["p0", "p1"])

    assert publication.of("p0").reason.startswith("a value that is not JSON")
    assert [json.loads(one.content or b"")["profiles"][0]["identity"] for one in receiver.requests] == ["p1"]
