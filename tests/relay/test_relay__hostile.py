"""Hostile calls: whatever arrives gets a status, nothing wrong is stored, and what is stored can be sent."""

from __future__ import annotations

import hmac
import json
import logging
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from linetap.campaign.campaign import Campaign
from linetap.clevertap import webhook_json
from linetap.errors import BadArgument
from linetap.fields import ProfileField
from linetap.line.client import LineClient
from linetap.relay import InboundCall, Outbox, OutboxSender, Relay
from linetap.relay.payloads import people_of
from linetap.sandbox import Sandbox
from tests.relay.conftest import Backend
from tests.relay.test_relay import HEADERS, SECRET, USER, Store, body, posted

SALE = Campaign("sale").with_text("Hello " + ProfileField("Name", default="you"))
SAMPLE = json.dumps(
    {
        "targetId": 17,
        "key_values": {"linetap_campaign": "sale"},
        "profiles": [
            {"identity": "c1", "objectId": "o", "profileData": {"LineID": USER, "Name": "Mei"}},
            {"Identity": 2, "ProfileData": {"LineID": "U" + "2" * 32}, "event_properties": {"date": "$D_1767225600"}},
        ],
    }
).encode()
# Parts that have broken readers of JSON: each is written over, or into, a valid call.
TOKENS = [
    *(b"NaN", b"-Infinity", b"1e999", b"-0", b"9" * 60, b"1" + b"0" * 400, b"1.5e-400", b"null", b"true", b"[]", b"{}"),
    *(b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b'"\x00"', b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80"),
    *(b'"profiles":3,', b'"profiles":[],', b'"PROFILES":{},', b'"pro_files":{"a":1},', b'"is_test":true,'),
    *(b"[" * 70, b'{"a":' * 70, b"//", b"/* */", b"'", b"\\", b",", b'"linetap_campaign":{},', b'"identity":[1],'),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A valid call with some parts replaced, cut out or put in."""
    found = bytearray(SAMPLE)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(found)))
        end = min(len(found), start + draw(st.integers(0, 30)))
        part = draw(st.sampled_from(TOKENS) | st.binary(max_size=8) | st.just(bytes(found[start:end]) * 2))
        found[start:end] = part
    return bytes(found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["identity", "Identity", "objectId", "profileData", "ProfileData", "event_properties", "key_values", "payload"]
PERSON = st.dictionaries(
    st.sampled_from(NAMES), JSON | st.dictionaries(st.sampled_from(["LineID", "Name", "linetap_campaign"]), JSON)
)
CALL = st.fixed_dictionaries(
    {"profiles": PERSON | st.lists(PERSON, max_size=3) | JSON},
    optional={"targetId": JSON, "key_values": JSON, "is_test": JSON, "reward": JSON, "extra": JSON},
)


def checked(content: bytes) -> list[InboundCall]:
    """200, 400 or 413, never an exception; what was not stored has no 200, except a test call."""
    store = Store()
    found = posted(store, content, max_body=5_000)
    said = json.loads(found.body)
    assert found.status in (200, 400, 413)
    assert bool(store.calls) == (said["message"] == "stored")
    assert SECRET not in said["message"]
    for call in store.calls:
        assert (found.status, call.body.encode()) == (200, content)
        assert list(people_of(call.body))
        assert "\0" not in call.route
    return store.calls


@settings(max_examples=300)
@given(damaged())
@example(SAMPLE.replace(b"sale", b"sa\\u0000le"))
@example(b"\xef\xbb\xbf" + SAMPLE)
def test_damaged_calls(content: bytes) -> None:
    """A call that is damaged anywhere is rejected, or is stored as it came and can be read."""
    checked(content)


@given(CALL)
def test_calls_of_wrong_types(found: dict[str, Any]) -> None:
    """A member of any type is rejected, or the call is stored and can be read."""
    checked(json.dumps(found).encode())


@given(st.dictionaries(st.text(), st.text() | st.binary() | st.none() | st.integers()))
def test_any_headers_get_401(headers: dict[str, Any]) -> None:
    """Headers of any names, texts and types without the secret get 401."""
    store = Store()
    assert posted(store, body(), headers).status in (401, 413)
    assert store.calls == []


@given(st.binary() | JSON.map(json.dumps) | st.text())
def test_any_text_of_a_queue_is_a_bad_argument(text: Any) -> None:
    """``InboundCall.from_json`` raises BadArgument for whatever a queue contains, and nothing else."""
    with pytest.raises(BadArgument):
        InboundCall.from_json(text)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, LineClient]]:
    with Sandbox() as box:
        box.line.add_followers(1)
        yield tmp_path_factory.mktemp("hostile"), box.line_client()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CALL.map(lambda found: json.dumps(found).encode()) | damaged(), min_size=1, max_size=20))
def test_whatever_is_stored_has_an_outcome(place: tuple[Path, LineClient], contents: list[bytes]) -> None:
    """Every person of every stored call ends with an outcome: a hostile call does not stop the sender."""
    folder, line = place
    with Outbox(folder / "outbox.sqlite") as outbox:
        relay = Relay(outbox, secret=SECRET)
        for content in contents:
            assert relay.handle(content, HEADERS).status in (200, 400)
        report = OutboxSender(outbox, line, [SALE], fuse=None).drain()
        assert (report.remaining, report.stopped_by) == (0, "")


def test_nul_characters_can_be_stored(backend: Backend) -> None:
    """NUL in a name, a target or a value does not stop the relay or the sender, whichever store they have."""
    user = backend.users[0]
    people = [{"identity": "c\0", "profileData": {"LineID": user, "Name": "Me\0i"}}, {"identity": "\0", "x": "\0"}]
    with backend.outbox() as outbox:
        relay = Relay(outbox, secret=SECRET)
        for more in ({"targetId": "7\0"}, {"targetId": 7, "key_values": {"linetap_campaign": "sa\0le"}}):
            sent = json.dumps({"profiles": people, **more}).encode()
            assert relay.handle(sent, HEADERS).status == 200
        report = backend.drain([SALE], outbox=outbox)
        assert (report.remaining, sum(report.outcomes.values())) == (0, 4)
        assert all("\0" not in entry.campaign + entry.reason + entry.target for entry in outbox.history(user))


def test_the_size_is_checked_before_anything_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """51 MB of JSON are rejected without a parser, and without a copy of the body."""
    content = b'{"profiles": [' + b"{}," * 17_000_000 + b"{}]}"

    def parsed(*_: Any) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr(webhook_json, "parse", parsed)
    store = Store()
    tracemalloc.start()
    status = posted(store, content).status
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (status, store.calls) == (413, [])
    assert peak < 1_000_000


def test_a_small_body_of_very_many_people_is_rejected() -> None:
    """More than 100,000 people in one call get 400: each takes far more memory than bytes."""
    store = Store()
    response = posted(store, b'{"profiles": [' + b"{}," * 100_000 + b"{}]}")
    assert (response.status, store.calls) == (400, [])
    assert "at most 100,000 people" in json.loads(response.body)["message"]


@pytest.mark.parametrize("sent", ["", "Bearer x", f"Bearer {SECRET}", "Bearer " + "x" * 5000, "Basic eDp5"])
def test_every_secret_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, sent: str) -> None:
    """All secrets are compared, whichever matches first, as digests of one length by ``hmac.compare_digest``."""
    compared: list[tuple[int, int]] = []
    real = hmac.compare_digest

    def counted(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return real(one, other)

    relay = Relay(Store(), secret=[SECRET, "another-secret-0123456789"], basic=("brand", "p" * 40))
    monkeypatch.setattr(hmac, "compare_digest", counted)
    relay.handle(body(), {"Authorization": sent})
    assert compared == [(32, 32)] * 3


def test_several_authorization_headers_are_no_credentials() -> None:
    """Two Authorization headers, in any case, get 401, although one of them has the secret."""
    for other in ("Bearer x", f"Bearer {SECRET}", ""):
        store = Store()
        assert posted(store, body(), {**HEADERS, "authorization": other}).status == 401
        assert posted(store, body(), {"AUTHORIZATION": other, **HEADERS}).status == 401
        assert store.calls == []


@given(st.sampled_from(TOKENS))
def test_no_secret_is_logged(token: bytes) -> None:
    """Rejected calls log and respond without the secret and without the body's text."""
    records: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("linetap")
    logger.addHandler(handler)
    try:
        headers = {"Authorization": f"Bearer {SECRET}"}
        said = posted(Store(), SAMPLE + token, headers).body + posted(Store(), SAMPLE, {"Authorization": SECRET}).body
    finally:
        logger.removeHandler(handler)
    assert SECRET not in "".join(records) + said.decode()
    assert USER not in "".join(records) + said.decode()
