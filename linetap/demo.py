"""``python -m linetap.demo``: the whole story on an empty machine.

A brand with 2,500 followers, both services pretended on 127.0.0.1, and the four steps of the road: collect, save,
connect, reach. At the end stands an account of everyone; the exit code is non-zero where it does not add up.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

import attrs

from linetap import Campaign, ProfileField, ProfileRecord, WebhookTemplate
from linetap.display.progress import reporting

if TYPE_CHECKING:
    from linetap import LineClient
    from linetap.clevertap import UploadReport
    from linetap.sandbox import Sandbox
    from linetap.sandbox.clevertap.dispatcher import Publication

FOLLOWERS = 2_500
BLOCKED = 60
"""Blocked the account long ago: LINE does not list them."""
STRANGERS = 140
"""Follow on LINE, but the brand knows them under no other name, and so does CleverTap."""
ELSEWHERE = 35
"""Customers in CleverTap who do not follow on LINE."""
MISTYPED = 3
"""Customers whose telephone number CleverTap does not take, and with it their record."""
LEAVING = 25
"""Block the account between the walk and the campaign: LINE takes their message and delivers nothing."""
NAMES = ("山田 花子", "สมชาย ใจดี", "Budi Santoso", "陳 怡君", "Siobhán O'Brien")
QUOTED = 'Kenji "KJ" Sato'
"""A name that breaks JSON wherever it is written into it unescaped, as CleverTap does."""

DELIVERED = "delivered"
ESCAPED = "a quote in the name broke the JSON: pushed by linetap instead"
GONE = "taken by LINE, not delivered: blocked the account meanwhile"
SKIPPED = "skipped: their profile has no LineID"
LOST = "lost"
STREAMED, ABORTED, FAILED = "streamed", "LiquidLogicAborted", "Webhook dispatch error"
"""What CleverTap's statistics page calls the outcomes: https://docs.clevertap.com/docs/create-message-webhook"""

Say = Callable[[str], object]


@attrs.frozen
class Brand:
    """Who there is, before anything happens."""

    customer_of: Mapping[str, str]
    """LINE id -> the brand's own customer number, from its own database."""
    names: Mapping[str, str]
    """Customer number -> name."""
    leaving: tuple[str, ...]

    @classmethod
    def settle(cls, box: Sandbox) -> Brand:
        """People the pretended services with followers and customers."""
        line_ids = box.line.add_followers(FOLLOWERS)
        for line_id in line_ids[:BLOCKED]:
            box.line.block(line_id)
        customers = {line_id: f"C{number:05d}" for number, line_id in enumerate(line_ids[: FOLLOWERS - STRANGERS])}
        names = {customer: NAMES[number % len(NAMES)] for number, customer in enumerate(customers.values())}
        names[customers[line_ids[BLOCKED]]] = QUOTED
        names |= {f"E{number:05d}": "Nadia" for number in range(ELSEWHERE)}
        for customer, name in names.items():
            box.clevertap.add_profile(customer, {"Name": name})
        return cls(customers, names, tuple(line_ids[BLOCKED + 1 : BLOCKED + 1 + LEAVING]))

    def records(self, line_ids: list[str]) -> Iterator[ProfileRecord]:
        """What is to be saved: each collected id on the profile of the customer it belongs to."""
        known = [line_id for line_id in line_ids if line_id in self.customer_of]
        for number, line_id in enumerate(known):
            mistyped = {"Phone": "no phone"} if number >= len(known) - MISTYPED else {}
            yield ProfileRecord(self.customer_of[line_id], {"LineID": line_id, **mistyped})


@attrs.define
class Account:
    """What became of everyone, counted where it happened."""

    collected: int = 0
    strangers: int = 0
    upload: UploadReport | None = None
    segment: int = 0
    outcomes: Counter[str] = attrs.field(factory=Counter)
    """What became of the people of the segment, in words."""

    def sums(self) -> dict[str, tuple[int, int]]:
        """What has to be equal to what."""
        saved = self.upload.processed if self.upload else 0
        rejected = self.upload.rejected_count if self.upload else 0
        return {
            "followers = collected + blocked": (FOLLOWERS, self.collected + BLOCKED),
            "collected = saved + rejected + strangers": (self.collected, saved + rejected + self.strangers),
            "rejected = numbers mistyped": (rejected, MISTYPED),
            "segment = outcomes": (self.segment, self.outcomes.total()),
            "saved = delivered + blocked meanwhile": (
                saved,
                self.outcomes[DELIVERED] + self.outcomes[ESCAPED] + LEAVING,
            ),
        }

    def mistakes(self) -> list[str]:
        """The sums that do not come out; empty when all is well."""
        return [f"{rule}: {left:,} is not {right:,}" for rule, (left, right) in self.sums().items() if left != right]


def tell(box: Sandbox, say: Say) -> Account:
    """The four steps; what became of everyone."""
    brand, account = Brand.settle(box), Account()
    with box.line_client() as line, box.clevertap_client() as clevertap:
        say("1  Collect   walk LINE's followers, page by page")
        line_ids = _collected(line)
        account.collected = len(line_ids)
        account.strangers = sum(line_id not in brand.customer_of for line_id in line_ids)

        say("2  Save      upload each id as LineID, on the profile of a customer whom the brand knows")
        account.upload = clevertap.upload_profiles(brand.records(line_ids), progress=True)

        say("3  Connect   save LINE's push endpoint as a webhook template")
        push_url = f"{box.line_url}/v2/bot/message/push"
        template = WebhookTemplate.line_push("LINE push", box.channel_access_token, url=push_url)
        template_id = clevertap.create_webhook_template(template).template_id or ""

        for line_id in brand.leaving:
            box.line.block(line_id)
        say("4  Reach     publish a campaign to everyone in CleverTap")
        _reach(box, line, template_id, account)
    return account


def _collected(line: LineClient) -> list[str]:
    line_ids: list[str] = []
    with reporting(True, unit="followers") as tick:
        for page in line.followers().pages():
            line_ids += page.user_ids
            tick(len(page.user_ids))
    return line_ids


def _reach(box: Sandbox, line: LineClient, template_id: str, account: Account) -> None:
    name = ProfileField("Name", default="friend")
    campaign = Campaign("Spring sale").with_text(f"Hello {name}, the spring sale has begun")
    campaign = campaign.with_image("https://example.com/spring.jpg", "https://example.com/spring-small.jpg")
    publication = _published(box, str(campaign.body()), template_id)
    account.segment = len(publication.deliveries)
    for delivery in publication.deliveries:
        profile = box.clevertap.profiles[delivery.identity].data
        if delivery.status == FAILED:  # the name broke the JSON that CleverTap wrote it into: fill() escapes it
            filled = campaign.fill(profile)
            line.push_delivery(filled)
        line_id = profile.get("LineID")
        account.outcomes[_outcome(delivery.status, box.line.inbox(line_id) if line_id else [])] += 1


def _published(box: Sandbox, body: str, template_id: str) -> Publication:
    """What the dashboard's Publish does, watched while it goes on."""
    people = sum(1 for _ in box.clevertap.each())
    with ThreadPoolExecutor(1) as dashboard, reporting(True, total=people, unit="people") as tick:
        job = dashboard.submit(box.clevertap.publish, body, template_id)
        shown, going = 0, True
        while going:
            going = bool(wait([job], timeout=0.1).not_done)
            done = sum(len(one.deliveries) for one in list(box.clevertap.publications.values()))
            tick(done - shown)
            shown = done
        return job.result()


def _outcome(status: str, inbox: list[dict[str, Any]]) -> str:
    if status == ABORTED:
        return SKIPPED
    if not inbox:
        return GONE if status == STREAMED else LOST
    return DELIVERED if status == STREAMED else ESCAPED


def written(account: Account) -> Iterator[str]:
    """The account as people read it."""
    upload = account.upload
    assert upload is not None
    yield from _block("Followers on LINE", FOLLOWERS, {"collected": account.collected, "blocked the account": BLOCKED})
    rejected = Counter(f"rejected, code {found.code}: {found.reason}" for found in upload.rejected)
    known = {"saved as LineID on their profile": upload.processed, **rejected}
    yield from _block("Collected", account.collected, {**known, "unknown to CleverTap: left alone": account.strangers})
    yield from _block("In the campaign's segment", account.segment, dict(account.outcomes.most_common()))


def _block(title: str, total: int, parts: Mapping[str, int]) -> Iterator[str]:
    yield f"{title:<66}{total:>6,}"
    yield from (f"    {what:<62}{count:>6,}" for what, count in parts.items())


def main() -> int:
    """Tells the story on standard output; 0 where every count adds up."""
    try:
        from linetap.sandbox import Sandbox

        with Sandbox(port=0) as box:
            print(f"LINE at {box.line_url} and CleverTap at {box.clevertap_url}: both pretended, nothing leaves.\n")
            account = tell(box, _say)
    except ImportError as missing:
        print(missing, file=sys.stderr)
        return 2
    print("", *written(account), sep="\n")
    for mistake in account.mistakes():
        print(f"does not add up: {mistake}")
    print("\nIt all adds up." if not account.mistakes() else "")
    return int(bool(account.mistakes()))


def _say(line: str) -> None:
    print(line, flush=True)


def run() -> int:
    """``main`` as a program: quiet when its reader has gone, or at Ctrl-C."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    try:
        code = main()
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Python flushes once more at exit: let it write to nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(run())
