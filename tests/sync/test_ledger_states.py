"""In random sequences of events every follower has exactly one state, and the plan equals the effect."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from linetap.errors import LinetapError, TooManyUnfollows
from linetap.sync.decide import ConflictReason, Row, State
from linetap.sync.followers import replay_rejected, sync_followers
from linetap.sync.identity import KnownFollowers
from linetap.sync.ledger import Ledger
from tests.clevertap.service import lost
from tests.sync.fake_services import CleverTap, Line, user

PEOPLE = st.integers(0, 11)
NAMES = st.sampled_from(["anna", "bert", "carl", "dora", "null", None])
FOLLOWING = (State.UPLOADED, State.UNCHANGED)


class Guarded(CleverTap):
    """Notices when a profile that carries a follower's id is given another one."""

    def __init__(self) -> None:
        super().__init__()
        self.overwritten: list[tuple[str, str, str]] = []
        self.gone: set[str] = set()

    def _take(self, place: int, record: dict[str, Any]) -> dict[str, Any] | None:
        profile, new = self.profiles.get(record["identity"], {}), record["profileData"].get("LineID")
        old = profile.get("LineID")
        both = isinstance(new, str) and isinstance(old, str) and old != new
        if both and old not in self.gone and profile.get("LINE follower"):
            self.overwritten.append((record["identity"], str(old), str(new)))
        self.gone.discard(new)  # listed again
        return super()._take(place, record)


class Nights(RuleBasedStateMachine):
    """Follows, blocks, renames, conflicts, and runs that end well or badly."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.ledger_path = self.folder / "ledger.sqlite"
        self.line, self.clevertap = Line([], page_size=3), Guarded()
        self.names: dict[str, str | None] = {}
        self.night = 1_767_225_600
        self.creates = False

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize(creates=st.booleans(), names=st.lists(NAMES, min_size=12, max_size=12))
    def begin(self, creates: bool, names: list[str | None]) -> None:
        self.creates = creates
        self.names = {user(i): name for i, name in enumerate(names)}
        self.line.followers_now = [user(i) for i in range(6)]

    @rule(who=PEOPLE)
    def follow(self, who: int) -> None:
        if user(who) not in self.line.followers_now:
            self.line.followers_now.append(user(who))

    @rule(who=PEOPLE)
    def block(self, who: int) -> None:
        if user(who) in self.line.followers_now:
            self.line.followers_now.remove(user(who))

    @rule(who=PEOPLE, name=NAMES)
    def rename(self, who: int, name: str | None) -> None:
        self.names[user(who)] = name

    @rule(who=PEOPLE)
    def forget(self, who: int) -> None:
        with Ledger(self.ledger_path) as ledger:
            ledger.forget(user(who))
        for profile in self.clevertap.profiles.values():  # as the remedy says: the old profile is cleared too
            if profile.get("LineID") == user(who):
                profile.clear()

    @rule(name=st.sampled_from(["anna", "bert"]))
    def reject(self, name: str) -> None:
        self.clevertap.bad ^= {name}

    @rule()
    def replay(self) -> None:
        """The dead letters are accepted now: no unfollow update is left, and users who unfollowed stay unfollowed."""
        rows = self.rows()
        if not rows:
            return
        self.clevertap.bad, bad = set(), self.clevertap.bad
        report = replay_rejected(self.clevertap.client, ledger=self.ledger_path, now=lambda: float(self.night))
        self.clevertap.bad = bad
        with Ledger(self.ledger_path) as ledger:
            rejected = [letter for letter in ledger.dead_letters() if letter.unfollow]
            assert not rejected or ledger.run.unfollow == "keep"
        assert report.unfollowed_total == sum(row.state is State.UNFOLLOWED for row in rows)

    def rows(self) -> list[Row]:
        with Ledger(self.ledger_path) as ledger:
            rows = list(ledger._scan("1", ()))
        self.clevertap.gone = {row.line_id for row in rows if row.state is State.UNFOLLOWED}
        return rows

    def sync(self, **options: Any) -> Any:
        policy = KnownFollowers(self.names.get, unknown="create" if self.creates else "withhold")
        self.rows()
        return sync_followers(
            self.line,  # type: ignore[arg-type]
            self.clevertap.client,
            identity=policy,
            ledger=self.ledger_path,
            max_unfollow_ratio=options.pop("share", 1.0),
            now=lambda: float(self.night),
            **options,
        )

    @rule()
    def run_well(self) -> None:
        """A complete run does what its plan said; a run that first ends an earlier one is planned again."""
        self.night += 3_600
        with Ledger(self.ledger_path) as ledger:
            unfinished = ledger.run.phase != "done"
        if unfinished:
            self.sync()
        planned_report = self.sync(dry_run=True)
        done = self.sync()
        assert done.unconfirmed == 0
        assert self.foreseeable(done) == self.foreseeable(planned_report)
        self.check_settled()

    @rule()
    def run_under_keep(self) -> None:
        """A run with keep marks no user; the next complete run does."""
        self.night += 3_600
        marked = self.marked()
        self.sync(unfollow="keep")
        assert self.marked() <= marked

    @staticmethod
    def foreseeable(report: Any) -> dict[str, int]:
        """What a plan can know: which followers are sent, not which CleverTap will reject."""
        states = dict(report.states)
        states["sent"] = states.pop("uploaded") + states.pop("rejected")
        return states | {"unfollowed": report.unfollowed, "created": report.created}

    @rule(page=st.integers(1, 4))
    def run_into_a_cut_listing(self, page: int) -> None:
        """An interrupted listing changes no user outside it."""
        marked = self.marked()
        with self.line.cut_at(page):
            try:
                self.sync()
            except LinetapError as error:
                assert error.report is not None  # noqa: PT017 - a run may also end well here
                assert self.marked() <= marked

    @rule(call=st.integers(1, 3), arrives=st.booleans())
    def run_into_a_lost_answer(self, call: int, arrives: bool) -> None:
        """An upload without a response leaves the row unconfirmed, never uploaded."""
        first = len(self.clevertap.service.calls)

        def cut(number: int, body: Any) -> Any:
            return lost(number, "", body) if number - first >= call else None

        setattr(self.clevertap, "after" if arrives else "trouble", cut)
        try:
            self.sync(in_flight=1)
        except LinetapError as error:
            assert error.report.unconfirmed > 0  # noqa: PT017 - a run may also end well here
        self.clevertap.after = self.clevertap.trouble = lambda number, body: None

    @rule()
    def run_into_the_safety_limit(self) -> None:
        """With a safety limit of 0 a single unfollow stops the run, and no user is marked."""
        marked = self.marked()
        try:
            self.sync(share=0.0)
        except TooManyUnfollows as error:
            assert error.report.unfollowed > 0  # noqa: PT017 - a run may also end well here
            assert self.marked() <= marked

    def marked(self) -> set[str]:
        return {name for name, profile in self.clevertap.profiles.items() if profile.get("LINE follower") is False}

    def check_settled(self) -> None:
        """After a run that ended well the ledger and CleverTap say the same."""
        with Ledger(self.ledger_path) as ledger:
            rows = list(ledger._scan("1", ()))
            states = {row.line_id: ledger.state(row.line_id) for row in rows}
        listed = set(self.line.followers_now)
        assert listed <= set(states)
        assert all((state is State.UNFOLLOWED) == (line_id not in listed) for line_id, state in states.items())
        for row in rows:
            profile = self.clevertap.profiles.get(row.identity or "", {})
            if states[row.line_id] in FOLLOWING:
                assert profile["LineID"] == row.line_id
                assert profile["LINE follower"] is True
            elif states[row.line_id] is State.UNFOLLOWED and profile.get("LineID") == row.line_id:
                assert profile["LINE follower"] is False or row.unfollow_pending
            elif states[row.line_id] is State.CONFLICT:
                assert row.why in ConflictReason.__members__

    @invariant()
    def each_in_one_state(self) -> None:
        """The states' sum is every follower the ledger knows, whatever happened last."""
        with Ledger(self.ledger_path) as ledger:
            counts = ledger.counts()
            rows = list(ledger._scan("1", ()))
        assert sum(counts.values()) == len(rows) == len({row.line_id for row in rows})
        assert set(counts) == {state.value for state in State}

    @invariant()
    def no_line_id_is_overwritten(self) -> None:
        """No profile that carries a follower's id was ever given another one."""
        assert self.clevertap.overwritten == []


# A run costs milliseconds, so a walk of many runs is dearer than an example elsewhere: fewer of them.
Nights.TestCase.settings = settings(max_examples=max(25, settings().max_examples // 4), stateful_step_count=14)
TestNights = Nights.TestCase
TestNights.__doc__ = "Every follower in exactly one state, nobody overwritten, the plan equal to the effect."
