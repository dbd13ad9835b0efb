"""LINE's rules for message JSON: paths, severities and texts of problems."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from linetap.errors import Problem
from linetap.fields import ConditionalText, ProfileField
from linetap.line.rules import (
    check_messages,
    graphemes,
    message_problems,
    push_problems,
    recipient_problems,
    texts,
    unfilled_fields,
    utf16_units,
)
from linetap.line.rules.engine import Context, WholeNumber, limit_requirement
from linetap.line.rules.limits import Limit

USER = "U" + "0" * 32
NAME = str(ProfileField("Name"))


def _summary(problems: Any) -> list[tuple[str, str]]:
    return [(problem.path, problem.severity) for problem in problems]


def test_a_good_push() -> None:
    """A body as LINE documents it has no problem."""
    body = {
        "to": USER,
        "messages": [{"type": "text", "text": "hi"}],
        "notificationDisabled": True,
        "customAggregationUnits": ["spring_sale"],
    }

    assert push_problems(body) == ()


def test_all_problems_of_a_push() -> None:
    """Recipient, messages and options are checked together."""
    body = {
        "to": "N.A",
        "messages": [],
        "notificationDisabled": "yes",
        "customAggregationUnits": ["a b", "c"],
        "extra": 1,
    }

    assert _summary(push_problems(body)) == [
        ("to", "error"),
        ("messages", "error"),
        ("notificationDisabled", "error"),
        ("customAggregationUnits", "error"),
        ("customAggregationUnits[0]", "error"),
        ("extra", "uncertain"),
    ]
    assert _summary(push_problems({})) == [("to", "error"), ("messages", "error")]


@pytest.mark.parametrize("to", ["N.A", "", None, 5, "u" + "0" * 32, "U" + "A" * 32, USER + "0", USER + "\n"])
def test_recipients(to: object) -> None:
    """A recipient is U, C or R and 32 lower-case hexadecimal digits, and nothing else."""
    assert _summary(recipient_problems(to)) == [("to", "error")]


def test_kinds_of_recipients() -> None:
    """A group is rejected where only users are allowed."""
    group = "C" + "0" * 32

    assert recipient_problems(group) == ()
    assert _summary(recipient_problems(group, "to[3]", kinds="U")) == [("to[3]", "error")]


def test_a_field_as_recipient_is_uncertain() -> None:
    """A field as recipient is uncertain; a damaged field is an error."""
    assert _summary(recipient_problems(NAME)) == [("to", "uncertain")]
    assert _summary(recipient_problems(NAME[:-3])) == [("to", "error")]


def test_unfilled_fields() -> None:
    """Every position of a field that is not filled is reported, and every damaged field."""
    messages = [{"type": "text", "text": f"Hi {NAME}"}, {"type": "text", "text": "hi"}, {"type": "x", "y": [NAME[1:]]}]

    assert _summary(unfilled_fields(messages)) == [("messages[2].y[0]", "error"), ("messages[0].text", "error")]
    assert unfilled_fields([{"type": "text", "text": "LtM and quite a text"}]) == ()


def test_marks_do_not_count() -> None:
    """A text with fields is fine as long as the longest values fit, and uncertain beyond."""
    assert message_problems([{"type": "text", "text": f"Hi {NAME}"}]) == ()
    assert _summary(message_problems([{"type": "text", "text": "x" * 4489 + NAME}])) == [
        ("messages[0].text", "uncertain")
    ]
    assert _summary(message_problems([{"type": "text", "text": "x" * 5001 + NAME}])) == [("messages[0].text", "error")]
    assert _summary(message_problems([{"type": "text", "text": NAME[:-1]}])) == [("messages[0].text", "error")]


def test_conditional_texts_are_checked_by_branch() -> None:
    """A text that depends on a condition is checked for each of its branches."""
    japanese = ProfileField("Language").equals("ja")
    image = {"type": "image", "previewImageUrl": "https://e.com/p"}

    def found(one: str, other: str) -> list[tuple[str, str]]:
        return _summary(message_problems([{**image, "originalContentUrl": str(ConditionalText(japanese, one, other))}]))

    assert found("https://e.com/ja", "https://e.com/en") == []
    assert found("https://e.com/ja", "http://e.com/en") == [("messages[0].originalContentUrl", "error")]
    assert found("https://e.com/ja", f"https://e.com/{NAME}") == [("messages[0].originalContentUrl", "uncertain")]
    empty = str(ConditionalText(japanese, "", "hi"))
    assert _summary(message_problems([{"type": "text", "text": empty}])) == [("messages[0].text", "error")]
    many = "".join(str(ConditionalText(japanese, "a", str(place))) for place in range(9))
    assert _summary(message_problems([{"type": "text", "text": many}])) == [("messages[0].text", "uncertain")]


@pytest.mark.parametrize("text, length", [("", 0), ("abc", 3), ("あ", 1), ("😀", 2), ("👨‍👩‍👧‍👦", 11), ("\ud800", 1)])
def test_utf16_units(text: str, length: int) -> None:
    """Lengths are counted in UTF-16 units, lone surrogates included."""
    assert utf16_units(text) == length


@pytest.mark.parametrize("text, length", [("", 0), ("abc", 3), ("👨‍👩‍👧‍👦", 1), ("กำ", 1), ("\r\n", 1), ("🇯🇵🇹🇭", 2)])
def test_graphemes(text: str, length: int) -> None:
    """A grapheme cluster is what readers see as one letter."""
    assert graphemes(text) == length


def test_clusters_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library that splits clusters, a short text is fine and a long one is uncertain, never an error."""
    monkeypatch.setattr(texts, "_splitter", lambda: None)
    camera = {"type": "action", "action": {"type": "camera", "label": "x" * 20}}
    label = camera["action"]

    def found() -> list[tuple[str, str]]:
        return _summary(message_problems([{"type": "text", "text": "x", "quickReply": {"items": [camera]}}]))

    assert graphemes("x") is None
    assert found() == []
    label["label"] = "x" * 21  # type: ignore[index]
    assert found() == [("messages[0].quickReply.items[0].action.label", "uncertain")]


def test_the_splitter_may_be_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that splits clusters is an extra: its absence is no error."""
    monkeypatch.setitem(sys.modules, "regex", None)

    assert texts._splitter.__wrapped__() is None


def test_checking_returns_the_json() -> None:
    """The check returns the JSON that it wrote; with ``filled`` a field that is not filled is an error."""
    plain = [{"type": "text", "text": "パン"}]
    marked = [{"type": "text", "text": NAME}]

    assert check_messages(plain) == ((), '[{"type":"text","text":"パン"}]')
    assert _summary(check_messages(marked).problems) == []
    assert _summary(check_messages(marked, filled=True).problems) == [("messages[0].text", "error")]
    assert check_messages([{"type": "text", "text": float("nan")}]).text is None


def test_problems_have_the_order_of_the_table() -> None:
    """Problems have the order of LINE's page, whichever order the keys have."""
    one = {"type": "image", "previewImageUrl": 1, "originalContentUrl": 2, "sender": 3, "x": 4}
    other = dict(reversed(one.items()))

    assert message_problems([one]) == message_problems([other])
    assert [p.path for p in message_problems([one])] == [
        "messages[0].originalContentUrl",
        "messages[0].previewImageUrl",
        "messages[0].sender",
        "messages[0].x",
    ]


def test_the_text_of_a_problem() -> None:
    """A problem names path, requirement, value, page and remedy."""
    (problem,) = message_problems([{"type": "text", "text": "x", "quotetoken": "q"}])

    assert problem == Problem(
        "messages[0].quotetoken",
        "must be a property that LINE documents for a message of type text",
        "quotetoken",
        "https://developers.line.biz/en/reference/messaging-api/#text-message",
        "did you mean 'quoteToken'?",
        "uncertain",
    )


def test_another_path() -> None:
    """Paths start with the path that the caller passes."""
    assert [p.path for p in message_problems([{"type": "text"}], "body.messages")] == ["body.messages[0].text"]
    assert [p.path for p in message_problems([{"type": "text"}], "")] == ["[0].text"]


def test_a_push_is_checked_for_its_recipient() -> None:
    """A rule that depends on the recipient uses the recipient of the body."""
    mention = {"type": "mention", "mentionee": {"type": "all"}}
    messages = [{"type": "textV2", "text": "{a}", "substitution": {"a": mention}}]

    assert _summary(push_problems({"to": USER, "messages": messages})) == [("messages[0].substitution.a.type", "error")]
    assert push_problems({"to": "C" + USER[1:], "messages": messages}) == ()


def test_a_body_that_is_not_an_object() -> None:
    """A body that is not an object is one problem."""
    assert _summary(push_problems([])) == [("body", "error")]  # type: ignore[arg-type]


def test_space_for_emojis() -> None:
    """An emoji is assumed to count as at most 50 of the 5,000 units."""
    emoji = {"index": 0, "productId": "p", "emojiId": "e"}

    def found(length: int) -> list[tuple[str, str]]:
        return _summary(message_problems([{"type": "text", "text": "$" + "x" * (length - 1), "emojis": [emoji]}]))

    assert found(4950) == []
    assert found(4951) == [("messages[0].text", "uncertain")]


def test_the_cache_of_passed_values_is_bounded() -> None:
    """A check caches a bounded number of strings that passed, and none that failed."""
    check = texts.Pattern("[0-9]+", "must be a number")
    for number in range(600):
        assert check(str(number), Context()) == ()
    check("x", Context())

    assert check.passed == {str(number) for number in range(500)}


@pytest.mark.parametrize(
    "limit, words",
    [
        (Limit(2, "entries", "", 2), "must have exactly 2 entries"),
        (Limit(1000, "entries", "", 1), "must have 1 to 1,000 entries"),
        (Limit(1000, "entries", ""), "must have at most 1,000 entries"),
        (Limit(300, "UTF-16 units", "", 1), "must have at most 300 UTF-16 units"),
    ],
)
def test_the_text_of_limits(limit: Limit, words: str) -> None:
    """A limit names its lower bound where that is more than 1 or 0."""
    assert limit_requirement(limit) == words


@pytest.mark.parametrize(
    "check, words",
    [
        (WholeNumber(), "must be a whole number"),
        (WholeNumber(1), "must be a whole number of at least 1"),
        (WholeNumber(None, 2000), "must be a whole number of at most 2,000"),
        (WholeNumber(1, 2000), "must be a whole number from 1 to 2,000"),
        (WholeNumber(3, 3), "must be a whole number, exactly 3"),
    ],
)
def test_the_text_of_bounds(check: WholeNumber, words: str) -> None:
    """A number is described with its bounds."""
    assert [problem.rule for problem in check("x", Context())] == [words]
