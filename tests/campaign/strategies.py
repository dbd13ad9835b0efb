"""Hypothesis strategies for campaigns and profiles."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from linetap.campaign.campaign import Campaign
from linetap.campaign.conditions import when
from linetap.fields import Condition, Field, LiteralText, ProfileField, has_mark
from linetap.line.messages.kinds import EmojiSubstitutionObject, ImageMessage, TextMessage, TextMessageV2

USER = "U" + "0123456789abcdef" * 2
NAMES = ("Name", "First Name", "氏名", "if", "contains", "a.b")

plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).filter(lambda text: not has_mark(text))
tricky = st.text(st.sampled_from("{}%\"'\\\n\t aé氏👍"), max_size=12)
words = plain | tricky
"""Any text."""
gentle = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters='"\\{}'), min_size=1, max_size=20)
"""Values without a character that JSON, Liquid or textV2 interprets."""

names = st.sampled_from(NAMES)
properties = st.builds(ProfileField, names, default=st.none() | words)
conditions: st.SearchStrategy[Condition] = st.one_of(
    st.builds(lambda name: ProfileField(name).is_set(), names),
    st.builds(lambda name, value: ProfileField(name).equals(value), names, st.sampled_from(["ja", 3, True])),
    st.builds(lambda name, value: ProfileField(name).differs_from(value), names, st.sampled_from(["ja", 3, True])),
    st.builds(lambda name, value: ProfileField(name).contains(value), names, st.sampled_from(["a", "ja"])),
)
simple: st.SearchStrategy[Field] = properties | st.builds(LiteralText, words)
choices: st.SearchStrategy[Field] = st.builds(
    lambda asked, a, field, b: when(asked, f"{LiteralText(a)}{field}", otherwise=f"{LiteralText(b)}"),
    conditions,
    words,
    simple,
    words,
)
text = st.lists(st.builds(LiteralText, words) | properties | choices, min_size=1, max_size=5).map(
    lambda pieces: "x" + "".join(str(piece) for piece in pieces)
)
urls = properties.map(lambda field: f"https://example.com/{field}.jpg")


def _v2(body: str) -> TextMessageV2:
    return TextMessageV2(
        f"{{who}} {body}", substitution={"who": EmojiSubstitutionObject("5ac1bfd5040ab15980c9b435", "001")}
    )


messages: st.SearchStrategy[Any] = st.one_of(
    st.builds(TextMessage, text),
    st.builds(_v2, text),
    st.builds(ImageMessage, urls, urls),
    st.builds(lambda asked, a, b: when(asked, TextMessage(a), otherwise=TextMessage(b)), conditions, text, text),
)
campaigns = st.builds(
    lambda found, only_if, quiet: Campaign("c", messages=found, only_if=only_if, notification_disabled=quiet),
    st.lists(messages, min_size=1, max_size=3),
    st.lists(conditions, max_size=1),
    st.booleans(),
)


def profiles(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Profiles whose values come from ``values``; some lack this or that, and a few the LINE id."""
    ids = st.sampled_from([USER] * 6 + ["N.A", None, ""])
    return st.builds(
        lambda line_id, rest: {"LineID": line_id, **rest}, ids, st.dictionaries(names, values, max_size=len(NAMES))
    )


odd = st.sampled_from([None, "", " ", False, True, 0, 3, 1.5, 3.0, float("nan"), [], ["a", "b"], "ja"])
"""Values that are missing in some form, or not text."""

odd_anywhere = st.sampled_from([None, "", " ", False, True, 0, 7, [], ["a", "b"], "ja"])
"""Those values that every engine writes alike (3.0 is not)."""
