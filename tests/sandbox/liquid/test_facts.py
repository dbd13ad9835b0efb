"""The facts of LiqP 0.7.9 through the sandbox's own engine, and how many agree."""

from __future__ import annotations

from collections import Counter

from linetap.sandbox.core.ambiguities import Readings
from tests.liquid.facts import Fact, facts
from tests.sandbox.liquid.rendering import ABORTED, PERSON, WHOLE, outcome

_ENDS = {ABORTED: "aborted", PERSON: "failed", WHOLE: "unreadable"}
STOCK = Readings(date_tz="unknown", liquid_zone="UTC")
"""LiqP without CleverTap's own filters."""


def result(fact: Fact, readings: Readings) -> tuple[str, str]:
    found = outcome(fact.source, readings, **fact.values)
    return (_ENDS[found], "") if found in _ENDS else ("rendered", found)


def test_the_facts_agree() -> None:
    """At least 99 % of what CleverTap's pages name agrees; anything else agrees or fails, and is never different."""
    counts: Counter[tuple[bool, str]] = Counter()
    different = []
    for fact in facts():
        status, text = result(fact, STOCK)
        agrees = fact.agrees(status, text)
        counts[fact.on_pages, "agrees" if agrees else "fails" if status != "rendered" else "differs"] += 1
        if not agrees and status == "rendered":
            different.append((fact.source, fact.text, text))

    print(f"on CleverTap's pages: {_shown(counts, True)}; others: {_shown(counts, False)}")
    assert different == []
    assert counts[True, "agrees"] >= 0.99 * sum(number for (on_pages, _), number in counts.items() if on_pages)
    assert sum(counts.values()) == len(facts()) > 1000


def _shown(counts: Counter[tuple[bool, str]], on_pages: bool) -> str:
    return ", ".join(f"{word} {counts[on_pages, word]}" for word in ("agrees", "fails", "differs"))


def test_contested_facts_have_two_readings() -> None:
    """A filter that CleverTap's pages name and LiqP lacks fails the template, or renders: each has its switch."""
    contested = [fact for fact in facts() if fact.contested]

    assert contested
    assert {result(fact, Readings(date_tz="unknown", url_escape="unknown"))[0] for fact in contested} == {"unreadable"}
    assert {result(fact, Readings(date_tz="known", url_escape="known"))[0] for fact in contested} == {"rendered"}
