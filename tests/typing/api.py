# pyright: reportUnnecessaryTypeIgnoreComment=true
"""What a user's editor and type checker see: the public contract, read by mypy and pyright, never executed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from typing_extensions import assert_type

from linetap import (
    AsyncLineClient,
    BadArgument,
    Campaign,
    CleverTapClient,
    Delivery,
    FlexMessage,
    ImageMessage,
    KnownFollowers,
    Ledger,
    LineClient,
    LineIdAsIdentity,
    LinetapError,
    NoResponse,
    Pace,
    ProfileField,
    ProfileRecord,
    RawMessage,
    RetryPolicy,
    StatelessToken,
    TemplateMessage,
    TextMessage,
    Timeout,
    WebhookCampaign,
    WebhookTemplate,
    apply_plan,
    message_from_json,
    plan_sync,
    retry_key_for,
    sync_followers,
    write_profiles_csv,
)
from linetap.campaign import BodyDifference, CustomBody, Deliveries, Preview, PreviewReport, when
from linetap.clevertap import Add, CleverTapProfile, Increment, Rejection, UploadReport, WebhookTemplateReceipt
from linetap.errors import Problem
from linetap.http import ClientOptions
from linetap.line import (
    CarouselColumn,
    CarouselTemplate,
    DeliveryOutcome,
    FlexBox,
    FlexBubble,
    FlexButton,
    FlexCarousel,
    FlexText,
    FollowerPage,
    Followers,
    LineProfile,
    Message,
    MessageAction,
    PushResult,
    QuickReply,
    QuickReplyItem,
    Quota,
    SendReport,
    SendResult,
    UnitStatistics,
    URIAction,
)
from linetap.sandbox import Sandbox
from linetap.sync import SyncConflict, SyncPlan, SyncReport, replay_rejected


def errors(error: LinetapError, bad: BadArgument, no_answer: NoResponse) -> None:
    """Errors say what a caller needs to decide what to do."""
    assert_type(error.status, int | None)
    assert_type(error.request_id, str | None)
    assert_type(error.attempts, int)
    assert_type(bad.problems, tuple[Problem, ...])
    assert_type(no_answer.retry_key, str | None)
    assert_type(no_answer.may_have_arrived, bool)


def fields() -> None:
    """A field in an f-string gives a plain str."""
    name = ProfileField("Name", default="friend")
    assert_type(f"Hello {name}", str)
    assert_type(name + "!", str)
    assert_type(name.default, str | None)


def clients() -> None:
    """Clients take their options by name, and give themselves in a with block."""
    options: ClientOptions = {"retry": RetryPolicy(attempts=3), "app_info": "shop/2.1"}
    LineClient("token", **options)
    line = LineClient("token", timeout=Timeout(read=10.0), retry=RetryPolicy(attempts=2), pace=Pace(100.0))
    assert_type(LineClient(StatelessToken("1", "secret")), LineClient)
    assert_type(LineClient.from_env(), LineClient)
    assert_type(CleverTapClient.from_env("BRAND_"), CleverTapClient)
    assert_type(line.with_options(timeout=Timeout()), LineClient)
    with line as same:
        assert_type(same, LineClient)


def line_calls(line: LineClient) -> None:
    """Each of LINE's endpoints gives its own value."""
    followers: Followers = line.followers()
    for user_id in followers:
        assert_type(user_id, str)
    assert_type(line.followers().pages(), Iterator[FollowerPage])
    assert_type(line.push("U1", "Hello"), PushResult)
    assert_type(line.push("U1", ["Hello", TextMessage("world"), RawMessage({"type": "text", "text": "!"})]), PushResult)
    assert_type(line.multicast(["U1"], TextMessage("Hello")), SendResult)
    assert_type(line.validate_push("Hello"), tuple[Problem, ...])
    assert_type(line.profile("U1"), LineProfile | None)
    assert_type(line.quota(), Quota)
    assert_type(line.quota().remaining, int | None)
    assert_type(line.insight.unit_statistics("sale", date(2026, 3, 1), date(2026, 3, 2)), UnitStatistics)
    assert_type(line.tokens.issue_link_token("U1"), str)
    assert_type(line.push_delivery(Delivery("U1", "x")), PushResult)
    assert_type(line.broadcast("Hello"), SendResult)
    assert_type(line.reply("token", "Hello"), PushResult)
    assert_type(line.units.names(), tuple[str, ...])
    assert_type(line.with_raw_response(line.push, "U1", "Hello").value, PushResult)
    assert_type(line.with_raw_response(line.units.used).status, int | None)
    assert_type(line.with_raw_response.push("U1", "Hello", notification_disabled=True).value, PushResult)
    assert_type(line.with_raw_response.profile(user_id="U1").value, LineProfile | None)
    assert_type(line.with_raw_response.units.names().value, tuple[str, ...])


def messages() -> None:
    """Messages are values with the vendor's names in snake_case."""
    image = ImageMessage("https://example.com/a.jpg", preview_image_url="https://example.com/b.jpg")
    assert_type(image.original_content_url, str)
    assert_type(message_from_json({"type": "text", "text": "Hello"}), Message)


def rich_messages() -> None:
    """Lists and tuples of parts are accepted wherever a message has parts."""
    box = FlexBox("vertical", [FlexText("Spring"), FlexButton(URIAction(uri="https://example.com", label="Look"))])
    bubble = FlexBubble(body=box, footer=FlexBox("horizontal", (FlexText("sale"),)))
    assert_type(FlexMessage("Spring sale", FlexCarousel([bubble])), FlexMessage)
    replies = QuickReply([QuickReplyItem(MessageAction(text="yes", label="Yes"))])
    assert_type(TextMessage("Coming?", quick_reply=replies), TextMessage)
    column = CarouselColumn("One", [MessageAction(text="1", label="1")])
    assert_type(TemplateMessage("Choose", CarouselTemplate([column])), TemplateMessage)
    assert_type(WebhookCampaign("Sale", "relay", fields=["tokens"]).fields, tuple[str, ...])


def clevertap_calls(clevertap: CleverTapClient) -> None:
    """Uploads take any iterable and return a report whose rejections have the caller's own records."""
    report = clevertap.upload_profiles(
        ProfileRecord(f"C{n}", {"Tags": Add(["vip"]), "n": Increment(1)}) for n in (1, 2)
    )
    assert_type(report, UploadReport)
    assert_type(report.rejected, tuple[Rejection, ...])
    assert_type(report.ok, bool)
    assert_type(clevertap.profile(identity="C1"), CleverTapProfile | None)
    assert_type(clevertap.with_raw_response.profile(identity="C1").value, CleverTapProfile | None)
    clevertap.with_raw_response.campaigns.stop(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(clevertap.profiles({"event_name": "App Launched"}), Iterator[CleverTapProfile])
    assert_type(clevertap.count_profiles({"event_name": "App Launched"}), int)
    template = WebhookTemplate.line_push("LINE push", "token")
    assert_type(clevertap.create_webhook_template(template), WebhookTemplateReceipt)


def campaigns() -> None:
    """A campaign is an immutable value: each step gives another one."""
    campaign = Campaign("Sale").with_text("Hello").with_image("https://example.com/a.jpg", "https://example.com/b.jpg")
    assert_type(campaign, Campaign)
    assert_type(campaign.problems, tuple[Problem, ...])
    assert_type(campaign.body(style="dashboard"), CustomBody)
    assert_type(campaign.fill({"LineID": "U1"}), Delivery)
    assert_type(campaign.deliveries([{"LineID": "U1"}]), Deliveries)
    assert_type(campaign.deliveries([], retry_key=lambda row: retry_key_for("x", row["LineID"])), Deliveries)
    assert_type(campaign.preview({"LineID": "U1"}), Preview)
    assert_type(campaign.preview_many([{"LineID": "U1"}]), PreviewReport)
    assert_type(campaign.value_risks().safe, bool)
    assert_type(campaign.diff("{}"), tuple[BodyDifference, ...])
    japanese = ProfileField("Language").equals("ja")
    assert_type(campaign.skip_unless(japanese), Campaign)
    assert_type(campaign.with_text(when(japanese, "a", otherwise="b")), Campaign)
    assert_type(campaign.with_message(when(japanese, TextMessage("a"), otherwise=TextMessage("b"))), Campaign)


def asked_of_line(campaign: Campaign, line: LineClient) -> None:
    """A client's validate_push fits a preview as it is."""
    assert_type(campaign.preview({"LineID": "U1"}, validate=line.validate_push), Preview)


def sandbox(box: Sandbox) -> None:
    """The sandbox gives real clients and simple values."""
    assert_type(box.line_client(), LineClient)
    assert_type(box.clevertap_client(), CleverTapClient)
    assert_type(box.line.add_followers(3), list[str])
    assert_type(box.env, dict[str, str])


def refused_by_type_checkers(line: LineClient, clevertap: CleverTapClient) -> None:
    """What is wrong at a glance is wrong to a type checker, too: each ignore below is needed."""
    line.push(1, "Hello")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    line.push("U1", 1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    clevertap.profile("C1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Campaign("Sale").body(style="html")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    LineClient("token", tiemout=Timeout())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def line(client: LineClient) -> None:
    """Messages are given as str, message, or a sequence of either; results are values."""
    to = "U0123456789abcdef0123456789abcdef"
    assert_type(client.push(to, "Hello", retry_key=None), PushResult)
    assert_type(client.push(to, ["Hello", TextMessage("again")]).sent_messages[0].quote_token, str | None)
    assert_type(client.multicast((to,), TextMessage("Hello")), SendResult)
    assert_type(list(client.followers(page_size=10)), list[str])
    assert_type(next(client.followers().pages()), FollowerPage)
    assert_type(client.profile(to), LineProfile | None)
    assert_type(client.quota(), Quota)
    assert_type(client.quota().remaining, int | None)
    assert_type(client.validate_push("Hello"), tuple[Problem, ...])
    assert_type(client.with_options(retry=None), LineClient)


def bulk(client: LineClient) -> None:
    """Deliveries are any iterable; what came of them is a report, or outcomes one by one."""
    given = (Delivery("U1", "Hello") for _ in range(3))
    assert_type(client.push_many(given, journal="sale.sqlite", use_multicast=True, progress=True), SendReport)
    for outcome in client.push_each(given, on_outcome=lambda each: print(each.ok)):
        assert_type(outcome, DeliveryOutcome)
        assert_type(outcome.error, LinetapError | None)
        assert_type(outcome.result, PushResult | SendResult | None)


async def line_awaited() -> None:
    """The async client gives the same values, awaited."""
    async with AsyncLineClient(StatelessToken("1234567890", "secret")) as client:
        assert_type(client, AsyncLineClient)
        assert_type((await client.with_raw_response.push("U1", "Hello")).value, PushResult)
        assert_type((await client.with_raw_response(client.units.used)).value, int)
        assert_type((await client.with_raw_response.rich_menus.linked("U1")).value, str | None)
        assert_type(await client.push("U1", "Hello"), PushResult)
        assert_type([user_id async for user_id in client.followers()], list[str])
        assert_type(await client.push_many([Delivery("U1", "Hello")]), SendReport)
        async for outcome in client.push_each([Delivery("U1", "Hello")]):
            assert_type(outcome, DeliveryOutcome)


def syncing(line: LineClient, client: CleverTapClient) -> None:
    """A sync accepts any policy, and its report counts states; a plan is a value that can be applied."""
    known = KnownFollowers({"U1": "cust-1"}, unknown="create")
    report = sync_followers(line, client, identity=known, ledger="brand.sqlite", unfollow="clear")
    assert_type(report, SyncReport)
    assert_type(report.states, dict[str, int])
    assert_type(report.conflicts, tuple[SyncConflict, ...])
    sync_followers(
        line, client, identity=LineIdAsIdentity(), ledger=Ledger("brand.sqlite"), property=ProfileField("ID")
    )
    with plan_sync(line, client, identity=known, ledger="brand.sqlite") as plan:
        assert_type(plan, SyncPlan)
        assert_type(apply_plan(plan, line, client), SyncReport)
        write_profiles_csv("followers.csv", plan.records())
    assert_type(replay_rejected(client, ledger="brand.sqlite", line_ids=["U1"]), SyncReport)
