"""The reasons why nothing is sent to a profile."""

from __future__ import annotations

import pytest

from linetap.campaign.campaign import Campaign
from linetap.errors import BadArgument
from linetap.fields import ProfileField


def test_fill_names_everything_that_is_missing() -> None:
    """fill raises an error that names each required value which is missing."""
    campaign = Campaign("Sale").with_text(f"{ProfileField('City')}").skip_unless(ProfileField("VIP").is_set())
    with pytest.raises(BadArgument) as caught:
        campaign.fill({"Name": "x"})
    printed = " ".join(str(problem) for problem in caught.value.problems)
    assert all(name in printed for name in ("LineID", "City", "VIP"))


@pytest.mark.parametrize("line_id, found", [(None, "none"), ("N.A", "'N.A'")])
def test_the_problem_of_a_missing_line_id(line_id: str | None, found: str) -> None:
    """The problem of a missing recipient shows its value and does not advise a default."""
    with pytest.raises(BadArgument) as caught:
        Campaign("Sale").with_text("hello").fill({"LineID": line_id})

    [problem] = caught.value.problems
    assert problem.found == found
    assert "default" not in problem.suggestion
