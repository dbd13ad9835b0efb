"""What one user would receive, as a frozen value that can be shown as a LINE chat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

from linetap.campaign.json_tree import field_label
from linetap.errors import Problem, literal_text
from linetap.fields import Condition, Field

if TYPE_CHECKING:
    from os import PathLike

    from linetap.line.preview import ChatSnapshot

Status = Literal["rendered", "defaulted", "aborted", "uncertain", "invalid"]
STATUSES: tuple[Status, ...] = ("rendered", "defaulted", "aborted", "uncertain", "invalid")


@attrs.frozen
class Preview:
    """What one user would receive.

    ``rendered``: the intended messages, from values of this profile only. ``defaulted``: the intended messages, with at
    least one default. ``aborted``: nothing is sent, because a required value is missing or a condition is not met.
    ``invalid``: something other than the intended messages would be sent, or LINE would reject it. ``uncertain``: what
    CleverTap sends cannot be predicted; the problems say why, and ``body`` is the most likely one, if there is one.
    """

    title: str
    """The campaign's name."""
    status: Status
    body: dict[str, Any] | None = attrs.field(default=None, repr=False)
    """The body that LINE would receive; None if nothing is sent, or if the rendered text is not JSON."""
    problems: tuple[Problem, ...] = ()
    text: str = attrs.field(default="", repr=False)
    """The rendered text, unchanged."""
    defaulted: tuple[Field, ...] = attrs.field(default=(), repr=False)
    missing: tuple[Field | Condition, ...] = attrs.field(default=(), repr=False)
    faults: tuple[str, ...] = ()
    """The properties whose values cause the errors."""
    caption: str = ""
    """Name, identity or LINE id of the profile."""

    @property
    def who(self) -> str:
        """The first name of :attr:`caption`."""
        return self.caption

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        """The messages as plain JSON; [] if there are none."""
        found = (self.body or {}).get("messages")
        return [message for message in found if isinstance(message, dict)] if isinstance(found, list) else []

    @property
    def snapshot(self) -> ChatSnapshot:
        """This preview as one chat of a gallery."""
        from linetap.line.preview import ChatSnapshot

        return ChatSnapshot(self.caption or self.title, self.messages, self.status, self.problems, self._why)

    def _picture(self, load_images: bool) -> dict[str, Any]:
        title = f"{self.title}: {self.caption} ({self.status})" if self.caption else f"{self.title} ({self.status})"
        return {"title": title, "load_images": load_images, "problems": self.problems, "note": self._why}

    @property
    def _why(self) -> str:
        return "; ".join(problem.found for problem in self.problems)

    def to_html(self, *, dark: bool | None = None, load_images: bool = False) -> str:
        """A LINE chat as one HTML page without scripts; images are loaded only with ``load_images=True``."""
        from linetap.line.preview import chat_html

        return chat_html(self.messages, dark=dark, **self._picture(load_images))

    def save_html(self, path: str | PathLike[str], *, dark: bool | None = None, load_images: bool = False) -> None:
        """Write :meth:`to_html` to a file."""
        from linetap.line.preview import save_html

        save_html(path, self.to_html(dark=dark, load_images=load_images))

    def _repr_html_(self) -> str:
        from linetap.line.preview import chat_fragment

        return chat_fragment(self.messages, **self._picture(False))


def skipped_problem(what: Field | Condition, remedy: str = "") -> Problem:
    rule = "must have every required value and meet the conditions"
    return Problem("to", rule, literal_text(reason(what)), suggestion=remedy, severity="advice")


def reason(what: Field | Condition) -> str:
    return str(repr(what)) if isinstance(what, Condition) else f"no value for {field_label(what)}"


def reasons(preview: Preview) -> Iterator[str]:
    """Why nothing, or something wrong, would be sent; short, for counting."""
    if preview.status == "aborted":
        yield from (reason(what) for what in preview.missing)
    elif preview.status == "uncertain":
        yield from (problem.found for problem in preview.problems if problem.severity == "uncertain")
    elif preview.status == "invalid":
        errors = [problem for problem in preview.problems if problem.severity == "error"]
        yield from dict.fromkeys(f"{problem.path.partition('[')[0]} {problem.rule}" for problem in errors)
