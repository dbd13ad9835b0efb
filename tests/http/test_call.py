"""One call as a plan: when it tries again, how long it waits, with which error it ends."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linetap.errors import (
    BadArgument,
    BadRequest,
    Forbidden,
    LinetapError,
    NoResponse,
    QuotaExceeded,
    ServerError,
    TooManyRequests,
    Unauthorized,
    UnreadableResponse,
)
from linetap.http.call import Outcome
from linetap.http.call_errors import AttemptFailed, Verdict, classify
from linetap.http.policy import RetryPolicy, Timeout
from linetap.http.rate_limit import EndpointLimiter, Pace
from linetap.http.types import Idempotency
from tests.http.fake_transport import LOST, NOT_CONNECTED, FakeTransport, operation, reply

SAFE, IF_REJECTED = Idempotency.SAFE, Idempotency.IF_REJECTED


def test_a_yes_is_read() -> None:
    """The first yes ends the call: one request, no wait."""
    transport = FakeTransport([reply(200, b'{"a": 1}')])

    assert transport.run(operation()) == {"a": 1}
    assert (len(transport.sends), transport.sleeps) == (1, [])


@pytest.mark.parametrize(
    "repeat, came, verdict",
    [
        (SAFE, LOST, Verdict.RETRY),
        (IF_REJECTED, LOST, Verdict.FAIL),
        (SAFE, NOT_CONNECTED, Verdict.RETRY),
        (IF_REJECTED, NOT_CONNECTED, Verdict.RETRY),
        (SAFE, AttemptFailed("bad certificate", may_have_arrived=False, retryable=False), Verdict.FAIL),
        (SAFE, reply(500), Verdict.RETRY),
        (SAFE, reply(503), Verdict.RETRY),
        (IF_REJECTED, reply(500), Verdict.FAIL),
        (SAFE, reply(501), Verdict.FAIL),
        (SAFE, reply(505), Verdict.FAIL),
        (SAFE, reply(429), Verdict.RATE_LIMITED),
        (IF_REJECTED, reply(429), Verdict.RATE_LIMITED),
        (SAFE, reply(429, b"monthly limit"), Verdict.FAIL),
        (SAFE, reply(401), Verdict.RENEW_TOKEN),
        (SAFE, reply(400), Verdict.FAIL),
        (SAFE, reply(302), Verdict.FAIL),
        (SAFE, reply(101), Verdict.FAIL),
        (IF_REJECTED, reply(204), Verdict.SUCCESS),
    ],
)
def test_the_table_of_verdicts(repeat: Idempotency, came: Any, verdict: Verdict) -> None:
    """What a response means depends on the response and on how safe repeating is, and on nothing else."""
    assert classify(operation(repeat), came)[0] is verdict


def test_a_lost_response_is_retried_where_that_is_safe() -> None:
    """A read, an upsert or a push with its key is sent again after a lost response and after a 5xx."""
    transport = FakeTransport([LOST, reply(502), reply(200)])

    assert transport.run(operation()) == {}
    assert [send.attempt for send in transport.sends] == [1, 2, 3]


def test_a_lost_response_is_not_retried_where_that_could_send_twice() -> None:
    """An event whose response was lost is not sent again, and the error says that it may have been accepted."""
    transport = FakeTransport([LOST])
    with pytest.raises(NoResponse, match="may have been accepted") as caught:
        transport.run(operation(IF_REJECTED))

    assert caught.value.may_have_arrived
    assert len(transport.sends) == 1


def test_a_failed_connection_is_always_retried() -> None:
    """Where no request was sent, even an operation that is not safe to repeat is tried again."""
    transport = FakeTransport([NOT_CONNECTED, reply(200)])

    assert transport.run(operation(IF_REJECTED)) == {}


def test_the_error_says_that_nothing_was_sent() -> None:
    """Where no attempt made a connection, the error says that nothing was sent."""
    transport = FakeTransport([NOT_CONNECTED] * 5)
    with pytest.raises(NoResponse, match="nothing was sent") as caught:
        transport.run(operation())

    assert (caught.value.may_have_arrived, caught.value.attempts) == (False, 5)


def test_one_doubtful_attempt_is_enough() -> None:
    """If any attempt may have arrived, the error says so, whatever the last one was."""
    transport = FakeTransport([reply(500), NOT_CONNECTED, NOT_CONNECTED], retry=RetryPolicy(attempts=3))
    with pytest.raises(NoResponse) as caught:
        transport.run(operation())

    assert caught.value.may_have_arrived


def test_the_retry_key_is_reported() -> None:
    """An error without a response carries the key with which sending again cannot double."""
    transport = FakeTransport([reply(500)] * 5)
    with pytest.raises(ServerError) as caught:
        transport.run(operation(retry_key="k-1"))

    assert (caught.value.retry_key, caught.value.status, caught.value.attempts) == ("k-1", 500, 5)


def test_errors_carry_the_facts() -> None:
    """Operation, status, request id, attempts, code and details of the last response are on the error."""
    transport = FakeTransport([reply(500), reply(400, x_line_request_id="r-9")])
    with pytest.raises(BadRequest) as caught:
        transport.run(operation())
    error = caught.value

    assert (error.operation, error.status, error.request_id, error.attempts, error.code) == (
        "test.push",
        400,
        "r-9",
        2,
        7,
    )


def test_waits_double_up_to_the_longest() -> None:
    """Back-off doubles from the first wait, and no wait is longer than the longest."""
    policy = RetryPolicy(attempts=6, first_wait=1.0, longest_wait=5.0, total=1000)
    transport = FakeTransport([LOST] * 6, retry=policy)
    with pytest.raises(NoResponse):
        transport.run(operation())

    assert transport.sleeps == [1.0, 2.0, 4.0, 5.0, 5.0]


@given(random=st.floats(0, 1), attempt=st.integers(1, 10_000))
def test_jitter_is_full(random: float, attempt: int) -> None:
    """A wait is a random share of the whole: from zero to the doubled wait."""
    policy = RetryPolicy(first_wait=1.0, longest_wait=8.0)

    assert policy.wait(attempt, lambda: random) == random * policy.wait(attempt, lambda: 1.0)
    assert policy.wait(attempt, lambda: 1.0) == min(8.0, 2.0 ** min(attempt - 1, 3))


def test_a_429_is_retried() -> None:
    """A 429 is retried even for an operation that is not safe to repeat, after the limiter's pause."""
    transport = FakeTransport([reply(429), reply(429), reply(200)])

    assert transport.run(operation(IF_REJECTED)) == {}
    assert transport.sleeps == [0.5, 1.0]
    assert [send.waited for send in transport.sends] == [0.0, 0.5, 1.0]


def test_patience_has_an_end() -> None:
    """After the last attempt a 429 is raised as what it is."""
    transport = FakeTransport([reply(429)] * 3, retry=RetryPolicy(attempts=3))
    with pytest.raises(TooManyRequests) as caught:
        transport.run(operation())

    assert caught.value.attempts == 3
    assert len(transport.sends) == 3


def test_a_used_up_quota_is_not_tried_again() -> None:
    """A month's messages do not come back by waiting a second."""
    transport = FakeTransport([reply(429, b"monthly limit")])
    with pytest.raises(QuotaExceeded):
        transport.run(operation())

    assert len(transport.sends) == 1


def test_a_rejection_after_a_lost_response_is_no_proof() -> None:
    """A temporary rejection does not prove that an earlier attempt was not accepted: the error is NoResponse."""
    transport = FakeTransport([LOST, reply(429, b"monthly limit")])
    with pytest.raises(NoResponse, match="may have been accepted") as caught:
        transport.run(operation(retry_key="k"))

    assert caught.value.may_have_arrived
    assert isinstance(caught.value.__cause__, QuotaExceeded)


def test_a_rejection_of_the_request_itself_is_proof() -> None:
    """A 400 after a lost response stays a 400: the same request was rejected the first time too."""
    transport = FakeTransport([LOST, reply(400)])
    with pytest.raises(BadRequest):
        transport.run(operation())


def test_a_read_is_never_in_doubt() -> None:
    """For a GET it does not matter whether an earlier attempt arrived."""
    transport = FakeTransport([LOST, reply(403)])
    with pytest.raises(Forbidden):
        transport.run(operation(method="GET"))


@pytest.mark.parametrize(
    "headers, wait",
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "Mon, 23 Nov 2026 10:00:09 GMT", "date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 9.0),
        ({"retry_after": "Mon, 23 Nov 2026 10:00:09 GMT"}, 0.5),
        ({"retry_after": "soon"}, 0.5),
        ({"retry_after": "-4"}, 0.5),
        ({"retry_after": "0"}, 0.5),
        ({}, 0.5),
    ],
)
def test_retry_after_is_honoured(headers: dict[str, str], wait: float) -> None:
    """A wait that the service asks for is kept, in seconds or as a date; nonsense is passed over."""
    transport = FakeTransport([reply(503, b"", **headers), reply(200)])
    transport.run(operation())

    assert transport.sleeps == [wait]


def test_a_retry_after_beyond_the_end_ends_the_call() -> None:
    """A Retry-After longer than the call's time ends the call at once, and the error has the seconds."""
    transport = FakeTransport([reply(429, retry_after="3600")])
    with pytest.raises(TooManyRequests) as caught:
        transport.run(operation())

    assert (caught.value.retry_after, transport.sleeps) == (3600.0, [])


def test_the_total_bounds_attempts_and_waits() -> None:
    """No attempt begins, and no wait is begun, that would end after the total."""
    policy = RetryPolicy(attempts=100, total=10.0, first_wait=2.0, longest_wait=2.0)
    transport = FakeTransport([LOST] * 100, retry=policy, takes=1.0)
    with pytest.raises(NoResponse) as caught:
        transport.run(operation())

    assert transport.now - 100.0 <= 10.0
    assert caught.value.attempts == 4


def test_each_attempt_knows_its_deadline() -> None:
    """An attempt may take what is left of the call, or the timeout's own total where that is less."""
    transport = FakeTransport(
        [LOST, reply(200)], retry=RetryPolicy(total=60.0), timeout=Timeout(total=20.0), takes=50.0
    )
    transport.run(operation())

    assert [send.deadline for send in transport.sends] == [120.0, 160.0]


def test_a_pace_that_cannot_be_met_in_time() -> None:
    """A call whose turn would come after its end is not sent, and says so."""
    gate = EndpointLimiter(Pace(0.001, burst=1))
    gate.reserve(100.0)
    transport = FakeTransport([], gate=gate)
    with pytest.raises(NoResponse, match="nothing was sent") as caught:
        transport.run(operation(retry_key="k"))

    assert (caught.value.may_have_arrived, caught.value.attempts, caught.value.retry_key) == (False, 0, "k")


def test_a_pause_beyond_the_end_is_reported() -> None:
    """A call that another call's 429 delays too long ends with the seconds left, at most 15 minutes."""
    gate = EndpointLimiter(Pace(1, burst=1))
    with pytest.raises(TooManyRequests):
        FakeTransport([reply(429, retry_after="86400")], gate=gate).run(operation())
    later = FakeTransport([reply(200)], gate=gate)
    later.now += 300.0
    with pytest.raises(TooManyRequests, match=r"429 for an earlier call .* pauses it.*nothing was sent") as caught:
        later.run(operation())

    assert (caught.value.retry_after, caught.value.status, caught.value.attempts) == (600.0, None, 0)
    assert (later.sends, later.sleeps, caught.value.operation) == ([], [], "test.push")


def test_a_pause_lasts_to_its_end() -> None:
    """After the pause calls are sent at once: those rejected meanwhile used no rate-limit slot."""
    gate = EndpointLimiter(Pace(1, burst=1))
    gate.rate_limited(100.0, 3600.0)
    for _ in range(3):
        with pytest.raises(TooManyRequests):
            FakeTransport([], gate=gate).run(operation())
    transport = FakeTransport([reply(200)], gate=gate)
    transport.now += 3600.0
    transport.run(operation())

    assert (len(transport.sends), transport.sleeps) == (1, [])


def test_a_pace_after_a_pause_is_no_rejection() -> None:
    """A pause that ends in time is waited for; if the next slot is then too late, the error is that of the pace."""
    gate = EndpointLimiter(Pace(0.001, burst=1))
    gate.reserve(100.0)
    gate.rate_limited(100.0, 5.0)
    with pytest.raises(NoResponse, match="nothing was sent"):
        FakeTransport([], gate=gate).run(operation())


@pytest.mark.parametrize(
    "came, error, seconds",
    [
        (reply(429, retry_after="1"), TooManyRequests, 3600.0),
        (LOST, NoResponse, None),
        (reply(503), ServerError, None),
    ],
)
def test_a_pause_during_a_call_hides_no_response(came: Any, error: type[LinetapError], seconds: float | None) -> None:
    """A call that was sent once and may not be sent again ends with its first result; a 429 has the seconds left."""
    gate = EndpointLimiter()

    def responses() -> Iterator[Any]:
        gate.rate_limited(100.0, 3600.0)
        yield came

    with pytest.raises(error) as caught:
        FakeTransport(responses(), gate=gate, random=0.0).run(operation())

    assert (caught.value.attempts, getattr(caught.value, "retry_after", None)) == (1, seconds)
    arrived = error is not TooManyRequests  # a 429 says that nothing was done
    assert getattr(caught.value, "may_have_arrived", None) is arrived


def test_a_call_waits_for_both_paces() -> None:
    """The endpoint's pace and then the client's are waited for before the request is sent."""
    shared = Pace(1, burst=1)
    gate = EndpointLimiter(Pace(0.5, burst=1), shared)
    gate.reserve(100.0)
    shared.reserve(102.0)
    transport = FakeTransport([reply(200)], gate=gate)
    transport.run(operation())

    assert transport.sleeps == [2.0, 1.0]
    assert transport.sends[0].waited == 3.0


def test_a_pause_during_a_wait_is_noticed() -> None:
    """A call that waited for its slot while another was rejected also waits for the pause."""
    gate = EndpointLimiter(Pace(1, burst=1))
    gate.reserve(100.0)
    transport = FakeTransport([reply(200)], gate=gate)
    real = gate.reserve

    def paused(now: float) -> float:
        at = real(now)
        if not transport.sleeps:
            gate.rate_limited(100.0, 10.0)
        return at

    transport.gate = _Braking(gate, paused)  # type: ignore[assignment]
    transport.run(operation())

    assert transport.now >= 110.0


class _Braking:
    """A gate at which another call is rejected just after the first reservation."""

    def __init__(self, gate: EndpointLimiter, reserve: Any) -> None:
        self.waits, self.paused_until = (reserve, gate.reserve_client), gate.paused_until
        self.is_paused, self.succeeded = gate.is_paused, gate.succeeded


def test_credentials_are_renewed_once() -> None:
    """A 401 has the credentials renewed once, without a wait and without using up an attempt."""
    transport = FakeTransport([reply(401), reply(200)], [{"A": "old"}, {"A": "new"}], retry=RetryPolicy(attempts=1))
    transport.run(operation(IF_REJECTED))

    assert [send.token for send in transport.sends] == [{"A": "old"}, {"A": "new"}]
    assert transport.asked == [None, {"A": "old"}]


def test_a_second_401_is_final() -> None:
    """Credentials that are rejected even when new are an error."""
    transport = FakeTransport([reply(401), reply(401)])
    with pytest.raises(Unauthorized):
        transport.run(operation())

    assert len(transport.sends) == 2


def test_a_401_without_new_credentials_is_final() -> None:
    """A static token that is rejected is an error at once."""
    transport = FakeTransport([reply(401)], [{"A": "old"}, None])
    with pytest.raises(Unauthorized):
        transport.run(operation())

    assert len(transport.sends) == 1


def test_without_credentials_nothing_is_sent() -> None:
    """Without credentials nothing is sent."""
    transport = FakeTransport([], [None])
    with pytest.raises(Unauthorized, match="nothing was sent"):
        transport.run(operation())


def test_endpoints_that_issue_tokens_ask_for_none() -> None:
    """An operation that needs no credentials neither asks for them nor renews them."""
    transport = FakeTransport([reply(401)])
    with pytest.raises(Unauthorized):
        transport.run(operation(authorized=False))

    assert (transport.asked, len(transport.sends)) == ([], 1)


def test_a_stopping_run_sends_nothing_more() -> None:
    """A call that is waiting when its run is stopped ends with what it knows."""
    transport = FakeTransport([LOST, reply(200)], stop_at=100.1)
    with pytest.raises(NoResponse):
        transport.run(operation())

    assert len(transport.sends) == 1


def test_a_stop_during_a_pause() -> None:
    """A paused call whose run is stopped ends with the rejection that it got."""
    transport = FakeTransport([reply(429)], stop_at=100.1)
    with pytest.raises(TooManyRequests):
        transport.run(operation())


def test_the_response_has_the_number_of_attempts() -> None:
    """The reader of a response gets the number of attempts."""
    transport = FakeTransport([LOST, LOST, reply(200)])

    assert transport.run(operation(read=lambda response: response.attempts)) == 3


def test_a_response_that_cannot_be_read() -> None:
    """A response that is not as documented is an error that does not quote it, because it may contain a token."""
    transport = FakeTransport([reply(200, b'{"access_token": "canary')])
    with pytest.raises(UnreadableResponse, match="24 bytes") as caught:
        transport.run(operation())

    assert "canary" not in repr(caught.value.__dict__) + str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_readers_own_error_gets_the_facts() -> None:
    """A LinetapError raised while reading passes, with status, request id and attempts filled in."""

    def read(_: Any) -> Any:
        raise UnreadableResponse("no userIds")

    transport = FakeTransport([reply(500), reply(200, x_line_request_id="r-1")])
    with pytest.raises(UnreadableResponse, match="no userIds") as caught:
        transport.run(operation(read=read))

    assert (caught.value.status, caught.value.request_id, caught.value.attempts) == (200, "r-1", 2)


def test_a_response_that_cannot_be_checkd() -> None:
    """A rejection that cannot even be read is UnreadableResponse too, not a stray exception."""
    op = operation()
    transport = FakeTransport([reply(200, b"<html>")])
    with pytest.raises(UnreadableResponse):
        transport.run(type(op)(op.name, op.request, op.read, lambda response: response.json()))


@pytest.mark.parametrize("repeat", [SAFE, IF_REJECTED])
@pytest.mark.parametrize("read", [None, lambda response: 1 / (response.status - response.status)])
def test_every_status_becomes_a_result_or_a_linetap_error(repeat: Idempotency, read: Any) -> None:
    """Every status gives a result or a LinetapError that pickles."""
    for status in range(100, 600):
        transport = FakeTransport([reply(status, b"?", retry_after="1")] * 9)
        with pytest.raises(LinetapError) as caught:
            transport.run(operation(repeat, read=read))
        twin = pickle.loads(pickle.dumps(caught.value))
        assert (type(twin), str(twin), twin.status) == (type(caught.value), str(caught.value), status)


@pytest.mark.parametrize("field", ["connect", "read", "total"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), True, "5"])
def test_a_wrong_timeout_is_rejected(field: str, value: Any) -> None:
    """A timeout is a number of seconds above 0."""
    with pytest.raises(BadArgument, match=rf"Timeout\.{field}"):
        Timeout(**{field: value})


@pytest.mark.parametrize(
    "name, value", [("attempts", 0), ("attempts", 1.5), ("attempts", True), ("total", None), ("first_wait", 0)]
)
def test_a_wrong_policy_is_rejected(name: str, value: Any) -> None:
    """Attempts are counted from 1, and waits are seconds above 0."""
    with pytest.raises(BadArgument, match=rf"RetryPolicy\.{name}"):
        RetryPolicy(**{name: value})


def test_an_outcome_is_ok_without_an_error() -> None:
    """An outcome whose result is None is still fine."""
    assert Outcome("a").ok
    assert not Outcome("a", error=NoResponse("x")).ok
