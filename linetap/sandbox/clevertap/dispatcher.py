"""What the dashboard does when a webhook campaign is published: it renders the body for each person and makes one call.

https://docs.clevertap.com/docs/create-message-webhook https://docs.clevertap.com/docs/setup-webhooks
No vendor publishes an API for any of this, so its paths start with ``/sandbox/``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from linetap.http.types import Request, Response
from linetap.sandbox.clevertap.payloads import TEST_CALL, Payloads, Variables, WebhookCall, Writer
from linetap.sandbox.clevertap.payloads import write as written_as_json
from linetap.sandbox.clevertap.state import CleverTapState, Profile, StoredCampaign, WebhookTemplate
from linetap.sandbox.liquid import Aborted, LiquidError, Template

Send = Callable[[str, Request, float], Response]
"""Address, request, seconds: raises ``ConnectionError`` or ``TimeoutError`` if there is no response."""
Segment = Callable[[Mapping[str, Any]], bool] | Iterable[str] | Mapping[str, Any] | None
"""A function of the properties, identities, ``{"has": "LineID"}``, ``{"Plan": "gold"}``, or None for every profile."""

STREAMED = "streamed"
ABORTED = "LiquidLogicAborted"
FAILED = "Webhook dispatch error"
BAD_URL = "Invalid Webhook URL"
NOT_RENDERED = "Liquid error"

# reading -> timeout of one call, calls after the first, seconds between them
_PATIENCE = {"5 s, 2 retries": (5.0, 2, 0.0), "3 s, 1 retry": (3.0, 1, 3.0), "3 s, 3 retries": (3.0, 3, 15.0)}


@dataclass
class Delivery:
    """The result for one person, or of one broadcast request."""

    identity: str
    status: str
    body: str | None = field(default=None, repr=False)
    """What was sent, as it was sent."""
    attempts: list[int | str] = field(default_factory=list)
    """The HTTP status of each call, or why there was no response."""
    response: Response | None = field(default=None, repr=False)
    reason: str = ""

    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body or "null")


@dataclass
class Publication:
    """A published campaign and the result for each person of its segment."""

    campaign_id: int
    deliveries: list[Delivery] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many by status, as on the campaign's statistics page."""
        return dict(Counter(one.status for one in self.deliveries))

    def of(self, identity: str) -> Delivery:
        """The newest delivery to one person; KeyError if the campaign had none."""
        for one in reversed(self.deliveries):
            if one.identity == identity:
                return one
        raise KeyError(identity)


class Dispatcher:
    """Sends campaigns to the addresses of their webhook templates."""

    def __init__(self, box: CleverTapState, send: Send) -> None:
        self._box = box
        self._send = send

    # Templates -------------------------------------------------------------------------------------------

    def test_call(self, url: str, method: str, headers: Mapping[str, str]) -> int | None:
        """The call that the dashboard makes on Create; the status of its response."""
        one = self._dispatch(WebhookTemplate("", "", url, method, headers), written_as_json(TEST_CALL), "", once=True)
        return one.response.status if one.response else None

    # Campaigns -------------------------------------------------------------------------------------------

    def publish(
        self,
        campaign: StoredCampaign,
        template: WebhookTemplate,
        people: Iterable[Profile],
        *,
        event: tuple[str, Mapping[str, Any]] | None,
        trigger: Mapping[str, Any] | None,
    ) -> Iterator[Delivery]:
        """Renders the custom body for each person and sends it.

        Raises LiquidError for a body that the engine cannot read. What fails for one person is that person's status.
        """
        body = Template(campaign.body_text or "", self._box.readings)
        shared = {"Event": dict(event[1]) if event else {}, "ExternalTrigger": dict(trigger or {})}
        shared["Campaign"] = {"campaignId": str(campaign.campaign_id)}
        for profile in people:
            yield self._one(body, template, profile, shared, event[0] if event else None)

    def _one(
        self, body: Template, template: WebhookTemplate, profile: Profile, shared: Mapping[str, Any], event: str | None
    ) -> Delivery:
        objects = {"Profile": {**profile.data, "Identity": profile.identity}, **shared}
        try:
            text = body.render(objects, event=event, now=self._box.clock.now())
        except Aborted:
            return Delivery(profile.identity, ABORTED)
        except LiquidError as wrong:
            return Delivery(profile.identity, NOT_RENDERED, reason=str(wrong))
        except Exception as wrong:  # noqa: BLE001 - a value that the engine was not made for must not stop the others
            return Delivery(profile.identity, NOT_RENDERED, reason=f"{type(wrong).__name__} in the sandbox's Liquid")
        if self._box.readings.body_check == "JSON" and (reason := _no_json(text)):
            return Delivery(profile.identity, FAILED, text, reason=reason)
        return self._dispatch(template, text, profile.identity)

    def broadcast(
        self, campaign_id: int, template: WebhookTemplate, people: Iterable[Profile], variables: Variables
    ) -> Iterator[Delivery]:
        """CleverTap's own payload: ``profiles`` as an array for many, or as one object."""
        payloads = Payloads(campaign_id, variables, self._box.readings)
        written: list[tuple[str, dict[str, Any]]] = []
        for profile in people:
            person = payloads.person(profile)
            if reason := _not_writable(person):
                yield Delivery(profile.identity, FAILED, reason=reason)
            else:
                written.append((profile.identity, person))
        for calls in (payloads.calls(written), payloads.repeated(written)):
            yield from self._in_parallel(template, calls, variables.parallel)

    def _in_parallel(self, template: WebhookTemplate, calls: Iterable[WebhookCall], most: int) -> Iterable[Delivery]:
        def dispatch(call: WebhookCall) -> Delivery:
            return self._dispatch(template, call.text, ",".join(call.identities))

        if most == 1:
            return map(dispatch, calls)
        with ThreadPoolExecutor(most, "sandbox-webhook") as pool:
            return list(pool.map(dispatch, calls))

    def each(self, template: WebhookTemplate, people: Iterable[Profile], write: Writer) -> Iterator[Delivery]:
        """One call for each person, with the payload that ``write`` makes."""
        for profile in people:
            payload = write(profile)
            if reason := _not_writable(payload):
                yield Delivery(profile.identity, FAILED, reason=reason)
            else:
                yield self._dispatch(template, written_as_json(payload), profile.identity)

    def _dispatch(self, template: WebhookTemplate, text: str, identity: str, once: bool = False) -> Delivery:
        if not _callable(template.url):
            return Delivery(identity, BAD_URL, text)
        timeout, retries, pause = _PATIENCE[self._box.readings.dispatch]
        result = Delivery(identity, FAILED, text)
        for attempt in range(1 if once else retries + 1):
            if attempt:
                self._box.clock.advance(seconds=pause)
            self._attempt(template, text, timeout, result)
            if result.status == STREAMED:
                break
        return result

    def _attempt(self, template: WebhookTemplate, text: str, timeout: float, result: Delivery) -> None:
        headers = {"Content-Type": "application/json", **template.headers}
        parts = urlsplit(template.url)
        params = tuple(parse_qsl(parts.query, keep_blank_values=True))
        content = text.encode("utf-8", "surrogatepass")
        try:
            response = self._send(
                template.url, Request(template.method, parts.path or "/", params, content, headers), timeout
            )
        except (ConnectionError, TimeoutError) as failure:
            result.attempts.append(type(failure).__name__)
            result.reason = str(failure)
            return
        result.response = response
        result.attempts.append(response.status)
        most = 299 if self._box.readings.dispatch_success == "any 2xx" else 200
        success = 200 <= response.status <= most
        result.status = STREAMED if success else FAILED
        result.reason = "" if success else f"the response was {response.status}"


def chosen(segment: Segment, profile: Profile) -> bool:
    """Whether a profile is of the segment."""
    if segment is None:
        return True
    if callable(segment):
        return segment({**profile.data, "Identity": profile.identity})
    if isinstance(segment, Mapping):
        return all(
            profile.data.get(value) not in (None, "") if name == "has" else profile.data.get(name) == value
            for name, value in segment.items()
        )
    return profile.identity in segment


def _callable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _no_json(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as wrong:
        return f"not JSON: {wrong}"
    return ""


def _not_writable(payload: Any) -> str:
    try:
        written_as_json(payload)
    except (TypeError, ValueError, RecursionError) as wrong:
        return f"a value that is not JSON: {wrong}"
    return ""
