"""Any input has a response in the form of the service; never an exception or a bare 500."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from linetap.http.types import Request, Response
from linetap.sandbox import Sandbox
from tests.sandbox import raw_requests
from tests.sandbox.message_corpus import MESSAGES

ODD: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**63, 10**4000, -(10**30), 0.5, 1e308, "", " ", "x", "0", "9" * 5000, "٣" * 8),
    *(
        "\ud83d",
        "\udc00x",
        "愛子",
        "สมชาย",
        "<script>",
        "a\x00b",
        "'\"\\",
        "U" + "0" * 32,
        "now",
        "$D_99999999999999999999",
    ),
    *(
        [],
        {},
        [[]],
        [{}],
        [None],
        {"": None},
        {"type": []},
        {"$add": {}},
        {"$set": {}},
        ["x"] * 600,
        {"a": {"b": {"c": 1}}},
    ),
]
BODIES: dict[str, list[dict[str, Any]]] = {
    "/1/upload": [
        {
            "d": [
                {"type": "profile", "identity": "a", "objectId": "o", "ts": 1, "profileData": {"Age": 1, "Phone": "1"}},
                {"type": "profile", "identity": "a", "profileData": {"n": {"$incr": 1}, "t": {"$add": ["a"]}}},
                {"type": "event", "identity": "a", "evtName": "Bought", "evtData": {"Items": [{"n": 1}]}, "ts": 1},
                {"type": "token", "objectId": "o", "tokenData": {"id": "t", "type": "fcm"}},
            ]
        }
    ],
    "/1/profiles.json": [
        {
            "event_name": "Visit",
            "from": 20260101,
            "to": 20260131,
            "event_properties": [{"name": "n", "operator": "equals", "value": 1}],
            "common_profile_properties": {
                "profile_fields": [{"name": "n", "operator": "contains", "value": ["a"]}],
                "reachability": [{"name": "has_token", "value": "True"}],
            },
            "advanced_query": {
                "did_all": [{"event_name": "x", "from": 20260101, "operator": "less_than", "value": 3}],
                "did_any": {"any_events": ["x", {"event_name": "y"}], "operator": "equals", "value": 1},
            },
        }
    ],
    "/1/targets/create.json": [
        {
            "name": "n",
            "target_mode": "webhook",
            "webhook_endpoint_name": "LINE push",
            "webhook_fields": ["tokens"],
            "webhook_key_value": {"k": "v"},
            "users_limit_overall": 3,
            "labels": ["x"],
            "when": {
                "type": "recurring",
                "repeat_type": "week",
                "repeats_every": 2,
                "start_time": "20260102 10:00",
                "repeat_on_days_of_week": [1, 7],
                "end_by_date": "20260301",
                "end_by_occurrences": 2,
            },
        },
        {
            "name": "n",
            "target_mode": "webhook",
            "webhook_endpoint_name": "LINE push",
            "when": {"type": "later", "delivery_date_time": ["20260102 10:00"]},
        },
    ],
    "/1/targets/list.json": [{"from": 20260101, "to": 20260131}],
    "/1/targets/result.json": [{"id": 101}],
    "/1/send/externaltrigger.json": [
        {"to": {"identity": ["a"], "email": ["b"]}, "campaign_id": "101", "ExternalTrigger": {"a": {"b": ["c"]}}}
    ],
    "/1/delete/profiles.json": [{"identity": ["a"]}, {"guid": "x"}],
    "/sandbox/webhook-templates": [
        {"name": "n", "url": "http://127.0.0.1:9/x?y=1", "method": "PUT", "headers": {"A": "b"}}
    ],
    "/sandbox/publish": [
        {
            "body": "{{ Profile.Name }}",
            "template_id": "wh-1",
            "segment": {"has": "Name"},
            "event": {"name": "x", "properties": {"y": 1}},
            "when": "20260301 10:00",
        }
    ],
    "/v2/bot/message/multicast": [{"to": ["U" + "0" * 32], "messages": [], "customAggregationUnits": ["u"]}],
    **{
        f"/v2/bot/message/{kind}": [
            {"to": "U" + "0" * 32, "messages": [message], "notificationDisabled": True} for message in MESSAGES.values()
        ]
        for kind in ("push", "broadcast", "validate/push")
    },
}


def changed(value: Any, chance: random.Random) -> Any:
    """The value with one odd part somewhere."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        if chance.random() < 0.1:
            return {**value, chance.choice(["", "type", "\ud800", "x" * 200]): chance.choice(ODD)}
        return {**value, key: changed(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        place = chance.randrange(len(value))
        return [*value[:place], changed(value[place], chance), *value[place + 1 :]]
    return chance.choice(ODD)


@pytest.fixture
def box() -> Sandbox:
    """An account with a few profiles, a webhook and a campaign that waits for triggers."""
    box = Sandbox(journal=10)
    box.clevertap.add_profile("a", {"Name": "愛子", "n": 1}, events={"Visit": 1767225600})
    template_id = raw_requests.line_template(box)
    box.clevertap.publish("{{ Profile.Name }}", template_id, when="external trigger")
    return box


def send(box: Sandbox, method: str, path: str, content: bytes | None, **more: Any) -> Response:
    """One request to the service of this path, with credentials."""
    if path.startswith(("/v2", "/oauth2", "/bot")):
        headers = {"Authorization": f"Bearer {box.channel_access_token}", "Content-Type": "application/json"}
        service: Any = box.line
    else:
        headers = {"X-CleverTap-Account-Id": box.account_id, "X-CleverTap-Passcode": box.passcode}
        headers["Content-Type"] = "application/json"
        service = box.clevertap
    headers |= more.get("headers", {})
    response: Response = service.handle(Request(method, path, more.get("params", ()), content, headers, "any"))
    return response


def expect_a_form(response: Response, path: str, shown: Any) -> None:
    """A failure has the service's form; the only 5xx is 501 with a sentence."""
    assert response.status < 500 or response.status == 501, (response.status, response.content, path, shown)
    if response.status >= 400:
        body = response.json()
        sentence = body.get("message") or body.get("error")
        assert isinstance(sentence, str), (path, shown)
        assert sentence, (path, shown)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("path", BODIES)
def test_odd_values_in_every_body(box: Sandbox, path: str, seed: int) -> None:
    """A body with odd values in place of the right ones is accepted or rejected; the service never fails."""
    chance = random.Random(f"{path} {seed}")
    for number in range(150):
        body = chance.choice(BODIES[path])
        for _ in range(chance.choice([1, 1, 2, 5])):
            body = changed(body, chance)
        content = json.dumps(body).encode()
        expect_a_form(send(box, "POST", path, content), path, f"seed {seed}, number {number}: {content[:500]!r}")
    for found in ("/1/profile.json?identity=a", "/1/profile.json?objectId=o"):
        expect_a_form(send(box, "GET", found, None), found, "afterwards")
    box.clock.advance(days=40)


CONTENTS = [
    *(None, b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"d":' * 50_000),
    *(b'{"d":' + b"[" * 500 + b"]" * 500 + b"}", b'{"d":NaN}', b'{"d":1e999}', b'{"d":' + b"9" * 5000 + b"}"),
    *(
        b'{"d":[' + b"{}," * 999 + b"{}]}",
        b'{"a":1}{"a":1}',
        b"grant_type=client_credentials&a=%ff&&=&",
        b"\x00" * 1000,
    ),
]


@pytest.mark.parametrize("content", CONTENTS, ids=range(len(CONTENTS)))
def test_contents_that_are_no_json_object(box: Sandbox, content: bytes | None) -> None:
    """Empty, cut, too deep, not UTF-8, not JSON: each operation of both services rejects it in its own form."""
    for service in (box.line, box.clevertap):
        for route in service.routes:
            path = route.path.replace("{", "").replace("}", "")
            for media_type in ("application/json", "application/x-www-form-urlencoded"):
                response = send(box, route.method, path, content, headers={"Content-Type": media_type})
                expect_a_form(response, path, (content or b"")[:80])


PARAMETERS = ["", "0", "-1", "9" * 5000, "٣", "1.5", "%ff", "\ud800", "愛", "a&b=c", "\x00", "20260101", "20261332"]


@pytest.mark.parametrize("value", PARAMETERS, ids=range(len(PARAMETERS)))
def test_odd_parameters_headers_and_paths(box: Sandbox, value: str) -> None:
    """Query parameters, path parameters and headers of any text are accepted or rejected."""
    names = "limit start from to date customAggregationUnit batch_size cursor req_id identity email objectId dryRun"
    params = tuple((name, value) for name in names.split())
    headers = dict.fromkeys(["X-Line-Retry-Key", "Host", "Accept", "X-Odd"], value)
    for service in (box.line, box.clevertap):
        for route in service.routes:
            path = "".join(
                f"{value}" if part.startswith("{") else part for part in route.path.replace("}", "{").split("{")
            )
            for name in (route.path, path, route.path + "/", f"{route.path}?{value}", f"/{value}{route.path}"):
                expect_a_form(send(box, route.method, name, b"{}", params=params, headers=headers), name, value)


def test_a_failure_of_the_sandbox_itself_has_a_form(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a handler fail, the response is 500 in the form of the service, with a sentence."""
    monkeypatch.setattr(box.line, "bot", {"odd": object()})
    monkeypatch.setattr(box.clevertap, "find", lambda **_: 1 / 0)

    line = send(box, "GET", "/v2/bot/info", None)
    clevertap = send(box, "GET", "/1/profile.json?identity=a", None)

    assert (line.status, line.json()) == (500, {"message": "the sandbox failed: TypeError"})
    assert clevertap.json() == {"status": "fail", "error": "the sandbox failed: ZeroDivisionError", "code": 500}
