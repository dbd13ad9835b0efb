"""The rules accept every value: they return problems, and never raise an exception."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.errors import BadArgument, Problem
from linetap.fields import ProfileField
from linetap.line.messages.json import message_from_json, message_to_json
from linetap.line.rules import message_problems, push_problems, recipient_problems, unfilled_fields
from linetap.line.rules.json_walk import MAX_DEPTH
from tests.line.strategies import any_message

MARK = str(ProfileField("Name"))


class Shy:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", MARK, MARK[3:], MARK.lower(), "\ud800", "text", "https://e.com", "{a}", "{", "$", 10**400])
    | st.sampled_from([b"x", object(), {1, 2}, (1, "a"), 1j])
)
WORDS = st.sampled_from(
    [
        "type",
        "text",
        "contents",
        "template",
        "columns",
        "actions",
        "action",
        "label",
        "quickReply",
        "items",
        "to",
        "size",
    ]
)
KINDS = st.sampled_from(
    ["text", "textV2", "flex", "bubble", "carousel", "box", "template", "buttons", "imagemap", "uri", "video", "span"]
)
KEYS = WORDS | st.text(max_size=5) | st.sampled_from([1, None, (1,), "\udc00", MARK])
JUNK = st.recursive(
    SCALARS | KINDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5) | st.tuples(inner),
    max_leaves=20,
)


def _all_complete(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        assert isinstance(problem, Problem)
        assert problem.rule
        assert problem.severity in ("error", "uncertain", "advice")
        assert len(problem.found) < 200
        str(problem)


@given(value=JUNK)
def test_every_value_is_checked(value: Any) -> None:
    """No value makes the rules raise an exception: as messages, a message, a body or a recipient."""
    _all_complete(message_problems(value))
    _all_complete(message_problems([value]))
    _all_complete(push_problems(value))
    _all_complete(push_problems({"to": value, "messages": [value], "customAggregationUnits": value}))
    _all_complete(recipient_problems(value))
    _all_complete(unfilled_fields(value))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every part of a value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in steps for place in _paths(item, (*path, key)))]


def _put(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    value[path[0]] = _put(value[path[0]], path[1:], junk)
    return value


@given(message=any_message(), data=st.data())
def test_a_message_with_one_changed_part_is_checked(message: Any, data: Any) -> None:
    """No value in any part of a good message makes the rules raise an exception."""
    plain = message_to_json(message)
    place = data.draw(st.sampled_from(_paths(plain)))
    spoilt = _put(copy.deepcopy(plain), place, data.draw(JUNK))
    found = message_problems([spoilt])

    _all_complete(found)
    assert found == message_problems([spoilt])


@given(
    message=any_message(), data=st.data(), junk=st.none() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
)
def test_unknown_keys_and_nulls_are_preserved_everywhere(message: Any, data: Any, junk: Any) -> None:
    """An unknown key in any part of a message is preserved, and is not an error."""
    plain = message_to_json(message)
    objects = [
        place for place in _paths(plain) if isinstance(_at(plain, place), dict) and "substitution" not in place[-1:]
    ]
    _at(plain, data.draw(st.sampled_from(objects)))["tomorrow"] = junk

    assert message_to_json(message_from_json(plain)) == plain
    assert {problem.severity for problem in message_problems([plain])} <= {"uncertain", "advice"}


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@given(message=any_message(), data=st.data())
def test_json_is_read_or_rejected(message: Any, data: Any) -> None:
    """JSON of another form is a BadArgument or is preserved; it never becomes another message."""
    plain = message_to_json(message)
    place = data.draw(st.sampled_from(_paths(plain)[1:]))
    junk = data.draw(st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([]) | st.just({}))
    spoilt = _put(copy.deepcopy(plain), place, junk)
    try:
        read = message_from_json(spoilt)
    except BadArgument as error:
        assert error.problems  # noqa: PT017 - either outcome is right
    else:
        assert json.dumps(message_to_json(read), sort_keys=True) == json.dumps(spoilt, sort_keys=True)


@pytest.mark.parametrize("depth", [MAX_DEPTH // 2 + 3, 2000, 100_000])
def test_depth_is_bounded(depth: int) -> None:
    """Endlessly nested boxes are one problem, and do not exhaust the stack."""
    box: dict[str, Any] = {"type": "box", "layout": "vertical", "contents": []}
    for _ in range(depth):
        box = {"type": "box", "layout": "vertical", "contents": [box]}
    messages = [{"type": "flex", "altText": "a", "contents": {"type": "bubble", "body": box}}]
    deep = [problem for problem in message_problems(messages) if problem.rule.startswith("must be nested")]

    assert len(deep) == 1
    assert deep[0].severity == "error"


@pytest.mark.parametrize(
    "odd", [Shy(), 10**5000, [Shy()], float("nan"), "\ud800", b"x"], ids=lambda odd: type(odd).__name__
)
def test_values_without_a_repr_are_reported(odd: Any) -> None:
    """A value that cannot be printed is reported like any other."""
    assert {"messages[0].text"} <= {p.path[:16] for p in message_problems([{"type": "text", "text": odd}])}
    assert message_problems([{"type": "tomorrow", "deep": [{"er": odd}]}])
    assert recipient_problems(odd)


@pytest.mark.parametrize("holder", [lambda inner: [inner], lambda inner: {"x": inner}], ids=["lists", "objects"])
def test_the_depth_of_unknown_keys_is_bounded(holder: Any) -> None:
    """An unknown key may be nested as deep as other JSON, and no deeper."""

    def summaries(levels: int) -> list[str]:
        deep: Any = 1
        for _ in range(levels):
            deep = holder(deep)
        found = message_problems([{"type": "text", "text": "x", "tomorrow": deep}])
        return [problem.rule[:14] for problem in found if problem.severity == "error"]

    assert summaries(MAX_DEPTH) == []
    assert summaries(MAX_DEPTH + 1) == ["must be nested"]


def test_endless_values_are_reported() -> None:
    """A value that contains itself is reported, and the check ends."""
    endless: dict[str, Any] = {"type": "box", "layout": "vertical"}
    endless["contents"] = [endless]
    messages = [{"type": "flex", "altText": "a", "contents": {"type": "bubble", "body": endless}}]

    assert [p.rule[:14] for p in message_problems(messages)] == ["must be nested"]
    assert unfilled_fields(messages) == ()
