"""Previews: the body rendered for one profile, parsed as JSON and compared with the messages that the fields mean.

CleverTap documents no escaping of values, so a value can break the JSON, change its text, or add a message. A body
that parses can therefore still be wrong: every string is compared.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from linetap.campaign import liquid_checks
from linetap.campaign.compiled_body import CompiledBody, FilledBody
from linetap.campaign.preview import Preview, Status, reason, skipped_problem
from linetap.campaign.preview_diff import deviations, responsible_properties
from linetap.campaign.profile_values import Person, UnknownText, plain_values
from linetap.campaign.profile_values import text as value_text
from linetap.campaign.property_names import PropertyNames
from linetap.campaign.raw_liquid import RenderOptions, failed, objects_of
from linetap.campaign.skipped import other_spelling
from linetap.errors import BadArgument, BadCampaign, Problem, invalid, literal_text
from linetap.fields import ProfileField
from linetap.line import rules
from linetap.line.messages.json import message_from_json
from linetap.line.messages.kinds import Message
from linetap.line.rules.engine import Context
from linetap.line.rules.varying import SHORT
from linetap.liquid import LiquidSyntaxError

_LINE_ID = re.compile("U[0-9a-f]{32}").fullmatch  # the usual case; other recipients are checked by LINE's rules
# Characters that mean something to JSON, or to LINE in textV2.
_SPECIAL = re.compile(r"[\"\\\x00-\x1f{}\ud800-\udfff]|LtM").search
_PLAIN_KINDS = frozenset((str, int, bool))
_MEMBERS = frozenset(("size", "first", "last"))  # Liquid may take these for its own members of an object
Validate = Callable[[list[Message]], Iterable[Problem]]


@attrs.frozen
class EvaluatedProfile:
    """The outcome of one profile, before any text that describes it is made."""

    status: Status
    filled: FilledBody | None = None
    text: str = ""
    body: Any = None
    problems: tuple[Problem, ...] = ()


class Previewer:
    """A body that is parsed once and rendered for many profiles."""

    def __init__(
        self, title: str, compiled: CompiledBody, text: str, options: RenderOptions, *, own: bool = False
    ) -> None:
        self.title = title
        self.compiled = compiled
        given: Any = options.objects
        if not isinstance(given, Mapping):
            raise invalid("objects", "must be a mapping of names to objects", given)
        template = liquid_checks.parsed(text)
        if isinstance(template, LiquidSyntaxError):
            raise BadCampaign(problems=[liquid_checks.syntax_problem(text, template, "body")])
        self._template = template
        self._options = options
        missing = sorted(liquid_checks.objects_read(text) - options.objects.keys())
        # A field at each position may have the longest value, with four bytes for each character.
        self._length, self._bytes_each = len(text.encode()), 4 * len(compiled.field_positions)
        self._own = compiled.written_by_linetap and own and not _MEMBERS.intersection(compiled.profile_names)
        self._not_given = [f"{name} was not given: pass objects={{{name!r}: {{...}}}}" for name in missing]

    def preview(self, profile: object, event: object, trigger: object, *, validate: Validate | None = None) -> Preview:
        """The preview of one profile."""
        if validate is not None and not callable(validate):
            raise invalid("validate", "must be a function that takes a list of messages", validate)
        preview = self.describe(self.evaluate(profile, event, trigger), profile)
        preview = attrs.evolve(preview, problems=(*preview.problems, *self._misspelt(profile, preview)))
        if validate is None or preview.status not in ("rendered", "defaulted"):
            return preview
        found = tuple(validate([message_from_json(message) for message in preview.messages]))
        rejected = any(problem.severity == "error" for problem in found)
        status: Status = "invalid" if rejected else preview.status
        return attrs.evolve(preview, status=status, problems=(*preview.problems, *found))

    def _misspelt(self, profile: object, preview: Preview) -> Iterator[Problem]:
        """Properties that the profile has in another spelling; whether it has the other one too is not certain.

        The problem of a value for which the profile is skipped names the other spelling already.
        """
        skipped_for = preview.missing if preview.status == "aborted" else ()
        named = {field.name for field in skipped_for if isinstance(field, ProfileField)}
        names = PropertyNames(name for name in self.compiled.profile_names if name not in named)
        names.add(profile)
        for problem in names.problems():
            if problem.suggestion.startswith("write"):
                yield attrs.evolve(problem, severity="uncertain")

    def evaluate_many(self, profile: object) -> EvaluatedProfile:
        """The status of one profile of many, with ``text`` and ``body`` only where they had to be made.

        A body that linetap wrote renders to the intended text if no value has a character that JSON interprets, so that
        it need not be rendered. Any other value, and any doubt, is evaluated as for a single preview.
        """
        return (self._evaluate_simple(profile) if self._own else None) or self.evaluate(profile)

    def _evaluate_simple(self, profile: object) -> EvaluatedProfile | None:
        """The status of a profile whose values are all plain text or whole numbers; None if it must be rendered."""
        try:
            person = self.compiled.person(profile, zone=self._options.zone)
        except BadArgument:
            return None
        values = person.profile.values()
        if person.dates or not _PLAIN_KINDS.issuperset(map(type, values)):
            return None
        texts = "".join(map(str, values))
        if _SPECIAL(texts):
            return None
        filled = self.compiled.fill(person, self._options)
        if person.missing:
            return EvaluatedProfile("aborted", filled)
        size = self._length + len(texts) * self._bytes_each
        longest = 2 * len(texts)  # no code point has more UTF-16 units
        if person.uncertain or person.readings or not self._meets_rules(filled, size, longest):
            return None
        return EvaluatedProfile("defaulted" if person.defaulted else "rendered", filled)

    def evaluate(self, profile: object, event: object = None, trigger: object = None) -> EvaluatedProfile:
        """The outcome of one profile, without the texts that describe it: a run calls this for every profile."""
        options = self._options
        if options.now is None:  # the same moment for the rendered and the intended body
            options = attrs.evolve(options, now=dt.datetime.now(dt.timezone.utc))
        try:
            filled = self.compiled.fill(self.compiled.person(profile, event, trigger, options.zone), options)
        except UnknownText as error:
            return EvaluatedProfile("uncertain", problems=error.problems)
        except BadArgument as error:
            return EvaluatedProfile("invalid", problems=error.problems)
        found = self._template.render(objects_of(filled.person, options), now=options.now, zone=options.zone)
        if found.status == "aborted":
            return EvaluatedProfile("aborted", filled)
        if found.status == "failed":
            return EvaluatedProfile("invalid", filled, problems=(failed(found.reasons),))
        doubts = (*found.reasons, *self._not_given, *filled.person.uncertain)
        evaluated = self._read(filled, found.text) if found.text else EvaluatedProfile("uncertain", filled)
        evaluated = _uncertain(evaluated, doubts) if doubts else evaluated
        return _with_readings(evaluated, filled.person.readings) if filled.person.readings else evaluated

    def _read(self, filled: FilledBody, text: str) -> EvaluatedProfile:
        try:
            body = json.loads(text)
        except (ValueError, RecursionError) as error:  # a value may contain any number of opening brackets
            return EvaluatedProfile("invalid", filled, text, None, (_unreadable(text, error),))
        size = _size(text)
        if body != filled.body or filled.person.missing or not size or "LtM" in text:
            return self._deviating(filled, text, body)
        # Both are equal. Lookups in the intended body are cheaper: its keys are the same objects for every profile.
        if not self._meets_rules(filled, size):
            return EvaluatedProfile("invalid", filled, text, body, rules.push_problems(body))
        return EvaluatedProfile("defaulted" if filled.person.defaulted else "rendered", filled, text, body)

    def _meets_rules(self, filled: FilledBody, size: int, longest: int = SHORT + 1) -> bool:
        """LINE's rules for the parts that differ between profiles; the other parts were checked with the campaign."""
        to, messages = filled.to, filled.rest["messages"]
        if not _LINE_ID(to) and rules.recipient_problems(to):
            return False
        # No string can change the number of animated images.
        context = Context("push", to, size=size, animated=0)
        for i, check in self.compiled.rule_checks:  # noqa: SIM110 - this runs for every profile
            if not check(messages[i], context, longest):
                return False
        return True

    def _deviating(self, filled: FilledBody, text: str, body: Any) -> EvaluatedProfile:
        found = [*deviations(filled.body, body), *rules.push_problems(body)]
        if filled.person.missing:
            rule = "must not be sent: a required value is missing, or a condition is not met"
            what = literal_text(", ".join(map(reason, filled.person.missing)))
            found.append(Problem("to", rule, what, suggestion="Liquid evaluates it differently: rename the property"))
        status: Status = "invalid" if any(problem.severity == "error" for problem in found) else "rendered"
        return EvaluatedProfile(status, filled, text, body, tuple(found))

    def describe(self, evaluated: EvaluatedProfile, profile: object) -> Preview:
        """The preview of an evaluated profile, with reasons and responsible properties."""
        if evaluated.filled is None:
            return Preview(self.title, evaluated.status, problems=evaluated.problems, caption=_caption(profile))
        person = evaluated.filled.person
        missing = tuple(dict.fromkeys(person.missing))
        skipped = (
            [skipped_problem(what, other_spelling(what, profile)) for what in missing]
            if evaluated.status == "aborted"
            else []
        )
        return Preview(
            self.title,
            evaluated.status,
            evaluated.body if isinstance(evaluated.body, dict) else None,
            (*evaluated.problems, *skipped),
            evaluated.text,
            tuple(dict.fromkeys(person.defaulted)),
            missing,
            self._faults(evaluated, person),
            _caption(profile),
        )

    def _faults(self, evaluated: EvaluatedProfile, person: Person) -> tuple[str, ...]:
        if evaluated.status != "invalid":
            return ()
        return responsible_properties(self.compiled.field_positions, person, evaluated.problems)


def _with_readings(evaluated: EvaluatedProfile, readings: Iterable[str]) -> EvaluatedProfile:
    rule = "should not rely on what CleverTap does not document"
    found = [Problem("body", rule, literal_text(reading), severity="uncertain") for reading in dict.fromkeys(readings)]
    return attrs.evolve(evaluated, problems=(*evaluated.problems, *found))


def _uncertain(evaluated: EvaluatedProfile, doubts: Iterable[str]) -> EvaluatedProfile:
    rule = "must have a predictable text"
    found = [Problem("body", rule, literal_text(doubt), severity="uncertain") for doubt in dict.fromkeys(doubts)]
    return attrs.evolve(evaluated, status="uncertain", problems=(*found, *evaluated.problems))


def _caption(profile: object) -> str:
    try:
        known = plain_values(profile, ("Name", "Identity", "Email", "LineID"))
        return value_text(next(iter(known.values())))[:40] if known else ""
    except BadArgument:  # a value without a known text
        return ""


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
