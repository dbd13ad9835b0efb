"""Canary values: a token, a passcode and a channel secret are used, and must not appear anywhere."""

from __future__ import annotations

import base64
import gc
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from linetap import (
    CleverTapClient,
    LineClient,
    LinetapError,
    ProfileRecord,
    RetryPolicy,
    StatelessToken,
    StaticToken,
    WebhookTemplate,
)
from linetap.errors import ManualStepNeeded
from linetap.sandbox import Sandbox

NO_PATIENCE = RetryPolicy(attempts=1)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """Both services in process."""
    with Sandbox() as sandbox:
        yield sandbox


def _secrets(box: Sandbox) -> list[str]:
    plain = [box.channel_access_token, box.passcode, box.channel_secret]
    return [form for secret in plain for form in (secret, base64.b64encode(secret.encode()).decode().rstrip("="))]


def _texts(thing: object) -> Iterator[str]:
    """Every way in which a value is stored or shown."""
    yield repr(thing)
    yield str(thing)
    yield f"{thing}"
    if (picture := getattr(thing, "_repr_html_", None)) is not None:
        yield picture()
    try:
        yield pickle.dumps(thing).decode("latin-1")
    except Exception as error:  # an object that cannot be pickled leaks nothing, except by the text of the exception
        yield str(error)


def _assert_unseen(box: Sandbox, text: str, where: str) -> None:
    for secret in _secrets(box):
        assert secret not in text, f"a secret is seen in {where}"


def _line_calls(line: LineClient, user_id: str) -> list[Callable[[], object]]:
    return [
        lambda: line.push(user_id, "Hello"),
        lambda: line.multicast([user_id], "Hello"),
        lambda: list(line.followers()),
        lambda: line.profile(user_id),
        lambda: line.quota(),
        lambda: line.push("N.A", "Hello"),
        lambda: line.push(user_id, []),
    ]


def _clevertap_calls(clevertap: CleverTapClient) -> list[Callable[[], object]]:
    return [
        lambda: clevertap.upload_profiles(
            [ProfileRecord("customer-1", {"LineID": "U" + "0" * 32})]
        ).raise_for_failures(),
        lambda: clevertap.profile(identity="customer-1"),
        lambda: clevertap.upload_profiles([ProfileRecord("", {})]),
    ]


FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "401": {"status": 401},
    "403": {"status": 403},
    "429": {"status": 429},
    "500": {"status": 500},
    "not JSON": {"status": 200, "body": b"<html>"},
    "cut before": {"cut": "before"},
    "cut after": {"cut": "after"},
    "cut half": {"cut": "half"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_failure_spills(box: Sandbox, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    """However a call ends, its error, the traceback, the log of all libraries and the pickle contain no secret."""
    caplog.set_level(logging.DEBUG)
    user_id = box.line.add_followers(1)[0]
    line = box.line_client(retry=NO_PATIENCE)
    clevertap = box.clevertap_client(retry=NO_PATIENCE)

    for call in _line_calls(line, user_id) + _clevertap_calls(clevertap):
        if FAULTS[fault]:
            box.faults.clear()
            box.faults.add("*", times=5, **FAULTS[fault])
        try:
            result = call()
        except LinetapError as error:
            for text in (*_texts(error), *traceback.format_exception(error)):
                _assert_unseen(box, text, f"{type(error).__name__} after {fault}")
        else:
            for text in _texts(result):
                _assert_unseen(box, text, f"{type(result).__name__} after {fault}")

    _assert_unseen(box, caplog.text, "the log")
    for record in caplog.records:
        _assert_unseen(box, repr(vars(record)), "a log record's fields")


def test_nothing_alive_spills(box: Sandbox) -> None:
    """The repr, text, picture and pickle of every object that linetap created contain no secret."""
    user_id = box.line.add_followers(1)[0]
    line, clevertap = box.line_client(), box.clevertap_client()
    stateless = LineClient(StatelessToken(box.channel_id, box.channel_secret), session=box.session())
    for call in [
        *_line_calls(line, user_id)[:5],
        *_line_calls(stateless, user_id)[:5],
        *_clevertap_calls(clevertap)[:2],
    ]:
        call()
    template = WebhookTemplate.line_push("LINE push", box.channel_access_token)
    kept = [
        StaticToken(box.channel_access_token),
        template,
        clevertap.create_webhook_template(template),
        line.with_options(),
    ]

    gc.collect()
    alive = [thing for thing in gc.get_objects() if _is_ours(thing)] + kept
    assert len(alive) > 20
    for thing in alive:
        for text in _texts(thing):
            _assert_unseen(box, text, f"{type(thing).__module__}.{type(thing).__qualname__}")


def _is_ours(thing: object) -> bool:
    module = str(getattr(type(thing), "__module__", ""))
    return module.startswith("linetap") and not module.startswith("linetap.sandbox")


def test_the_receipt_lists_the_steps_without_the_token(box: Sandbox) -> None:
    """When a template must be saved in the dashboard, neither the steps nor the warning show the token."""
    clevertap = CleverTapClient(box.account_id, box.passcode, region="eu1")
    template = WebhookTemplate.line_push("LINE push", box.channel_access_token)

    with pytest.warns(ManualStepNeeded) as warned:
        receipt = clevertap.create_webhook_template(template)

    assert not receipt.created
    for text in [*receipt.steps, *map(str, (w.message for w in warned)), *_texts(receipt)]:
        _assert_unseen(box, text, "the receipt")


@pytest.mark.parametrize("broken", ["{}\n", "\u3042{}", "{} "], ids=["line break", "not Latin-1", "blank at the end"])
def test_a_token_that_cannot_be_sent_is_not_shown(box: Sandbox, broken: str) -> None:
    """A token with a character that is invalid in a header is rejected without being quoted."""
    token = broken.format(box.channel_access_token)

    with pytest.raises(LinetapError) as caught:
        LineClient(token).push("U" + "0" * 32, "Hello")

    for text in (*_texts(caught.value), *traceback.format_exception(caught.value)):
        _assert_unseen(box, text, "the error")
