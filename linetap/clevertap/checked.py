"""Checked arguments and operations for the methods of the CleverTap clients, up to where a transport is needed.

Shared by :mod:`linetap.clevertap.client` and :mod:`linetap.clevertap.async_client`. No I/O.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from linetap.clevertap import limits, models, operations, rules, templates
from linetap.clevertap.credentials import Region, region_url
from linetap.errors import BadArgument, ManualStepNeeded, NoResponse, Problem, invalid, literal_text, short_repr
from linetap.http.types import Operation, Request, Response, normalized_headers

POLL_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0) + (15.0,) * 38
"""Seconds between the polls for a result: ten minutes in all. CleverTap does not document an interval."""


def hosts(region: Region | str | None, base_url: str | None) -> dict[str, str]:
    """The address: the region's host, or ``base_url``."""
    if base_url is not None:
        return {"api": base_url}
    if region is None:
        rule = "must be given (or base_url): CleverTap has no default region"
        remedy = "take the first label of your dashboard's address: sg1.dashboard.clevertap.com means region='sg1'"
        raise invalid("region", rule, literal_text("none"), remedy, limits.COMMON_PAGE)
    return {"api": region_url(region)}


def from_env(environ: Mapping[str, str], prefix: str) -> tuple[dict[str, str], str | None, str | None]:
    """Account id and passcode, region and base_url, from environment variables."""
    named = {key: environ.get(f"{prefix}CLEVERTAP_{key}", "") for key in _VARIABLES}
    missing = [f"{prefix}CLEVERTAP_{key}" for key in ("ACCOUNT_ID", "PASSCODE") if not named[key]]
    if not (named["REGION"] or named["BASE_URL"]):
        missing.append(f"{prefix}CLEVERTAP_REGION")
    if missing:
        remedy = "set it for this process, or pass account_id, passcode and region to the client"
        rule, page = "must be set in the environment", limits.COMMON_PAGE
        raise BadArgument(problems=[Problem(name, rule, "nothing", page, remedy) for name in missing])
    account = {"account_id": named["ACCOUNT_ID"], "passcode": named["PASSCODE"]}
    return account, named["REGION"] or None, named["BASE_URL"] or None


_VARIABLES = ("ACCOUNT_ID", "PASSCODE", "REGION", "BASE_URL")


def profile(
    identity: str | None, email: str | None, object_id: str | None
) -> Operation[models.CleverTapProfile | None]:
    """One profile by exactly one of three."""
    given = {"identity": identity, "email": email, "objectId": object_id}
    named = {key: value for key, value in given.items() if value is not None}
    if len(named) != 1:
        rule = "must get exactly one of identity, email and object_id"
        raise invalid("profile()", rule, literal_text(", ".join(named) or "none"), page=limits.PROFILE_PAGE)
    ((key, value),) = named.items()
    return operations.profile(key, text(key, value, limits.PROFILE_PAGE))


def deletions(identities: Sequence[str]) -> list[tuple[str, ...]]:
    """Identities to delete, 100 a call; all are checked before the first call."""
    checked = ids("identities", identities, limits.DELETE_PAGE)
    size = limits.IDENTITIES_PER_DELETE
    return [checked[i : i + size] for i in range(0, len(checked), size)]


def deletion_report(parts: Sequence[tuple[str, ...]], failed: int) -> models.DeletionReport:
    """The identities of the calls before the one that failed, and the others."""
    accepted = tuple(one for part in parts[:failed] for one in part)
    return models.DeletionReport(accepted, tuple(one for part in parts[failed:] for one in part))


def ids(path: str, given: Any, page: str) -> tuple[str, ...]:
    """A sequence of ids. A bare str raises ``BadArgument``, and so does an item that is not a str."""
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, (Sequence, set, frozenset)):
        raise invalid(
            path, "must be a sequence of str", literal_text(type(given).__name__), "pass a list of one id", page
        )
    items = tuple(given)
    problems = [
        Problem(f"{path}[{i}]", "must be a string that is not empty", short_repr(item), page)
        for i, item in enumerate(items)
        if not (isinstance(item, str) and item.strip())
    ]
    if problems:
        raise BadArgument(problems=problems)
    return items


def never_ready(name: str) -> NoResponse:
    """The error for a result that is not ready after ten minutes."""
    message = f"CleverTap was still preparing the result after {sum(POLL_WAITS):.0f} seconds"
    return NoResponse(message, operation=name, attempts=len(POLL_WAITS) + 1)


def batch_size(size: Any) -> int:
    """The profiles per page: a multiple of 23, because CleverTap fills pages from 23 buckets."""
    most = limits.PROFILES_PER_PAGE // limits.PROFILE_BUCKETS * limits.PROFILE_BUCKETS
    good = isinstance(size, int) and not isinstance(size, bool) and 0 < size <= limits.PROFILES_PER_PAGE
    if not good or size % limits.PROFILE_BUCKETS:
        rule = f"must be a multiple of {limits.PROFILE_BUCKETS} up to {most}"
        raise invalid("page_size", rule, size, f"pass, for example, {most}", limits.PROFILES_PAGE)
    return int(size)


def manual_receipt(template: templates.WebhookTemplate) -> templates.WebhookTemplateReceipt:
    """The receipt where no API saves templates: the steps in the dashboard, with a warning."""
    receipt = templates.WebhookTemplateReceipt(created=False, steps=templates.dashboard_steps(template))
    message = f"CleverTap has no API for webhook templates: save {template.name!r} in the dashboard (receipt.steps)"
    warnings.warn(message, ManualStepNeeded, stacklevel=3)
    return receipt


def template(path: str, given: templates.WebhookTemplate) -> Operation[str]:
    """Saves a template at a service that has an API for it."""
    return operations.create_webhook_template(path, templates.template_to_json(given))


def raw(
    method: Any,
    path: Any,
    *,
    params: Mapping[str, object] | None,
    json: object,
    content: bytes | None,
    headers: Mapping[str, str] | None,
    host: str,
    retry_key: str | None,
    repeatable: bool,
) -> Operation[Response]:
    """Any endpoint."""
    if not isinstance(method, str) or not method.isalpha():
        raise invalid("method", "must be an HTTP method, such as GET", method)
    if not isinstance(path, str) or not path.startswith("/"):
        raise invalid("path", "must start with /", path, "pass, for example, /1/profile.json")
    if host != "api":
        raise invalid("host", "must be 'api': CleverTap has one host", host)
    if json is not None and content is not None:
        raise invalid("json", "must not be given together with content", literal_text("both"), "pass one of the two")
    if retry_key is not None:
        raise invalid(
            "retry_key", "must be None: CleverTap has no retry keys", retry_key, "pass repeatable=True where it is safe"
        )
    body = content if json is None else rules.plain_json(json, "json")
    query = tuple((key, str(value)) for key, value in (params or {}).items())
    request = Request(method.upper(), path, query, body, normalized_headers(headers), host)
    return operations.raw(request, repeatable=repeatable or method.upper() == "GET")


def text(path: str, value: object, page: str) -> str:
    """A string that is not empty."""
    if isinstance(value, str) and value.strip():
        return value
    raise invalid(path, "must be a string that is not empty", value, page=page)
