"""One contract, three connections: the clients behave the same in process, on a session and over a socket.

Time is the sandbox's own in all three: the clients' waits advance its clock.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import attrs
import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from linetap import (
    BadArgument,
    Campaign,
    CleverTapClient,
    LineClient,
    LinetapError,
    NoResponse,
    ProfileField,
    ProfileRecord,
    QuotaExceeded,
    Rejected,
    RetryPolicy,
    ServerError,
    StatelessToken,
    TextMessage,
    TooManyRequests,
    Unauthorized,
    WebhookTemplate,
)
from linetap.clevertap import Increment
from linetap.errors import BadRequest, Forbidden, NotFound
from linetap.http.types import Request
from linetap.sandbox import Cut, Sandbox

QUERY = {"event_name": "App Launched", "from": 20260101, "to": 20260131}


class _Direct(HTTPAdapter):
    """In process: each request is passed to a service's ``handle``, which returns its response."""

    def __init__(self, box: Sandbox) -> None:
        super().__init__()
        self.box = box

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:  # type: ignore[override]
        service = self.box.line if "line.me" in str(request.url) else self.box.clevertap
        content = request.body.encode() if isinstance(request.body, str) else request.body
        asked = Request(str(request.method), request.path_url, (), content, dict(request.headers))  # type: ignore[arg-type]
        try:
            response = service.handle(asked)
        except Cut as cut:
            raise requests.ConnectionError(str(cut), request=request) from cut
        raw = HTTPResponse(io.BytesIO(response.content), dict(response.headers), response.status, preload_content=False)
        return self.build_response(request, raw)


def _direct(box: Sandbox) -> Mapping[str, Any]:
    session = requests.Session()
    session.mount("https://", _Direct(box))
    return {"session": session}


CONNECTIONS: Mapping[str, Callable[[Sandbox], Mapping[str, Any]]] = {
    "direct": _direct,
    "mounted": lambda box: {"session": box.session()},
    "socket": lambda box: {},
}


@attrs.frozen
class Services:
    """A sandbox and the two clients, which reach it in one of three ways."""

    box: Sandbox
    options: Mapping[str, Any]

    @property
    def line(self) -> LineClient:
        return self.box.line_client(**self.options)

    @property
    def clevertap(self) -> CleverTapClient:
        return self.box.clevertap_client(**self.options)


@pytest.fixture(params=CONNECTIONS)
def services(request: pytest.FixtureRequest) -> Iterator[Services]:
    if request.param == "socket":
        pytest.importorskip("aiohttp", reason="the listening sandbox needs aiohttp, from the extra sandbox")
    with Sandbox(port=0 if request.param == "socket" else None) as box:
        timing = {"clock": box.clock.now, "sleep": lambda seconds: box.clock.advance(seconds=seconds)}
        yield Services(box, {**CONNECTIONS[request.param](box), **timing})


@pytest.fixture
def user_id(services: Services) -> str:
    return services.box.line.add_followers(1)[0]


# LINE ----------------------------------------------------------------------------------------------------


def test_followers_are_listed_by_next(services: Services) -> None:
    """Short and empty pages do not end the iteration; ``next`` of a page is the start of the following one."""
    ids = services.box.line.add_followers(25)
    for blocked in ids[10:20]:
        services.box.line.block(blocked)

    with services.line as line:
        pages = list(line.followers(page_size=10).pages())
        rest = list(line.followers(page_size=10, start=pages[0].next))

    assert [len(page.user_ids) for page in pages] == [10, 0, 5]
    assert [one for page in pages for one in page.user_ids] == services.box.line.followers
    assert rest == ids[20:]


def test_an_old_start_is_rejected(services: Services) -> None:
    """After 24 hours a start token is BadRequest with LINE's words."""
    services.box.line.add_followers(3)
    with services.line as line:
        first = next(line.followers(page_size=2).pages())
        services.box.clock.advance(hours=24)

        with pytest.raises(BadRequest, match="Invalid start param"):
            list(line.followers(start=first.next))


def test_an_unverified_account_cannot_list(services: Services) -> None:
    """The 403 of followers/ids is Forbidden and says what else to do."""
    services.box.line.verified = False

    with services.line as line, pytest.raises(Forbidden, match="webhook"):
        list(line.followers())


def test_a_push_arrives(services: Services, user_id: str) -> None:
    """What is pushed is in the inbox; the result has ids, the request's id, and says that it was the first."""
    with services.line as line:
        result = line.push(user_id, ["Hi", TextMessage("there")])

    assert services.box.line.inbox(user_id) == [{"type": "text", "text": "Hi"}, {"type": "text", "text": "there"}]
    assert len(result.sent_messages) == 2
    assert result.request_id == services.box.journal.of("line.push")[0].request_id
    assert not result.already_accepted


@pytest.mark.parametrize("cut", ["after", "half"])
def test_a_lost_response_is_one_message(services: Services, user_id: str, cut: str) -> None:
    """The connection breaks after LINE accepted a push: one message, and a normal result that says so."""
    services.box.faults.add("line.push", cut=cut)

    with services.line as line:
        result = line.push(user_id, "Hi")

    assert len(services.box.line.inbox(user_id)) == 1
    assert result.already_accepted
    assert len(result.sent_messages) == 1
    assert len({entry.headers["x-line-retry-key"] for entry in services.box.journal.of("line.push")}) == 1


@pytest.mark.parametrize("fault", [{"cut": "before"}, {"status": 500}, {"status": 503}, {"status": 429}])
def test_a_push_is_repeated_until_accepted(services: Services, user_id: str, fault: dict[str, Any]) -> None:
    """Two failures and a success are one message and three attempts."""
    services.box.faults.add("line.push", times=2, **fault)

    with services.line as line:
        result = line.push(user_id, "Hi")

    assert len(services.box.line.inbox(user_id)) == 1
    assert result.attempts == 3


def test_patience_ends(services: Services, user_id: str) -> None:
    """A server that fails every time is ServerError after as many attempts as allowed, with the retry key."""
    services.box.faults.add("line.push", status=500, times=9)
    with services.line as line, pytest.raises(ServerError) as caught:
        line.with_options(retry=RetryPolicy(attempts=3)).push(user_id, "Hi")

    assert caught.value.attempts == len(services.box.journal.of("line.push")) == 3
    assert caught.value.retry_key == services.box.journal[0].headers["x-line-retry-key"]


def test_no_response_at_all(services: Services, user_id: str) -> None:
    """Connections that always break are NoResponse, which may have arrived and carries the key to try with."""
    services.box.faults.add("line.push", cut="before", times=9)
    with services.line as line, pytest.raises(NoResponse) as caught:
        line.with_options(retry=RetryPolicy(attempts=2)).push(user_id, "Hi")
    services.box.faults.clear()
    with services.line as line:
        result = line.push(user_id, "Hi", retry_key=caught.value.retry_key)

    assert caught.value.may_have_arrived
    assert result.retry_key == caught.value.retry_key
    assert len(services.box.line.inbox(user_id)) == 1


def test_a_used_up_quota_is_not_repeated(services: Services, user_id: str) -> None:
    """The month's 429 is QuotaExceeded at once; the rate's is TooManyRequests after patience."""
    services.box.line.quota = 0
    with services.line as line:
        with pytest.raises(QuotaExceeded):
            line.push(user_id, "Hi")
        assert len(services.box.journal.of("line.push")) == 1

        services.box.line.quota = None
        services.box.faults.add("line.push", status=429, times=99)
        with pytest.raises(TooManyRequests) as caught:
            line.push(user_id, "Hi")
    assert not isinstance(caught.value, QuotaExceeded)


def test_a_user_who_blocked_the_account_is_no_error(services: Services, user_id: str) -> None:
    """LINE responds with 200 for a user who blocked the account; nothing arrives."""
    services.box.line.block(user_id)

    with services.line as line:
        assert line.push(user_id, "Hi").request_id
    assert services.box.line.inbox(user_id) == []


def test_a_token_that_is_not_valid(services: Services) -> None:
    """A revoked static token is Unauthorized after one attempt: no other can be had."""
    services.box.line.revoke(services.box.channel_access_token)

    with services.line as line, pytest.raises(Unauthorized):
        line.bot_info()
    assert len(services.box.journal) == 1


def test_a_stateless_token_is_renewed(services: Services, user_id: str) -> None:
    """It is issued once, used until shortly before its end, renewed then, and once when rejected with 401."""
    box = services.box
    where = {} if "session" in services.options else {"base_url": box.line_url}
    token = StatelessToken(box.channel_id, box.channel_secret)

    def issued() -> int:
        return len(box.journal.of("issue_stateless_token"))

    with LineClient(token, **where, **services.options) as line:
        line.push(user_id, "one")
        line.push(user_id, "two")
        assert issued() == 1
        box.clock.advance(minutes=15)
        line.push(user_id, "three")
        assert issued() == 2
        box.line.tokens.clear()
        line.push(user_id, "four")
        assert issued() == 3
    assert [one["text"] for one in box.line.inbox(user_id)] == ["one", "two", "three", "four"]
    assert [entry.status for entry in box.journal.of("push")] == [200, 200, 200, 401, 200]


def test_multicast(services: Services) -> None:
    """Every user listed is reached; an id of another channel is rejected by its index, or skipped."""
    ids = services.box.line.add_followers(3)
    with services.line as line:
        assert line.multicast(ids, "Hi").request_id
        with pytest.raises(BadRequest, match=r"to\[1\]"):
            line.multicast([ids[0], services.box.line.foreign_id()], "Hi")
        services.box.readings.multicast_foreign_ids = "accept"
        line.multicast([ids[0], services.box.line.foreign_id()], "again")

    assert [len(services.box.line.inbox(one)) for one in ids] == [2, 1, 1]


def test_line_validates_messages(services: Services) -> None:
    """validate_push returns LINE's own details and sends nothing."""
    with services.line as line:
        fine = line.validate_push("Hi")
        services.box.faults.add(
            "validate_push",
            status=400,
            json_body={"message": "1 error", "details": [{"message": "too odd", "property": "messages[0].text"}]},
        )
        found = line.validate_push("Hi")

    assert fine == ()
    assert [(problem.path, problem.rule) for problem in found] == [("messages[0].text", "too odd")]
    assert services.box.line.delivered == 0


def test_reads_from_line(services: Services) -> None:
    """Profile, account, quota, statistics and link token are values; the profile of an unknown user is None."""
    box = services.box
    person = box.line.add_person("愛子", language="ja")
    ids = [person.user_id, *box.line.add_followers(24)]
    box.line.quota = 100
    with services.line as line:
        line.multicast(ids, "Hi", aggregation_unit="spring")
        box.line.open("spring", ids)
        profile = line.profile(person.user_id)
        quota, statistics = line.quota(), line.insight.unit_statistics("spring", date(2026, 1, 1), date(2026, 1, 31))
        assert line.profile(box.line.foreign_id()) is None
        assert line.tokens.issue_link_token(person.user_id) in box.line.link_tokens
        assert line.bot_info().user_id == box.line.bot["userId"]

    assert profile is not None
    assert (profile.display_name, profile.language) == ("愛子", "ja")
    assert (quota.limit, quota.used, quota.remaining) == (100, 25, 75)
    assert statistics.unique_impression == 25


def test_an_endpoint_without_a_method(services: Services) -> None:
    """request calls an endpoint that linetap does not name, and raises like the others."""
    with services.line as line:
        assert line.request("GET", "/v2/bot/message/aggregation/info").json() == {"numOfCustomAggregationUnits": 0}
        with pytest.raises(NotFound):
            line.request("GET", "/v2/bot/nowhere")


@pytest.mark.parametrize("to", ["N.A", "", "U123"])
def test_invalid_arguments_are_not_sent(services: Services, to: str) -> None:
    """A malformed recipient and a message that LINE would reject are reported together; nothing is sent."""
    with services.line as line, pytest.raises(BadArgument) as caught:
        line.push(to, "x" * 5001)

    assert {problem.path for problem in caught.value.problems} == {"to", "messages[0].text"}
    assert not services.box.journal


# CleverTap -----------------------------------------------------------------------------------------------


def records(count: int) -> list[ProfileRecord]:
    return [ProfileRecord(f"id-{number}", {"LineID": f"U{number:032x}"}) for number in range(count)]


def test_an_upload_matches_rejections_to_records(services: Services) -> None:
    """Of a thousand records seven are rejected: 993 are saved, and each rejection has the record passed in."""
    given = records(1000)
    bad = given[3::150]
    for record in bad:
        services.box.clevertap.reject_record(str(record.identity), 555)

    with services.clevertap as clevertap:
        report = clevertap.upload_profiles(given)

    assert (report.processed, len(report.rejected)) == (993, 7)
    assert [rejection.record for rejection in report.rejected] == bad
    assert all(rejection.record is record for rejection, record in zip(report.rejected, bad, strict=True))
    assert {rejection.code for rejection in report.rejected} == {555}
    assert len(services.box.clevertap.profiles) == 993
    with pytest.raises(LinetapError):
        report.raise_for_failures()


def test_batches_have_a_thousand(services: Services) -> None:
    """2,500 records are three calls, never more at once than asked for."""
    with services.clevertap as clevertap:
        report = clevertap.upload_profiles(iter(records(2500)), in_flight=2)

    assert sorted(len(entry.json()["d"]) for entry in services.box.journal) == [500, 1000, 1000]
    assert (report.processed, report.batches) == (2500, 3)
    assert services.box.clevertap.most_in_flight["clevertap.upload"] <= 2


@pytest.mark.parametrize("cut", ["before", "after", "half"])
def test_a_lost_response_to_an_upload(services: Services, cut: str) -> None:
    """Properties may be set twice, so such a batch is sent again."""
    services.box.faults.add("clevertap.upload", cut=cut)

    with services.clevertap as clevertap:
        report = clevertap.upload_profiles(records(3))

    assert (report.processed, len(services.box.journal)) == (3, 2)


def test_a_lost_response_to_an_increment(services: Services) -> None:
    """An Increment counted twice would be wrong: such a batch is not repeated but reported as no_response."""
    services.box.faults.add("clevertap.upload", cut="after")
    record = ProfileRecord("a", {"LINE push count": Increment(1)})

    with services.clevertap as clevertap, pytest.raises(NoResponse) as caught:
        clevertap.upload_profiles([record])

    assert list(caught.value.report.no_response) == [record]
    assert len(services.box.journal) == 1
    assert services.box.clevertap.profiles["a"].data == {"LINE push count": 1}


def test_too_many_at_once_is_waited_out(services: Services) -> None:
    """A 429 slows the upload down; everything is saved in the end."""
    services.box.faults.add("clevertap.upload", status=429, times=3)

    with services.clevertap as clevertap:
        report = clevertap.upload_profiles(records(2000))

    assert report.processed == 2000
    assert len(services.box.clevertap.profiles) == 2000


@pytest.mark.parametrize("reading", ["fail", "empty record", "404"])
def test_a_profile_and_none(services: Services, reading: Any) -> None:
    """A profile that is not there is None, however CleverTap may say so."""
    services.box.readings.unknown_profile = reading
    services.box.clevertap.add_profile("a", {"Name": "Aiko", "LineID": "U1"})
    with services.clevertap as clevertap:
        found = clevertap.profile(identity="a")
        assert clevertap.profile(identity="nobody") is None

    assert found is not None
    assert (found.name, found.properties["LineID"]) == ("Aiko", "U1")


@pytest.mark.parametrize("counts", ["success", "partial"])
def test_profiles_and_counts(services: Services, counts: Any) -> None:
    """Cursors are followed to their end, unfinished responses are asked for again, counts are polled."""
    services.box.readings.counts = counts
    services.box.clevertap.preparing = 2
    for number in range(60):
        services.box.clevertap.add_profile(f"p{number}", events={"App Launched": 1767225600})
    with services.clevertap as clevertap:
        found = [profile.identity for profile in clevertap.profiles(QUERY, page_size=23)]
        count = clevertap.count_profiles(QUERY)

    assert found == [f"p{number}" for number in range(60)]
    assert count == 60


def test_deleting_profiles(services: Services) -> None:
    """More than a hundred identities are several calls."""
    for number in range(150):
        services.box.clevertap.add_profile(f"p{number}")
    with services.clevertap as clevertap:
        clevertap.delete_profiles([f"p{number}" for number in range(150)])

    assert not list(services.box.clevertap.each())
    assert len(services.box.journal) == 2


def test_a_wrong_passcode(services: Services) -> None:
    """CleverTap's 401 is Unauthorized, after one attempt."""
    reach = {} if "session" in services.options else {"base_url": services.box.clevertap_url}
    with (
        CleverTapClient(
            services.box.account_id, "wrong", region="eu1" if not reach else None, **reach, **services.options
        ) as client,
        pytest.raises(Unauthorized),
    ):
        client.profile(identity="a")
    assert len(services.box.journal) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"status": "fail", "error": "no", "code": 1}', b"[]"])
def test_200_is_not_yes(services: Services, body: bytes) -> None:
    """200 with nothing, with what is no JSON, or with status fail is an error."""
    services.box.faults.add("clevertap.profile", status=200, body=body)

    with services.clevertap as clevertap, pytest.raises(LinetapError):
        clevertap.profile(identity="a")


# The four steps ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["liquid", "dashboard"])
def test_the_four_steps(services: Services, style: Any) -> None:
    """Collect ids, save them, save the webhook, publish: each known follower has the message."""
    box = services.box
    ids = box.line.add_followers(30, names=[f"Person {number}" for number in range(30)])
    box.line.block(ids[7])
    with services.line as line, services.clevertap as clevertap:
        followers = list(line.followers(page_size=10))
        given = [ProfileRecord(f"c{n}", {"LineID": one, "Name": f"N{n}"}) for n, one in enumerate(followers)]
        assert clevertap.upload_profiles(given).ok
        url = (
            "https://api.line.me/v2/bot/message/push"
            if "session" in services.options
            else f"{box.line_url}/v2/bot/message/push"
        )
        template = attrs.evolve(WebhookTemplate.line_push("LINE", box.channel_access_token), url=url)
        receipt = clevertap.create_webhook_template(template)
        box.clevertap.add_profile("nobody", {"Name": "No LINE"})
        name = ProfileField("Name", default="friend")
        campaign = Campaign("Spring", messages=[f"Hello {name}"])
        publication = box.clevertap.publish(str(campaign.body(style=style)), str(receipt.template_id))

    assert receipt.created
    was_rejected = "LiquidLogicAborted" if style == "liquid" else "Webhook dispatch error"
    assert publication.counts == {"streamed": 29, was_rejected: 1}
    assert [box.line.inbox(one)[0]["text"] for one in followers] == [f"Hello N{n}" for n in range(29)]
    assert box.line.inbox(ids[7]) == []


def test_a_template_that_is_not_accepted(services: Services) -> None:
    """Where saving needs a 200 from the test call, LINE's 400 makes it a rejection and not a receipt."""
    services.box.readings.template_test = "only on 200"

    with services.clevertap as clevertap, pytest.raises(Rejected):
        clevertap.create_webhook_template(WebhookTemplate.line_push("LINE", services.box.channel_access_token))
    assert not services.box.clevertap.templates
