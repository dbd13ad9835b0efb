"""A sender under any sequence of calls, controls and times: what LINE received keeps to every limit."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from linetap.campaign.campaign import Campaign
from linetap.fields import ProfileField
from linetap.line.bulk.delivery import Delivery
from linetap.relay import OutboxSender, PerPerson
from linetap.relay.reserve import Reserve
from linetap.relay.schedule import send_window
from linetap.sandbox import Sandbox
from tests.relay.conftest import Backend

SALE = Campaign("sale").with_text("sale " + ProfileField("Name", default="you"))
NEWS = Campaign("news").with_text("news " + ProfileField("Name", default="you"))
FUSE = PerPerson(3, hours=6)
WINDOW = (time(8), time(21), "Asia/Tokyo")
USERS = range(4)
QUOTA, RESERVE = 60, 20


class Limits(RuleBasedStateMachine):
    """The clock does not move during a drain: what users get in it, they get at that time."""

    def __init__(self) -> None:
        super().__init__()
        self.box = Sandbox()
        self.box.__enter__()
        self.box.line.quota = QUOTA
        self._folder = tempfile.TemporaryDirectory()
        self.backend = Backend(self.box, Path(self._folder.name), users=self.box.line.add_followers(len(USERS)))
        self.outbox = self.backend.outbox()
        self.number = 0
        self.received: list[tuple[float, int, str]] = []
        self.denied: set[int] = set()
        self.suppressed: set[int] = set()
        self.paused: set[str | None] = set()

    def teardown(self) -> None:
        self.outbox.close()
        self._folder.cleanup()
        self.box.__exit__()

    # What happens ----------------------------------------------------------------------------------------

    @rule(user=st.sampled_from(USERS), campaign=st.sampled_from(["sale", "news"]), new=st.booleans())
    def call(self, user: int, campaign: str, new: bool) -> None:
        self.number += new
        person = self.backend.person(user, Name=str(self.number))
        self.backend.call(person, outbox=self.outbox, key_values={"linetap_campaign": campaign})

    @rule(user=st.sampled_from(USERS))
    def order(self, user: int) -> None:
        self.number += 1
        self.outbox.enqueue(
            [Delivery(self.backend.users[user], f"urgent {self.number}")], urgent=True, campaign="order"
        )

    @rule(seconds=st.sampled_from([1, 60, 170, 190, 3600, 6 * 3600, 9 * 3600, 25 * 3600]))
    def later(self, seconds: int) -> None:
        self.backend.later(seconds=seconds)

    @rule(user=st.sampled_from(USERS))
    def deny(self, user: int) -> None:
        self.denied ^= {user}

    @rule(user=st.sampled_from(USERS))
    def suppress(self, user: int) -> None:
        if user in self.suppressed:
            self.outbox.unsuppress(self.backend.users[user])
        else:
            self.outbox.suppress(self.backend.users[user], "asked by phone")
        self.suppressed ^= {user}

    @rule(campaign=st.sampled_from(["sale", "news", None]), cancel=st.booleans())
    def stop(self, campaign: str | None, cancel: bool) -> None:
        self.paused.add(campaign)
        self.outbox.cancel(campaign, "wrong") if cancel else self.outbox.pause(campaign, "wrong")

    @precondition(lambda self: self.outbox.status().controls)
    @rule()
    def resume(self) -> None:
        self.paused.clear()
        for campaign in ("sale", "news", "order", None):
            self.outbox.resume(campaign)

    @rule(reason=st.sampled_from(["cancelled", "suppressed"]))
    def replay(self, reason: str) -> None:
        self.outbox.replay(self.outbox.dead_letters(reason=reason))

    @rule()
    def drain(self) -> None:
        def allow(user_id: str, payload: Any) -> bool:
            return self.backend.users.index(user_id) not in self.denied

        before = [len(self.backend.texts(user)) for user in USERS]
        left = QUOTA - self.box.line.used
        sender = OutboxSender(
            self.outbox,
            self.backend.line(),
            [SALE, NEWS],
            fuse=FUSE,
            send_window=WINDOW,
            allow=allow,
            reserve=RESERVE,
            in_flight=3,
        )
        sender.drain()
        new = [(user, text) for user in USERS for text in self.backend.texts(user)[before[user] :]]
        self.received += [(self.backend.time, user, text) for user, text in new]
        self._check(new, left)

    # What must be true -----------------------------------------------------------------------------------

    def _check(self, new: list[tuple[int, str]], left: int) -> None:
        window = send_window(WINDOW)
        assert window is not None
        others = [text for _, text in new if not text.startswith("urgent")]
        assert not others or window.is_open(self.backend.time)
        assert not others or len(others) <= left - RESERVE
        assert not {user for user, _ in new} & (self.denied | self.suppressed)
        assert not new or None not in self.paused
        assert not any(text.startswith(f"{campaign} ") for campaign in self.paused for text in others)

    @invariant()
    def no_user_gets_more_than_the_fuse_allows(self) -> None:
        span = FUSE.within.total_seconds()
        for at, user, _ in self.received:
            near = [each for when, each, _ in self.received if each == user and at - span <= when <= at]
            assert len(near) <= FUSE.messages

    @invariant()
    def the_history_equals_what_users_got(self) -> None:
        for user in USERS:
            states = Counter(each.state for each in self.outbox.history(self.backend.users[user]))
            assert states["accepted"] == len(self.backend.texts(user))


@pytest.mark.parametrize("examples", [4, pytest.param(60, marks=pytest.mark.ci)])
def test_no_sequence_of_events_exceeds_a_limit(examples: int) -> None:
    """Fuse, window, reserve, allow and controls limit what users get, and the history is what they got."""
    settings_ = settings(max_examples=examples, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(Limits, settings=settings_)


class _Line:
    """A client whose quota is what the test says."""

    def __init__(self) -> None:
        self.left = 0

    def quota(self) -> Any:
        return type("Quota", (), {"remaining": self.left})


def test_the_reserve_is_never_used_by_what_is_in_flight() -> None:
    """A quota that LINE returns while requests are in flight may not count them: they are subtracted again."""
    line, now, in_flight = _Line(), [0.0], [0]
    reserve = Reserve(line, 10, lambda: now[0], lambda: in_flight[0])  # type: ignore[arg-type]
    assert reserve.free() == 0
    line.left = 30
    reserve.read()
    assert reserve.free() == 20
    reserve.use(15)
    in_flight[0] = 15
    line.left, now[0] = 30, 60.0
    reserve.read()
    assert reserve.free() == 5
    line.left, now[0] = 0, 90.0
    reserve.read()  # not yet a minute later: the number of before applies
    assert reserve.free() == 5
