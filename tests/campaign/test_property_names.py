"""Properties that a campaign reads and no profile has."""

from __future__ import annotations

import pytest

from linetap.campaign.campaign import Campaign
from linetap.campaign.conditions import when
from linetap.campaign.property_names import PropertyNames, spelling
from linetap.fields import Condition, ProfileField


@pytest.mark.parametrize(
    "name, meant",
    [
        ("LineID", "lineID"),
        ("Line ID", "lineID"),
        ("Citty", "City"),
        ("name", "Name"),
        ("Birthday", ""),
        ("City", "City"),
    ],
)
def test_the_existing_spelling_is_found(name: str, meant: str) -> None:
    """Other capitals, separators and small mistakes are found; other names are not."""
    assert spelling(name, ["lineID", "Name", "City"]) == meant


def test_only_names_that_no_profile_has_are_problems() -> None:
    """A name that one profile has is no problem, even if others lack it."""
    names = PropertyNames(["A", "B"])
    for profile in ({"A": 1}, {"C": 2}, 3):
        names.add(profile)
    [problem] = names.problems()
    assert (names.count, "'B'" in problem.rule, problem.severity) == (3, True, "uncertain")
    assert PropertyNames(["A"]).problems() == ()


def test_both_spellings_of_a_standard_property_are_readings() -> None:
    """CleverTap's pages write Profile.name and Name, so that the other spelling is uncertain and no error."""
    names = PropertyNames(["name", "City"])
    names.add({"Name": "x", "city": "y"})
    assert [problem.severity for problem in names.problems()] == ["uncertain", "error"]


def test_a_report_names_them_and_is_not_ok() -> None:
    """preview_many names a property that no profile has, and is not ok where the profiles have another spelling."""
    campaign = Campaign("c").with_text(f"{ProfileField('Plan', default='-')}")
    rows = [{"LineID": "U" + "0" * 32, "plan": "gold"}]
    report = campaign.preview_many(rows)
    assert (report.counts["defaulted"], report.ok) == (1, False)
    assert "'plan'" in str(report)
    assert campaign.preview_many([{"LineID": "U" + "0" * 32, "Plan": "gold"}]).ok
    assert not campaign.preview_many([{"lineID": "U" + "0" * 32, "Plan": "gold"}]).ok


@pytest.mark.parametrize(
    "plan", [ProfileField("Plan", default="-"), ProfileField("Plan"), ProfileField("Plan").is_set()]
)
@pytest.mark.parametrize("row", [{"lineID": "U" + "0" * 32}, {"LineID": "U" + "0" * 32, "plan": "gold"}])
def test_a_single_preview_names_the_other_spelling_once(row: dict[str, str], plan: ProfileField | Condition) -> None:
    """The preview of one profile names a property that the profile has in another spelling, in one problem."""
    text = when(plan, "Hi", otherwise="Ho") if isinstance(plan, Condition) else f"{plan}"
    preview = Campaign("c").with_text(text).preview(row)
    [other] = [name for name in row if name not in ("LineID", "Plan")]
    [problem] = [found for found in preview.problems if other in found.suggestion]
    assert problem.severity in ("advice", "uncertain")
    assert problem.suggestion.startswith(f"write {other!r}")
