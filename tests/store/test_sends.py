"""The rules for requests that must not be sent twice: what the end of a request means, which keys may be used."""

from __future__ import annotations

import pytest

from linetap.errors import (
    BadRequest,
    FileLocked,
    Forbidden,
    LinetapError,
    NoResponse,
    QuotaExceeded,
    Rejected,
    ServerError,
    StorageError,
    TooManyRequests,
    Unauthorized,
    UnreadableResponse,
)
from linetap.store.sends import KEY_LIFETIME, KEY_MARGIN, Meaning, meaning, usable_from

ACCEPTED, REJECTED, NOT_SENT, UNKNOWN = Meaning.ACCEPTED, Meaning.REJECTED, Meaning.NOT_SENT, Meaning.UNKNOWN


@pytest.mark.parametrize(
    ("error", "first", "later"),
    [
        (None, ACCEPTED, ACCEPTED),
        (BadRequest(), REJECTED, REJECTED),
        (Unauthorized(), REJECTED, UNKNOWN),
        (Forbidden(), REJECTED, UNKNOWN),
        *((Rejected(status=status), REJECTED, UNKNOWN) for status in (404, 410, 413, 415, 422, 423)),
        *((Rejected(status=status), UNKNOWN, UNKNOWN) for status in (402, 405, 408, 421, 425, 451, 460, 499)),
        (TooManyRequests(attempts=2), REJECTED, UNKNOWN),
        (QuotaExceeded(attempts=1), REJECTED, UNKNOWN),
        (TooManyRequests(attempts=0), NOT_SENT, UNKNOWN),
        (NoResponse(may_have_arrived=False), NOT_SENT, UNKNOWN),
        (NoResponse(may_have_arrived=True), UNKNOWN, UNKNOWN),
        (ServerError(), UNKNOWN, UNKNOWN),
        (UnreadableResponse(), UNKNOWN, UNKNOWN),
        (StorageError(), NOT_SENT, UNKNOWN),
        (FileLocked(), NOT_SENT, UNKNOWN),
        (LinetapError(), UNKNOWN, UNKNOWN),
    ],
)
def test_the_end_of_a_request_has_one_meaning(error: LinetapError | None, first: Meaning, later: Meaning) -> None:
    """In the run that made a request, and in a later run that sends it again under its key."""
    assert meaning(error, first_run=True) is first
    assert meaning(error, first_run=False) is later


def test_a_key_is_used_while_line_stores_it() -> None:
    """A request older than a day less ten minutes, or from the future, is not sent again."""
    now = 1_767_225_600.5
    oldest, newest = usable_from(now)
    assert (now - oldest, newest - now) == pytest.approx((KEY_LIFETIME - KEY_MARGIN, KEY_MARGIN), abs=1)
