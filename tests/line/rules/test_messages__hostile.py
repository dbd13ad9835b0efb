"""One hostile value in a good message: the rules find what the sandbox rejects, and what is not JSON."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from linetap.errors import short_repr
from linetap.line.rules import message_problems
from linetap.sandbox.core.ambiguities import Readings
from linetap.sandbox.line.messages import problems as sandbox_problems
from tests.line.rules.limit_cases import buttons, carousel, column, flex, image_carousel, message_action, text
from tests.sandbox.message_corpus import MESSAGES

HUGE = 10**5000
"""Python does not write an int of so many digits, so it is not JSON."""
STRINGS = [
    *("", " ", "\u3000", "\x00", "x" * 13, "x" * 41, "x" * 301, "x" * 1501, "x" * 5001, "\U0001f600" * 11),
    *(
        "\ud83d",
        "１０px",
        "๑๐px",
        "-1px",
        "１６:９",
        "1e1:1",
        "nan:1",
        "９０deg",
        "５０%",
        "#ＦＦＦＦＦＦ",
        "２０２６-06-18",
    ),
    *("https://", "https:///a", "https://[::1", "https://:443/a", "https://a:99999/", "https://a..b/", "HTTPS://a.jp/"),
    *("http://a.jp/", "ftp://a.jp/", "javascript:alert(1)", "tel:", "{", "{a}", "$"),
]
OTHERS: list[Any] = [None, True, -1, 0.5, HUGE, float("nan"), float("inf"), [], {}, [None], [[]], {"type": []}, {1: 2}]
JSON = dict[str, Any]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in steps:
        yield (*path, key)
        yield from _paths(item, (*path, key))


def _with_value(message: JSON, path: tuple[Any, ...], value: Any) -> JSON:
    changed = copy.deepcopy(message)
    parent: Any = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return changed


def _as_json(message: JSON) -> JSON | None:
    try:
        return json.loads(json.dumps(message, allow_nan=False))  # type: ignore[no-any-return]
    except (ValueError, TypeError):
        return None


def _disagreement(message: JSON) -> str:
    """How rules and sandbox disagree; "" where they agree. A problem that is uncertain allows both."""
    found = {problem.severity for problem in message_problems([message])}
    plain = _as_json(message)
    if plain is None or _has_lone_surrogate(plain):
        return "" if "error" in found else "this is not JSON, and is not an error"
    rejected = sandbox_problems([plain], Readings())
    return "" if not rejected or found & {"error", "uncertain"} else f"only the sandbox rejects: {rejected[0]}"


def _has_lone_surrogate(message: JSON) -> bool:
    return r"\ud83d" in json.dumps(message).replace(r"\ud83d\ude00", "")


@pytest.mark.ci
@pytest.mark.parametrize("name", MESSAGES)
def test_a_hostile_value_in_any_part(name: str) -> None:
    """Whatever the value and wherever it is: what the sandbox rejects has a problem, and what is not JSON an error."""
    message = MESSAGES[name]
    wrong = {
        (path, short_repr(value)): found
        for path in _paths(message)
        for value in (*STRINGS, *OTHERS)
        if (found := _disagreement(_with_value(message, path, value)))
    }
    assert not wrong


LOCATION = {"type": "location", "title": "a", "address": "b", "latitude": 1, "longitude": 2}
FULL_WIDTH = {
    "size": {"type": "text", "text": "a", "size": "１０px"},
    "margin": {"type": "text", "text": "a", "margin": "๑๐px"},
    "offsetTop": {"type": "text", "text": "a", "offsetTop": "-１px"},
    "aspectRatio": {"type": "image", "url": "https://a.jp/", "aspectRatio": "１６:９"},
    "paddingAll": {"type": "box", "layout": "vertical", "contents": [], "paddingAll": "５%"},
}


@pytest.mark.parametrize("name", FULL_WIDTH)
def test_digits_of_other_scripts(name: str) -> None:
    """Full-width and Thai digits are not digits of a size or a ratio, for the rules and the sandbox."""
    body = {"type": "box", "layout": "vertical", "contents": [FULL_WIDTH[name]]}
    message = flex({"type": "bubble", "body": body})

    [problem] = message_problems([message])
    assert (problem.path, problem.severity) == (f"messages[0].contents.body.contents[0].{name}", "error")
    assert sandbox_problems([message], Readings())


@pytest.mark.parametrize("value", [HUGE, -HUGE, float("nan"), float("inf")], ids=["huge", "low", "nan", "infinite"])
@pytest.mark.parametrize("name", ["latitude", "longitude"])
def test_a_number_that_json_cannot_express(name: str, value: Any) -> None:
    """It is an error of its own path also where a number out of range is uncertain."""
    found = message_problems([{**LOCATION, name: value}])

    assert {problem.path for problem in found} == {f"messages[0].{name}"}
    assert "error" in {problem.severity for problem in found}


def test_a_huge_size_of_a_bubble() -> None:
    """A size that Python cannot write is a problem, not an exception."""
    bubbles = [{"type": "bubble", "size": size} for size in (HUGE, "mega")]

    found = message_problems([flex({"type": "carousel", "contents": bubbles})])
    assert "messages[0].contents.contents" in {problem.path for problem in found if problem.severity == "error"}


@pytest.mark.parametrize(
    ("url", "severity"),
    [
        *((url, "error") for url in ("https:///a", "https://?q", "https://:443/", "https://[::1", "https://a:99999/")),
        *((url, "error") for url in ("HTTPS:///a", "https://a@/", "https://a:b/")),
        *((url, "uncertain") for url in ("https://../@x.apk", "https://a..b/", "https://.a.jp/")),
        *((url, None) for url in ("https://a.jp", "https://a.jp:8443/b?c#d", "https://[::1]/a", "https://u:p@a.jp/")),
        *((url, None) for url in ("https://a.jp?q=//", "https://a-b.co.th./a")),
    ],
)
def test_the_host_of_a_url(url: str, severity: str | None) -> None:
    """A URL without a host, or with a port that does not exist, is an error; an empty label in it is uncertain."""
    message = {"type": "image", "originalContentUrl": url, "previewImageUrl": "https://a.jp/"}

    found = message_problems([message])
    assert [problem.severity for problem in found] == ([severity] if severity else [])
    assert bool(sandbox_problems([message], Readings())) is (severity is not None)


@pytest.mark.parametrize("action", [{}, {"label": ""}, {"label": "View"}], ids=["none", "empty", "given"])
def test_the_label_of_a_default_action(action: JSON) -> None:
    """LINE's table requires labels in templates; that of a default action, which is not shown, is uncertain."""
    default = {"type": "uri", "uri": "https://a.jp/", **action}
    for message, path in (
        (buttons(defaultAction=default), "template"),
        (carousel(column(defaultAction=default)), "template.columns[0]"),
    ):
        found = [(problem.path, problem.severity) for problem in message_problems([message])]
        expected = [(f"messages[0].{path}.defaultAction.label", "uncertain")]
        assert found == (expected if action != {"label": "View"} else [])


def test_a_label_that_is_optional() -> None:
    """The action of an image carousel needs no label."""
    action = message_action()
    del action["label"]

    assert message_problems([image_carousel({"imageUrl": "https://a.jp/", "action": action}), text()]) == ()
