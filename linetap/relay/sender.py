"""``OutboxSender``: sends what an outbox has stored; of several senders one is the leader, the others are standbys."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta, tzinfo
from typing import Any

from linetap.errors import invalid
from linetap.http.rate_limit import Pace
from linetap.line.client import LineClient
from linetap.relay import reports
from linetap.relay.base_outbox import BaseOutbox
from linetap.relay.campaign_folder import CampaignFolder
from linetap.relay.claiming import Ended
from linetap.relay.feedback import Feedback
from linetap.relay.leader import NotLeader
from linetap.relay.leader_run import LeaderRun
from linetap.relay.occurrence import REPEAT_WITHIN
from linetap.relay.options import Allow, Occurrence, pace_of, sender_options
from linetap.relay.routing import Routes, routes_of
from linetap.relay.schema import STATES, URGENT
from linetap.relay.storage import LostConnection
from linetap.relay.tables import as_time
from linetap.relay.values import EntryOutcome, PerPerson, SenderReport

_LOG = logging.getLogger("linetap.relay")
_STANDBY = 0.5  # seconds
_AFTER_ERROR = 10.0
FUSE = PerPerson(20, hours=1)


class OutboxSender:
    """Sends the entries of one channel of an outbox. One sender is the leader; the others are standbys.

    It reads the calls that a ``Relay`` stored, finds the campaign of each, renders it, and pushes each message once:
    a request and its retry key are on the disk before the first byte is sent. Run it in a process of its own
    (:meth:`run`, ``python -m linetap.relay run``), in a thread of each web worker (:meth:`start`), or from cron
    (:meth:`drain`).

    Args:
        outbox: the outbox; its channel is the one that is sent.
        line: the LINE client of that channel. With ``only_to``, messages to other users are ``suppressed``.
        campaigns: a ``Campaign``, a sequence, a mapping (by ``targetId`` or name), a function of the payload, or the
            path of a folder of ``Campaign.to_json`` files.
        urgent: campaigns that are sent before all others, and also outside ``send_window``.
        repeat_within: the same message to the same user that arrives within this time of the first one is a repeat.
        occurrence: a function of (payload, profile) that names the occurrence; it replaces ``repeat_within``: two
            arrivals of one name are one message, however long apart.
        expires_after: entries that were not sent by this time after their arrival are not sent.
        send_window: ``(time(8), time(21), "Asia/Tokyo")``: the hours for all but urgent messages.
        allow: a function of (user id, payload) that is called just before the first request, in a thread: True sends,
            False or a reason suppresses, after an exception the entry is ``held``. The payload is None for a delivery
            that was enqueued.
        fuse: more messages than this to one user pause the campaign of the message that would be too many.
        reserve: messages of the month's quota that are for urgent messages alone.
        pace: requests a second of this sender, as a number or a ``Pace``: the rest of LINE's 2,000 a second is for
            other programs on the channel. The ``pace`` of the client applies too: the lower one limits the rate.
        in_flight: requests at once, 1 to 512; an eighth of them is for urgent messages alone. As many messages again
            are taken ahead: a control takes them back, and an urgent message is sent before them.
        feedback: a ``Feedback``: outcomes are uploaded to CleverTap, by a thread of its own.
        on_outcome: called with an ``EntryOutcome`` after it was recorded, in the sender's thread.
        zone: the time zone of the CleverTap account, for dates in messages; the default is +05:30.
    """

    def __init__(
        self,
        outbox: BaseOutbox,
        line: LineClient,
        campaigns: Any,
        *,
        urgent: Iterable[Any] = (),
        repeat_within: timedelta = REPEAT_WITHIN,
        occurrence: Occurrence | None = None,
        expires_after: timedelta = timedelta(days=1),
        send_window: tuple[Any, Any, str] | None = None,
        allow: Allow | None = None,
        fuse: PerPerson | None = FUSE,
        reserve: int = 0,
        pace: Pace | float | None = None,
        in_flight: int = 64,
        feedback: Feedback | None = None,
        on_outcome: Callable[[EntryOutcome], object] | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        if not isinstance(outbox, BaseOutbox):
            raise invalid("outbox", "must be an Outbox or a PostgresOutbox", outbox)
        if not isinstance(line, LineClient):
            raise invalid("line", "must be a LineClient", line)
        self.outbox = outbox
        """The outbox that is sent."""
        self._tables, further = outbox._tables, pace_of(pace)
        self._line = line if further is None else line.with_options(pace=further)
        self._options = sender_options(
            urgent=urgent,
            repeat_within=repeat_within,
            occurrence=occurrence,
            expires_after=expires_after,
            send_window_=send_window,
            allow=allow,
            fuse=fuse,
            reserve=reserve,
            in_flight=in_flight,
            feedback=feedback,
            on_outcome=on_outcome,
            zone=zone,
        )
        folder = isinstance(campaigns, (str, os.PathLike))
        self._routes: Routes = CampaignFolder(campaigns, self._tables) if folder else routes_of(campaigns)

    def __repr__(self) -> str:
        return f"OutboxSender({self.outbox!r})"

    def run(self, stop: threading.Event | None = None) -> SenderReport:
        """Sends until ``stop`` is set; waits as a standby while another sender is the leader.

        After ``stop`` nothing more is sent, and the requests in flight are waited for.
        """
        stopped, counts, led, connected = stop or threading.Event(), Counter[str](), False, False
        while not stopped.is_set():
            run = self._leader_run()
            try:
                taken, connected = run.take(), True
                if not taken:
                    stopped.wait(_STANDBY)
                    continue
                led = True
                run.work(stopped, None, counts, drain=False)
            except LostConnection as error:
                if not connected:
                    raise
                _LOG.warning("%s: the sender connects again", error)
                stopped.wait(_STANDBY)
            except NotLeader:
                _LOG.warning("another sender is the leader of the channel now: this one is a standby")
            finally:
                run.end(counts)
        return SenderReport(dict(counts), reports.remaining(self._tables), led)

    def drain(self, timeout: float | None = None) -> SenderReport:
        """Sends what can be sent now, and returns: for cron and for Celery beat.

        It ends when nothing is left but entries that must wait: paused, outside the window, after a request without
        a response, or after an error that every recipient would get. The next run goes on with them. Where
        another sender is the leader, it does nothing (``led`` is False).

        Args:
            timeout: seconds after which nothing more is sent; ``remaining`` is what was left.
        """
        given: Any = timeout
        if given is not None and (
            isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 < given < 1e9
        ):
            raise invalid("timeout", "must be a number of seconds greater than 0 (below 1e9), or None", timeout)
        counts, run, led, why = Counter[str](), self._leader_run(), False, ""
        try:
            if not run.take():
                return SenderReport({}, reports.remaining(self._tables), False)
            led = True
            until = None if timeout is None else time.monotonic() + timeout
            why = run.work(threading.Event(), until, counts, drain=True)
        except (NotLeader, LostConnection) as error:
            why = error.message
        finally:
            run.end(counts)
        return SenderReport(dict(counts), reports.remaining(self._tables), led, why)

    def start(self) -> SenderThread:
        """Runs in a thread of this process; call it in every web worker, after the fork. One of them is the leader."""
        thread = SenderThread(self)
        thread.start()
        return thread

    def _leader_run(self) -> LeaderRun:
        return LeaderRun(self._tables, self._line, self._routes, self._options, self._outcome)

    def _outcome(self, ended: Ended, counts: Counter[str]) -> None:
        """Counts one end and calls ``on_outcome``."""
        entry, state, reason = ended
        counts[STATES[state]] += 1
        time_ = as_time(entry.arrived_ms / 1000)
        assert time_ is not None
        found = EntryOutcome(
            id=entry.id,
            state=STATES[state],
            reason=reason,
            campaign=entry.campaign,
            target=entry.target,
            user_id=entry.user_id,
            received_at=time_,
            urgent=entry.lane == URGENT,
        )
        level = logging.DEBUG if found.state == "accepted" else logging.INFO
        _LOG.log(level, "entry %d of campaign %r: %s %s", found.id, found.campaign, found.state, reason)
        if self._options.on_outcome is not None:
            try:
                self._options.on_outcome(found)
            except Exception:  # noqa: BLE001 - a function of the user's does not stop the sender
                _LOG.exception("on_outcome raised")


class SenderThread(threading.Thread):
    """A sender in a thread of this process; ``stop`` ends it and waits for the requests in flight."""

    def __init__(self, sender: OutboxSender) -> None:
        super().__init__(name="linetap-sender", daemon=True)
        self._sender, self._ended = sender, threading.Event()

    def run(self) -> None:
        """Sends until ``stop``; after an error of the disk it tries again."""
        while not self._ended.is_set():
            try:
                self._sender.run(self._ended)
            except Exception:  # noqa: BLE001 - without this thread nothing more is sent
                _LOG.exception("the sender ended with an error, and starts again in %.0f s", _AFTER_ERROR)
                self._ended.wait(_AFTER_ERROR)

    def stop(self, timeout: float | None = None) -> None:
        """Sends nothing more, and waits up to ``timeout`` seconds for the requests in flight."""
        self._ended.set()
        self.join(timeout)
