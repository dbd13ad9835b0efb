"""The facts of LiqP 0.7.9 through the preview of a pasted body; the figures are printed (``pytest -s``)."""

from __future__ import annotations

from collections import Counter

import pytest

from linetap.campaign.body import CustomBody
from linetap.errors import BadCampaign
from tests.liquid.facts import Fact, facts

LINE_ID = "U" + "0" * 32
BEFORE, AFTER = '{{"to":"{}","messages":[{{"type":"text","text":"<', '>"}]}'
DOCUMENTED = [fact for fact in facts() if fact.on_pages and not fact.contested]
OTHERS = [fact for fact in facts() if not fact.on_pages and not fact.contested]
# What CleverTap documents and a preview shows otherwise, each with its reason.
ON_PURPOSE = {
    "@Profile - Name": "CleverTap's editor replaces this token before its Liquid engine reads the body",
    "{% unless Profile.Name and Profile.Name != blank %}{% abort %}": "rejected: a condition that no campaign writes",
}


def _whole(fact: Fact) -> bool:
    """Whether the fact is about a whole body, not about a part of a text."""
    return fact.about == "own body" or fact.source.startswith('{"to"')


def _expected(fact: Fact) -> str:
    return fact.text if _whole(fact) else BEFORE.format(LINE_ID) + fact.text + AFTER


def _outcome(fact: Fact) -> tuple[str, str]:
    """The status of the preview and its rendered text; ``unreadable`` where the body has errors."""
    values = dict(fact.values)
    profile = values.pop("Profile", {})
    own = {} if _whole(fact) else {"LineID": LINE_ID}
    text = fact.source if _whole(fact) else BEFORE.format("{{ Profile.LineID }}") + fact.source + AFTER
    event, trigger = values.pop("Event", None), values.pop("ExternalTrigger", None)
    try:
        preview = CustomBody.parse(text).preview({**profile, **own}, event=event, trigger=trigger, objects=values)
    except BadCampaign:
        return "unreadable", ""
    return preview.status, preview.text


def _agrees(fact: Fact, status: str, text: str) -> bool:
    if fact.ends == "rendered":
        return status in ("rendered", "defaulted", "invalid") and text == _expected(fact)
    return (status, text) == ({"failed": "invalid"}.get(fact.ends, fact.ends), "")


def _count(chosen: list[Fact]) -> tuple[Counter[str], list[str]]:
    """How many agree; those that do not, except where the preview says that it cannot tell, or rejects the body."""
    counts, different = Counter[str](), []
    for fact in chosen:
        status, text = _outcome(fact)
        outcome = "agree" if _agrees(fact, status, text) else status
        counts[outcome] += 1
        if outcome not in ("agree", "uncertain", "unreadable"):
            different.append(f"{fact.source!r} with {fact.values}: {status} {text!r}, not {fact.ends} {fact.text!r}")
    return counts, different


def test_what_clevertap_documents_is_previewed_as_its_engine_renders_it() -> None:
    """At least 99 % of the documented facts agree, and none is shown as something else, but for the table's."""
    chosen = [fact for fact in DOCUMENTED if not any(part in fact.source for part in ON_PURPOSE)]
    counts, different = _count(chosen)

    print(f"\ndocumented, previewed: {dict(counts)} of {len(chosen)}, and {len(DOCUMENTED) - len(chosen)} on purpose")
    assert not different, "\n".join(different)
    assert counts["agree"] == len(chosen) >= 0.99 * len(DOCUMENTED) > 900


@pytest.mark.parametrize("part", ON_PURPOSE)
def test_an_exception_is_needed(part: str) -> None:
    """Each line of the table is about documented facts, at least one of which does not agree."""
    chosen = [fact for fact in DOCUMENTED if part in fact.source]

    assert _count(chosen)[0]["agree"] < len(chosen) <= 10


def test_everything_else_agrees_or_is_not_shown_as_rendered() -> None:
    """An undocumented fact agrees, or the body is rejected, or the preview says that it cannot tell."""
    counts, different = _count(OTHERS)

    print(f"\nnot documented, previewed: {dict(counts)} of {len(OTHERS)}")
    assert not different, "\n".join(different)
    assert counts["agree"] >= 0.9 * len(OTHERS)


def test_contested_facts_are_uncertain() -> None:
    """A filter that CleverTap's pages name and LiqP lacks makes a preview uncertain."""
    chosen = [fact for fact in facts() if fact.contested]

    assert [_outcome(fact)[0] for fact in chosen] == ["uncertain"] * 5
