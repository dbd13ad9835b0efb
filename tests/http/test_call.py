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
from tests.http.fake_transport import LOST, NOT_CONNECTED, FakeTransport, answer, operation

SAFE, IF_REJECTED = Idempotency.SAFE, Idempotency.IF_REJECTED


def test_a_yes_is_read() -> None:
    """The first yes ends the call: one request, no wait."""
    transport = FakeTransport([answer(200, b'{"a": 1}')])

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
        (SAFE, answer(500), Verdict.RETRY),
        (SAFE, answer(503), Verdict.RETRY),
        (IF_REJECTED, answer(500), Verdict.FAIL),
        (SAFE, answer(501), Verdict.FAIL),
        (SAFE, answer(505), Verdict.FAIL),
        (SAFE, answer(429), Verdict.RATE_LIMITED),
        (IF_REJECTED, answer(429), Verdict.RATE_LIMITED),
        (SAFE, answer(429, b"monthly limit"), Verdict.FAIL),
        (SAFE, answer(401), Verdict.RENEW_TOKEN),
        (SAFE, answer(400), Verdict.FAIL),
        (SAFE, answer(302), Verdict.FAIL),
        (SAFE, answer(101), Verdict.FAIL),
        (IF_REJECTED, answer(204), Verdict.SUCCESS),
    ],
)
def test_the_table_of_verdicts(repeat: Idempotency, came: Any, verdict: Verdict) -> None:
    """What an answer means depends on the answer and on how safe repeating is, and on nothing else."""
    assert classify(operation(repeat), came)[0] is verdict


def test_a_lost_answer_is_tried_again_where_that_is_harmless() -> None:
    """A read, an upsert or a push with its key goes out again after a lost answer and after a 5xx."""
    transport = FakeTransport([LOST, answer(502), answer(200)])

    assert transport.run(operation()) == {}
    assert [send.attempt for send in transport.sends] == [1, 2, 3]


def test_a_lost_answer_is_not_repeated_where_that_could_double() -> None:
    """An event whose answer was lost is not sent again, and the error says that it may have been taken."""
    transport = FakeTransport([LOST])
    with pytest.raises(NoResponse, match="may have been accepted") as caught:
        transport.run(operation(IF_REJECTED))

    assert caught.value.may_have_arrived
    assert len(transport.sends) == 1


def test_a_connection_that_was_never_made_is_always_tried_again() -> None:
    """Where nothing can have arrived, even what must not be doubled goes out again."""
    transport = FakeTransport([NOT_CONNECTED, answer(200)])

    assert transport.run(operation(IF_REJECTED)) == {}


def test_nothing_arrived_is_said() -> None:
    """Where no attempt made a connection, the error says that nothing was sent."""
    transport = FakeTransport([NOT_CONNECTED] * 5)
    with pytest.raises(NoResponse, match="nothing was sent") as caught:
        transport.run(operation())

    assert (caught.value.may_have_arrived, caught.value.attempts) == (False, 5)


def test_one_doubtful_attempt_is_enough() -> None:
    """If any attempt may have arrived, the error says so, whatever the last one was."""
    transport = FakeTransport([answer(500), NOT_CONNECTED, NOT_CONNECTED], retry=RetryPolicy(attempts=3))
    with pytest.raises(NoResponse) as caught:
        transport.run(operation())

    assert caught.value.may_have_arrived


def test_the_retry_key_is_told() -> None:
    """An error without an answer carries the key with which sending again cannot double."""
    transport = FakeTransport([answer(500)] * 5)
    with pytest.raises(ServerError) as caught:
        transport.run(operation(retry_key="k-1"))

    assert (caught.value.retry_key, caught.value.status, caught.value.attempts) == ("k-1", 500, 5)


def test_errors_carry_the_facts() -> None:
    """Operation, status, request id, attempts, code and details of the last answer are on the error."""
    transport = FakeTransport([answer(500), answer(400, x_line_request_id="r-9")])
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
    """A wait is the drawn share of the whole: anything from nothing to the doubled wait."""
    policy = RetryPolicy(first_wait=1.0, longest_wait=8.0)

    assert policy.wait(attempt, lambda: random) == random * policy.wait(attempt, lambda: 1.0)
    assert policy.wait(attempt, lambda: 1.0) == min(8.0, 2.0 ** min(attempt - 1, 3))


def test_a_refusal_for_being_too_much_is_tried_again() -> None:
    """A 429 that asks for patience is tried again even for what must not be doubled, after the gate's brake."""
    transport = FakeTransport([answer(429), answer(429), answer(200)])

    assert transport.run(operation(IF_REJECTED)) == {}
    assert transport.sleeps == [0.5, 1.0]
    assert [send.waited for send in transport.sends] == [0.0, 0.5, 1.0]


def test_patience_has_an_end() -> None:
    """After the last attempt a 429 is raised as what it is."""
    transport = FakeTransport([answer(429)] * 3, retry=RetryPolicy(attempts=3))
    with pytest.raises(TooManyRequests) as caught:
        transport.run(operation())

    assert caught.value.attempts == 3
    assert len(transport.sends) == 3


def test_a_used_up_quota_is_not_tried_again() -> None:
    """A month's messages do not come back by waiting a second."""
    transport = FakeTransport([answer(429, b"monthly limit")])
    with pytest.raises(QuotaExceeded):
        transport.run(operation())

    assert len(transport.sends) == 1


def test_a_refusal_after_a_lost_answer_is_no_proof() -> None:
    """A refusal of the moment does not prove that an earlier attempt was not taken: that is NoResponse."""
    transport = FakeTransport([LOST, answer(429, b"monthly limit")])
    with pytest.raises(NoResponse, match="may have been accepted") as caught:
        transport.run(operation(retry_key="k"))

    assert caught.value.may_have_arrived
    assert isinstance(caught.value.__cause__, QuotaExceeded)


def test_a_refusal_of_the_request_itself_is_proof() -> None:
    """A 400 after a lost answer stays a 400: the same request was refused the first time too."""
    transport = FakeTransport([LOST, answer(400)])
    with pytest.raises(BadRequest):
        transport.run(operation())


def test_a_read_is_never_in_doubt() -> None:
    """For a GET it does not matter whether an earlier attempt arrived."""
    transport = FakeTransport([LOST, answer(403)])
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
    transport = FakeTransport([answer(503, b"", **headers), answer(200)])
    transport.run(operation())

    assert transport.sleeps == [wait]


def test_a_retry_after_beyond_the_end_ends_the_call() -> None:
    """Who is asked to wait longer than the call may take is told at once, with the seconds."""
    transport = FakeTransport([answer(429, retry_after="3600")])
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
        [LOST, answer(200)], retry=RetryPolicy(total=60.0), timeout=Timeout(total=20.0), takes=50.0
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


def test_a_brake_beyond_the_end_is_told() -> None:
    """A call that a 429 for an earlier one delays too long says so, with the seconds left: at most 15 minutes."""
    gate = EndpointLimiter(Pace(1, burst=1))
    with pytest.raises(TooManyRequests):
        FakeTransport([answer(429, retry_after="86400")], gate=gate).run(operation())
    later = FakeTransport([answer(200)], gate=gate)
    later.now += 300.0
    with pytest.raises(TooManyRequests, match=r"429 for an earlier call .* pauses it.*nothing was sent") as caught:
        later.run(operation())

    assert (caught.value.retry_after, caught.value.status, caught.value.attempts) == (600.0, None, 0)
    assert (later.sends, later.sleeps, caught.value.operation) == ([], [], "test.push")


def test_a_brake_is_honoured_to_its_end() -> None:
    """Once the seconds that were asked for are over calls leave at once: those refused meanwhile took no turn."""
    gate = EndpointLimiter(Pace(1, burst=1))
    gate.rate_limited(100.0, 3600.0)
    for _ in range(3):
        with pytest.raises(TooManyRequests):
            FakeTransport([], gate=gate).run(operation())
    transport = FakeTransport([answer(200)], gate=gate)
    transport.now += 3600.0
    transport.run(operation())

    assert (len(transport.sends), transport.sleeps) == (1, [])


def test_a_pace_behind_a_brake_is_no_refusal() -> None:
    """A brake that ends in time is waited for; if then the turn comes too late, that is the pace's doing."""
    gate = EndpointLimiter(Pace(0.001, burst=1))
    gate.reserve(100.0)
    gate.rate_limited(100.0, 5.0)
    with pytest.raises(NoResponse, match="nothing was sent"):
        FakeTransport([], gate=gate).run(operation())


@pytest.mark.parametrize(
    "came, error, seconds",
    [
        (answer(429, retry_after="1"), TooManyRequests, 3600.0),
        (LOST, NoResponse, None),
        (answer(503), ServerError, None),
    ],
)
def test_a_brake_meanwhile_hides_no_answer(came: Any, error: type[LinetapError], seconds: float | None) -> None:
    """Who was sent once and may not leave again ends with what came of that; a 429 tells the seconds left by now."""
    gate = EndpointLimiter()

    def answers() -> Iterator[Any]:
        gate.rate_limited(100.0, 3600.0)
        yield came

    with pytest.raises(error) as caught:
        FakeTransport(answers(), gate=gate, random=0.0).run(operation())

    assert (caught.value.attempts, getattr(caught.value, "retry_after", None)) == (1, seconds)
    assert getattr(caught.value, "may_have_arrived", True)


def test_a_call_waits_for_its_turn() -> None:
    """The endpoint's pace and then the client's are waited for before the request leaves."""
    shared = Pace(1, burst=1)
    gate = EndpointLimiter(Pace(0.5, burst=1), shared)
    gate.reserve(100.0)
    shared.reserve(102.0)
    transport = FakeTransport([answer(200)], gate=gate)
    transport.run(operation())

    assert transport.sleeps == [2.0, 1.0]
    assert transport.sends[0].waited == 3.0


def test_a_brake_meanwhile_is_noticed() -> None:
    """Who slept towards a departure while another was refused asks again, and waits out the brake."""
    gate = EndpointLimiter(Pace(1, burst=1))
    gate.reserve(100.0)
    transport = FakeTransport([answer(200)], gate=gate)
    real = gate.reserve

    def braked(now: float) -> float:
        at = real(now)
        if not transport.sleeps:
            gate.rate_limited(100.0, 10.0)
        return at

    transport.gate = _Braking(gate, braked)  # type: ignore[assignment]
    transport.run(operation())

    assert transport.now >= 110.0


class _Braking:
    """A gate at which another call is refused just after the first reservation."""

    def __init__(self, gate: EndpointLimiter, reserve: Any) -> None:
        self.waits, self.paused_until = (reserve, gate.reserve_client), gate.paused_until
        self.is_paused, self.succeeded = gate.is_paused, gate.succeeded


def test_credentials_are_renewed_once() -> None:
    """A 401 has the credentials renewed once, without a wait and without using up an attempt."""
    transport = FakeTransport([answer(401), answer(200)], [{"A": "old"}, {"A": "new"}], retry=RetryPolicy(attempts=1))
    transport.run(operation(IF_REJECTED))

    assert [send.token for send in transport.sends] == [{"A": "old"}, {"A": "new"}]
    assert transport.asked == [None, {"A": "old"}]


def test_a_second_401_is_final() -> None:
    """Credentials that are refused even when new are an error."""
    transport = FakeTransport([answer(401), answer(401)])
    with pytest.raises(Unauthorized):
        transport.run(operation())

    assert len(transport.sends) == 2


def test_a_401_without_new_credentials_is_final() -> None:
    """A static token that is refused is an error at once."""
    transport = FakeTransport([answer(401)], [{"A": "old"}, None])
    with pytest.raises(Unauthorized):
        transport.run(operation())

    assert len(transport.sends) == 1


def test_no_credentials_nothing_sent() -> None:
    """Where there are no credentials at all, nothing leaves."""
    transport = FakeTransport([], [None])
    with pytest.raises(Unauthorized, match="nothing was sent"):
        transport.run(operation())


def test_endpoints_that_issue_tokens_ask_for_none() -> None:
    """An operation that needs no credentials neither asks for them nor renews them."""
    transport = FakeTransport([answer(401)])
    with pytest.raises(Unauthorized):
        transport.run(operation(authorized=False))

    assert (transport.asked, len(transport.sends)) == ([], 1)


def test_a_stopping_run_sends_nothing_more() -> None:
    """A call that is waiting when its run is stopped ends with what it knows."""
    transport = FakeTransport([LOST, answer(200)], stop_at=100.1)
    with pytest.raises(NoResponse):
        transport.run(operation())

    assert len(transport.sends) == 1


def test_a_stop_while_waiting_for_the_gate() -> None:
    """A call that a brake holds when its run is stopped ends with the refusal it got."""
    transport = FakeTransport([answer(429)], stop_at=100.1)
    with pytest.raises(TooManyRequests):
        transport.run(operation())


def test_the_answer_knows_how_many_requests_it_took() -> None:
    """What reads the answer can tell how many attempts were made."""
    transport = FakeTransport([LOST, LOST, answer(200)])

    assert transport.run(operation(read=lambda response: response.attempts)) == 3


def test_an_answer_that_cannot_be_read() -> None:
    """An answer that is not as documented is an error that does not quote it, for it may hold a token."""
    transport = FakeTransport([answer(200, b'{"access_token": "canary')])
    with pytest.raises(UnreadableResponse, match="24 bytes") as caught:
        transport.run(operation())

    assert "canary" not in repr(caught.value.__dict__) + str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_readers_own_error_gets_the_facts() -> None:
    """A LinetapError raised while reading passes, with status, request id and attempts filled in."""

    def read(_: Any) -> Any:
        raise UnreadableResponse("no userIds")

    transport = FakeTransport([answer(500), answer(200, x_line_request_id="r-1")])
    with pytest.raises(UnreadableResponse, match="no userIds") as caught:
        transport.run(operation(read=read))

    assert (caught.value.status, caught.value.request_id, caught.value.attempts) == (200, "r-1", 2)


def test_an_answer_that_cannot_be_judged() -> None:
    """A refusal that cannot even be read is UnreadableResponse too, not a stray exception."""
    op = operation()
    transport = FakeTransport([answer(200, b"<html>")])
    with pytest.raises(UnreadableResponse):
        transport.run(type(op)(op.name, op.request, op.read, lambda response: response.json()))


@pytest.mark.parametrize("repeat", [SAFE, IF_REJECTED])
@pytest.mark.parametrize("read", [None, lambda response: 1 / (response.status - response.status)])
def test_every_status_lands_on_one_of_ours(repeat: Idempotency, read: Any) -> None:
    """Whatever status comes, the call ends in a result or in a LinetapError that pickles."""
    for status in range(100, 600):
        transport = FakeTransport([answer(status, b"?", retry_after="1")] * 9)
        with pytest.raises(LinetapError) as caught:
            transport.run(operation(repeat, read=read))
        twin = pickle.loads(pickle.dumps(caught.value))
        assert (type(twin), str(twin), twin.status) == (type(caught.value), str(caught.value), status)


@pytest.mark.parametrize("field", ["connect", "read", "total"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), True, "5"])
def test_a_wrong_timeout_is_refused(field: str, value: Any) -> None:
    """A timeout is a number of seconds above 0."""
    with pytest.raises(BadArgument, match=rf"Timeout\.{field}"):
        Timeout(**{field: value})


@pytest.mark.parametrize(
    "name, value", [("attempts", 0), ("attempts", 1.5), ("attempts", True), ("total", None), ("first_wait", 0)]
)
def test_a_wrong_policy_is_refused(name: str, value: Any) -> None:
    """Attempts are counted from 1, and waits are seconds above 0."""
    with pytest.raises(BadArgument, match=rf"RetryPolicy\.{name}"):
        RetryPolicy(**{name: value})


def test_an_outcome_is_ok_without_an_error() -> None:
    """An outcome whose result is None is still fine."""
    assert Outcome("a").ok
    assert not Outcome("a", error=NoResponse("x")).ok
