"""Building, checking and writing a push, against line-bot-sdk, which builds and writes but checks nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import linebot.v3.messaging as sdk

from linetap.line import rules
from linetap.line.messages import actions, flex, kinds
from tests.benchmarks.sends import TO
from tests.benchmarks.table import Row, compare

_IMAGE = "https://cdn.example.com/spring/sale.jpg"
_LINK = "https://shop.example.com/spring?from=line"


def _write(to: str, given: list[kinds.Message]) -> bytes:
    assert not rules.recipient_problems(to)
    problems, text = rules.check_messages(kinds.messages_to_json(given), to=to, filled=True)
    assert not problems
    return f'{{"to":"{to}","messages":{text}}}'.encode()


def ours_push() -> bytes:
    """Text, image and three quick replies, by linetap."""
    quick = kinds.QuickReply(
        [
            kinds.QuickReplyItem(actions.MessageAction("yes", label="Yes")),
            kinds.QuickReplyItem(actions.URIAction(_LINK, label="Shop")),
            kinds.QuickReplyItem(actions.PostbackAction("stop=1", label="Later")),
        ]
    )
    return _write(
        TO,
        [
            kinds.TextMessage("Our spring sale begins tomorrow at ten."),
            kinds.ImageMessage(_IMAGE, _IMAGE, quick_reply=quick),
        ],
    )


def sdk_push() -> bytes:
    """The same, by line-bot-sdk."""
    quick = sdk.QuickReply(
        items=[
            sdk.QuickReplyItem(action=sdk.MessageAction(text="yes", label="Yes")),
            sdk.QuickReplyItem(action=sdk.URIAction(uri=_LINK, label="Shop")),
            sdk.QuickReplyItem(action=sdk.PostbackAction(data="stop=1", label="Later")),
        ]
    )
    request = sdk.PushMessageRequest(
        to=TO,
        messages=[
            sdk.TextMessage(text="Our spring sale begins tomorrow at ten."),
            sdk.ImageMessage(original_content_url=_IMAGE, preview_image_url=_IMAGE, quick_reply=quick),
        ],
    )
    return json.dumps(request.to_dict()).encode()


def _ours_line(place: int) -> flex.FlexBox:
    return flex.FlexBox(
        "horizontal",
        [
            flex.FlexText(f"Item {place}", size="sm", color="#555555", flex=0),
            flex.FlexText("1,200", size="sm", color="#111111", align="end"),
        ],
        margin="md",
    )


def ours_flex() -> bytes:
    """A receipt of 42 components, by linetap."""
    body = flex.FlexBox(
        "vertical",
        [
            flex.FlexText("RECEIPT", weight="bold", color="#1DB446", size="sm"),
            flex.FlexText("Brown Store", weight="bold", size="xxl", margin="md"),
            flex.FlexSeparator(margin="xxl"),
            *[_ours_line(place) for place in range(12)],
        ],
    )
    footer = flex.FlexBox("vertical", [flex.FlexButton(actions.URIAction(_LINK, label="Shop"), style="primary")])
    return _write(TO, [flex.FlexMessage("Your receipt", flex.FlexBubble(body=body, footer=footer))])


def _sdk_line(place: int) -> Any:
    return sdk.FlexBox(
        layout="horizontal",
        contents=[
            sdk.FlexText(text=f"Item {place}", size="sm", color="#555555", flex=0),
            sdk.FlexText(text="1,200", size="sm", color="#111111", align="end"),
        ],
        margin="md",
    )


def sdk_flex() -> bytes:
    """The same, by line-bot-sdk."""
    body = sdk.FlexBox(
        layout="vertical",
        contents=[
            sdk.FlexText(text="RECEIPT", weight="bold", color="#1DB446", size="sm"),
            sdk.FlexText(text="Brown Store", weight="bold", size="xxl", margin="md"),
            sdk.FlexSeparator(margin="xxl"),
            *[_sdk_line(place) for place in range(12)],
        ],
    )
    button = sdk.FlexButton(action=sdk.URIAction(uri=_LINK, label="Shop"), style="primary")
    footer = sdk.FlexBox(layout="vertical", contents=[button])
    message = sdk.FlexMessage(alt_text="Your receipt", contents=sdk.FlexBubble(body=body, footer=footer))
    return json.dumps(sdk.PushMessageRequest(to=TO, messages=[message]).to_dict()).encode()


BODIES = (
    ("text + image + 3 quick replies: build, check, write", ours_push, sdk_push, 200),
    ("flex of 42 components: build, check, write", ours_flex, sdk_flex, 30),
)
GOALS = {"line-bot-sdk": "<= 0.15"}


def many(ours: Callable[[], bytes], theirs: Callable[[], bytes], times: int) -> dict[str, Callable[[], None]]:
    """So many bodies, by each way."""
    return {"linetap": _many(ours, times), "line-bot-sdk": _many(theirs, times)}


def _many(call: Callable[[], bytes], times: int) -> Callable[[], None]:
    def run() -> None:
        for _ in range(times):
            call()

    return run


def rows(quick: bool) -> Iterable[Row]:
    """Both bodies; the promise is 0.15 of what line-bot-sdk needs."""
    for what, ours, theirs, times in BODIES:
        variants = many(ours, theirs, times // 3 if quick else times)
        yield from compare(what, variants, goals=GOALS, rounds=5 if quick else 15)
