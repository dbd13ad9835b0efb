"""Mistakes in the four steps are reported before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import attrs
import pytest

from linetap import (
    BadArgument,
    CleverTapClient,
    Delivery,
    ImageMessage,
    LineClient,
    ProfileField,
    ProfileRecord,
    StatelessToken,
)
from linetap.sandbox import Sandbox

USER = "U" + "0" * 32


@attrs.frozen
class Mistake:
    """One wrong call, and the words that its error must contain."""

    what: str
    call: Callable[[LineClient, CleverTapClient], object]
    path: str
    found: str = ""
    page: str = ""


def _upload(**properties: object) -> Callable[[LineClient, CleverTapClient], object]:
    return lambda line, clevertap: clevertap.upload_profiles([ProfileRecord("customer-1", properties)])  # type: ignore[arg-type]


LINE_PAGE, CLEVERTAP_PAGE = "https://developers.line.biz/", "clevertap.com/docs/"
MISTAKES = [
    Mistake("unknown region", lambda *_: CleverTapClient("A", "p", region="eu9"), "region", "eu9", CLEVERTAP_PAGE),
    Mistake("empty token", lambda *_: LineClient(""), "channel_access_token", "", LINE_PAGE),
    Mistake("empty secret", lambda *_: StatelessToken("1", ""), "channel_secret"),
    Mistake("empty passcode", lambda *_: CleverTapClient("A", "", region="eu1"), "passcode"),
    Mistake("a str for ids", lambda line, _: line.multicast(USER, "Hello"), "to", "", LINE_PAGE),
    Mistake("a str for records", lambda _, c: c.upload_profiles("customer-1"), "records"),  # type: ignore[arg-type]
    Mistake("a str for identities", lambda _, c: c.delete_profiles("customer-1"), "identities"),
    Mistake("no message", lambda line, _: line.push(USER, []), "messages", "", LINE_PAGE),
    Mistake("6 messages", lambda line, _: line.push(USER, ["a"] * 6), "messages", "6", LINE_PAGE),
    Mistake("5,001 units", lambda line, _: line.push(USER, "😀" * 2500 + "a"), "messages[0].text", "5,001", LINE_PAGE),
    Mistake(
        "http URL",
        lambda line, _: line.push(USER, ImageMessage("http://example.com/a.jpg", "https://example.com/b.jpg")),
        "messages[0].originalContentUrl",
        "http://example.com/a.jpg",
        LINE_PAGE,
    ),
    Mistake("recipient N.A", lambda line, _: line.push("N.A", "Hello"), "to", "N.A", LINE_PAGE),
    Mistake("a field left", lambda line, _: line.push(USER, f"Hi {ProfileField('Name')}"), "messages[0].text", "Name"),
    Mistake(
        "no identity", lambda _, c: c.upload_profiles([ProfileRecord("", {"a": 1})]), "identity", "", CLEVERTAP_PAGE
    ),
    Mistake("a banned character", _upload(**{"Line$ID": "x"}), "Line$ID", "$", CLEVERTAP_PAGE),
    Mistake("over 512 bytes", _upload(Note="あ" * 171), "Note", "513", CLEVERTAP_PAGE),
    Mistake("None", _upload(Note=None), "Note", "None"),
    Mistake("NaN", _upload(Score=float("nan")), "Score", "nan"),
    Mistake("naive datetime", _upload(Since=datetime(2026, 1, 1)), "Since", "time zone"),
]


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """Both services in process: they count their requests."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.what)
def test_a_mistake_is_reported_and_nothing_is_sent(box: Sandbox, mistake: Mistake) -> None:
    """The error names the field, the requirement, the value and the vendor's page; no request is sent."""
    with pytest.raises(BadArgument) as caught:
        mistake.call(box.line_client(), box.clevertap_client())

    assert len(box.journal) == 0
    problem = next(p for p in caught.value.problems if mistake.path in p.path)
    assert problem.severity == "error"
    assert problem.rule
    assert mistake.found in f"{problem.found} {problem.rule}"
    assert mistake.page in problem.page
    assert isinstance(caught.value, ValueError)


def test_all_mistakes_are_reported_at_once(box: Sandbox) -> None:
    """A push with a wrong recipient, a long text and a plain-http image is one error with three problems."""
    image = ImageMessage("http://example.com/a.jpg", "https://example.com/b.jpg")

    with pytest.raises(BadArgument) as caught:
        box.line_client().push("N.A", ["x" * 5001, image])

    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["to", "messages[0].text", "messages[1].originalContentUrl"]
    assert len(box.journal) == 0


def test_a_delivery_is_checkd_like_a_push(box: Sandbox) -> None:
    """In a bulk send, a wrong delivery has its own outcome, and the others are sent."""
    user_id = box.line.add_followers(1)[0]

    report = box.line_client().push_many([Delivery("N.A", "Hello"), Delivery(user_id, "Hello")])

    assert report.sent == 1
    assert [message["text"] for message in box.line.inbox(user_id)] == ["Hello"]
