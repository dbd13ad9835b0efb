"""LINE's official client for Node drives the endpoints of the groups: its results are those of linetap's client."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiohttp", reason="the sandbox on a socket needs aiohttp, from the extra sandbox")

from linetap import LineClient
from linetap.sandbox import Sandbox
from tests.sandbox.line.test_assertions import assertion, issue, registered

NODE = Path(__file__).resolve().parent.parent / "node"
DAY = date(2026, 1, 1)
ABSENT = not shutil.which("node") or not (NODE / "node_modules" / "@line" / "bot-sdk").is_dir()


def _prepared(box: Sandbox, line: LineClient) -> dict[str, Any]:
    """A day of sending, which is counted now; the facts that the script needs."""
    registered(box)
    ids = [box.line.add_person(traits={"gender": "female"}).user_id for _ in range(25)]
    request_id = line.broadcast("Hello").request_id or ""
    line.push(ids[0], "Hello", aggregation_unit="spring")
    line.multicast(ids, "Hello", aggregation_unit="spring")
    box.line.open("spring", ids)
    box.line.open_broadcast(request_id, ids)
    box.clock.advance(days=1)
    box.line.reply_tokens["node"] = (ids[1], box.clock.now())
    box.line.webhook_receiver = lambda request: 200
    token = issue(box, assertion(box, token_exp=3600), "/oauth2/v2.1/token").json()["access_token"]
    facts = {"day": "20260101", "requestId": request_id, "jwt": assertion(box, token_exp=60), "token": token}
    return facts | {"channelId": box.channel_id, "channelSecret": box.channel_secret}


@pytest.mark.node
@pytest.mark.skipif(ABSENT, reason="node or tests/node/node_modules/@line/bot-sdk is absent")
def test_the_official_client_for_node_sees_the_same() -> None:
    """Webhook endpoint, insight, units, counts, tokens, broadcast, reply and validation: the same for both clients."""
    with Sandbox(port=0) as box, LineClient(box.channel_access_token, base_url=box.line_url) as line:
        facts = _prepared(box, line)
        command = [shutil.which("node") or "node", "line_sdk.cjs", box.line_url, box.channel_access_token]
        done = subprocess.run(
            [*command, json.dumps(facts)], cwd=NODE, capture_output=True, encoding="utf-8", check=True, timeout=60
        )
        found = json.loads(done.stdout)
        _same_endpoint(found, line)
        _same_statistics(found, line, facts["requestId"])
        if _version() >= 10:  # version 9 sends accessToken, grantType and so on, which LINE does not know
            _same_tokens(found, box, line, facts["token"])
        for kind in ("push", "multicast", "narrowcast", "broadcast", "reply"):
            ours = getattr(line.validate, kind)("x" * 6000)
            body = json.loads(found[f"invalid{kind.title()}"]["body"])
            assert [(p.path, p.rule) for p in ours] == [(d["property"], d["message"]) for d in body["details"]]
            assert found[f"valid{kind.title()}"] == {}
        assert [message["text"] for message in box.line.inbox(box.line.followers[1])][-2:] == ["Hello", "Yes"]
        assert (len(found["reply"]["sentMessages"]), found["replyAgain"]["status"]) == (1, 400)


def _same_endpoint(found: Any, line: LineClient) -> None:
    endpoint, test = line.webhook_endpoint.get(), line.webhook_endpoint.test()
    assert endpoint is not None
    assert found["endpoint"] == {"endpoint": endpoint.endpoint, "active": endpoint.active}
    assert (found["test"]["success"], found["test"]["statusCode"]) == (test.success, test.status_code) == (True, 200)


def _same_statistics(found: Any, line: LineClient, request_id: str) -> None:
    followers, deliveries = line.insight.followers(DAY), line.insight.deliveries(DAY)
    assert found["followers"]["followers"] == followers.followers == 25
    assert (found["deliveries"]["apiPush"], found["deliveries"]["apiMulticast"]) == (1, 25)
    assert (deliveries.api_push, deliveries.api_multicast) == (1, 25)
    assert found["counts"] == {"status": "ready", "success": line.delivery_counts("push", DAY).success}
    events, unit = line.insight.message_events(request_id), line.insight.unit_statistics("spring", DAY, DAY)
    assert found["events"]["overview"]["uniqueImpression"] == events.unique_impression == 25
    assert found["unit"]["messages"][0]["impression"] == unit.messages[0].impression == 25
    assert found["demographics"]["genders"] == [{"gender": "female", "percentage": 100}]
    assert line.insight.demographics().genders == {"female": 100.0}
    assert (found["used"]["numOfCustomAggregationUnits"], found["names"]["customAggregationUnits"]) == (
        line.units.used(),
        list(line.units.names()),
    )


def _same_tokens(found: Any, box: Sandbox, line: LineClient, revoked: str) -> None:
    assert found["verified"]["client_id"] == box.channel_id
    assert line.tokens.verify(revoked) is None
    assert found["issued"]["key_id"] in found["kids"]["kids"]
    info = line.tokens.verify(found["issued"]["access_token"])
    assert info is not None
    assert info.client_id == box.channel_id


def _version() -> int:
    package = json.loads((NODE / "node_modules" / "@line" / "bot-sdk" / "package.json").read_text("utf-8"))
    return int(package["version"].partition(".")[0])
