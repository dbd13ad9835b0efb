"""What one person would receive: rendered as CleverTap documents it, read as JSON, compared with what was meant.

CleverTap documents no escaping of values, so a value can break the JSON, change its own text, or add a message.
Parsing alone proves nothing: every string is compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import attrs

from linetap.campaign import substitution
from linetap.campaign.compiled_body import Compiled, Filled
from linetap.campaign.json_tree import told
from linetap.campaign.liquid_dialect import Aborted
from linetap.campaign.preview_diff import at_fault, deviations
from linetap.campaign.profile_values import plain_values
from linetap.campaign.profile_values import text as shown_text
from linetap.errors import BadArgument, Problem, literal_text
from linetap.fields import Condition, Field
from linetap.line import rules
from linetap.line.messages.kinds import Message, message_from_json
from linetap.line.rules.engine import Context

if TYPE_CHECKING:
    from os import PathLike

    from linetap.line.preview import ChatSnapshot

Status = Literal["rendered", "defaulted", "aborted", "invalid"]
STATUSES: tuple[Status, ...] = ("rendered", "defaulted", "aborted", "invalid")
_LINE_ID = re.compile("U[0-9a-f]{32}").fullmatch  # by far the most: the rules themselves judge what it does not know
Validate = Callable[[list[Message]], Iterable[Problem]]


@attrs.frozen
class Preview:
    """What one person would receive.

    ``rendered``: as meant, from this person's own values. ``defaulted``: as meant, a default stands in it. ``aborted``:
    nothing is sent, because a required value is missing or a condition is not met. ``invalid``: something else than
    was meant would be sent, or LINE would refuse it.
    """

    title: str
    """The campaign's name."""
    status: Status
    body: dict[str, Any] | None = attrs.field(default=None, repr=False)
    """The body LINE would get; None where nothing is sent, or what is sent is no JSON."""
    problems: tuple[Problem, ...] = ()
    text: str = attrs.field(default="", repr=False)
    """The rendered text as it is."""
    defaulted: tuple[Field, ...] = attrs.field(default=(), repr=False)
    missing: tuple[Field | Condition, ...] = attrs.field(default=(), repr=False)
    faults: tuple[str, ...] = ()
    """The properties whose values are to blame."""
    who: str = ""
    """The person, for people: name, identity or LINE id."""

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        """The messages as plain JSON, as far as there are any."""
        found = (self.body or {}).get("messages")
        return [message for message in found if isinstance(message, dict)] if isinstance(found, list) else []

    @property
    def shot(self) -> ChatSnapshot:
        """This preview as one of a gallery's."""
        from linetap.line.preview import ChatSnapshot

        return ChatSnapshot(self.who or self.title, self.messages, self.status, self.problems, self._why)

    def _picture(self, load_images: bool) -> dict[str, Any]:
        title = f"{self.title}: {self.who} ({self.status})" if self.who else f"{self.title} ({self.status})"
        return {"title": title, "load_images": load_images, "problems": self.problems, "note": self._why}

    @property
    def _why(self) -> str:
        return "; ".join(problem.found for problem in self.problems)

    def to_html(self, *, dark: bool | None = None, load_images: bool = False) -> str:
        """A LINE chat as one HTML page without scripts; images are fetched only with ``load_images=True``."""
        from linetap.line.preview import chat_html

        return chat_html(self.messages, dark=dark, **self._picture(load_images))

    def save_html(self, path: str | PathLike[str], *, dark: bool | None = None, load_images: bool = False) -> None:
        """The same, written to a file."""
        from linetap.line.preview import save_html

        save_html(path, self.to_html(dark=dark, load_images=load_images))

    def _repr_html_(self) -> str:
        from linetap.line.preview import chat_fragment

        return chat_fragment(self.messages, **self._picture(False))


@attrs.frozen
class Look:
    """What is known of one person before anything is written for people to read."""

    status: Status
    filled: Filled | None = None
    text: str = ""
    body: Any = None
    problems: tuple[Problem, ...] = ()


class Previewer:
    """A body parsed once, rendered for many."""

    def __init__(self, title: str, compiled: Compiled, text: str) -> None:
        self.title = title
        self._compiled = compiled
        self._template = substitution.engine().template(text)

    def look(self, profile: object, event: object, trigger: object, *, validate: Validate | None = None) -> Preview:
        """The preview for one person."""
        preview = self.preview(self.judged(profile, event, trigger), profile)
        if validate is None or preview.status not in ("rendered", "defaulted"):
            return preview
        found = tuple(validate([message_from_json(message) for message in preview.messages]))
        refused = any(problem.severity == "error" for problem in found)
        status: Status = "invalid" if refused else preview.status
        return attrs.evolve(preview, status=status, problems=(*preview.problems, *found))

    def judged(self, profile: object, event: object = None, trigger: object = None) -> Look:
        """One person's outcome, with as little as possible made for it: this is run for ten thousand."""
        try:
            filled = self._compiled.fill(self._compiled.person(profile, event, trigger))
        except BadArgument as error:
            return Look("invalid", problems=error.problems)
        try:
            text = self._template.render(filled.person)
        except Aborted:
            return Look("aborted", filled)
        except BadArgument as error:
            return Look("invalid", filled, problems=error.problems)
        return self._read(filled, text)

    def _read(self, filled: Filled, text: str) -> Look:
        try:
            body = json.loads(text)
        except (ValueError, RecursionError) as error:  # a value may open more brackets than can be read
            return Look("invalid", filled, text, None, (_unreadable(text, error),))
        size = _size(text)
        if body != filled.body or filled.person.missing or not size or "LtM" in text:
            return self._suspicious(filled, text, body)
        # What was meant equals what was read, and its keys are the same objects for everybody: cheaper to look up.
        if not self._keeps_the_rules(filled.to, filled.rest["messages"], size):
            return Look("invalid", filled, text, body, rules.push_problems(body))
        return Look("defaulted" if filled.person.defaulted else "rendered", filled, text, body)

    def _keeps_the_rules(self, to: str, messages: Sequence[Mapping[str, Any]], size: int) -> bool:
        """LINE's rules over what differs from person to person; the rest was judged when the campaign was."""
        if not _LINE_ID(to) and rules.recipient_problems(to):
            return False
        context = Context("push", to, size=size, animated=0)  # how many are animated no string can change
        return all(judge(messages[i], context) for i, judge in self._compiled.judges)

    def _suspicious(self, filled: Filled, text: str, body: Any) -> Look:
        found = [*deviations(filled.body, body), *rules.push_problems(body)]
        if filled.person.missing:
            rule = "is skipped: a required value is missing, or a condition is not met"
            what = ", ".join(_reason(what) for what in filled.person.missing)
            found.append(
                Problem("to", rule, literal_text(what), suggestion="Liquid answered otherwise: rename the property")
            )
        status: Status = "invalid" if any(problem.severity == "error" for problem in found) else "rendered"
        return Look(status, filled, text, body, tuple(found))

    def preview(self, look: Look, profile: object) -> Preview:
        """A look written out for people."""
        if look.filled is None:
            return Preview(self.title, "invalid", problems=look.problems, who=_who(profile))
        person = look.filled.person
        return Preview(
            self.title,
            look.status,
            look.body if isinstance(look.body, dict) else None,
            (*look.problems, *(_skipped(what) for what in dict.fromkeys(person.missing) if look.status == "aborted")),
            look.text,
            tuple(dict.fromkeys(person.defaulted)),
            tuple(dict.fromkeys(person.missing)),
            at_fault(self._compiled.places, person, look.problems) if look.status == "invalid" else (),
            _who(profile),
        )


def _who(profile: object) -> str:
    try:
        known = plain_values(profile, ("Name", "Identity", "Email", "LineID"))
    except BadArgument:
        return ""
    return shown_text(next(iter(known.values())))[:40] if known else ""


def _size(text: str) -> int:
    """The bytes of a text; 0 where it holds a lone surrogate and cannot be sent at all."""
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        return 0


def _unreadable(text: str, error: Exception) -> Problem:
    at = getattr(error, "pos", 0)
    found = literal_text(f"{getattr(error, 'msg', error)} at ...{text[max(0, at - 30) : at + 10]!r}")
    return Problem(
        "body", "is JSON once it is rendered", found, suggestion="a value broke it: see the properties at fault"
    )


def _skipped(what: Field | Condition) -> Problem:
    return Problem("to", "is sent to those only who have what it needs", literal_text(_reason(what)), severity="advice")


def _reason(what: Field | Condition) -> str:
    return str(repr(what)) if isinstance(what, Condition) else f"no value for {told(what)}"


def reasons(preview: Preview) -> Iterator[str]:
    """Why nothing, or the wrong thing, would be sent; short, for counting."""
    if preview.status == "aborted":
        yield from (_reason(what) for what in preview.missing)
    elif preview.status == "invalid":
        errors = [problem for problem in preview.problems if problem.severity == "error"]
        yield from dict.fromkeys(f"not kept: {problem.rule}" for problem in errors)
