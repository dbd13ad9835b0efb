"""The reasons why an attempt got no response."""

from __future__ import annotations

import pytest

from linetap.errors import NoResponse
from linetap.http import failures
from linetap.http.call_errors import AttemptFailed, Verdict, classify
from linetap.http.types import Idempotency
from tests.http.fake_transport import FakeTransport, operation

REASONS = [
    (failures.missing_ca_bundle(), False, False),
    (failures.bad_certificate("expired"), False, False),
    (failures.not_connected("rejected"), False, True),
    (failures.read_timeout(), True, True),
    (failures.deadline_passed(), True, True),
    (failures.connection_lost("reset"), True, True),
    (failures.too_large(), True, True),
    (failures.bad_coding("br"), True, True),
    (failures.proxy_rejected(407), False, False),
    (failures.proxy_rejected(502), False, True),
    (failures.caller_failed(KeyError()), True, False),
    (failures.caller_failed(KeyError(), sent=False), False, False),
    (failures.session_closed(), False, False),
    (failures.netrc_conflict(), False, False),
]


@pytest.mark.parametrize("failure, may_have_arrived, retryable", REASONS)
def test_each_reason_says_what_may_have_arrived(
    failure: AttemptFailed, may_have_arrived: bool, retryable: bool
) -> None:
    """Only a reason that no connection was made says that nothing arrived; the error of the call says the same."""
    assert (failure.may_have_arrived, failure.retryable) == (may_have_arrived, retryable)
    with pytest.raises(NoResponse) as caught:
        FakeTransport([failure] * 9).run(operation(Idempotency.IF_REJECTED))
    assert caught.value.may_have_arrived is may_have_arrived


@pytest.mark.parametrize("failure, may_have_arrived, retryable", REASONS)
def test_a_reason_that_cannot_change_is_not_retried(
    failure: AttemptFailed, may_have_arrived: bool, retryable: bool
) -> None:
    """A call that is safe to repeat is repeated after each reason, except one that another attempt cannot change."""
    assert classify(operation(), failure) == (Verdict.RETRY if retryable else Verdict.FAIL, None)
