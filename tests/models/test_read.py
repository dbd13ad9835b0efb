"""Reading and writing models, with models of this test."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs
import pytest

from linetap import BadArgument, ProfileField
from linetap.http.types import camel
from linetap.models.base import TOO_DEEP
from linetap.models.read import MAX_DEPTH, UNSET, Model, many, mapped, read, text, text_or_none, to_json


@attrs.frozen(repr=False)
class Pet(Model):
    """A family."""

    kinds: ClassVar[dict[str, Any]] = {}


@attrs.frozen(repr=False)
class Cat(Pet):
    """A kind."""

    type: ClassVar[str] = "cat"
    pet_name: str = attrs.field(converter=text)
    age: int | None = attrs.field(default=None, kw_only=True)
    lives: int | None = None
    weight: float | None = None
    indoors: bool | None = None
    mood: Literal["calm", "cross"] | None = None


@attrs.frozen(repr=False)
class House(Model):
    """A model that is of no kind."""

    pets: tuple[Pet | Mapping[str, Any], ...] = attrs.field(converter=many)
    street: str | None = attrs.field(default=None, converter=text_or_none)
    rooms: tuple[str, ...] = attrs.field(default=UNSET, converter=many)
    owner: str | None = attrs.field(default=None, metadata={"wire": "own-er"})


@attrs.frozen(repr=False)
class Zoo(Model):
    """Models under keys of the caller's own."""

    residents: Mapping[str, Pet | Mapping[str, Any]] | None = attrs.field(default=None, converter=mapped)


@attrs.frozen
class Response:
    """A plain attrs class, as the vendors' responses are read into."""

    user_ids: tuple[str, ...]
    next: str | None = None


def _problems(call: Any, *args: Any, **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadArgument) as caught:
        call(*args, **options)
    return [(problem.path, problem.rule) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "name, wire", [("text", "text"), ("original_content_url", "originalContentUrl"), ("alt_uri", "altUri")]
)
def test_camel(name: str, wire: str) -> None:
    """Attribute names are the JSON names in snake_case."""
    assert camel(name) == wire


def test_written_and_read() -> None:
    """A value is written with its type first and is read back equal."""
    house = House([Cat("Tama", lives=9, weight=3, indoors=False, mood="calm")], street="Ura", owner="me")
    plain = house.to_json()

    assert plain == {
        "pets": [{"type": "cat", "petName": "Tama", "lives": 9, "weight": 3, "indoors": False, "mood": "calm"}],
        "street": "Ura",
        "own-er": "me",
    }
    assert next(iter(plain["pets"][0])) == "type"
    assert read(House, plain) == house


def test_absent_empty_and_null_are_different() -> None:
    """An absent value is not written, an empty one is written empty, and a null is read and written as null."""
    for plain in ({"pets": []}, {"pets": [], "rooms": []}, {"pets": [], "rooms": None}, {"pets": [], "street": None}):
        assert read(House, plain).to_json() == plain
    assert House([]).rooms == ()


def test_unknown_keys_and_types_are_preserved() -> None:
    """Unknown keys and types are preserved unchanged."""
    plain = {
        "pets": [
            {"type": "newt", "x": {"y": [None]}},
            {"petName": "no type"},
            {"type": "cat", "petName": "T", "new": [1], "zzz": 2},
        ],
        "future": {"a": None},
        "zzz": 1,
        "a": 2,
        "extra": {"extra": 3},
    }
    house = read(House, plain)

    assert house.to_json() == plain
    assert house.extra == {"future": {"a": None}, "zzz": 1, "a": 2, "extra": {"extra": 3}}
    assert isinstance(house.pets[2], Cat)
    assert house.pets[2].extra == {"new": [1], "zzz": 2}


def test_models_under_keys() -> None:
    """A mapping of models is copied, written and read key by key; a wrong one is named by its key."""
    given: dict[str, Any] = {"a": Cat("T"), "b": {"type": "newt"}}
    zoo = Zoo(given)
    given["c"] = Cat("U")
    plain = {"residents": {"a": {"type": "cat", "petName": "T"}, "b": {"type": "newt"}}}

    assert zoo.to_json() == plain
    assert read(Zoo, plain) == zoo
    assert _problems(read, Zoo, {"residents": {"a": {"type": "cat", "petName": 5}}}) == [
        ("residents.a.petName", "must be a string")
    ]
    assert _problems(Zoo, [Cat("T")]) == [("Zoo.residents", "must be an instance of Mapping")]


def test_an_unknown_choice_is_read() -> None:
    """Reading accepts an unknown value of a closed set."""
    assert read(Cat, {"type": "cat", "petName": "T", "mood": "sleepy"}).to_json()["mood"] == "sleepy"


@pytest.mark.parametrize(
    "key, value",
    [
        ("petName", 1),
        ("lives", "1"),
        ("lives", True),
        ("lives", 3.0),
        ("weight", "3.9"),
        ("weight", True),
        ("indoors", "false"),
        ("indoors", 0),
        ("mood", 3),
    ],
)
def test_scalars_are_strict(key: str, value: object) -> None:
    """No scalar is converted to another type."""
    found = _problems(read, Cat, {"type": "cat", "petName": "T", key: value}, "here")

    assert [path for path, _ in found] == [f"here.{key}"]


def test_all_problems_at_once() -> None:
    """Reading lists every value of a wrong type, each with its JSON path."""
    found = _problems(read, House, {"pets": [{"type": "cat"}, 7], "street": 5, "own-er": []})

    assert sorted(found) == [
        ("own-er", "must be a string"),
        ("pets[0].petName", "must be given"),
        ("pets[1]", "must be an object"),
        ("street", "must be a string"),
    ]


@pytest.mark.parametrize("value", ["", "ab", {}, {"a": 1}, 5, True])
def test_only_lists_are_lists(value: object) -> None:
    """A text or an object is not read as a list of its letters or keys."""
    assert _problems(read, House, {"pets": value}) == [("pets", "must be a list")]
    assert _problems(read, Response, {"userIds": value}) == [("userIds", "must be a list")]


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_only_objects_are_models(value: object) -> None:
    """A model is read from a mapping only."""
    assert _problems(read, House, value, "here") == [("here", "must be an object")]


@pytest.mark.parametrize("plain", [{"type": "ant"}, {"type": "dog", "petName": "T"}, {"petName": "T"}, {"type": 5}])
def test_another_type_is_rejected(plain: dict[str, Any]) -> None:
    """A model with a type reads that type only."""
    assert _problems(read, Cat, plain) == [("", "must have the type 'cat'")]


@pytest.mark.parametrize(
    "arguments, path",
    [
        ({"pet_name": 1}, "Cat.pet_name"),
        ({"pet_name": None}, "Cat.pet_name"),
        ({"pet_name": "T", "lives": True}, "Cat.lives"),
        ({"pet_name": "T", "weight": "3"}, "Cat.weight"),
        ({"pet_name": "T", "indoors": 1}, "Cat.indoors"),
        ({"pet_name": "T", "mood": 1}, "Cat.mood"),
        ({"pet_name": "T", "age": "1"}, "Cat.age"),
    ],
)
def test_constructors_check_types(arguments: dict[str, Any], path: str) -> None:
    """A value of a wrong type is rejected, also after a value of that type was accepted elsewhere."""
    Cat("T", lives=1, weight=1.5, indoors=True, mood="calm")
    for _ in range(2):
        assert [where for where, _ in _problems(Cat, **arguments)] == [path]


def test_optional_text_is_text() -> None:
    """A value that is not text is not converted to text."""
    assert _problems(House, [], street=5) == [("House.street", "must be a string")]


@pytest.mark.parametrize("pets", ["abc", {"a": 1}, None, 5, b"x"])
def test_sequences_are_sequences(pets: Any) -> None:
    """A string, a mapping or a number is not a sequence of models."""
    assert _problems(House, pets) == [("House.pets", "must be a sequence, such as a list")]


def test_items_are_checked() -> None:
    """Each item of a sequence has its type, and the problem names the wrong item."""
    House([Cat("T")])

    assert [path for path, _ in _problems(House, [Cat("T"), "x", None])] == ["House.pets[1]", "House.pets[2]"]


def test_items_of_an_optional_sequence() -> None:
    """Items of an optional sequence are checked too, and the problem names the accepted types."""

    @attrs.frozen(repr=False)
    class Shelter(Model):
        pets: tuple[Pet | Mapping[str, Any], ...] | None = attrs.field(default=None, converter=many)

    assert _problems(Shelter, [5]) == [("Shelter.pets[0]", "must be an instance of Pet or Mapping")]
    assert read(Shelter, {"pets": [{"type": "cat", "petName": "T"}]}) == Shelter([Cat("T")])


def test_every_iterable_becomes_a_tuple() -> None:
    """A generator as a sequence is consumed once and stored as a tuple."""
    assert House(Cat(name) for name in "ab").pets == (Cat("a"), Cat("b"))


def test_fields_become_marks() -> None:
    """A field becomes its mark in every text, raw mappings included."""
    name = ProfileField("Name")

    assert Cat(name).pet_name == str(name)
    assert House([{"type": "newt", "n": [name]}], street=name).to_json() == {
        "pets": [{"type": "newt", "n": [str(name)]}],
        "street": str(name),
    }


@pytest.mark.parametrize("extra", [{"lives": 3}, {"type": "dog"}, {"petName": None}])
def test_extra_hides_no_attribute(extra: dict[str, Any]) -> None:
    """``extra`` must not have the key of an attribute, except a null for an attribute that is not set."""
    assert [path for path, _ in _problems(Cat, "T", extra=extra)] == ["Cat.extra"]
    assert Cat("T", extra={"lives": None}).to_json() == {"type": "cat", "petName": "T", "lives": None}


def test_extra_is_a_copy() -> None:
    """Neither the caller's mapping nor the written JSON shares an object with the value."""
    given: dict[str, Any] = {"a": [1]}
    cat = Cat("T", extra=given)
    given["a"].append(2)
    cat.to_json()["a"].append(3)

    assert cat.extra == {"a": [1]}


@pytest.mark.parametrize("kind", [dict, list])
def test_the_depth_of_raw_json_is_bounded(kind: type) -> None:
    """Raw JSON is copied to a certain depth, and rejected beyond it."""

    def nested(levels: int) -> Any:
        deep: Any = 1
        for _ in range(levels):
            deep = {"x": deep} if kind is dict else [deep]
        return {"x": deep}

    assert Cat("T", extra=nested(MAX_DEPTH)).to_json()["x"] == nested(MAX_DEPTH)["x"]
    assert _problems(Cat, "T", extra=nested(MAX_DEPTH + 1)) == [("mapping", TOO_DEEP)]


def test_endless_mappings_are_rejected() -> None:
    """A mapping that contains itself is a BadArgument, not a crash."""
    endless: dict[str, Any] = {}
    endless["again"] = endless

    assert _problems(Cat, "T", extra=endless)[0][1] == TOO_DEEP


@pytest.mark.parametrize("levels, fits", [(MAX_DEPTH - 1, True), (MAX_DEPTH, False), (5000, False)])
def test_deep_json_is_rejected(levels: int, fits: bool) -> None:
    """JSON that is nested too deep is a BadArgument when read, not a crash; up to the bound it is read."""
    deep: Any = []
    for _ in range(levels - 1):
        deep = {"x": deep}
    plain = {"pets": [], "x": deep}
    if fits:
        assert read(House, plain).to_json() == plain
    else:
        assert _problems(read, House, plain, "here") == [("here", TOO_DEEP)]


@pytest.mark.parametrize("extra", [[], "x", 5])
def test_extra_is_a_mapping(extra: Any) -> None:
    """``extra`` must be a mapping."""
    assert _problems(Cat, "T", extra=extra) == [("Cat.extra", "must be a mapping")]


def test_a_value_cannot_be_changed() -> None:
    """Neither a model nor the empty ``extra`` that all models share can be changed."""
    cat = Cat("T")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        cat.lives = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        cat.extra["a"] = 1  # type: ignore[index]
    assert cat.extra == {}


def test_any_is_any() -> None:
    """An attribute of type Any accepts every value."""

    @attrs.frozen(repr=False)
    class Box(Model):
        inside: Any = None

    assert [Box(value).inside for value in (1, "x", None, True)] == [1, "x", None, True]


def test_models_inside_raw_json_are_written() -> None:
    """A model inside a raw mapping is written as JSON."""
    assert House([{"type": "newt", "friend": Cat("T")}]).to_json()["pets"][0]["friend"] == {
        "type": "cat",
        "petName": "T",
    }


def test_a_list_is_not_a_json_object() -> None:
    """An attribute for a JSON object rejects a list."""

    @attrs.frozen(repr=False)
    class Bag(Model):
        inside: Mapping[str, Any] | None = None

    assert read(Bag, {"inside": {"a": [1]}}) == Bag({"a": [1]})
    assert _problems(read, Bag, {"inside": [1]}) == [("inside", "must be an object")]


def test_values_pickle_and_hash() -> None:
    """Values can be pickled, compare by their attributes, and can be in sets."""
    cat = Cat("T", lives=9, extra={"a": None})

    assert pickle.loads(pickle.dumps(cat)) == cat
    assert pickle.loads(pickle.dumps(House([cat]))).rooms is UNSET
    assert {Cat("T"), Cat("T")} == {Cat("T")}


def test_repr_shows_what_was_given() -> None:
    """The repr names the attributes that are set, in the order of the constructor."""
    assert repr(House([Cat("T", lives=0)])) == "House(pets=(Cat(pet_name='T', lives=0),))"


def test_plain_attrs_classes_are_read() -> None:
    """A vendor's response is read into an attrs class; unknown keys are ignored."""
    assert read(Response, {"userIds": ["a", "b"], "new": 1}) == Response(("a", "b"))
    assert _problems(read, Response, {"userIds": ["a", 2]}) == [("userIds[1]", "must be a string")]


def test_sequences_and_mappings_of_models_are_written() -> None:
    """Models inside sequences and mappings are written as well."""
    assert to_json((Cat("a"), "b")) == [{"type": "cat", "petName": "a"}, "b"]
    assert to_json({"k": Cat("a")}) == {"k": {"type": "cat", "petName": "a"}}
