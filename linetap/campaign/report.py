"""Previews of many profiles, counted while they are iterated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from linetap.campaign.preview import STATUSES, Preview, Status, reasons
from linetap.campaign.previewer import EvaluatedProfile, Previewer
from linetap.campaign.property_names import PropertyNames
from linetap.display import html
from linetap.display.progress import Progress, length_of, reporting
from linetap.errors import Problem
from linetap.frames import rows, to_frame

_MOST_REASONS = 100  # different reasons that are counted; a reason may contain a value, so there could be any number


@attrs.frozen
class PreviewReport:
    """How many profiles would receive the intended messages, with the first examples of each outcome."""

    title: str
    counts: Mapping[Status, int]
    examples: Mapping[Status, tuple[Preview, ...]] = attrs.field(repr=False)
    """The first previews of each outcome."""
    at_fault: Mapping[str, int]
    """Invalid previews by the property whose value causes the error."""
    reasons: Mapping[str, int] = attrs.field(repr=False)
    """Aborted and invalid previews by reason."""
    defaulted_by: Mapping[str, int] = attrs.field(repr=False)
    """Previews that contain a default, by property."""
    problems: tuple[Problem, ...] = attrs.field(default=(), repr=False)
    """Properties that the campaign reads and no profile has, with the spelling that exists."""

    @property
    def total(self) -> int:
        """The number of profiles."""
        return sum(self.counts.values())

    @property
    def ok(self) -> bool:
        """Whether messages reach at least one profile, none is invalid or uncertain, and no property is misspelt."""
        reached = self.counts.get("rendered", 0) + self.counts.get("defaulted", 0)
        wrong = self.counts.get("invalid", 0) + self.counts.get("uncertain", 0)
        return reached > 0 and not wrong and all(problem.severity != "error" for problem in self.problems)

    @property
    def previews(self) -> tuple[Preview, ...]:
        """The examples, the invalid ones first."""
        return tuple(preview for status in reversed(STATUSES) for preview in self.examples.get(status, ()))

    def rows(self) -> Iterator[dict[str, Any]]:
        """The report as flat rows: ``what`` (status, at fault, reason, default, problem), ``name`` and ``count``."""
        groups: Mapping[str, Mapping[Any, int]] = {
            "status": self.counts,
            "at fault": self.at_fault,
            "reason": self.reasons,
            "default": self.defaulted_by,
            "problem": {str(problem).replace("\n", " "): self.total for problem in self.problems},
        }
        for what, counts in groups.items():
            yield from ({"what": what, "name": name, "count": count} for name, count in counts.items())

    def to_frame(self, backend: str = "pandas") -> Any:
        """The rows as a frame of ``backend`` (extra ``frames``)."""
        return to_frame(self.rows(), ("what", "name", "count"), backend)

    def to_json(self) -> dict[str, Any]:
        """The counts by status, property at fault, reason and default as JSON, without the examples."""
        from linetap.display.values import report_json

        faults, defaults = self.at_fault, self.defaulted_by
        parts = {"at_fault": faults, "reasons": self.reasons, "defaulted_by": defaults}
        problems = [attrs.asdict(problem) for problem in self.problems]
        return report_json(self, counts=self.counts, **parts, problems=problems)

    def to_text(self) -> str:
        """The report as a table for a terminal."""
        from linetap.display import text

        return self._shown(text.table)

    def __str__(self) -> str:
        from linetap.display import text

        return self._shown(text.line)

    def _shown(self, table: Callable[..., str]) -> str:
        faults = [(count, f"invalid through {name}") for name, count in self.at_fault.items()]
        by_property = table(
            "At fault", faults, head=("profiles", "why"), note=".reasons says why, .previews shows some"
        )
        top = table(f"{self.title}: {self.total:,} profiles", self.counts.items())
        wrong = [(problem.severity, str(problem).replace("\n", " ").rstrip(".")) for problem in self.problems]
        names = table("Properties", wrong) if wrong else ""
        return (top + (by_property if faults else "") + names).rstrip()

    def _repr_html_(self) -> str:
        shown = [("" if row["what"] == "status" else f"{row['what']}: ", row) for row in self.rows()]
        rows = [(f"{what}{row['name']}", row["count"]) for what, row in shown]
        return html.table(f"{self.title}: {self.total:,} profiles", rows) + self._gallery()

    def _gallery(self) -> str:
        from linetap.line.preview import gallery_fragment

        return gallery_fragment(preview.snapshot for preview in self.previews)


def preview_many(
    previewer: Previewer, profiles: Iterable[object], *, progress: Progress = None, examples: int = 3
) -> PreviewReport:
    """Render and evaluate every profile; only the counts and the first examples are stored."""
    tally = _Tally(previewer, examples)
    with reporting(progress, total=length_of(profiles), unit="profiles") as tick:
        if progress:
            for profile in rows(profiles):
                tally.add(profile)
                tick(1)
        else:
            for profile in rows(profiles):
                tally.add(profile)
    return tally.report()


class _Tally:
    def __init__(self, previewer: Previewer, examples: int) -> None:
        self._previewer = previewer
        self._evaluate = previewer.evaluate_many
        self._max_examples = examples
        # Only a status that is rare by design is left out where it does not occur.
        self._counts: Counter[Status] = Counter({status: 0 for status in STATUSES if status != "uncertain"})
        self._examples: dict[Status, list[Preview]] = {status: [] for status in STATUSES}
        self._faults: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._defaulted: Counter[str] = Counter()
        self._names = PropertyNames(previewer.compiled.profile_names)

    def add(self, profile: object) -> None:
        self._names.add(profile)
        evaluated = self._evaluate(profile)
        status = evaluated.status
        self._counts[status] += 1
        if evaluated.filled and evaluated.filled.person.defaulted:
            self._defaulted.update({getattr(field, "name", ""): 1 for field in evaluated.filled.person.defaulted})
        if status in ("aborted", "invalid", "uncertain") or len(self._examples[status]) < self._max_examples:
            self._count(self._previewer.describe(self._with_text(evaluated, profile), profile))

    def _with_text(self, evaluated: EvaluatedProfile, profile: object) -> EvaluatedProfile:
        return evaluated if evaluated.text or evaluated.status == "aborted" else self._previewer.evaluate(profile)

    def _count(self, preview: Preview) -> None:
        kept = self._examples[preview.status]
        if len(kept) < self._max_examples:
            kept.append(preview)
        self._faults.update(preview.faults)
        for reason in reasons(preview):
            counted = reason in self._reasons or len(self._reasons) < _MOST_REASONS
            self._reasons[reason if counted else "other reasons"] += 1

    def report(self) -> PreviewReport:
        faults, reasons, defaulted = (dict(c.most_common()) for c in (self._faults, self._reasons, self._defaulted))
        examples: dict[Status, tuple[Preview, ...]] = {
            status: tuple(self._examples[status]) for status in STATUSES if status in self._counts
        }
        return PreviewReport(
            self._previewer.title, self._counts, examples, faults, reasons, defaulted, self._names.problems()
        )
