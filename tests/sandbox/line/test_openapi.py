"""LINE's OpenAPI documents against the sandbox over a socket, with requests that Schemathesis generates.

The documents are in data/openapi (scripts/line_openapi.py writes them): the operations that the sandbox implements.
"""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from linetap.http.types import Request, Response
from linetap.sandbox import Sandbox
from tests.line import api as groups
from tests.sandbox.line.test_assertions import BEARER, assertion, issue, issue_short, registered

DATA = Path(__file__).parent / "data" / "openapi"
FILES = ("messaging-api", "insight", "channel-access-token")
ITEMS = {
    (name, method.upper(), path): operation
    for name in FILES
    for path, item in json.loads((DATA / f"{name}.json").read_text("utf-8"))["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
}
OPERATIONS = list(ITEMS)
_JSON = "application/json"
EXAMPLES = 20
RULES = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """A sandbox on a socket with followers, a webhook endpoint and messages that were sent."""
    with Sandbox(port=0) as box:
        registered(box)
        ids = box.line.add_followers(25)
        line = box.line_client()
        line.webhook_endpoint.set("https://shop.example/line")
        line.multicast(ids, "Hello", aggregation_unit="spring")
        box.line.open("spring", ids)
        line.broadcast("Hello")
        box.clock.advance(days=1)
        yield box


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    """Schemathesis's form of the documents."""
    openapi = pytest.importorskip("schemathesis", reason="schemathesis is in the extra dev").openapi
    return {name: openapi.from_dict(json.loads((DATA / f"{name}.json").read_text("utf-8"))) for name in FILES}


def _checks() -> list[Any]:
    from schemathesis import checks as core
    from schemathesis.specs.openapi import checks

    return [
        core.not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
        checks.response_headers_conformance,
    ]


SEVERAL = [{"type": "text", "text": "Hello"}, {"type": "sticker", "packageId": "446", "stickerId": "1988"}]


def _known(box: Sandbox, token: str) -> dict[str, Any]:
    """What the sandbox knows, by name of the parameter or property: requests with these succeed.

    The test file of a group can have a function ``known(box)`` with more of them.
    """
    some_id = next(iter(box.line.people))
    jwt = assertion(box, token_exp=60)
    box.line.reply_tokens["reply-token"] = (some_id, box.clock.now())
    oauth = {"grant_type": "client_credentials", "client_id": box.channel_id, "client_secret": box.channel_secret}
    oauth |= {"client_assertion_type": BEARER, "client_assertion": jwt, "access_token": token}
    sending = {"to": some_id, "messages": SEVERAL, "replyToken": "reply-token", "endpoint": "https://shop.example/line"}
    statistics = {"requestId": next(iter(box.line.broadcasts)), "customAggregationUnit": "spring", "date": "20260101"}
    days = {"from": "20260101", "to ": "20260101", "limit": 10}
    of_groups: dict[str, Any] = {}
    for module in pkgutil.iter_modules(groups.__path__, f"{groups.__name__}."):
        of_groups |= getattr(import_module(module.name), "known", lambda box: {})(box)
    return {"userId": some_id, **oauth, **sending, **statistics, **days, **of_groups}


def _made_right(case: Any, known: dict[str, Any], path: str) -> None:
    """Known values in place of those that were generated; optional properties and parameters are removed."""
    parts = [part for part in (case.path_parameters, case.query, case.body) if isinstance(part, dict)]
    for part in parts:
        for name in list(part):
            if name == "to" and part is case.query:
                part[name] = known["to "]
            elif name == "to" and path.endswith("/multicast"):
                part[name] = [known["to"]]
            elif name in known:
                part[name] = known[name]
            else:
                del part[name]
    case.headers.pop("X-Line-Retry-Key", None)


def _token(box: Sandbox, path: str) -> str:
    """A valid token of the version that the path is for."""
    short = "/v2/oauth/" in path
    response = issue_short(box) if short else issue(box, assertion(box, token_exp=3600), "/oauth2/v2.1/token")
    token: str = response.json()["access_token"]
    return token


@pytest.mark.ci
@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("name, method, path", OPERATIONS)
def test_responses_are_as_documented(
    box: Sandbox, schemas: dict[str, Any], name: str, method: str, path: str, mode: str
) -> None:
    """Requests that fit the document, and requests that do not: no 5xx, each response fits its schema; some succeed."""
    from schemathesis.generation import GenerationMode

    operation, positive = schemas[name][path][method], mode == "positive"
    headers = {"Authorization": f"Bearer {box.channel_access_token}"}
    checks, session, statuses = _checks(), requests.Session(), set[int]()

    @RULES
    @given(case=operation.as_strategy(generation_mode=GenerationMode(mode)), right=st.booleans())
    def run(case: Any, right: bool) -> None:
        if right and positive:
            box.line.key_ids.clear()
            _made_right(case, _known(box, _token(box, path)), path)
        response = case.call(base_url=box.line_url, session=session, headers=headers)
        case.validate_response(response, checks=checks)
        statuses.add(response.status_code)

    with session:
        run()
    assert 200 in statuses or not positive


NO_OBJECTS = (b"", b"{", b"[]", b"null", b"7", b'"x"', b'{"to":NaN}', b"\xff", b"[" * 100_000, b'{"messages":{"0":1}}')


def _send(box: Sandbox, method: str, path: str, content: bytes, media_type: str = "application/json") -> Response:
    address = re.sub(r"\{\w+\}", next(iter(box.line.people), "1"), path)
    headers = {"Authorization": f"Bearer {box.channel_access_token}", "Content-Type": media_type}
    return box.line.handle(Request(method, address, (), content, headers))


@pytest.mark.parametrize("method, path", [key[1:] for key, operation in ITEMS.items() if "requestBody" in operation])
def test_a_body_that_is_no_object_is_rejected(method: str, path: str) -> None:
    """A body that is not JSON, not an object or of another media type is a 4xx in LINE's form, never an exception."""
    box = Sandbox()
    box.line.add_followers(1)
    form = "/oauth" in path
    for content in NO_OBJECTS:
        response = _send(box, method, path, content, "application/x-www-form-urlencoded" if form else _JSON)
        if path.endswith(("/revoke", "/webhook/test")):
            assert response.status < 500  # they need no body, or revoke nothing
        else:
            assert 400 <= response.status < 500, content[:20]
            assert response.json().keys() & {"message", "error"}
    if not form:
        assert _send(box, method, path, b"{}", "text/plain").status == 415


@pytest.mark.parametrize("path", sorted({path for _, _, path in OPERATIONS}))
def test_another_method_or_path_is_unknown(path: str) -> None:
    """A method that LINE does not document, and a path below or beside it, is 404 with LINE's message."""
    box = Sandbox()
    methods = {method for _, method, known in OPERATIONS if known == path}
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - methods:
        response = _send(box, method, path, b"{}")
        assert (response.status, response.json()) == (404, {"message": "Not found"})
    assert _send(box, "POST", f"{path}/no/such/path", b"{}").status == 404
