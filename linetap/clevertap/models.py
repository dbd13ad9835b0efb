"""CleverTap's data: profiles, counts, campaigns and their figures. ``raw`` keeps unknown keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from linetap.clevertap import limits, rules
from linetap.clevertap.campaign_checks import when_problems, when_text, where_problems
from linetap.errors import BadArgument, Problem, invalid, literal_text, short_repr
from linetap.models.base import many


@attrs.frozen
class CleverTapProfile:
    """One customer's profile. https://developer.clevertap.com/docs/get-user-profile"""

    identity: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    properties: Mapping[str, Any] = attrs.field(factory=dict)
    """``profileData``: the custom properties, ``LineID`` among them."""
    events: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """Event name -> count, first_seen, last_seen."""
    object_ids: tuple[str, ...] = ()
    """The ids of their devices."""
    raw: Mapping[str, Any] = attrs.field(factory=dict, repr=False, eq=False)
    """The record as CleverTap sent it."""

    def flat(self) -> dict[str, Any]:
        """The properties with Identity, Name, Email and Phone: the values that a campaign's fields read."""
        own = {"Identity": self.identity, "Name": self.name, "Email": self.email, "Phone": self.phone}
        return {key: value for key, value in own.items() if value is not None} | dict(self.properties)


def profile_from_json(record: Mapping[str, Any]) -> CleverTapProfile:
    """A ``record`` of ``/1/profile.json`` or ``/1/profiles.json``."""
    devices = record.get("platformInfo")
    listed = [device for device in devices if isinstance(device, dict)] if isinstance(devices, list) else []
    found = [record.get("objectId"), *(device.get("objectId") for device in listed)]
    return CleverTapProfile(
        identity=_text(record, "identity"),
        name=_text(record, "name"),
        email=_text(record, "email"),
        phone=_text(record, "phone"),
        properties=_mapping(record, "profileData"),
        events=_mapping(record, "events"),
        object_ids=tuple(dict.fromkeys(str(value) for value in found if value)),
        raw=dict(record),
    )


def _text(record: Mapping[str, Any], key: str) -> str | None:
    # CleverTap returns an identity or a phone number of digits as a JSON number.
    value = record.get(key)
    return None if value is None else str(value)


def _mapping(record: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = record.get(key)
    return dict(value) if isinstance(value, dict) else {}


@attrs.frozen
class ProfilePage:
    """Some of the profiles that a query found."""

    profiles: tuple[CleverTapProfile, ...]
    next: str | None = attrs.field(default=None, repr=False)
    """The cursor of the next page, percent-encoded as CleverTap sent it; it is valid for four days."""


@attrs.frozen
class Count:
    """How many profiles a query finds, or the id with which to ask for the result later."""

    count: int | None
    req_id: str | None = None


@attrs.frozen
class ProfileQuery:
    """Profiles with an event in a range of days: the query of ``profiles`` and ``count_profiles``.

    CleverTap has no query for "all profiles with a LineID": every query needs an event.

    Args:
        event_name: such as ``"App Launched"``.
        since, until: days, both included.
        where: more of CleverTap's query language, such as ``{"common_profile_properties": {...}}``.

    https://developer.clevertap.com/docs/get-user-profiles-api
    """

    event_name: str
    since: date
    until: date
    where: Mapping[str, Any] = attrs.field(factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The value as CleverTap's JSON."""
        days = span(self.since, self.until)
        return {"event_name": self.event_name, **days, **self.where}


def span(since: date, until: date) -> dict[str, int]:
    """``from`` and ``to`` in CleverTap's form of days: 20260131."""
    for path, day in (("since", since), ("until", until)):
        if not isinstance(day, date):
            raise invalid(path, "must be a date", day, "write datetime.date(2026, 1, 31)", limits.CAMPAIGNS_PAGE)
    if since > until:
        raise invalid("since", "must not be after until", since, page=limits.CAMPAIGNS_PAGE)
    return {"from": int(since.strftime("%Y%m%d")), "to": int(until.strftime("%Y%m%d"))}


def query_to_json(query: ProfileQuery | Mapping[str, Any]) -> dict[str, Any]:
    """A query as CleverTap's JSON; a mapping in CleverTap's query language is sent unchanged."""
    page = limits.PROFILES_PAGE
    body = query.to_json() if isinstance(query, ProfileQuery) else query
    if not isinstance(body, Mapping):
        raise invalid(
            "query",
            "must be a ProfileQuery or a mapping in CleverTap's query language",
            literal_text(type(body).__name__),
            "write ProfileQuery(event_name, since, until)",
        )
    missing = [key for key in ("event_name", "from", "to") if key not in body]
    if missing:
        rule = "must have event_name, from and to"
        raise invalid("query", rule, f"no {', '.join(missing)}", "ProfileQuery(event_name, since, until)", page)
    rules.plain_json(dict(body), "query")
    if problems := where_problems(body, "query", ("identity", "email", "objectId")):
        raise BadArgument(problems=problems)
    return dict(body)


_WEBHOOK_FIELDS = ("profile-attributes", "tokens", "identities")


@attrs.frozen
class WebhookCampaign:
    """A webhook campaign made over the API. It posts CleverTap's own payload: a custom body needs the dashboard.

    So its template's URL must be a service of yours that turns the payload into LINE messages, not LINE itself.

    Args:
        name: the campaign.
        template: the name of a webhook template that is already saved in the dashboard.
        where: the segment in CleverTap's query language; None means every user. Keys that the language does not
            have raise ``BadArgument``: CleverTap ignores them, and would reach more users.
        when: ``"now"``, ``"YYYYMMDD HH:MM"`` in the account's time zone, an aware datetime in that zone, or
            CleverTap's object form.
        fields: the parts of the payload: any of ``profile-attributes``, ``tokens``, ``identities``.
        key_values: pairs that are sent with each call.
        estimate_only: only estimate how many users it would reach.
        to_followers: also require ``LINE follower`` to be true, the property that a sync with ``unfollow="mark"`` sets.
        extra: more top-level fields, as CleverTap names them (``conversion_goal``, ``respect_frequency_caps`` ...).

    https://developer.clevertap.com/docs/create-campaign-api
    """

    name: str
    template: str
    where: Mapping[str, Any] | None = None
    when: Any = attrs.field(default="now", converter=when_text)
    fields: tuple[str, ...] = attrs.field(default=("profile-attributes", "identities"), converter=many)
    key_values: Mapping[str, str] = attrs.field(factory=dict)
    estimate_only: bool = False
    extra: Mapping[str, Any] = attrs.field(factory=dict)
    to_followers: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        page = limits.CAMPAIGN_PAGE
        names: tuple[tuple[str, object], ...] = (("name", self.name), ("template", self.template))
        problems = [
            Problem(path, "must be a name that is not empty", short_repr(value), page)
            for path, value in names
            if not (isinstance(value, str) and value.strip())
        ]
        problems += [] if self.where is None else where_problems(self.where)
        problems += when_problems(self.when)
        rule = f"must have only {', '.join(_WEBHOOK_FIELDS)}"
        given: Any = self.fields
        if not isinstance(given, tuple):
            problems.append(Problem("fields", "must be a sequence of names", short_repr(given), page))
        else:
            problems += [Problem("fields", rule, short_repr(f), page) for f in given if f not in _WEBHOOK_FIELDS]
        if problems:
            raise BadArgument(problems=problems)
        rules.plain_json([self.where, self.when], "where")

    def segment(self) -> dict[str, Any]:
        """The ``where`` or ``segment`` of CleverTap's JSON."""
        if not self.to_followers:
            return {"segment": "all"} if self.where is None else {"where": dict(self.where)}
        where = dict(self.where or {})
        common = dict(where.get("common_profile_properties") or {})
        follower = {"name": "LINE follower", "operator": "equals", "value": "True"}
        common["profile_fields"] = [*(common.get("profile_fields") or ()), follower]
        return {"where": where | {"common_profile_properties": common}}


@attrs.frozen
class CampaignCreated:
    """CleverTap's response to a new campaign."""

    id: str | None
    """None with ``estimate_only``."""
    estimates: Mapping[str, int] = attrs.field(factory=dict)
    """How many users it would reach, by CleverTap's own keys."""
    raw: Mapping[str, Any] = attrs.field(factory=dict, repr=False)


@attrs.frozen
class CampaignSummary:
    """One campaign of a list."""

    id: str
    name: str = ""
    status: str = ""
    scheduled_on: str = ""
    """In CleverTap's format."""
    raw: Mapping[str, Any] = attrs.field(factory=dict, repr=False)


@attrs.frozen
class CampaignReport:
    """A campaign's figures, available after it has ended."""

    sent: int | None = None
    clicked: int | None = None
    raw: Mapping[str, Any] = attrs.field(factory=dict)
    """All figures, by CleverTap's own keys."""


@attrs.frozen
class DeletionReport:
    """On an error of ``delete_profiles``: the identities that were accepted and those that were not sent."""

    accepted: tuple[str, ...] = attrs.field(repr=lambda ids: f"<{len(ids)}>")
    remaining: tuple[str, ...] = attrs.field(repr=lambda ids: f"<{len(ids)}>")
