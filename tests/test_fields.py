"""Fields and their marks in strings."""

from __future__ import annotations

import itertools
import pickle
import textwrap
import zlib

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from linetap import fields
from linetap.errors import BadArgument
from linetap.fields import (
    Condition,
    ConditionalText,
    EventField,
    Field,
    LiteralText,
    ProfileField,
    RawLiquid,
    TriggerField,
)

NAME = ProfileField("Name", default="friend")

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30).filter(lambda text: not fields.has_mark(text))
names = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="'\"\\{}"), min_size=1, max_size=9)
names = names.filter(str.strip).filter(lambda name: not fields.has_mark(name))
simple = st.one_of(
    st.builds(ProfileField, names, default=st.none() | texts),
    st.builds(EventField, names, names, default=st.none() | texts),
    st.builds(TriggerField, names, default=st.none() | texts),
    st.builds(LiteralText, texts),
    st.builds(RawLiquid, names.map("{{{{ Profile['{}'] }}}}".format)),
)
any_field = simple | st.builds(
    lambda name, field, text: ConditionalText(ProfileField(name).is_set(), f"{text}{field}", text), names, simple, texts
)


@given(pieces=st.lists(texts | any_field, max_size=6))
def test_a_text_is_split_into_its_parts(pieces: list[str | Field]) -> None:
    """split returns every field and every literal part of an f-string, in order."""
    text = "".join(f"{piece}" for piece in pieces)
    assume(not any(fields.has_mark(a + b) for a, b in itertools.pairwise(pieces) if isinstance(a + b, str)))
    joined: list[str | Field] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece != "":
            joined.append(piece)
    assert list(fields.split(text)) == joined
    assert fields.without_marks(text) == "".join(piece for piece in pieces if isinstance(piece, str))


@given(field=any_field, data=st.data())
def test_a_damaged_mark_is_detected(field: Field, data: st.DataObject) -> None:
    """split rejects a mark of which any part was cut or changed; it never reads another field."""
    mark = str(field)
    start = data.draw(st.integers(0, len(mark) - 8))
    end = data.draw(st.integers(start + 8, len(mark)))
    for damaged in (mark[:start] + mark[end:], mark.upper(), mark.swapcase()):
        if len(damaged) > 8:
            with pytest.raises(BadArgument):
                fields.split(f"Hello {damaged}!", "messages[0].text")


@given(field=any_field, at=st.integers(3, 60))
def test_slicing_a_text_is_detected(field: Field, at: int) -> None:
    """split rejects a text with three or more letters of a mark at either end."""
    mark = str(field)
    at = min(at, len(mark) - 3)
    for text in (f"Hello {mark[:at]}", f"{mark[at:]} and bye"):
        with pytest.raises(BadArgument):
            fields.split(text)


@pytest.mark.parametrize("at", [5, 8, 10, 18, 25, 45])
def test_wrapping_a_text_is_detected(at: int) -> None:
    """textwrap breaks a long mark in two: the error names the path and the remedy."""
    with pytest.raises(BadArgument) as caught:
        fields.split(textwrap.fill(f"Hello there {NAME}, welcome back", at), "messages[0].text")
    (problem,) = caught.value.problems
    assert problem.path == "messages[0].text"
    assert "f-string" in problem.suggestion


@pytest.mark.parametrize("spec", ["{:>10}", "{:s}", "{!r}", "{!r:>3}"])
def test_format_specs_are_rejected(spec: str) -> None:
    """A format spec or !r of a field is a TypeError, not a damaged text."""
    with pytest.raises(TypeError):
        spec.format(NAME)


def test_fields_add_to_strings() -> None:
    """A field may be added with + on either side, or to another field."""
    assert fields.split("Hi " + NAME + "!") == ("Hi ", NAME, "!")
    assert fields.split(NAME + NAME) == (NAME, NAME)
    with pytest.raises(TypeError):
        NAME + 3  # type: ignore[operator]


def test_a_text_without_fields_is_unchanged() -> None:
    """Ordinary text, hex digits and words similar to a marker are not marks."""
    for text in ("", "LT mark", "deadbeef" * 8, "Quality: 0123456789abcdef", "ﾏｰｸZ", "Weltmarkt, Altmark, MARKZ"):
        assert not fields.has_mark(text)
        assert fields.split(text) == ((text,) if text else ())


@given(field=any_field)
def test_marks_are_ascii_letters_and_digits(field: Field) -> None:
    """A mark has only ASCII letters and digits, so every encoding preserves it."""
    assert str(field).isascii()
    assert str(field).isalnum()


@given(field=any_field)
def test_fields_are_values(field: Field) -> None:
    """Fields compare, hash, pickle and have a repr."""
    again = pickle.loads(pickle.dumps(field))
    assert again == field
    assert hash(again) == hash(field)
    assert type(field).__name__ in repr([field])


@pytest.mark.parametrize(
    "make",
    [
        lambda: ProfileField(3),  # type: ignore[arg-type]
        lambda: ProfileField("Name", default=3),  # type: ignore[arg-type]
        lambda: ProfileField("Name", default="\ud800"),
        lambda: ProfileField("Name", default=f"{NAME}"),
        lambda: EventField("", "Amount"),
        lambda: RawLiquid('{{ Profile["Name"] }}'),
        lambda: RawLiquid("{{ Profile.Name }}\n"),
        lambda: LiteralText(None),  # type: ignore[arg-type]
        lambda: NAME.equals("x"),
        lambda: ProfileField("A").equals("it's"),
        lambda: ProfileField("A").equals(1.5),  # type: ignore[arg-type]
        lambda: ProfileField("A").contains(""),
        lambda: Condition(LiteralText("x"), "is set"),
    ],
)
def test_values_that_a_body_cannot_contain_are_rejected(make: object) -> None:
    """Names, defaults, raw Liquid and conditions that JSON or Liquid cannot contain are rejected at construction."""
    with pytest.raises(BadArgument):
        make()  # type: ignore[operator]


def test_a_condition_is_not_a_truth_value() -> None:
    """`if field.equals(...)` would always be true, so it is a TypeError that names when(...)."""
    with pytest.raises(TypeError, match="when"):
        bool(ProfileField("Language").equals("ja"))


def test_the_repr_of_a_condition() -> None:
    """A condition's repr shows field, operator and value."""
    assert repr(ProfileField("Language").equals("ja")) == "<ProfileField(name='Language', default=None) == 'ja'>"
    assert "is set" in repr(ProfileField("Language").is_set())


def test_every_kind_of_field_can_be_read_back() -> None:
    """Every class of field has a letter, so its mark can be read back."""
    kinds = {ProfileField, EventField, TriggerField, RawLiquid, LiteralText, ConditionalText}
    made = {kind for kind in vars(fields).values() if isinstance(kind, type) and attrs.has(kind)}
    assert {kind for kind in made if issubclass(kind, Field)} == kinds
    assert set(fields._LETTER) == kinds


@pytest.mark.parametrize(
    "plain",
    [
        *('["p"]', '["x", "y"]', '["c", ["l", "x"], "==", "y", "", ""]', "3", "[]", "{}"),
        '["c", ["p", "Name", null], "==", "y", 5, ""]',
        '["c", ["p", "Name", null], "==", "y", "", null]',
        '["c", ["p", "Name", null], "looks like", "y", "", ""]',
        pytest.param("[" * 100_000, id="deep"),
        pytest.param('["c", ' * 20_000, id="deep choices"),
    ],
)
def test_a_mark_without_a_field_is_damaged(plain: str) -> None:
    """A mark with a correct checksum but without a valid field is rejected."""
    body = plain.encode().hex()
    forged = f"{fields._START}{body}Q{zlib.crc32(body.encode()):08x}{fields._END}"
    with pytest.raises(BadArgument):
        fields.split(forged)


def test_readable_changes_whole_marks_only() -> None:
    """readable() replaces whole marks by names; damaged marks and other text are unchanged."""
    text = f"Hi {ProfileField('名前')} LtM"
    spoilt = str(ProfileField("Name")).replace("Q", "Q0")

    assert fields.readable(text) == "Hi <名前> LtM"
    assert fields.readable(spoilt) == spoilt
