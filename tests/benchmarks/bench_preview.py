"""Cost of previews of many profiles (render, parse, compare, check) against bare python-liquid rendering."""

from __future__ import annotations

import json
import random
import tracemalloc
from collections.abc import Iterable, Iterator
from typing import Any

import attrs
from liquid import Environment, Mode

from linetap.campaign.campaign import Campaign
from linetap.campaign.conditions import when
from linetap.fields import ProfileField
from linetap.line.messages.kinds import RawMessage
from tests.benchmarks.table import Row, compare, row
from tests.campaign.engines import AbortTag

NAME = ProfileField("Name", default="friend")
PLAIN = (
    Campaign("plain")
    .with_text(f"Hello {NAME}, you have {ProfileField('Points', default='no')} points")
    .with_image("https://example.com/a.jpg", f"https://example.com/{ProfileField('City', default='any')}.jpg")
)
VARIED = (
    attrs.evolve(PLAIN, name="varied")
    .with_text(when(ProfileField("City").equals("Tokyo"), f"東京の{NAME}", otherwise="Hello"))
    .skip_unless(ProfileField("Points").is_set())
)
_LINES = [{"type": "text", "text": f"{label}: {NAME}", "wrap": True} for label in ("Dear", "For", "From")]
FLEX = Campaign("flex").with_message(
    RawMessage(
        {
            "type": "flex",
            "altText": f"For {NAME}",
            "contents": {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": _LINES}},
        }
    )
)


def people(count: int) -> Iterator[dict[str, Any]]:
    """Profiles of eight properties; one in ten lacks the name, one in fifty the LINE id."""
    draw = random.Random(7)
    for i in range(count):
        yield {
            "LineID": f"U{draw.getrandbits(128):032x}" if i % 50 else "",
            "Name": f"花子{i}" if i % 10 else None,
            "Points": i,
            "City": draw.choice(["Tokyo", "Osaka", "Bangkok"]),
            "Email": f"p{i}@example.com",
            "Language": "ja",
            "Plan": "gold",
            "Seen": 1700000000 + i,
        }


def _bare(campaign: Campaign) -> Any:
    env = Environment(tolerance=Mode.STRICT, strict_filters=True)
    env.add_tag(AbortTag)
    return env.from_string(str(campaign.body()))


def _render(template: Any, profiles: Iterable[dict[str, Any]]) -> None:
    for profile in profiles:
        try:
            template.render({"Profile": profile})
        except Exception:  # {% abort %}
            continue


def rows(quick: bool) -> Iterable[Row]:
    """CPU of previews against rendering alone, memory of ten times as many, and CPU of deliveries against f-strings."""
    profiles = list(people(1_000 if quick else 10_000))
    for campaign in (PLAIN, VARIED, FLEX):
        template = _bare(campaign)
        yield from compare(
            f"preview of {len(profiles):,} people, {campaign.name}, {len(campaign.messages)} messages, CPU",
            {
                "linetap": lambda campaign=campaign: campaign.preview_many(profiles),
                "bare python-liquid rendering": lambda template=template: _render(template, profiles),
            },
            goals={"bare python-liquid rendering": "<= 0.6"},
            rounds=3 if quick else 7,
        )
    yield from compare(
        f"deliveries of {len(profiles):,} people, plain, 2 messages, CPU",
        {
            "linetap": lambda: _exhaust(PLAIN.deliveries(profiles)),
            "f-strings and json.dumps": lambda: _exhaust(map(by_hand, profiles)),
        },
        goals={"f-strings and json.dumps": "<= 2.0"},
        rounds=3 if quick else 7,
    )
    few, many = _peak(len(profiles) // 10), _peak(len(profiles))
    yield row(f"preview, peak memory of {len(profiles):,} people", "a tenth of them", [many / few], "<= 1.2")


def _exhaust(things: Iterable[object]) -> None:
    for _ in things:
        pass


def by_hand(profile: dict[str, Any]) -> bytes:
    """The body of PLAIN for one profile, without any check."""
    name, city = profile["Name"] or "friend", profile["City"] or "any"
    text = {"type": "text", "text": f"Hello {name}, you have {profile['Points']} points"}
    small = f"https://example.com/{city}.jpg"
    image = {"type": "image", "originalContentUrl": "https://example.com/a.jpg", "previewImageUrl": small}
    return json.dumps({"to": profile["LineID"], "messages": [text, image]}).encode()


def _peak(count: int) -> int:
    PLAIN.preview_many(people(10))
    tracemalloc.start()
    try:
        PLAIN.preview_many(people(count))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
