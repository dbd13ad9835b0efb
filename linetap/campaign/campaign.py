"""Campaign: an immutable description of messages with fields and their recipients. Nothing here sends anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from linetap.campaign import checks, liquid_writer, serialization, skipped
from linetap.campaign.body import BodyDifference, CustomBody, differences
from linetap.campaign.compiled_body import CompiledBody
from linetap.campaign.conditions import ConditionalMessage
from linetap.campaign.deliveries import Deliveries, DeliveryOptions
from linetap.campaign.json_tree import branches, properties_in
from linetap.campaign.liquid_writer import Style
from linetap.campaign.messages import CampaignMessage, messages_as_json
from linetap.campaign.raw_liquid import RenderOptions
from linetap.display.progress import Progress
from linetap.errors import BadArgument, BadCampaign, Problem, invalid, literal_text, short_repr
from linetap.fields import Condition, Field, ProfileField, Property, readable
from linetap.line import rules
from linetap.line.bulk.delivery import Delivery
from linetap.line.messages.json import message_from_json
from linetap.line.messages.kinds import ImageMessage, Message, TextMessage, VideoMessage

if TYPE_CHECKING:
    from datetime import tzinfo
    from uuid import UUID

    from linetap.campaign.preview import Preview
    from linetap.campaign.previewer import Previewer, Validate
    from linetap.campaign.report import PreviewReport
    from linetap.campaign.value_risks import ValueRisks


_CONDITION_RULE = 'must be a condition, such as ProfileField("Language").equals("ja")'
_SAMPLE_LINE_ID = "U" + "0" * 32  # for LINE's rules, while the recipient is not known


def _messages(given: CampaignMessage | Sequence[CampaignMessage]) -> tuple[CampaignMessage, ...]:
    return (given,) if isinstance(given, (Message, str, Field, ConditionalMessage)) else tuple(given)


def _conditions(given: Condition | Sequence[Condition]) -> tuple[Condition, ...]:
    found = (given,) if isinstance(given, Condition) else tuple(given)
    for condition in found:
        if not isinstance(condition, Condition):
            raise invalid("only_if", _CONDITION_RULE, type(condition).__name__)
    return found


@attrs.frozen(slots=False)
class Campaign:
    """Messages with fields, and the property that contains the recipient's LINE id. Immutable; sends nothing.

    ``to`` is a profile property, 1 to 5 messages, ``aggregation_unit`` at most 30 characters of ``[A-Za-z0-9_]``. Every
    ``with_...`` method returns a new campaign. ``problems`` lists all problems; ``body``, ``preview``, ``fill`` and
    ``deliveries`` raise ``BadCampaign`` if one of them is an error.

    https://docs.clevertap.com/docs/line-messenger
    https://developers.line.biz/en/reference/messaging-api/#send-push-message
    """

    name: str
    messages: tuple[CampaignMessage, ...] = attrs.field(
        default=(), converter=_messages, kw_only=True, repr=lambda messages: readable(repr(messages))
    )
    # A factory, because help() and IPython cannot format a field as the default of a parameter.
    to: Property = attrs.field(
        factory=lambda: ProfileField("LineID"), kw_only=True, repr=lambda field: str.__str__(repr(field))
    )
    notification_disabled: bool = attrs.field(default=False, kw_only=True)
    aggregation_unit: str | None = attrs.field(default=None, kw_only=True)
    only_if: tuple[Condition, ...] = attrs.field(default=(), converter=_conditions, kw_only=True)
    """Profiles that do not meet all of these are skipped: see :meth:`skip_unless`."""

    def __getstate__(self) -> dict[str, Any]:
        # Cached closures cannot be pickled; they are made again on first use.
        return {attribute.name: getattr(self, attribute.name) for attribute in attrs.fields(type(self))}

    def with_message(self, message: CampaignMessage) -> Campaign:
        """A new campaign with one more message: a message, a text, a field, or the result of ``when(...)``."""
        return attrs.evolve(self, messages=(*self.messages, message))

    def with_text(self, text: str | Field, **options: Any) -> Campaign:
        """A new campaign with one more text: at most 5,000 UTF-16 units. ``options``: those of ``TextMessage``."""
        return self.with_message(TextMessage(text, **options))

    def with_image(self, original_content_url: str, preview_image_url: str, **options: Any) -> Campaign:
        """A new campaign with one more image: HTTPS, JPEG or PNG, at most 10 MB and, for the preview, 1 MB."""
        return self.with_message(ImageMessage(original_content_url, preview_image_url, **options))

    def with_video(self, original_content_url: str, preview_image_url: str, **options: Any) -> Campaign:
        """A new campaign with one more video: HTTPS, mp4 of at most 200 MB; the preview JPEG or PNG of at most 1 MB."""
        return self.with_message(VideoMessage(original_content_url, preview_image_url, **options))

    def skip_unless(self, *conditions: Condition) -> Campaign:
        """A new campaign that skips profiles which do not meet all conditions, by ``{% abort %}`` in the body."""
        return attrs.evolve(self, only_if=(*self.only_if, *conditions))

    @cached_property
    def _json_tree(self) -> tuple[Mapping[str, Any], tuple[Problem, ...]]:
        """Messages and options as plain JSON with marks, and the problems that prevented it."""
        options: dict[str, Any] = {"notificationDisabled": True} if self.notification_disabled else {}
        if self.aggregation_unit is not None:
            options["customAggregationUnits"] = [self.aggregation_unit]
        try:
            return {"messages": messages_as_json(self.messages), **options}, ()
        except BadArgument as error:
            return {"messages": [], **options}, error.problems

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """All errors, uncertain points and advice; () if there are none. Nothing is sent."""
        tree, broken = self._json_tree
        if broken:
            return (*checks.recipient_problems(self.to), *broken)
        found = [*self._own_problems(), *checks.tree_problems(self.to, tree, self.only_if)]
        try:
            trees = branches(tree)
        except BadArgument:  # a damaged mark, which is in the problems already
            trees = ()
        if not any(problem.severity == "error" for problem in found):
            found += checks.liquid_problems(self.to, tree, self.only_if)
        for branch in trees:
            found += rules.push_problems({"to": _SAMPLE_LINE_ID, **branch})
        return tuple(dict.fromkeys(found))

    def _own_problems(self) -> Iterator[Problem]:
        name: object = self.name
        if not isinstance(name, str) or not name.strip():
            yield Problem("name", "must be a string that is not empty", short_repr(name))

    def _repr_html_(self) -> str:
        """The messages as a LINE chat, with their fields as labels, and the problems below."""
        from linetap.line.preview import chat_fragment

        return chat_fragment(self._json_tree[0]["messages"], title=str(self.name), problems=self.problems)

    def raise_for_problems(self) -> Campaign:
        """The campaign itself; raises ``BadCampaign`` with all errors, if there are any."""
        _raise(self.problems)
        return self

    def to_json(self) -> dict[str, Any]:
        """This campaign as plain JSON, to store it; ``Campaign.from_json`` returns an equal campaign.

        Raises ``BadArgument`` for a message that is not one, or a damaged field.
        """
        return serialization.campaign_to_json(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any] | str | bytes) -> Campaign:
        """The campaign of :meth:`to_json`, from a mapping or its JSON text; raises ``BadArgument`` for other JSON."""
        return cls(**serialization.campaign_from_json(given))

    @cached_property
    def fingerprint(self) -> str:
        """12 hexadecimal digits that identify the content of this campaign: equal in every process and version.

        It covers :meth:`to_json` without the aggregation unit, and no Liquid text.
        """
        return serialization.fingerprint(self)

    @property
    def fields(self) -> tuple[Property, ...]:
        """The properties that this campaign reads, each once, the recipient first."""
        asked = [condition.field for condition in self.only_if]
        return tuple(dict.fromkeys([self.to, *asked, *properties_in(self._json_tree[0])]))

    def body(self, style: Style = "liquid") -> CustomBody:
        """The text for CleverTap's "Custom body"; raises ``BadCampaign`` on any error.

        ``liquid`` is valid JSON before and after rendering, and skips profiles without a required value. ``dashboard``
        is the style of CleverTap's LINE page, to type into its editor; it is not JSON and cannot skip profiles.
        https://docs.clevertap.com/docs/create-message-webhook
        """
        if style not in ("liquid", "dashboard"):
            raise invalid("style", "must be 'liquid' or 'dashboard'", style)
        self.raise_for_problems()
        tree = self._json_tree[0]
        own = tuple(checks.dashboard_problems(tree)) if style == "dashboard" else ()
        _raise(own)
        text = liquid_writer.body_text(self.to, tree, style=style, only_if=self.only_if)
        return CustomBody(text, style, self.to, tree, self.only_if, (*self.problems, *own))

    def diff(self, text: str) -> tuple[BodyDifference, ...]:
        """The differences between a pasted body, in either style, and this campaign; () if there are none.

        White space, the order of members and the Liquid style are ignored.
        """
        # Both texts are parsed, so that the body of this campaign has no differences to itself.
        ours = CustomBody.parse(self._liquid, known=self.fields)
        return differences(ours, CustomBody.parse(text, known=self.fields))

    @cached_property
    def compiled(self) -> CompiledBody:
        """This campaign analysed once, to be filled for many profiles; raises ``BadCampaign`` on any error."""
        self.raise_for_problems()
        return CompiledBody(self.to, self._json_tree[0], self.only_if)

    def fill(
        self, profile: object, *, event: object = None, trigger: object = None, zone: tzinfo | None = None
    ) -> Delivery:
        """The messages for one profile, ready for ``LineClient.push_many``.

        ``profile`` is a mapping, a row of a frame or a CleverTapProfile; None, NaN, NaT, pandas.NA and '' are missing
        values. linetap inserts the values itself, so no value can break the JSON. ``zone`` is the time zone of the
        CleverTap account, for dates; the default is +05:30. Raises ``BadArgument`` with each required value that is
        missing and each condition that is not met.
        """
        person = self.compiled.person(profile, event, trigger, zone)
        filled = self.compiled.fill(person, RenderOptions(zone))
        if person.missing or person.unpredictable:
            doubts = literal_text("; ".join(person.uncertain))
            unknown = [Problem("body", "must have a known text", doubts)] if person.unpredictable else []
            raise BadArgument(problems=[*skipped.reasons(person, self.to, profile), *unknown])
        return Delivery(
            filled.to,
            tuple(message_from_json(message) for message in filled.rest["messages"]),
            notification_disabled=self.notification_disabled,
            aggregation_unit=self.aggregation_unit,
        )

    def preview(
        self,
        profile: object,
        *,
        event: object = None,
        trigger: object = None,
        validate: Validate | None = None,
        zone: tzinfo | None = None,
        objects: Mapping[str, Any] | None = None,
    ) -> Preview:
        """What one user would receive: the body rendered as by CleverTap's engine, parsed as JSON and checked.

        Every string is compared with the intended text, and the push is checked with LINE's rules. With
        ``validate=line.validate_push`` LINE checks it too. ``zone`` is the time zone of the CleverTap account: without
        it, dates are taken to be in +05:30, and a preview that depends on it is ``uncertain``. ``objects`` has the
        values of objects that CleverTap fills, such as ``{"Linked": {...}}``.
        """
        return self._previewer(zone, objects).preview(profile, event, trigger, validate=validate)

    def preview_many(
        self,
        profiles: Iterable[object],
        *,
        progress: Progress = None,
        examples: int = 3,
        zone: tzinfo | None = None,
        objects: Mapping[str, Any] | None = None,
    ) -> PreviewReport:
        """What many users would receive, counted; profiles are iterated one by one, with constant memory.

        The first ``examples`` previews of each outcome are stored. ``progress``: True for a bar, or a callable.
        ``zone`` and ``objects`` as for :meth:`preview`.
        """
        from linetap.campaign.report import preview_many

        return preview_many(self._previewer(zone, objects), profiles, progress=progress, examples=examples)

    def _previewer(self, zone: tzinfo | None, objects: Mapping[str, Any] | None) -> Previewer:
        from linetap.campaign.previewer import Previewer

        options = RenderOptions(zone, objects=objects or {})
        return Previewer(self.name, self.compiled, self._liquid, options, own=True)

    @cached_property
    def _liquid(self) -> str:
        return str(self.body())

    def value_risks(self, *, trusted: Iterable[str] | None = None) -> ValueRisks:
        """The properties in the body, which of their values would break it, and the remedies. Nothing is sent.

        ``trusted`` names properties that contain plain characters only, such as numbers; the default is the recipient.
        """
        from linetap.campaign.value_risks import value_risks

        self.raise_for_problems()
        return value_risks(self.to, self._json_tree[0], trusted)

    def deliveries(
        self,
        profiles: Iterable[object],
        *,
        on_skipped: Callable[[object, tuple[Problem, ...]], object] | None = None,
        retry_key: Callable[[Any], UUID | str] | None = None,
        consent: str | None = None,
        include_unfollowed: bool = False,
        zone: tzinfo | None = None,
    ) -> Deliveries:
        """One delivery for each profile with all required values, lazily, to send without CleverTap.

        Skipped are profiles without a required value, as by the body; profiles whose ``LINE follower`` is false, unless
        ``include_unfollowed``; and with ``consent`` profiles in which that property is not true. The result counts them
        by reason, ``push_many`` reports them, and ``on_skipped(profile, problems)`` is called for each.
        ``retry_key(profile)`` gives each delivery your own key, such as ``retry_key_for("sale", profile["LineID"])``:
        with it a journal of ``push_many`` recognises deliveries that were sent before, even if a text has changed
        since. ``zone`` is the time zone of the CleverTap account, for dates; the default is +05:30.
        Raises ``BadCampaign`` if the campaign has an error.
        """
        given: object = consent
        if given is not None and not (isinstance(given, str) and given):
            raise invalid("consent", "must be the name of a property", consent)
        options = DeliveryOptions(
            on_skipped,
            retry_key,
            consent,
            include_unfollowed,
            zone,
            self.notification_disabled,
            self.aggregation_unit,
        )
        return Deliveries(self.compiled, self.to, profiles, options)


def _raise(problems: Iterable[Problem]) -> None:
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise BadCampaign(problems=errors)
