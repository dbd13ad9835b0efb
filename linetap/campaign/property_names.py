"""Finds properties that a campaign reads and no profile of a run has: ``LineID`` where profiles have ``lineID``."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from linetap.campaign.profile_values import as_mapping
from linetap.errors import BadArgument, Problem, Severity, literal_text

_MAX_NAMES = 1_000  # names of a run that are remembered
# CleverTap's pages write Profile.name, its upload page writes Name: either may be right.
_STANDARD = frozenset(["name", "email", "phone", "identity", "gender", "dob", "photo"])


class PropertyNames:
    """The properties that a campaign reads, and those that the profiles of a run have."""

    def __init__(self, read: Iterable[str]) -> None:
        self._unseen = dict.fromkeys(read)
        self._existing: dict[str, None] = {}
        self.count = 0
        """How many profiles there were."""

    def add(self, profile: object) -> None:
        """Count one profile and its properties."""
        self.count += 1
        if self._unseen:
            self._look(profile)

    def _look(self, profile: object) -> None:
        try:
            row = as_mapping(profile)
        except BadArgument:
            return
        for name in [name for name in self._unseen if name in row]:
            del self._unseen[name]
        if len(self._existing) < _MAX_NAMES:
            self._existing.update(dict.fromkeys(map(str, row)))

    def problems(self) -> tuple[Problem, ...]:
        """One problem for each property that no profile has; an error if the profiles have another spelling of it."""
        return tuple(map(self._problem, self._unseen)) if self.count else ()

    def _problem(self, name: str) -> Problem:
        found = literal_text("no profile has it" if self.count == 1 else f"none of {self.count:,} profiles has it")
        meant = spelling(name, self._existing)
        remedy = f"write {meant!r}: the profiles have this property" if meant else "check its spelling in CleverTap"
        certain = bool(meant) and _folded(meant) == _folded(name) and name.lower() not in _STANDARD
        severity: Severity = "error" if certain else "uncertain"
        return Problem("profiles", f"must have the property {name!r}", found, suggestion=remedy, severity=severity)


def spelling(name: str, existing: Iterable[str]) -> str:
    """The existing name that was probably meant: other capitals or separators, or nearly the same; '' if none."""
    names = list(existing)
    folded = _folded(name)
    same = [other for other in names if _folded(other) == folded]
    close = same or get_close_matches(name, names, 1, 0.8)
    return close[0] if close else ""


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
