"""Previews: the body rendered for one profile, parsed as JSON and compared with the messages that the fields mean.

CleverTap documents no escaping of values, so a value can break the JSON, change its text, or add a message. A body
that parses can therefore still be wrong: every string is compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import attrs

from linetap.campaign import substitution
from linetap.campaign.compiled_body import CompiledBody, FilledBody
from linetap.campaign.json_tree import field_label
from linetap.campaign.liquid_dialect import Aborted
from linetap.campaign.preview_diff import deviations, responsible_properties
from linetap.campaign.profile_values import plain_values
from linetap.campaign.profile_values import text as shown_text
from linetap.errors import BadArgument, Problem, literal_text
from linetap.fields import Condition, Field
from linetap.line import rules
from linetap.line.messages.json import message_from_json
from linetap.line.messages.kinds import Message
from linetap.line.rules.engine import Context

if TYPE_CHECKING:
    from os import PathLike

    from linetap.line.preview import ChatSnapshot

Status = Literal["rendered", "defaulted", "aborted", "invalid"]
STATUSES: tuple[Status, ...] = ("rendered", "defaulted", "aborted", "invalid")
_LINE_ID = re.compile("U[0-9a-f]{32}").fullmatch  # the usual case; other recipients are checked by LINE's rules
Validate = Callable[[list[Message]], Iterable[Problem]]


@attrs.frozen
class Preview:
    """What one user would receive.

    ``rendered``: the intended messages, from values of this profile only. ``defaulted``: the intended messages, with at
    least one default. ``aborted``: nothing is sent, because a required value is missing or a condition is not met.
    ``invalid``: something other than the intended messages would be sent, or LINE would reject it.
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
    who: str = ""
    """Name, identity or LINE id of the profile, as a caption."""

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        """The messages as plain JSON; [] if there are none."""
        found = (self.body or {}).get("messages")
        return [message for message in found if isinstance(message, dict)] if isinstance(found, list) else []

    @property
    def snapshot(self) -> ChatSnapshot:
        """This preview as one chat of a gallery."""
        from linetap.line.preview import ChatSnapshot

        return ChatSnapshot(self.who or self.title, self.messages, self.status, self.problems, self._why)

    def _picture(self, load_images: bool) -> dict[str, Any]:
        title = f"{self.title}: {self.who} ({self.status})" if self.who else f"{self.title} ({self.status})"
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


@attrs.frozen
class JudgedProfile:
    """The outcome of one profile, before any text that describes it is made."""

    status: Status
    filled: FilledBody | None = None
    text: str = ""
    body: Any = None
    problems: tuple[Problem, ...] = ()


class Previewer:
    """A body that is parsed once and rendered for many profiles."""

    def __init__(self, title: str, compiled: CompiledBody, text: str) -> None:
        self.title = title
        self._compiled = compiled
        self._template = substitution.liquid_engine().template(text)

    def preview(self, profile: object, event: object, trigger: object, *, validate: Validate | None = None) -> Preview:
        """The preview of one profile."""
        preview = self.describe(self.judge(profile, event, trigger), profile)
        if validate is None or preview.status not in ("rendered", "defaulted"):
            return preview
        found = tuple(validate([message_from_json(message) for message in preview.messages]))
        rejected = any(problem.severity == "error" for problem in found)
        status: Status = "invalid" if rejected else preview.status
        return attrs.evolve(preview, status=status, problems=(*preview.problems, *found))

    def judge(self, profile: object, event: object = None, trigger: object = None) -> JudgedProfile:
        """The outcome of one profile, without the texts that describe it: a run calls this for every profile."""
        try:
            filled = self._compiled.fill(self._compiled.person(profile, event, trigger))
        except BadArgument as error:
            return JudgedProfile("invalid", problems=error.problems)
        try:
            text = self._template.render(filled.person)
        except Aborted:
            return JudgedProfile("aborted", filled)
        except BadArgument as error:
            return JudgedProfile("invalid", filled, problems=error.problems)
        return self._read(filled, text)

    def _read(self, filled: FilledBody, text: str) -> JudgedProfile:
        try:
            body = json.loads(text)
        except (
            ValueError,
            RecursionError,
        ) as error:  # a value may contain more opening brackets than the parser can nest
            return JudgedProfile("invalid", filled, text, None, (_unreadable(text, error),))
        size = _size(text)
        if body != filled.body or filled.person.missing or not size or "LtM" in text:
            return self._deviating(filled, text, body)
        # Both are equal. Lookups in the intended body are cheaper: its keys are the same objects for every profile.
        if not self._meets_rules(filled.to, filled.rest["messages"], size):
            return JudgedProfile("invalid", filled, text, body, rules.push_problems(body))
        return JudgedProfile("defaulted" if filled.person.defaulted else "rendered", filled, text, body)

    def _meets_rules(self, to: str, messages: Sequence[Mapping[str, Any]], size: int) -> bool:
        """LINE's rules for the parts that differ between profiles; the other parts were checked with the campaign."""
        if not _LINE_ID(to) and rules.recipient_problems(to):
            return False
        context = Context(
            "push", to, size=size, animated=0
        )  # the number of animated images does not depend on any string
        return all(check(messages[i], context) for i, check in self._compiled.rule_checks)

    def _deviating(self, filled: FilledBody, text: str, body: Any) -> JudgedProfile:
        found = [*deviations(filled.body, body), *rules.push_problems(body)]
        if filled.person.missing:
            rule = "must not be sent: a required value is missing, or a condition is not met"
            what = ", ".join(_reason(what) for what in filled.person.missing)
            found.append(
                Problem(
                    "to", rule, literal_text(what), suggestion="Liquid evaluates it differently: rename the property"
                )
            )
        status: Status = "invalid" if any(problem.severity == "error" for problem in found) else "rendered"
        return JudgedProfile(status, filled, text, body, tuple(found))

    def describe(self, judged: JudgedProfile, profile: object) -> Preview:
        """The preview of a judged profile, with reasons and responsible properties."""
        if judged.filled is None:
            return Preview(self.title, "invalid", problems=judged.problems, who=_caption(profile))
        person = judged.filled.person
        return Preview(
            self.title,
            judged.status,
            judged.body if isinstance(judged.body, dict) else None,
            (
                *judged.problems,
                *(_skipped(what) for what in dict.fromkeys(person.missing) if judged.status == "aborted"),
            ),
            judged.text,
            tuple(dict.fromkeys(person.defaulted)),
            tuple(dict.fromkeys(person.missing)),
            responsible_properties(self._compiled.field_positions, person, judged.problems)
            if judged.status == "invalid"
            else (),
            _caption(profile),
        )


def _caption(profile: object) -> str:
    try:
        known = plain_values(profile, ("Name", "Identity", "Email", "LineID"))
    except BadArgument:
        return ""
    return shown_text(next(iter(known.values())))[:40] if known else ""


def _size(text: str) -> int:
    """The length in bytes as UTF-8; 0 if the text contains a lone surrogate and cannot be sent."""
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        return 0


def _unreadable(text: str, error: Exception) -> Problem:
    at = getattr(error, "pos", 0)
    found = literal_text(f"{getattr(error, 'msg', error)} at ...{text[max(0, at - 30) : at + 10]!r}")
    return Problem(
        "body", "must be JSON after rendering", found, suggestion="a value breaks the JSON: see Preview.faults"
    )


def _skipped(what: Field | Condition) -> Problem:
    return Problem(
        "to", "must have every required value and meet the conditions", literal_text(_reason(what)), severity="advice"
    )


def _reason(what: Field | Condition) -> str:
    return str(repr(what)) if isinstance(what, Condition) else f"no value for {field_label(what)}"


def reasons(preview: Preview) -> Iterator[str]:
    """Why nothing, or something wrong, would be sent; short, for counting."""
    if preview.status == "aborted":
        yield from (_reason(what) for what in preview.missing)
    elif preview.status == "invalid":
        errors = [problem for problem in preview.problems if problem.severity == "error"]
        yield from dict.fromkeys(f"{problem.path.partition('[')[0]} {problem.rule}" for problem in errors)
