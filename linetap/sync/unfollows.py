"""Unfollows: the updates of followers who are no longer listed, and the safety limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from linetap.errors import TooManyUnfollows
from linetap.sync import profile_records
from linetap.sync.decide import LATE_UNFOLLOW, Row, State
from linetap.sync.ledger import Ledger
from linetap.sync.run_options import RunOptions
from linetap.sync.uploads import Batch, QueuedRecord, batched


class Unfollows:
    """The followers in the ledger who are not in the complete listing of a run."""

    def __init__(self, ledger: Ledger, writer: profile_records.Writer, options: RunOptions) -> None:
        self._ledger = ledger
        self._writer = writer
        self._options = options

    def batches(self) -> Iterator[Batch]:
        """The unfollow updates of the followers who are not in the complete listing."""
        keep = self._options.unfollow == "keep"
        # Late ones first: an update of this run that is rejected for a temporary reason waits for the next run.
        for rows in () if keep else self._allowed(self._ledger.each_late(self._options.unfollow)):
            if rows:
                yield self._unfollow_batch(rows, pending=LATE_UNFOLLOW)
        for rows in self._allowed(self._ledger.each_missing()):
            known = [row for row in rows if row.accepted_shape is not None and row.identity is not None]
            updated = [] if keep else known
            quiet = {row.line_id for row in rows} - {row.line_id for row in updated}
            with self._ledger.transaction():
                self._ledger.record_unfollowed(quiet, confirmed=False)
            self._options.tick(len(quiet))
            if updated:
                yield self._unfollow_batch(updated, pending=1)

    def _allowed(self, found: Iterable[Row]) -> Iterator[list[Row]]:
        may_unfollow = self._options.may_unfollow
        for rows in batched(found):
            if may_unfollow is None:
                yield rows
            else:
                allowed = may_unfollow([row.line_id for row in rows])
                yield [row for row in rows if row.line_id in allowed]

    def _unfollow_batch(self, rows: list[Row], *, pending: int) -> Batch:
        left = (row._replace(state=State.UNCONFIRMED, unfollow_pending=pending, why=None) for row in rows)
        return Batch(tuple(QueuedRecord(row, self._writer.unfollow_update(row)) for row in left))

    def over_limit(self) -> int | None:
        """The number of missing followers if it exceeds the safety limit; else None."""
        missing, limit = self._ledger.count_missing(), self._options.max_unfollow_ratio
        return missing if over_safety_limit(missing, self._ledger.run.base, limit, self._options.unfollow) else None

    def limit_error(self, missing: int) -> TooManyUnfollows:
        """The error for this number of missing followers, with the ratio that would allow it."""
        base, limit = self._ledger.run.base, self._options.max_unfollow_ratio
        ratio = missing / base
        return TooManyUnfollows(
            f"{missing} of {base} followers ({ratio:.1%}) are no longer listed, which is over the safety limit of "
            f"{limit:.1%}: no follower was marked or cleared, and the next run stops here again. Check that this is "
            "the right channel and that LINE's list is complete. If they did unfollow, sync again with "
            f"max_unfollow_ratio={min(1.0, ratio + 0.01):.2f}, or with unfollow='keep'",
            operation="sync_followers",
        )


def over_safety_limit(missing: int, base: int, ratio: float, unfollow: str) -> bool:
    """Whether too many followers are missing at once to be marked or cleared."""
    return unfollow != "keep" and base > 0 and missing > ratio * base
