"""Publishing: one webhook call a person, as CleverTap's pages describe it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linetap.sandbox import Sandbox
from linetap.sandbox.liquid import LiquidError
from tests.sandbox import raw_requests

BODY = (
    '{"to": "{% if Profile.LineID contains \'U\' %}{{ Profile.LineID }}{% else %}{% abort %}{% endif %}",'
    ' "messages": [{"type": "text", "text": "Hello {{ Profile.Name | default: \'you\' }}"}]}'
)
# As printed at https://docs.clevertap.com/docs/line-messenger
PAGE = {
    "text": '{ "type":"text", "text":"Hello, world1" }',
    "image": '{ "type": "image", "originalContentUrl": "https://example.com/original.jpg",'
    ' "previewImageUrl": "https://example.com/preview.jpg" }',
    "video": '{ "type": "video", "originalContentUrl": "https://example.com/original.mp4",'
    ' "previewImageUrl": "https://example.com/preview.jpg" }',
}


@pytest.fixture
def box() -> Sandbox:
    """Ann and Ben follow the account, Cho does not."""
    box = Sandbox()
    ann, ben = box.line.add_followers(2)
    box.clevertap.add_profile("ann", {"Name": "Ann", "LineID": ann})
    box.clevertap.add_profile("ben", {"LineID": ben})
    box.clevertap.add_profile("cho", {"Name": "Cho"})
    return box


def texts(box: Sandbox, identity: str) -> list[str]:
    """What a person has read."""
    return [message["text"] for message in box.line.inbox(box.clevertap.profiles[identity].data["LineID"])]


def test_a_published_campaign_arrives(box: Sandbox) -> None:
    """Each profile of the segment is rendered and sent; a profile that cannot be reached is skipped by abort."""
    publication = box.clevertap.publish(BODY, raw_requests.line_template(box))

    assert publication.counts == {"streamed": 2, "LiquidLogicAborted": 1}
    assert (texts(box, "ann"), texts(box, "ben")) == (["Hello Ann"], ["Hello you"])
    assert publication.of("ann").json()["messages"][0]["text"] == "Hello Ann"
    assert publication.of("cho").body is None


@pytest.mark.parametrize("kind", PAGE)
def test_the_examples_of_the_line_page(box: Sandbox, kind: str) -> None:
    """The page's three bodies, which are no JSON, reach who has a LineID; the others are sent to N.A and rejected."""
    body = f'{{ "to": "@Profile - LineID | default: " N.A" ", \n"messages":[ {PAGE[kind]} ] }}'

    publication = box.clevertap.publish(body, raw_requests.line_template(box))

    assert publication.counts == {"streamed": 2, "Webhook dispatch error": 1}
    assert publication.of("cho").json()["to"] == " N.A"
    assert publication.of("ann").json()["messages"] == [json.loads(PAGE[kind])]


@pytest.mark.parametrize(
    "segment, expected",
    [
        (None, {"ann", "ben", "cho"}),
        (["ann", "cho"], {"ann", "cho"}),
        ({"has": "LineID"}, {"ann", "ben"}),
        ({"Name": "Ann"}, {"ann"}),
        (lambda person: "Name" not in person, {"ben"}),
    ],
)
def test_segments(box: Sandbox, segment: Any, expected: set[str]) -> None:
    """A segment is all profiles, a list of identities, a property that exists or has a value, or a user's own
    function.
    """
    publication = box.clevertap.publish(BODY, raw_requests.line_template(box), segment)

    assert {one.identity for one in publication.deliveries} == expected


@pytest.mark.parametrize(
    "reading, calls, seconds", [("5 s, 2 retries", 3, 0), ("3 s, 1 retry", 2, 3), ("3 s, 3 retries", 4, 45)]
)
def test_failed_calls_are_repeated(box: Sandbox, reading: Any, calls: int, seconds: int) -> None:
    """How often and when a call that did not get 200 is repeated depends on the page."""
    box.readings.dispatch = reading
    box.faults.add("line.push", status=500, times=10)
    before = box.clock.now()

    publication = box.clevertap.publish(BODY, raw_requests.line_template(box), ["ann"])

    assert publication.of("ann").attempts == [500] * calls
    assert publication.of("ann").status == "Webhook dispatch error"
    assert box.clock.now() - before == seconds


def test_a_repeated_call_can_arrive_twice(box: Sandbox) -> None:
    """A webhook has no retry key: a response that came too late means a second message."""
    box.faults.add("line.push", delay=6.0)

    publication = box.clevertap.publish(BODY, raw_requests.line_template(box), ["ann"])

    assert publication.of("ann").attempts == ["TimeoutError", 200]
    assert texts(box, "ann") == ["Hello Ann", "Hello Ann"]


@pytest.mark.parametrize("cut", ["before", "after", "half"])
def test_a_cut_call_is_repeated(box: Sandbox, cut: str) -> None:
    """A connection that breaks counts as a failed call."""
    box.faults.add("line.push", cut=cut)

    publication = box.clevertap.publish(BODY, raw_requests.line_template(box), ["ann"])

    assert publication.of("ann").attempts == ["Cut", 200]


@pytest.mark.parametrize("reading, status", [("only 200", "Webhook dispatch error"), ("any 2xx", "streamed")])
def test_what_counts_as_success_has_two_readings(box: Sandbox, reading: Any, status: str) -> None:
    """Only 200 is named as success; 202 is not mentioned."""
    box.readings.dispatch_success = reading
    box.faults.add("line.push", status=202, times=3)

    assert box.clevertap.publish(BODY, raw_requests.line_template(box), ["ann"]).of("ann").status == status


@pytest.mark.parametrize("reading, calls", [("none", 3), ("JSON", 0)])
def test_a_body_that_is_no_json_has_two_readings(box: Sandbox, reading: Any, calls: int) -> None:
    """A value with a quote breaks the body: LINE rejects it, or CleverTap never sends it."""
    box.readings.body_check = reading
    box.clevertap.profiles["ann"].data["Name"] = 'Mc"Coy'

    delivery = box.clevertap.publish(BODY, raw_requests.line_template(box), ["ann"]).of("ann")

    assert (delivery.status, len(delivery.attempts)) == ("Webhook dispatch error", calls)
    assert texts(box, "ann") == []


def test_live_campaigns_know_their_event(box: Sandbox) -> None:
    """Event properties are there for a campaign that an event triggered."""
    body = BODY.replace("Profile.Name | default: 'you'", "Event['Item name'] | default: 'it'")

    box.clevertap.publish(body, raw_requests.line_template(box), ["ann"], event=("Bought", {"Item name": "Tea"}))
    box.clevertap.publish(body, raw_requests.line_template(box), ["ann"])

    assert texts(box, "ann") == ["Hello Tea", "Hello it"]


def test_liquid_is_checked_when_published(box: Sandbox) -> None:
    """The editor shows syntax errors: such a body is not published, and nothing is called."""
    with pytest.raises(LiquidError, match="json"):
        box.clevertap.publish("{{ Profile.Name | json }}", raw_requests.line_template(box))
    assert not box.journal


def test_no_other_machine_is_called(box: Sandbox) -> None:
    """A webhook that points to another machine is not called, and an invalid address is a different status."""
    away = box.clevertap.add_template("away", "https://example.com/hook").template_id
    none = box.clevertap.add_template("none", "api.line.me/v2").template_id

    rejected = box.clevertap.publish(BODY, away, ["ann"]).of("ann")

    assert rejected.attempts == ["ConnectionError"] * 3
    assert "not example.com" in rejected.reason
    assert box.clevertap.publish(BODY, none, ["ann"]).of("ann").status == "Invalid Webhook URL"


# Templates -----------------------------------------------------------------------------------------------


def save(box: Sandbox, **changes: Any) -> Any:
    headers = {"Authorization": f"Bearer {box.channel_access_token}", "Content-Type": "application/json"}
    body = {"name": "LINE", "url": "https://api.line.me/v2/bot/message/push", "method": "POST", "headers": headers}
    return raw_requests.clevertap(box, "POST", "/sandbox/webhook-templates", {**body, **changes}).json()


def test_saving_makes_a_test_call(box: Sandbox) -> None:
    """Create sends a body marked is_test; LINE responds with 400 to it, which is reported."""
    response = save(box)

    [entry] = box.journal.of("line.push")
    assert entry.json()["is_test"] is True
    assert len(entry.json()["profiles"]) == 5
    assert response["test"] == {"status": 400}
    assert box.clevertap.templates[response["id"]].tested == 400


def test_saving_has_two_readings(box: Sandbox) -> None:
    """By the setup page a webhook is saved only if the test call gets 200: LINE's never is."""
    box.readings.template_test = "only on 200"

    assert save(box)["status"] == "fail"
    box.faults.add("line.push", status=200, json_body={})
    assert save(box)["status"] == "success"


@pytest.mark.parametrize("changes", [{"name": " "}, {"url": None}, {"method": "PATCH"}, {"headers": []}])
def test_a_template_needs_its_parts(box: Sandbox, changes: dict[str, Any]) -> None:
    """Name, address, a method of the list and headers are needed; no test call is made without them."""
    assert save(box, **changes)["status"] == "fail"
    assert not box.journal.of("line.push")


def test_a_name_is_used_once(box: Sandbox) -> None:
    """Campaigns name their webhook, so two webhooks must not have the same name."""
    save(box)

    assert save(box)["code"] == 409


def test_a_template_shows_no_token(box: Sandbox) -> None:
    """The repr of a saved webhook has none of its header values."""
    save(box)

    assert box.channel_access_token not in repr(box.clevertap.templates)


# Campaigns by API ----------------------------------------------------------------------------------------


def post(box: Sandbox, path: str, body: Any) -> Any:
    return raw_requests.clevertap(box, "POST", path, body).json()


def test_a_campaign_by_api_sends_cleverTaps_own_payload(box: Sandbox) -> None:
    """create.json has no custom body: the payload is targetId, key_values and profiles."""
    save(box)
    sent = {
        "name": "Spring",
        "target_mode": "webhook",
        "webhook_endpoint_name": "LINE",
        "webhook_key_value": {"k": "v"},
    }

    created = post(box, "/1/targets/create.json", sent)

    [delivery] = box.clevertap.publications[created["id"]].deliveries
    payload = delivery.json()
    assert (payload["targetId"], payload["key_values"]) == (created["id"], {"k": "v"})
    assert [one["identity"] for one in payload["profiles"]] == ["ann", "ben", "cho"]
    assert post(box, "/1/targets/result.json", {"id": created["id"]})["result"]["sent"] == 0


def test_an_estimate_creates_nothing(box: Sandbox) -> None:
    """estimate_only responses estimates without an id."""
    save(box)
    sent = {"name": "Spring", "target_mode": "webhook", "webhook_endpoint_name": "LINE", "estimate_only": True}

    assert post(box, "/1/targets/create.json", sent) == {"status": "success", "estimates": {"webhook": 3}}
    assert not box.clevertap.campaigns


@pytest.mark.parametrize(
    "changes", [{"name": ""}, {"webhook_endpoint_name": "no"}, {"webhook_fields": ["x"]}, {"when": "soon"}]
)
def test_a_campaign_needs_its_parts(box: Sandbox, changes: dict[str, Any]) -> None:
    """What is missing or unknown in create.json is a fail, and nothing is sent."""
    save(box)
    sent = {"name": "Spring", "target_mode": "webhook", "webhook_endpoint_name": "LINE", **changes}

    assert post(box, "/1/targets/create.json", sent)["status"] == "fail"
    assert not box.clevertap.campaigns


def test_a_scheduled_campaign_is_listed_and_stopped(box: Sandbox) -> None:
    """A later campaign waits, is listed on its own day, has no result yet, and can be stopped."""
    save(box)
    sent = {"name": "S", "target_mode": "webhook", "webhook_endpoint_name": "LINE", "when": "20260201 10:00"}
    number = post(box, "/1/targets/create.json", sent)["id"]

    assert post(box, "/1/targets/result.json", {"id": number})["error"] == "This target hasn't been completed"
    assert post(box, "/1/targets/stop.json", {"id": number}) == {"status": "success"}
    [target] = post(box, "/1/targets/list.json", {"from": "20260201", "to": "20260201"})["targets"]
    assert (target["id"], target["status"]) == (number, "stopped")
    assert post(box, "/1/targets/list.json", {"from": "20260101", "to": "20260131"})["targets"] == []


def test_external_triggers(box: Sandbox) -> None:
    """A dashboard campaign that waits for triggers is sent to whom a call names, with the call's values."""
    body = BODY.replace("Profile.Name | default: 'you'", "ExternalTrigger.order.no")
    number = box.clevertap.publish(body, raw_requests.line_template(box), when="external trigger").campaign_id
    call = {
        "to": {"identity": ["ann", "nobody"]},
        "campaign_id": str(number),
        "ExternalTrigger": {"order": {"no": "A-17"}},
    }

    assert post(box, "/1/send/externaltrigger.json", call)["status"] == "success"
    assert texts(box, "ann") == ["Hello A-17"]
    assert texts(box, "ben") == []


def test_a_campaign_that_waits_for_nothing_is_not_triggered(box: Sandbox) -> None:
    """An external trigger reaches only campaigns published for it."""
    number = box.clevertap.publish(BODY, raw_requests.line_template(box), []).campaign_id
    call = {"to": {"identity": ["ann"]}, "campaign_id": number, "ExternalTrigger": {}}

    assert post(box, "/1/send/externaltrigger.json", call)["status"] == "fail"


@pytest.mark.parametrize("changes", [{"campaign_id": "7"}, {"ExternalTrigger": {"n": 5}}, {"to": {"phone": ["1"]}}])
def test_triggers_that_are_rejected(box: Sandbox, changes: dict[str, Any]) -> None:
    """An unknown campaign, a value that is no string and an unknown kind of address are fails."""
    number = box.clevertap.publish(BODY, raw_requests.line_template(box), when="external trigger").campaign_id
    call = {"to": {"identity": ["ann"]}, "campaign_id": str(number), "ExternalTrigger": {}, **changes}

    assert post(box, "/1/send/externaltrigger.json", call)["status"] == "fail"
    assert texts(box, "ann") == []


# CleverTap's own payload ---------------------------------------------------------------------------------


@pytest.mark.parametrize("broadcast, calls, kind", [(True, 2, list), (False, 3, dict)])
def test_payloads_are_arrays_or_objects(box: Sandbox, broadcast: bool, calls: int, kind: type) -> None:
    """profiles is an array for a broadcast and one object otherwise."""
    publication = box.clevertap.publish_variables(raw_requests.line_template(box), broadcast=broadcast, per_request=2)

    assert len(publication.deliveries) == calls
    assert isinstance(publication.deliveries[0].json()["profiles"], kind)


def test_payload_keys_come_in_two_cases(box: Sandbox) -> None:
    """CleverTap's samples write identity and Identity: both can be had."""
    publication = box.clevertap.publish_variables(raw_requests.line_template(box), capitalised=True)

    assert {"Identity", "ProfileData", "ObjectId"} <= publication.deliveries[0].json()["profiles"][0].keys()


# Over HTTP -----------------------------------------------------------------------------------------------


def test_publishing_over_http(box: Sandbox) -> None:
    """The dashboard's publish can be called from another process, visibly as the sandbox's own."""
    sent = {"body": BODY, "template_id": raw_requests.line_template(box), "segment": {"has": "LineID"}}

    response = post(box, "/sandbox/publish", sent)

    assert response["counts"] == {"streamed": 2}
    assert response["deliveries"][0] == {"identity": "ann", "status": "streamed", "attempts": [200]}
    assert post(box, "/sandbox/publish", {"body": "{{", "template_id": sent["template_id"]})["status"] == "fail"


ODD: dict[str, Any] = {
    "word": "many",
    "digits": "9" * 5000,
    "list": [["x"]],
    "map": {"a": 1},
    "half": "a\ud83cb",
    "huge": 10**6000,
    "object": object(),
    "set": {1},
}


@pytest.mark.parametrize("kind", ODD)
def test_one_value_does_not_stop_the_others(box: Sandbox, kind: str) -> None:
    """A value that cannot be rendered is that profile's status, with its reason; the next profile gets the message."""
    box.clevertap.profiles["ann"].data["Count"] = ODD[kind]
    box.clevertap.profiles["ben"].data["Count"] = 2
    body = BODY.replace("Hello", "{% for i in (1..3) limit: Profile.Count %}*{% endfor %}{{ Profile.Count | plus: 1 }}")

    publication = box.clevertap.publish(body, raw_requests.line_template(box), ["ann", "ben"])

    assert publication.counts == {"Liquid error": 1, "streamed": 1}
    assert (publication.of("ann").status, publication.of("ann").body) == ("Liquid error", None)
    assert publication.of("ann").reason
    assert texts(box, "ben") == ["**3 you"]


def test_a_limit_that_is_no_number_does_not_count(box: Sandbox) -> None:
    """A word as a loop's limit is passed over, as the engine does it."""
    box.clevertap.profiles["ann"].data["Count"] = "many"
    body = BODY.replace("Hello", "{% for i in (1..3) limit: Profile.Count %}*{% endfor %}")

    box.clevertap.publish(body, raw_requests.line_template(box), ["ann"])

    assert texts(box, "ann") == ["*** Ann"]


@pytest.mark.parametrize("broadcast", [True, False])
def test_a_value_that_json_has_not_is_left_out_of_a_broadcast(box: Sandbox, broadcast: bool) -> None:
    """CleverTap's own payload is sent without the person whose value cannot be written; that person has a status."""
    box.clevertap.profiles["ann"].data["Odd"] = {1}
    template = raw_requests.line_template(box)

    publication = box.clevertap.publish_variables(template, ["ann", "ben"], broadcast=broadcast)

    assert publication.of("ann").reason.startswith("a value that is not JSON")
    assert publication.of("ben").attempts
    assert len(publication.deliveries) == 2
