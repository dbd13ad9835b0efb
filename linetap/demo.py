"""``python -m linetap.demo``: the four steps from LINE's followers to a campaign, with both services in a sandbox.

A brand with 2,500 followers, and the sandbox on 127.0.0.1: collect, save, connect, reach. Then the campaign once more
through a relay of the brand's own, with repeated calls and lost responses. At the end every follower and every profile
has one result; the exit status is non-zero if the counts do not match.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from tempfile import TemporaryDirectory
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
"""Followers who blocked the account before: LINE does not list them."""
UNPAIRED = 140
"""Followers who are in none of the brand's pairs: an upload would make a new, billed profile for each."""
ELSEWHERE = 35
"""Customers in CleverTap who do not follow on LINE."""
MISTYPED = 3
"""Customers with an invalid phone number: CleverTap rejects the whole record."""
BLOCKING = 25
"""Followers who block the account between steps 1 and 4: LINE accepts their message and does not deliver it."""
LOST_RESPONSES = 40
"""Responses of LINE that are lost in the fifth part: the sender sends these requests again under their keys."""
GROUP = 100
"""People in one webhook call of the fifth part."""
NAMES = ("山田 花子", "สมชาย ใจดี", "Budi Santoso", "陳 怡君", "Siobhán O'Brien")
QUOTED = 'Kenji "KJ" Sato'
"""A name that breaks JSON where it is written unescaped, as CleverTap does."""

DELIVERED = "delivered"
ESCAPED = "a quote in the name broke the JSON: sent by linetap instead"
GONE = "accepted by LINE, not delivered: blocked meanwhile"
SKIPPED = "skipped: the profile has no LineID"
LOST = "lost"
STREAMED, ABORTED, FAILED = "streamed", "LiquidLogicAborted", "Webhook dispatch error"
"""CleverTap's names of the results: https://docs.clevertap.com/docs/create-message-webhook"""

Show = Callable[[str], object]


@attrs.frozen
class Brand:
    """The brand's data before the first step."""

    customer_of: Mapping[str, str]
    """LINE id -> customer number: the pairs in the brand's own database."""
    names: Mapping[str, str]
    """Customer number -> name."""
    blocking: tuple[str, ...]

    @classmethod
    def create(cls, box: Sandbox) -> Brand:
        """Adds followers and customers to the sandbox."""
        line_ids = box.line.add_followers(FOLLOWERS)
        for line_id in line_ids[:BLOCKED]:
            box.line.block(line_id)
        customers = {line_id: f"C{number:05d}" for number, line_id in enumerate(line_ids[: FOLLOWERS - UNPAIRED])}
        names = {customer: NAMES[number % len(NAMES)] for number, customer in enumerate(customers.values())}
        names[customers[line_ids[BLOCKED]]] = QUOTED
        names |= {f"E{number:05d}": "Nadia" for number in range(ELSEWHERE)}
        for customer, name in names.items():
            box.clevertap.add_profile(customer, {"Name": name})
        return cls(customers, names, tuple(line_ids[BLOCKED + 1 : BLOCKED + 1 + BLOCKING]))

    def records(self, line_ids: list[str]) -> Iterator[ProfileRecord]:
        """The records to upload: each collected LINE id, on the profile of its customer."""
        known = [line_id for line_id in line_ids if line_id in self.customer_of]
        for number, line_id in enumerate(known):
            mistyped = {"Phone": "no phone"} if number >= len(known) - MISTYPED else {}
            yield ProfileRecord(self.customer_of[line_id], {"LineID": line_id, **mistyped})


@attrs.define
class Results:
    """The results, counted where they happen."""

    collected: int = 0
    unpaired: int = 0
    upload: UploadReport | None = None
    segment: int = 0
    outcomes: Counter[str] = attrs.field(factory=Counter)
    """Results of the segment's profiles."""
    relayed: Counter[str] = attrs.field(factory=Counter)
    """Outcomes of the fifth part, and ``received``: the messages that users got in it."""

    def totals(self) -> dict[str, tuple[int, int]]:
        """Counts that must be equal."""
        saved = self.upload.processed if self.upload else 0
        rejected = self.upload.rejected_count if self.upload else 0
        return {
            "followers = collected + blocked": (FOLLOWERS, self.collected + BLOCKED),
            "collected = saved + rejected + unpaired": (self.collected, saved + rejected + self.unpaired),
            "rejected = numbers mistyped": (rejected, MISTYPED),
            "segment = outcomes": (self.segment, self.outcomes.total()),
            "saved = delivered + blocked meanwhile": (
                saved,
                self.outcomes[DELIVERED] + self.outcomes[ESCAPED] + BLOCKING,
            ),
            "relay: accepted = saved": (self.relayed["accepted"], saved),
            "relay: repeats = accepted": (self.relayed["repeat"], self.relayed["accepted"]),
            "relay: received = accepted - blocked": (self.relayed["received"], self.relayed["accepted"] - BLOCKING),
        }

    def mismatches(self) -> list[str]:
        """The counts that do not match; empty if all do."""
        return [f"{rule}: {left:,} and {right:,}" for rule, (left, right) in self.totals().items() if left != right]


def run_steps(box: Sandbox, show: Show) -> Results:
    """Runs the four steps, and the fifth part."""
    brand, results = Brand.create(box), Results()
    with box.line_client() as line, box.clevertap_client() as clevertap:
        show("1  Collect   list LINE's followers, page by page")
        line_ids = _collected(line)
        results.collected = len(line_ids)
        results.unpaired = sum(line_id not in brand.customer_of for line_id in line_ids)

        show("2  Save      upload each LINE id as LineID, to the profile of the customer it is paired with")
        results.upload = clevertap.upload_profiles(brand.records(line_ids), progress=True)

        show("3  Connect   save LINE's push endpoint as a webhook template")
        push_url = f"{box.line_url}/v2/bot/message/push"
        template = WebhookTemplate.line_push("LINE push", box.channel_access_token, url=push_url)
        template_id = clevertap.create_webhook_template(template).template_id or ""

        for line_id in brand.blocking:
            box.line.block(line_id)
        show("4  Reach     publish a campaign to all profiles in CleverTap")
        _reach(box, line, template_id, results)

        show("5  Relay     the campaign through a relay of your own: every call repeated, some responses lost")
        _relayed(box, line, results)
    return results


def _collected(line: LineClient) -> list[str]:
    line_ids: list[str] = []
    with reporting(True, unit="followers") as tick:
        for page in line.followers().pages():
            line_ids += page.user_ids
            tick(len(page.user_ids))
    return line_ids


def _campaign() -> Campaign:
    name = ProfileField("Name", default="friend")
    campaign = Campaign("Spring sale").with_text(f"Hello {name}, the spring sale has begun")
    return campaign.with_image("https://example.com/spring.jpg", "https://example.com/spring-small.jpg")


def _reach(box: Sandbox, line: LineClient, template_id: str, results: Results) -> None:
    campaign = _campaign()
    publication = _published(box, str(campaign.body()), template_id)
    results.segment = len(publication.deliveries)
    for delivery in publication.deliveries:
        profile = box.clevertap.profiles[delivery.identity].data
        if delivery.status == FAILED:  # the name broke the JSON of CleverTap's body: fill() escapes it
            filled = campaign.fill(profile)
            line.push_delivery(filled)
        line_id = profile.get("LineID")
        results.outcomes[_outcome(delivery.status, box.line.inbox(line_id) if line_id else [])] += 1


def _relayed(box: Sandbox, line: LineClient, results: Results) -> None:
    """CleverTap's calls, each twice, through a relay, an outbox and a sender."""
    from linetap.relay import UNAUTHENTICATED, Outbox, OutboxSender, Relay

    profiles = [dict(profile.data) for profile in box.clevertap.each()]
    users = [profile["LineID"] for profile in profiles if profile.get("LineID")]
    before = sum(len(box.line.inbox(user)) for user in users)
    campaign = _campaign()
    with TemporaryDirectory() as folder, Outbox(Path(folder) / "outbox.sqlite") as outbox:
        relay = Relay(outbox, secret=UNAUTHENTICATED)
        for at in range(0, len(profiles), GROUP):
            people = [{"profileData": profile} for profile in profiles[at : at + GROUP]]
            call = json.dumps({"targetId": 1, "profiles": people}).encode()
            for _ in range(2):
                relay.handle(call, {})
        box.faults.add("line.push", cut="after", times=LOST_RESPONSES)
        results.relayed = Counter(OutboxSender(outbox, line, campaign).drain().outcomes)
    after = sum(len(box.line.inbox(user)) for user in users)
    results.relayed["received"] = (after - before) // len(campaign.messages)


def _published(box: Sandbox, body: str, template_id: str) -> Publication:
    """Publishes as the dashboard does, and shows the progress."""
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


def lines(results: Results) -> Iterator[str]:
    """The results as text."""
    upload = results.upload
    assert upload is not None
    yield from _block("Followers on LINE", FOLLOWERS, {"collected": results.collected, "blocked the account": BLOCKED})
    rejected = Counter(f"rejected, code {found.code}: {found.reason}" for found in upload.rejected)
    known = {"saved as LineID on the customer's profile": upload.processed, **rejected}
    unpaired = {"not in the brand's pairs: not uploaded": results.unpaired}
    yield from _block("Collected", results.collected, known | unpaired)
    yield from _block("In the campaign's segment", results.segment, dict(results.outcomes.most_common()))
    relayed = {name: count for name, count in results.relayed.most_common() if name != "received"}
    yield from _block("Through a relay, every call twice", sum(relayed.values()), relayed)


def _block(title: str, total: int, parts: Mapping[str, int]) -> Iterator[str]:
    yield f"{title:<66}{total:>6,}"
    yield from (f"    {what:<62}{count:>6,}" for what, count in parts.items())


def main() -> int:
    """Runs the demo on standard output; 0 if every count matches."""
    try:
        from linetap.sandbox import Sandbox

        with Sandbox(port=0) as box:
            print(f"LINE at {box.line_url}, CleverTap at {box.clevertap_url}: both in the sandbox on this machine.\n")
            results = run_steps(box, _show)
    except ImportError as missing:
        print(missing, file=sys.stderr)
        return 2
    print("", *lines(results), sep="\n")
    for mismatch in results.mismatches():
        print(f"counts do not match: {mismatch}")
    print("\nAll counts match." if not results.mismatches() else "")
    return int(bool(results.mismatches()))


def _show(line: str) -> None:
    print(line, flush=True)


class _AsWritten(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the description."""


def run() -> int:
    """``main`` as a program: quiet if the reader of its output ends, or at Ctrl-C."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    parser = argparse.ArgumentParser("python -m linetap.demo", description=__doc__, formatter_class=_AsWritten)
    parser.parse_args()
    # The sandbox is on this machine: a proxy of the environment, as in many offices, cannot reach it.
    excepted = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = f"{excepted},127.0.0.1" if excepted else "127.0.0.1"
    try:
        code = main()
        print(end="", flush=True)
        return code
    except BrokenPipeError:
        # Python flushes once more at exit: discard that.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(run())
