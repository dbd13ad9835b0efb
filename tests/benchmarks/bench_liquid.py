"""What it costs to render one profile's text, beside bare python-liquid in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from liquid import Environment, Mode

from linetap.liquid import parse
from tests.benchmarks.table import Row, compare

GREETING = "Hello {{ Profile.Name | default: 'friend' }}"
BODY = (
    '{"to":"{{ Profile.LineID }}","messages":[{"type":"text","text":"'
    "{% assign v = Profile.Name | default: '' | strip %}{% if v != '' %}{{ Profile.Name }}{% else %}you{% endif %}, "
    "{{ Profile.Points | default: 0 }} points, {% for t in Profile.Tags %}{{ t | upcase }} {% endfor %}"
    '"}]}'
)


def people(count: int) -> list[dict[str, Any]]:
    """Profiles of four properties; one in ten lacks the name."""
    return [
        {"LineID": f"U{i:032x}", "Name": f"花子{i}" if i % 10 else None, "Points": i, "Tags": ["gold", "tokyo"]}
        for i in range(count)
    ]


def _loop(render: Callable[[dict[str, Any]], object], profiles: Sequence[dict[str, Any]]) -> Callable[[], None]:
    def run() -> None:
        for profile in profiles:
            render({"Profile": profile})

    return run


def rows(quick: bool) -> Iterable[Row]:
    """CPU for many profiles, parsed once."""
    profiles = people(500 if quick else 5_000)
    environment = Environment(tolerance=Mode.STRICT, strict_filters=True)
    for name, source in (("greeting", GREETING), ("body", BODY)):
        ours, peer = parse(source), environment.from_string(source)
        yield from compare(
            f"Liquid of {len(profiles):,} people, {name}, CPU",
            {"linetap": _loop(ours.render, profiles), "python-liquid": _loop(peer.render, profiles)},
            goals={"python-liquid": "<= 0.4"},
        )
