"""Campaign: an immutable value that ends in messages. Nothing here sends anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from linetap.campaign import checks, conditions, liquid_writer, substitution
from linetap.campaign.body import BodyDifference, CustomBody, differences
from linetap.campaign.compiled_body import Compiled
from linetap.campaign.conditions import Varying
from linetap.campaign.json_tree import properties_in, told, variants
from linetap.campaign.liquid_writer import Style
from linetap.campaign.profile_values import Person
from linetap.display.progress import Progress
from linetap.errors import BadArgument, BadCampaign, Problem, invalid, literal_text, short_repr
from linetap.fields import Condition, Field, ProfileField, Property, readable
from linetap.frames import rows
from linetap.line import rules
from linetap.line.api.retry_keys import key_of_each
from linetap.line.bulk.report import Delivery
from linetap.line.messages.kinds import (
    ImageMessage,
    Message,
    MessageLike,
    TextMessage,
    VideoMessage,
    message_from_json,
    messages_to_json,
)

if TYPE_CHECKING:
    from uuid import UUID

    from linetap.campaign.preview import Preview, Previewer, Validate
    from linetap.campaign.report import PreviewReport
    from linetap.campaign.value_risks import ValueRisks


CampaignMessage: TypeAlias = "Message | str | Field | Varying"

_ANYBODY = "U" + "0" * 32  # for LINE's rules, while the recipient is not known


def _messages(given: CampaignMessage | Sequence[CampaignMessage]) -> tuple[CampaignMessage, ...]:
    return (given,) if isinstance(given, (Message, str, Field, Varying)) else tuple(given)


def _conditions(given: Condition | Sequence[Condition]) -> tuple[Condition, ...]:
    found = (given,) if isinstance(given, Condition) else tuple(given)
    for condition in found:
        if not isinstance(condition, Condition):
            raise invalid("only_if", 'is a condition: ProfileField("Language").equals("ja")', type(condition).__name__)
    return found


@attrs.frozen(slots=False)
class Campaign:
    """Messages with fields in them, and whom they go to: written as a custom body, previewed, filled, proved.

    ``to`` is the profile property that holds the LINE id. 1 to 5 messages; ``aggregation_unit`` at most 30 of
    ``[A-Za-z0-9_]``. Every ``with_...`` gives a new campaign. Problems are told by ``problems``, not raised, until a
    body, a preview or a delivery is asked for.

    https://docs.clevertap.com/docs/line-messenger
    https://developers.line.biz/en/reference/messaging-api/#send-push-message
    """

    name: str
    messages: tuple[CampaignMessage, ...] = attrs.field(
        default=(), converter=_messages, kw_only=True, repr=lambda messages: readable(repr(messages))
    )
    # A factory: a field among the defaults of a signature is one that help() and IPython cannot format.
    to: Property = attrs.field(
        factory=lambda: ProfileField("LineID"), kw_only=True, repr=lambda field: str.__str__(repr(field))
    )
    notification_disabled: bool = attrs.field(default=False, kw_only=True)
    aggregation_unit: str | None = attrs.field(default=None, kw_only=True)
    only_if: tuple[Condition, ...] = attrs.field(default=(), converter=_conditions, kw_only=True)
    """Who does not meet all of these is skipped: see :meth:`skip_unless`."""

    def __getstate__(self) -> dict[str, Any]:
        # What was compiled from the fields is made anew where it is needed.
        return {attribute.name: getattr(self, attribute.name) for attribute in attrs.fields(type(self))}

    def with_message(self, message: CampaignMessage) -> Campaign:
        """This campaign with one message more: a message, a text, a field, or what ``when(...)`` gave."""
        return attrs.evolve(self, messages=(*self.messages, message))

    def with_text(self, text: str | Field, **options: Any) -> Campaign:
        """One more text: at most 5,000 UTF-16 units. ``options``: those of ``TextMessage``."""
        return self.with_message(TextMessage(text, **options))

    def with_image(self, original_content_url: str, preview_image_url: str, **options: Any) -> Campaign:
        """One more image: HTTPS, JPEG or PNG, at most 10 MB and, for the preview, 1 MB."""
        return self.with_message(ImageMessage(original_content_url, preview_image_url, **options))

    def with_video(self, original_content_url: str, preview_image_url: str, **options: Any) -> Campaign:
        """One more video: HTTPS, mp4 of at most 200 MB; its preview JPEG or PNG of at most 1 MB."""
        return self.with_message(VideoMessage(original_content_url, preview_image_url, **options))

    def skip_unless(self, *conditions: Condition) -> Campaign:
        """This campaign for those only who meet the conditions: everyone else gets ``{% abort %}``, nothing is sent."""
        return attrs.evolve(self, only_if=(*self.only_if, *conditions))

    @cached_property
    def _plain(self) -> tuple[Mapping[str, Any], tuple[Problem, ...]]:
        """Messages and options as plain JSON with marks, and why that could not be done."""
        options: dict[str, Any] = {"notificationDisabled": True} if self.notification_disabled else {}
        if self.aggregation_unit is not None:
            options["customAggregationUnits"] = [self.aggregation_unit]
        try:
            return {"messages": _as_json(self.messages), **options}, ()
        except BadArgument as error:
            return {"messages": [], **options}, error.problems

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong, not certain, or could be better; () where all is well. Nothing is sent."""
        tree, broken = self._plain
        if broken:
            return (*checks.recipient_problems(self.to), *broken)
        found = [*self._own_problems(), *checks.tree_problems(self.to, tree, self.only_if)]
        try:
            trees = variants(tree)
        except BadArgument:  # a damaged mark, told already
            trees = ()
        for variant in trees:
            found += rules.push_problems({"to": _ANYBODY, **variant})
        return tuple(dict.fromkeys(found))

    def _own_problems(self) -> Iterator[Problem]:
        name: object = self.name
        if not isinstance(name, str) or not name.strip():
            yield Problem("name", "is text that is not empty", short_repr(name))

    def raise_for_problems(self) -> Campaign:
        """The campaign itself, or ``BadCampaign`` with every error at once."""
        _raise(self.problems)
        return self

    @property
    def fields(self) -> tuple[Property, ...]:
        """The properties this campaign reads, each once, the recipient first."""
        asked = [condition.field for condition in self.only_if]
        return tuple(dict.fromkeys([self.to, *asked, *properties_in(self._plain[0])]))

    def body(self, style: Style = "liquid") -> CustomBody:
        """The text for CleverTap's "Custom body"; ``BadCampaign`` on any error.

        ``liquid`` is valid JSON before rendering and after, and skips who lacks a required value. ``dashboard`` is
        how CleverTap's LINE page prints it, for people who type into its editor; it is no JSON and skips nobody.
        https://docs.clevertap.com/docs/create-message-webhook
        """
        if style not in ("liquid", "dashboard"):
            raise invalid("style", "is 'liquid' or 'dashboard'", style)
        self.raise_for_problems()
        tree = self._plain[0]
        own = tuple(checks.dashboard_problems(tree)) if style == "dashboard" else ()
        _raise(own)
        text = liquid_writer.body_text(self.to, tree, style=style, only_if=self.only_if)
        return CustomBody(text, style, self.to, tree, self.only_if, (*self.problems, *own))

    def diff(self, text: str) -> tuple[BodyDifference, ...]:
        """Where a pasted body, in either spelling, does not say what this campaign says; () where it does.

        Blanks, the order of members and the spelling do not count.
        """
        return differences(self.body(), CustomBody.parse(text, known=self.fields))

    @cached_property
    def compiled(self) -> Compiled:
        """This campaign read once, to be filled many times; ``BadCampaign`` on any error."""
        self.raise_for_problems()
        return Compiled(self.to, self._plain[0], self.only_if)

    def fill(self, profile: object, *, event: object = None, trigger: object = None) -> Delivery:
        """The messages for one person, ready for ``LineClient.push_many``.

        ``profile`` is a flat mapping, a row of a frame or a CleverTapProfile; None, NaN, NaT, pandas.NA and '' are
        missing. Values are written as they are, in Python: no value can break the JSON. ``BadArgument`` for who lacks
        a required value or does not meet a condition, naming each.
        """
        filled = self.compiled.fill(self.compiled.person(profile, event, trigger))
        if filled.person.missing:
            raise BadArgument(problems=self._why_skipped(filled.person))
        return self._delivery(filled.to, filled.rest)

    def _why_skipped(self, person: Person) -> tuple[Problem, ...]:
        return tuple(_missing(what, person, self.to) for what in dict.fromkeys(person.missing))

    def _delivery(self, to: str, rest: Mapping[str, Any], retry_key: str | None = None) -> Delivery:
        return Delivery(
            to,
            tuple(message_from_json(message) for message in rest["messages"]),
            retry_key,
            notification_disabled=self.notification_disabled,
            aggregation_unit=self.aggregation_unit,
        )

    def preview(
        self, profile: object, *, event: object = None, trigger: object = None, validate: Validate | None = None
    ) -> Preview:
        """What one person would receive: the body rendered as CleverTap documents it, read as JSON and judged.

        Every string is compared with what was meant, and the push with LINE's rules; ``validate=line.validate_push``
        asks LINE itself too. Needs the extra ``preview``.
        """
        return self._previewer.look(profile, event, trigger, validate=validate)

    def preview_many(
        self, profiles: Iterable[object], *, progress: Progress = None, examples: int = 3
    ) -> PreviewReport:
        """What many would receive, counted; profiles are drawn one by one, and memory does not grow with them.

        The first ``examples`` previews of each outcome are kept. ``progress``: True for a bar, or a callable.
        """
        from linetap.campaign.report import preview_many

        return preview_many(self._previewer, profiles, progress=progress, examples=examples)

    @cached_property
    def _previewer(self) -> Previewer:
        from linetap.campaign.preview import Previewer

        return Previewer(self.name, self.compiled, str(self.body()))

    def value_risks(self, *, trusted: Iterable[str] | None = None) -> ValueRisks:
        """Which properties reach the body, which of their values would break it, and what helps. Nothing is sent.

        ``trusted`` names properties known to hold plain characters only, such as numbers; without it the recipient.
        """
        from linetap.campaign.value_risks import value_risks

        self.raise_for_problems()
        return value_risks(self.to, self._plain[0], trusted)

    def deliveries(
        self,
        profiles: Iterable[object],
        *,
        on_skipped: Callable[[object, tuple[Problem, ...]], object] | None = None,
        retry_key: Callable[[Any], UUID | str] | None = None,
    ) -> Iterator[Delivery]:
        """One delivery for each profile that has what it needs, lazily; the road without CleverTap.

        Who lacks a required value is skipped, as the body skips them; ``on_skipped`` is told profile and reasons.
        ``retry_key(profile)`` gives each delivery a key of yours, such as ``retry_key_for("sale", profile["LineID"])``:
        by it a journal of ``push_many`` knows who was served, though a text has changed since.
        """
        compiled = self.compiled
        key_of = None if retry_key is None else key_of_each(retry_key)
        for profile in rows(profiles):
            try:
                filled = compiled.fill(compiled.person(profile))
                why = self._why_skipped(filled.person)
            except BadArgument as error:  # no row at all, or a value that Liquid of the user's own cannot take
                if on_skipped is None:
                    raise
                on_skipped(profile, error.problems)
                continue
            if not why:
                yield self._delivery(filled.to, filled.rest, key_of(profile, filled.to) if key_of else None)
            elif on_skipped is not None:
                on_skipped(profile, why)


def _as_json(messages: Sequence[CampaignMessage]) -> list[dict[str, Any]]:
    """Messages as plain JSON; what varies becomes one message whose texts choose."""
    varying = {i: message for i, message in enumerate(messages) if isinstance(message, Varying)}
    then = messages_to_json([_taken(message, True) for message in messages])
    if not varying:
        return then
    otherwise = messages_to_json([_taken(message, False) for message in messages])
    for i, message in varying.items():
        then[i] = conditions.merged(message.condition, then[i], otherwise[i], f"messages[{i}]")
    return then


def _taken(message: CampaignMessage, first: bool) -> MessageLike:
    if isinstance(message, Varying):
        return message.then if first else message.otherwise
    return message


def _missing(what: Field | Condition, person: Person, to: Property) -> Problem:
    if isinstance(what, Condition):
        return Problem("profile", "meets the campaign's conditions", literal_text(str(repr(what))))
    if what != to:
        return Problem(
            "profile", f"has a value for {told(what)}", literal_text("none"), suggestion="give the field a default"
        )
    found = substitution.value_of(to, person)
    rule, remedy = (
        f"has a LINE id in {told(to)}",
        "there is nobody to send to: skip this profile, or link its LINE account",
    )
    return Problem("profile", rule, literal_text("none") if found is None else short_repr(found), suggestion=remedy)


def _raise(problems: Iterable[Problem]) -> None:
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise BadCampaign(problems=errors)
