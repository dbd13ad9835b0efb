"""CleverTap's state: profiles, templates, campaigns, the error stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone, tzinfo
from typing import Any, NamedTuple

from linetap.http.types import Response
from linetap.sandbox.core.json_content import NotJson, read_json
from linetap.sandbox.core.service import Call, Rejected, SharedState, json_response


def fail(error: str, code: int | None = None, status: int = 200) -> Response:
    """CleverTap's failure response: mostly with HTTP 200."""
    return json_response(status, {"status": "fail", "error": error, **({} if code is None else {"code": code})})


def rejection(error: str, status: int = 400) -> Rejected:
    """A rejected request."""
    return Rejected(fail(error, status, status))


def read_body(call: Call) -> dict[str, Any]:
    """The request's JSON object; 400 for anything else."""
    try:
        body = read_json(call.content)
    except NotJson:
        body = None
    if not isinstance(body, dict):
        raise rejection("The request body is not a JSON object")
    return body


def event_key(name: str) -> str:
    """The name by which events are compared: capitals and spaces do not count.

    https://docs.clevertap.com/docs/platform-considerations
    """
    return name.replace(" ", "").lower()


class Occurrence(NamedTuple):
    """One event of one profile."""

    key: str
    at: float
    data: Mapping[str, Any]


def whole_number(text: str, most: int) -> int | None:
    """A parameter of the query as a number from 1; None for another text."""
    found = int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else 0
    return found if 1 <= found <= most else None


@dataclass(slots=True)
class Profile:
    """One user profile."""

    object_id: str
    identities: list[str] = field(default_factory=list)
    """Newest last; personalization substitutes the newest."""
    data: dict[str, Any] = field(default_factory=dict)
    events: dict[str, dict[str, int]] = field(default_factory=dict)
    history: list[Occurrence] = field(default_factory=list)
    """The newest 1,000 events, for queries."""
    tokens: list[dict[str, Any]] = field(default_factory=list)
    deleted_at: float | None = None

    @property
    def identity(self) -> str:
        return self.identities[-1] if self.identities else ""

    def happened(self, name: str, at: int, data: Mapping[str, Any]) -> None:
        """Adds one event."""
        seen = self.events.setdefault(name, {"count": 0, "first_seen": at, "last_seen": at})
        first, last = min(seen["first_seen"], at), max(seen["last_seen"], at)
        seen.update(count=seen["count"] + 1, first_seen=first, last_seen=last)
        self.history.append(Occurrence(event_key(name), at, data))
        del self.history[:-1_000]

    def record(self) -> dict[str, Any]:
        """As the profile endpoints return it: https://developer.clevertap.com/docs/get-user-profile-api"""
        found: dict[str, Any] = {
            name.lower(): self.data[name] for name in ("Email", "Name", "Phone") if name in self.data
        }
        platforms = [
            {"platform": t.get("type"), "push_token": t.get("id"), "objectId": self.object_id} for t in self.tokens
        ]
        return {
            **found,
            "identity": self.identity,
            "all_identities": list(self.identities),
            "profileData": {name: value for name, value in self.data.items() if name not in ("Email", "Name", "Phone")},
            "events": {name: dict(seen) for name, seen in self.events.items()},
            "platformInfo": platforms or [{"objectId": self.object_id}],
        }


@dataclass(frozen=True)
class WebhookTemplate:
    """A webhook endpoint as Settings > Channels > Webhooks stores it. Its repr shows no header."""

    template_id: str
    name: str
    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tested: int | None = None
    """The HTTP status of the test call on Create."""


@dataclass
class StoredCampaign:
    """A campaign of the account; ``body_text`` only if it was created in the dashboard."""

    campaign_id: int
    name: str
    at: str
    status: str = "scheduled"
    body_text: str | None = field(default=None, repr=False)
    template_id: str | None = None
    request: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sent: int = 0


class CleverTapState:
    """The account; what a test sets up and reads."""

    def __init__(self, world: SharedState) -> None:
        self.clock, self.ids, self.readings = world.clock, world.ids, world.readings
        self.account_id, self.passcode = "ZZZ-000-000Z", self.ids.hex("passcode")
        self.region = "eu1"
        self.zone: tzinfo = timezone.utc
        """The account's time zone: of ``when``, and of the days in queries and lists."""
        self.throttle: int | None = None
        """Messages of one campaign in five minutes; what is left after the third day is not sent. None: no limit."""
        self.frequency_cap: tuple[int, float] | None = None
        """Messages to one profile in so many days, for campaigns that respect frequency caps."""
        self.contacts: dict[str, list[float]] = {}
        """When campaigns reached a profile, by object id; kept while there is a frequency cap."""
        self.profiles: dict[str, Profile] = {}
        """By identity; a profile with several identities is listed under each."""
        self.by_object_id: dict[str, Profile] = {}
        self.templates: dict[str, WebhookTemplate] = {}
        self.campaigns: dict[int, StoredCampaign] = {}
        self.error_stream: list[dict[str, Any]] = []
        """Values that were discarded, as the dashboard's Error Stream shows them."""
        self.events: list[dict[str, Any]] = []
        """The newest 10,000 uploaded events."""
        self.discarded_events: set[str] = set()
        self.rejections: dict[str, int] = {}
        self.cursors: dict[str, tuple[list[str], int, float]] = {}
        self.preparing = 0
        """How many reads of a new cursor return "still in progress"."""
        self.polls: dict[int, int] = {}
        self.polled: set[int] = set()

    # Setting up ------------------------------------------------------------------------------------------

    def add_profile(
        self,
        identity: str,
        properties: Mapping[str, Any] | None = None,
        *,
        events: Mapping[str, int] | None = None,
        object_id: str | None = None,
    ) -> Profile:
        """A profile with its properties (``Name``, ``LineID``, ...); ``events``: name -> last seen, epoch seconds."""
        profile = self.find(identity=identity) or self.new_profile(identity, object_id)
        profile.data.update(properties or {})
        for name, at in (events or {}).items():
            profile.happened(name, at, {})
        return profile

    def reject_record(self, identity: str, code: int) -> None:
        """Uploads of this identity are rejected with this documented code."""
        self.rejections[identity] = code

    refuse_record = reject_record  # its first name, for scripts that use it

    # Profiles --------------------------------------------------------------------------------------------

    def find(
        self, *, identity: str | None = None, object_id: str | None = None, email: str | None = None
    ) -> Profile | None:
        """One profile that is not deleted."""
        if identity is not None:
            found = self.profiles.get(identity)
        elif object_id is not None:
            found = self.by_object_id.get(object_id)
        else:
            found = next((p for p in self.each() if p.data.get("Email") == email), None)
        return found if found is not None and not self.gone(found) else None

    def new_profile(self, identity: str | None, object_id: str | None = None) -> Profile:
        profile = Profile(object_id or "__" + self.ids.hex("object"), [identity] if identity else [])
        self.by_object_id[profile.object_id] = profile
        if identity:
            self.profiles[identity] = profile
        return profile

    def gone(self, profile: Profile) -> bool:
        """Whether a requested deletion has happened: in a batch, within 48 hours."""
        if profile.deleted_at is None:
            return False
        return profile.deleted_at <= self.clock.now()

    def each(self) -> Iterator[Profile]:
        """Every profile once."""
        return (profile for profile in list(self.by_object_id.values()) if not self.gone(profile))

    def note_discarded(self, profile: Profile, name: str, reason: str) -> None:
        """Records a property that is discarded; the response does not report it."""
        if len(self.error_stream) < 10_000:
            self.error_stream.append({"identity": profile.identity, "property": name, "reason": reason})

    # Campaigns -------------------------------------------------------------------------------------------

    def store(self, name: str, template_id: str, **more: Any) -> StoredCampaign:
        """Stores a campaign."""
        number = 100 + self.ids.number("campaign")
        at = datetime.fromtimestamp(self.clock.now(), self.zone).strftime("%Y%m%d %H:%M")
        campaign = StoredCampaign(number, name, at, template_id=template_id, **more)
        self.campaigns[number] = campaign
        return campaign
