"""Every public method of the clients and of their groups, with arguments for one call: for tests of all methods."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from linetap import Campaign, Delivery, ProfileRecord, WebhookTemplate
from linetap.clevertap import EventRecord, ProfileQuery, WebhookCampaign
from linetap.http.group import Group
from linetap.sandbox import Sandbox

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NOT_CALLS = {"with_options", "with_raw_response", "from_env", "close"}
"""What calls no endpoint."""
DAY = date(2026, 1, 1)


def groups(client: type) -> dict[str, type]:
    """The groups of a client's class: attribute -> class."""
    found: dict[str, type] = {}
    for name, member in inspect.getmembers(client, lambda member: isinstance(member, property)):
        kind = _result(member.fget)
        if isinstance(kind, type) and issubclass(kind, Group):
            found[name] = kind
    return found


@cache
def _result(function: Any) -> Any:
    """The type that a property's annotation names; None where only type checkers import it."""
    try:
        return eval(function.__annotations__["return"], function.__globals__)
    except NameError:
        return None


def calls(client: type) -> dict[str, Any]:
    """The methods that call endpoints: name from the client (``insight.followers``) -> function."""
    return dict(_calls(client))


def _calls(client: type) -> Iterator[tuple[str, Any]]:
    for name, member in inspect.getmembers(client, inspect.isfunction):
        if not name.startswith("_") and name not in NOT_CALLS:
            yield name, member
    for group, kind in groups(client).items():
        for name, member in inspect.getmembers(kind, inspect.isfunction):
            if not name.startswith("_"):
                yield f"{group}.{name}", member


def method_of(client: Any, name: str) -> Any:
    """The bound method of that name."""
    for part in name.split("."):
        client = getattr(client, part)
    return client


def prepared(box: Sandbox) -> Sandbox:
    """The sandbox with what the calls need: followers, a profile, a key."""
    [user_id, *_] = box.line.add_followers(3)
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    box.line.assertion_keys["kid-1"] = public.decode()
    box.line.reply_tokens["reply-token"] = (user_id, box.clock.now())
    box.clevertap.add_profile("customer-1", events={"Charged": 1767225000})
    box.clevertap.add_profile("customer-2", events={"Charged": 1767225000})
    return box


def arguments(box: Sandbox, name: str, method: Any) -> dict[str, Any]:
    """One argument for each parameter without a default, by its name; else by its type."""
    known = _known(box) | {key.rpartition("#")[2]: value for key, value in _special(box).items() if _for(key, name)}
    parameters = list(inspect.signature(method).parameters.values())[1:]
    needed = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    given = {p.name: known[p.name] if p.name in known else _BY_TYPE[str(p.annotation)] for p in needed}
    return given | {"identity": "customer-1"} if name == "profile" and not needed else given


def _for(key: str, name: str) -> bool:
    return key.partition("#")[0] == name


_BY_TYPE: dict[str, Any] = {"str": "sample", "int": 1, "date": DAY, "bool": True, "Sequence[str]": ["sample"]}


def _known(box: Sandbox) -> dict[str, Any]:
    [user_id, *_] = box.line.followers
    return {
        "to": user_id,
        "me": user_id,
        "user_id": user_id,
        "messages": "Hello",
        "delivery": Delivery(user_id, "Hello"),
        "deliveries": [Delivery(user_id, "Hello")],
        "campaign": Campaign("Spring", messages=["Hello"]),
        "profile": {"LineID": user_id},
        "reply_token": "reply-token",
        "kind": "push",
        "day": DAY,
        "since": DAY,
        "until": DAY,
        "request_id": "request",
        "unit": "spring",
        "url": "https://shop.example/line",
        "channel_id": box.channel_id,
        "channel_secret": box.channel_secret,
        "key_id": "kid-1",
        "private_key": KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "access_token": "token",
        "method": "GET",
        "path": "/v2/bot/info",
        "identities": ["customer-1"],
        "query": ProfileQuery("Charged", date(2025, 12, 1), date(2026, 1, 31)),
        "template": WebhookTemplate.line_push("LINE push", box.channel_access_token),
        "campaign_id": "1",
        "values": {"coupon": "A"},
        "batches": [[ProfileRecord("customer-1", {"a": 1})]],
    }


def _special(box: Sandbox) -> dict[str, Any]:
    """``method#argument`` where a name means different things."""
    [user_id, *_] = box.line.followers
    return {
        "multicast#to": [user_id],
        "upload_profiles#records": [ProfileRecord("customer-1", {"a": 1})],
        "upload_events#records": [EventRecord("customer-1", "Bought", {"a": 1})],
        "upload_each#records": list,
        "campaigns.create#campaign": WebhookCampaign("Spring sale", "LINE relay"),
        "campaigns.trigger#to": ["customer-1"],
    }
