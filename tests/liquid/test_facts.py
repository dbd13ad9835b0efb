"""Agreement with the facts of LiqP 0.7.9; the figures are printed (``pytest -s``)."""

from __future__ import annotations

import inspect
from collections import Counter
from pathlib import Path

from linetap.liquid import LiquidSyntaxError, parse
from tests.liquid.facts import Fact, facts


def _outcome(fact: Fact, contested: bool = True) -> tuple[str, str]:
    try:
        rendered = parse(fact.source, contested=contested).render(fact.values)
    except LiquidSyntaxError:
        return "unreadable", ""
    return rendered.status, rendered.text


def _count(chosen: list[Fact]) -> tuple[Counter[str], list[str]]:
    counts, different = Counter[str](), []
    for fact in chosen:
        status, text = _outcome(fact)
        if fact.agrees(status, text):
            counts["agree"] += 1
        elif status == "uncertain":
            counts["uncertain"] += 1
        else:
            counts["different"] += 1
            different.append(f"{fact.source!r} with {fact.values}: {status} {text!r}, not {fact.ends} {fact.text!r}")
    return counts, different


def test_what_clevertap_documents_agrees() -> None:
    """At least 99 % of the documented facts agree, at most 1 % are uncertain, none differs silently."""
    chosen = [fact for fact in facts() if fact.on_pages and not fact.contested]
    counts, different = _count(chosen)

    print(f"\ndocumented: {dict(counts)} of {len(chosen)}")
    assert not different, "\n".join(different)
    assert len(chosen) > 900
    assert counts["agree"] >= 0.99 * len(chosen)
    assert counts["uncertain"] <= 0.01 * len(chosen)


def test_everything_else_agrees_or_is_uncertain() -> None:
    """For an undocumented fact the rendering agrees or is uncertain."""
    chosen = [fact for fact in facts() if not fact.on_pages and not fact.contested]
    counts, different = _count(chosen)

    print(f"\nnot documented: {dict(counts)} of {len(chosen)}")
    assert not different, "\n".join(different)
    assert counts["agree"] >= 0.95 * len(chosen)


def test_contested_facts_have_both_readings() -> None:
    """A contested filter is uncertain, and an error with the strict LiqP reading."""
    chosen = [fact for fact in facts() if fact.contested]

    assert len(chosen) == 5
    assert [_outcome(fact)[0] for fact in chosen] == ["uncertain"] * 5
    assert all(fact.agrees(*_outcome(fact, contested=False)) for fact in chosen)


def test_the_package_contains_no_fact() -> None:
    """The package has rules, not cases: no long expected text of a fact is part of its source."""
    folder = Path(inspect.getfile(parse)).parent
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    long_sources = {fact.source for fact in facts() if len(fact.source) > 45}

    assert len(long_sources) > 200
    assert not [text for text in long_sources if text in source]
