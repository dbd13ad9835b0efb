"""LINE's state: users, tokens, the month's quota, retry keys, statistics."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from linetap.sandbox.core.service import SharedState

T = TypeVar("T")

DAY = 86_400.0
TOKYO = timezone(timedelta(hours=9))


@dataclass(slots=True)
class Person:
    """One LINE user, as this Official Account sees them."""

    user_id: str
    display_name: str
    friend: bool = True
    blocked: bool = False
    deleted: bool = False
    consented: bool = True
    wrote_at: float | None = None
    """When the user last wrote to the account: for seven days pushes reach a user who is not a friend."""
    language: str | None = None
    picture_url: str | None = None
    status_message: str | None = None
    inbox: list[dict[str, Any]] | None = None
    traits: Mapping[str, str] = field(default_factory=dict)
    """For the demographics of insight, by LINE's names: ``gender``, ``age``, ``area``, ``appType``."""

    @property
    def listed(self) -> bool:
        """Whether followers/ids lists them: https://developers.line.biz/en/reference/messaging-api/#get-follower-ids"""
        return self.friend and self.consented and not (self.blocked or self.deleted)

    def reached(self, now: float, by_push: bool) -> bool:
        """Whether a message arrives: https://developers.line.biz/en/reference/messaging-api/#send-push-message"""
        if self.blocked or self.deleted:
            return False
        recent = self.wrote_at is not None and now - self.wrote_at <= 7 * DAY
        return self.friend or (by_push and recent)


@dataclass(slots=True)
class Accepted:
    """A send that was accepted under a retry key."""

    at: float
    request_id: str
    operation: str
    sent: list[dict[str, str]] | None


@dataclass
class Broadcast:
    """One broadcast, for its statistics."""

    at: float
    reached: set[str]
    bubbles: int
    opened: set[str] = field(default_factory=set)


@dataclass
class Unit:
    """What was sent under one custom aggregation unit."""

    sends: list[tuple[float, int]] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)


class LineState:
    """The account and its users; what a test sets up and reads."""

    def __init__(self, world: SharedState) -> None:
        self.clock, self.ids, self.readings = world.clock, world.ids, world.readings
        self.people: dict[str, Person] = {}
        self._order: list[str] = []
        self.groups: dict[str, list[dict[str, Any]]] = {}
        self.verified = True
        """False: an unverified account; followers/ids is 403."""
        self.bot = {
            "userId": self.ids.user(),
            "basicId": "@sandbox",
            "displayName": "Sandbox Official Account",
            "chatMode": "bot",
            "markAsReadMode": "auto",
        }
        self.channel_id, self.channel_secret = "2000000001", self.ids.hex("secret")
        self.channel_access_token = self.ids.secret("token")
        self.tokens: dict[str, float | None] = {self.channel_access_token: None}
        """Every valid token and when it expires."""
        self.stateless: set[str] = set()
        """Stateless tokens (15 minutes): they can be neither revoked nor verified."""
        self.quota: int | None = None
        """Messages a month; None is no limit (``type: none``)."""
        self.reserved = 0
        """Messages reserved by another send in progress: the quota seems used up until it ends."""
        self.same_user_limit: int | None = None
        """Pushes to one user in a minute, then 429; LINE publishes no number."""
        self.rates: dict[str, float] = {}
        """Requests a second by operation name, each a token bucket; empty: no limit."""
        self._used: Counter[str] = Counter()
        self.accepted: dict[tuple[str, str], Accepted] = {}
        self.pages: dict[str, tuple[int, float]] = {}
        self.units: dict[tuple[str, str], Unit] = {}
        self.link_tokens: dict[str, tuple[str, float]] = {}
        self.recent_pushes: dict[str, list[float]] = {}
        self.sent: Counter[tuple[str, str]] = Counter()
        """Messages sent through the API, by day (yyyyMMdd) and kind: users reached, not message objects."""
        self.broadcasts: dict[str, Broadcast] = {}
        """By request id."""
        self.reply_tokens: dict[str, tuple[str, float]] = {}
        """The unused reply tokens: the user, and when the event happened."""
        self.webhook_url: str | None = None
        self.webhook_active = True
        """Whether "Use webhook" is on in the console."""
        self.webhook_receiver: Callable[[Any], int] | None = None
        """Your server: it takes the signed request of LINE's webhook test and returns a status."""
        self.assertion_keys: dict[str, str] = {}
        """The public keys (PEM) that are registered in the console, by kid: for tokens of version 2.1."""
        self.key_ids: dict[str, str] = {}
        """The key id of every token of version 2.1."""
        self._parts: dict[type, Any] = {}

    def part(self, kind: type[T]) -> T:
        """The state that one module of endpoints has of its own: one object of its class, made at the first use."""
        found: T = self._parts.setdefault(kind, kind())
        return found

    # Setting up ------------------------------------------------------------------------------------------

    def add_followers(self, count: int = 1, *, names: Iterable[str] = ()) -> list[str]:
        """``count`` new friends; their user ids."""
        given = iter(names)
        return [self.add_person(next(given, None)).user_id for _ in range(count)]

    def add_person(self, display_name: str | None = None, **facts: Any) -> Person:
        """One user; ``facts`` are attributes of :class:`Person` (``friend=False``, ``consented=False``, ...)."""
        user_id = self.ids.user()
        person = Person(user_id, display_name or f"LINE user {len(self._order) + 1}", **facts)
        self.people[user_id] = person
        self._order.append(user_id)
        return person

    def add_group(self, kind: str = "C") -> str:
        """A group (``C``) or room (``R``) that the account is a member of; its id."""
        group_id = f"{kind}{self.ids.hex('group')}"
        self.groups[group_id] = []
        return group_id

    def foreign_id(self) -> str:
        """A well-formed user id that this channel does not know: a user of another provider."""
        return self.ids.user()

    def block(self, user_id: str) -> None:
        """The user blocks the account: sends still return 200, and no message arrives."""
        self.people[user_id].blocked = True

    def unblock(self, user_id: str) -> None:
        self.people[user_id].blocked = False

    def unfriend(self, user_id: str) -> None:
        self.people[user_id].friend = False

    def delete_account(self, user_id: str) -> None:
        """The user deletes their LINE account."""
        self.people[user_id].deleted = True

    def wrote(self, user_id: str) -> None:
        """The user writes to the account, one to one."""
        self.people[user_id].wrote_at = self.clock.now()

    def open(self, unit: str, user_ids: Iterable[str]) -> None:
        """These users open the messages of an aggregation unit this month."""
        found = self.units[(self.month(), unit)]
        found.opened.update(found.reached.intersection(user_ids))

    def open_broadcast(self, request_id: str, user_ids: Iterable[str]) -> None:
        """These users open the messages of a broadcast."""
        found = self.broadcasts[request_id]
        found.opened.update(found.reached.intersection(user_ids))

    def count_sent(self, kind: str, number: int) -> None:
        """Adds to the day's count of messages sent by ``push``, ``multicast``, ``broadcast`` or ``reply``."""
        self.sent[(self.day(self.clock.now()), kind)] += number

    def revoke(self, token: str) -> None:
        """This token is rejected with 401 from now on."""
        self.tokens.pop(token, None)

    def is_valid(self, token: str) -> bool:
        """Whether a channel access token is known and has not expired."""
        until = self.tokens.get(token, float("-inf"))
        return until is None or self.clock.now() < until

    # Reading the state -----------------------------------------------------------------------------------

    def inbox(self, user_id: str) -> list[dict[str, Any]]:
        """The messages that reached a user, a group or a room, oldest first, as plain dicts."""
        if user_id in self.groups:
            return self.groups[user_id]
        return self.people[user_id].inbox or []

    @property
    def order(self) -> list[str]:
        return self._order

    @property
    def followers(self) -> list[str]:
        """The user ids that followers/ids would list."""
        return [user_id for user_id in self._order if self.people[user_id].listed]

    @property
    def delivered(self) -> int:
        """Messages in all inboxes."""
        boxes: Iterator[list[dict[str, Any]]] = (p.inbox for p in self.people.values() if p.inbox)
        return sum(map(len, boxes)) + sum(map(len, self.groups.values()))

    # The month -------------------------------------------------------------------------------------------

    def month(self) -> str:
        """Statistics use UTC+9. The page does not say whether the quota does; the sandbox assumes it."""
        return datetime.fromtimestamp(self.clock.now(), TOKYO).strftime("%Y%m")

    @property
    def used(self) -> int:
        """Messages sent this month: users reached, not message objects."""
        return self._used[self.month()]

    @used.setter
    def used(self, value: int) -> None:
        self._used[self.month()] = value

    def day(self, at: float) -> str:
        return datetime.fromtimestamp(at, TOKYO).strftime("%Y%m%d")

    # Message ids -----------------------------------------------------------------------------------------

    def message_id(self) -> str:
        return f"{461230000000000000 + self.ids.number('message')}"

    def quote_token(self, message_id: str) -> str:
        return "q" + hashlib.blake2s(message_id.encode(), digest_size=16).hexdigest()
