"""The deliveries of a campaign, made while they are iterated, with counts of the profiles that were skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import attrs

from linetap.campaign import skipped
from linetap.campaign.compiled_body import CompiledBody
from linetap.campaign.preview import reason
from linetap.campaign.profile_values import Person, as_mapping
from linetap.campaign.property_names import PropertyNames
from linetap.campaign.raw_liquid import RenderOptions
from linetap.display.progress import length_of
from linetap.errors import BadArgument, Problem, literal_text, short_repr
from linetap.fields import Property, has_mark
from linetap.frames import rows
from linetap.line.api.retry_keys import checked_retry_keys
from linetap.line.bulk.delivery import Delivery
from linetap.line.messages.json import message_from_json
from linetap.line.rules.engine import Context

if TYPE_CHECKING:
    from uuid import UUID

FOLLOWER = "LINE follower"
"""The property in which the sync stores whether a profile's LINE user follows the account."""

_FALSE = frozenset(("false", "0", "0.0", "no"))
_TRUE = frozenset(("true", "1", "1.0", "yes"))


def _word(value: object) -> str:
    """Text, a number or a truth value, of numpy too, as a word; '' for anything else."""
    kind = type(value)
    return str(value).strip().lower() if isinstance(value, (str, int, float)) or kind.__module__ == "numpy" else ""


OnSkipped = Callable[[object, tuple[Problem, ...]], object]


@attrs.frozen
class DeliveryOptions:
    """The options of ``Campaign.deliveries``."""

    on_skipped: OnSkipped | None = None
    retry_key: Callable[[Any], UUID | str] | None = None
    consent: str | None = None
    include_unfollowed: bool = False
    zone: tzinfo | None = None
    notification_disabled: bool = False
    aggregation_unit: str | None = None


class Deliveries(Iterator[Delivery]):
    """Iterates the deliveries of a campaign once, lazily; the counts are those of the profiles read so far."""

    def __init__(
        self, compiled: CompiledBody, to: Property, profiles: Iterable[object], options: DeliveryOptions
    ) -> None:
        self._compiled, self._to, self._options = compiled, to, options
        self._skipped: Counter[str] = Counter()
        self._made = 0
        self._names = PropertyNames(compiled.profile_names)
        self._length = length_of(profiles)
        self._source = self._iterate(rows(profiles))

    def __iter__(self) -> Iterator[Delivery]:
        return self._source

    def __next__(self) -> Delivery:
        return next(self._source)

    def __length_hint__(self) -> int:
        return max((self._length or 0) - self.consumed, 0)

    @property
    def consumed(self) -> int:
        """The number of profiles read."""
        return self._names.count

    @property
    def drawn(self) -> int:
        """The first name of :attr:`consumed`."""
        return self.consumed

    @property
    def made(self) -> int:
        """The number of deliveries made."""
        return self._made

    @property
    def skipped(self) -> Mapping[str, int]:
        """Reason -> the number of profiles skipped for it; a profile is counted under its first reason."""
        return dict(self._skipped.most_common())

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the run is not ``ok``, and properties that the campaign reads and no profile has."""
        found = self._names.problems()
        if self._made:
            return found
        why = ", ".join(f"{count:,} x {reason}" for reason, count in self.skipped.items()) or "no profiles"
        return (*found, Problem("profiles", "must give at least one delivery", literal_text(why)))

    @property
    def ok(self) -> bool:
        """Whether there was a delivery, and no property of the campaign is misspelt. Skipped profiles are no error."""
        return all(problem.severity != "error" for problem in self.problems)

    def __str__(self) -> str:
        from linetap.display import text

        return self._shown(text.line)

    def to_text(self) -> str:
        """The counts as a table for a terminal."""
        from linetap.display import text

        return self._shown(text.table)

    def to_json(self) -> dict[str, Any]:
        """The counts and problems as JSON."""
        problems = [attrs.asdict(problem) for problem in self.problems]
        counts = {"consumed": self.consumed, "made": self.made, "skipped": self.skipped}
        return {"ok": self.ok, **counts, "problems": problems}

    def _shown(self, table: Callable[..., str]) -> str:
        notes = "; ".join(str(problem).replace("\n", " ") for problem in self.problems)
        return table("Deliveries", self._rows(), note=notes).rstrip()

    def __repr__(self) -> str:
        return f"Deliveries(consumed={self.consumed}, made={self.made}, skipped={self.skipped}, ok={self.ok})"

    def _repr_html_(self) -> str:
        from linetap.display import html

        return html.table("Deliveries", self._rows(), note="; ".join(map(str, self.problems)))

    def _rows(self) -> list[tuple[str, int]]:
        counts = [("profiles", self.consumed), ("deliveries", self.made)]
        return [*counts, *((f"skipped: {reason}", count) for reason, count in self.skipped.items())]

    def _iterate(self, profiles: Iterable[object]) -> Iterator[Delivery]:
        compiled, options, add = self._compiled, RenderOptions(self._options.zone), self._names.add
        zone, filtered, make = self._options.zone, self._filter(), self._options.retry_key
        key_of = None if make is None else checked_retry_keys(make)
        for profile in profiles:
            add(profile)
            row = self._row(profile) if type(profile) is not dict else profile
            if row is None:
                continue
            try:
                if why := filtered(row):
                    self._skip(profile, why[0], (why[1],))
                    continue
                person = compiled.person(row, zone=zone)
                to, body = compiled.encode(person, options)
            except (BadArgument, UnicodeEncodeError) as error:
                self._skip_invalid(profile, error)
                continue
            if person.missing or person.unpredictable:
                self._skip_person(profile, person)
                continue
            self._made += 1
            yield self._delivery(to, body, person, key_of(profile, to) if key_of else None)

    def _row(self, profile: object) -> Mapping[Any, Any] | None:
        try:
            return as_mapping(profile)
        except BadArgument as error:
            if self._options.on_skipped is None:  # the iterable has no profiles: a mistake in the caller's code
                raise
            self._skip_invalid(profile, error)
            return None

    def _delivery(self, to: str, body: bytes, person: Person, retry_key: str | None) -> Delivery:
        options = self._options
        prepared = _Prepared(body, to, self._compiled, person)
        return Delivery.prepared(to, prepared, retry_key, options.notification_disabled, options.aggregation_unit)

    def _filter(self) -> Callable[[Mapping[Any, Any]], tuple[str, Problem] | None]:
        consent, include = self._options.consent, self._options.include_unfollowed

        def why(row: Mapping[Any, Any]) -> tuple[str, Problem] | None:
            value = row.get(FOLLOWER) if not include else None
            if value is not None and _word(value) in _FALSE:
                remedy = "pass include_unfollowed=True to send to such profiles"
                rule = f"must not have {FOLLOWER!r} false: this user unfollowed the account"
                return f"{FOLLOWER} is false", Problem("profile", rule, short_repr(value), suggestion=remedy)
            if consent is not None and _word(given := row.get(consent)) not in _TRUE:
                rule = f"must have {consent!r} true: this user did not consent"
                return f"{consent} is not true", Problem("profile", rule, short_repr(given))
            return None

        return why

    def _skip(self, profile: object, why: str, problems: tuple[Problem, ...]) -> None:
        self._skipped[why] += 1
        if self._options.on_skipped is not None:
            self._options.on_skipped(profile, problems)

    def _skip_person(self, profile: object, person: Person) -> None:
        if person.missing:
            self._skip(profile, reason(person.missing[0]), skipped.reasons(person, self._to))
            return
        found = literal_text("; ".join(person.uncertain))
        self._skip(profile, "the text cannot be predicted", (Problem("body", "must have a known text", found),))

    def _skip_invalid(self, profile: object, error: BadArgument | UnicodeEncodeError) -> None:
        if isinstance(error, BadArgument):
            problems = error.problems
        else:
            problems = (Problem("profile", "must not have a lone surrogate in a value", literal_text(str(error))),)
        self._skip(profile, f"{problems[0].path} {problems[0].rule}" if problems else str(error), problems)


@attrs.frozen
class _Prepared:
    """The body of one delivery, with what is needed to make its messages or to check it."""

    body: bytes
    to: str
    compiled: CompiledBody
    person: Person

    def messages(self) -> tuple[Any, ...]:
        return tuple(message_from_json(message) for message in self.compiled.rest(self.person)["messages"])

    def is_valid(self) -> bool:
        # Some rules depend on the kind of recipient; the campaign was checked for a user. A value may contain a mark.
        if self.to[:1] != "U" or has_mark(self.body.decode()):
            return False
        if not self.compiled.rule_checks:
            return True
        messages = self.compiled.rest(self.person)["messages"]
        context = Context("push", self.to, size=len(self.body), animated=0)
        return all(check(messages[i], context) for i, check in self.compiled.rule_checks)
