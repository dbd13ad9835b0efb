"""Switches for what the vendors' pages do not say or contradict: one attribute each, with every reading.

The first value is the default. linetap must be right under all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_type_hints


@dataclass
class Readings:
    """One attribute for each ambiguity; another value is a ``ValueError``."""

    # LINE ------------------------------------------------------------------------------------------------
    multicast_foreign_ids: Literal["reject", "accept"] = "reject"
    """Ids that the channel does not know: 400 naming ``to[i]``, or 200 and nothing delivered to them."""
    rate_limit_bucket: Literal["one second", "one request", "one period"] = "one second"
    """How many requests may be sent at once: those of a second (at least one), one, or those of an hour."""
    empty_retry_key: Literal["absent", "rejected"] = "absent"
    """An ``X-Line-Retry-Key`` without a value: LINE's own Go SDK sends it with every request that has no key."""
    retry_key_scope: Literal["channel", "endpoint"] = "channel"
    alt_text_limit: Literal[1500, 400] = 1500
    """UTF-16 units; 400 until 2025."""
    flex_kilobyte: Literal[1000, 1024] = 1000
    stateless_expires_in: Literal[900, 899] = 900

    # CleverTap: upload and reading -----------------------------------------------------------------------
    count_in: Literal["bytes", "characters"] = "bytes"
    """The 120 of a key and the 512 of a value: the developer page says bytes, the user page characters."""
    batch_limit: Literal[1000, 100] = 1000
    upload_in_flight: Literal[15, 3] = 15
    echo: Literal["changed", "faithful"] = "changed"
    """``unprocessed[].record``: identity int comes back as str and Phone as a number, as recorded in 2018."""
    delete_operator: Literal["any property", "Name and Gender"] = "any property"
    deletion: Literal["at once", "within 48 hours"] = "at once"
    unknown_profile: Literal["fail", "empty record", "404"] = "fail"
    """How ``GET /1/profile.json`` says that there is none: not documented."""
    counts: Literal["success", "partial"] = "success"
    """Whether a count is returned at once or must be polled with ``req_id``."""
    delete_response: Literal["status", "status and counts"] = "status"

    base_event: Literal["required", "optional with filters"] = "required"
    """Whether reading and counting profiles needs ``event_name``, ``from`` and ``to``: two pages contradict."""
    did_not: Literal["ignored", "rejected"] = "ignored"
    """``advanced_query.did_not``, which is not documented: seen to be ignored, so that every profile matches."""

    # CleverTap: campaigns --------------------------------------------------------------------------------
    when_object: Literal["taken", "rejected"] = "taken"
    """Whether ``when`` may be an object: seen to be rejected for another channel."""
    no_result_yet: Literal["200 fail", "200 success", "409", "500"] = "200 fail"
    """How a campaign that is not completed is reported: the page says 409, the others were seen."""

    # CleverTap: webhooks ---------------------------------------------------------------------------------
    template_test: Literal["save anyway", "only on 200"] = "save anyway"
    """What happens when the test call on Create does not return 200: the setup page and the LINE page contradict."""
    dispatch: Literal["5 s, 2 retries", "3 s, 1 retry", "3 s, 3 retries"] = "5 s, 2 retries"
    dispatch_success: Literal["only 200", "any 2xx"] = "only 200"
    body_check: Literal["none", "JSON"] = "none"
    """Whether a rendered body that is not JSON is dispatched."""

    payload_keys: Literal["lower camel", "Capitalised"] = "lower camel"
    """``identity`` or ``Identity``: CleverTap's samples have both."""
    key_values_in: Literal["both", "top", "each person"] = "both"
    """Where custom key-value pairs are: at the top, in each person, or in both."""
    payload_object_id: Literal["posted", "absent"] = "posted"
    """Whether a person has an ``objectId``: a receiver saw calls without it."""
    no_webhook_fields: Literal["all", "none"] = "all"
    """What a campaign posts of a person when it names no ``webhook_fields``."""

    # CleverTap: personalization --------------------------------------------------------------------------
    escaping: Literal["none", "JSON"] = "none"
    """Whether a substituted value is escaped for the JSON string that contains it."""
    liquid: Literal["LiqP", "standard"] = "LiqP"
    """The engine: LiqP 0.7.9, or Ruby's Liquid in ``blank``, the order of texts, and indexes outside of a list."""
    missing_is_blank: Literal[False, True] = False
    """Whether a property that the profile does not have is ``== blank`` in standard Liquid; in LiqP nothing is."""
    date_tz: Literal["known", "unknown"] = "known"
    """The filter ``date_tz``: on CleverTap's page on Liquid, and not in LiqP."""
    url_escape: Literal["unknown", "known"] = "unknown"
    """The filters ``url_escape`` and ``url_param_escape``: on an old page of CleverTap, and not in LiqP."""
    liquid_zone: Literal["+05:30", "UTC"] = "+05:30"
    """The zone in which ``now``, ``date`` and ``$D_`` dates are written."""
    property_case: Literal["exact", "ignored"] = "exact"
    chips: Literal["recognised", "text"] = "recognised"
    """Whether a pasted ``@Profile - LineID | default: "N.A"`` becomes a token or stays text."""
    chip_padding: Literal["swallowed", "kept"] = "swallowed"
    """The blanks between a token and the quote after it, as CleverTap's LINE page prints them."""
    dates: Literal["rendered", "raw"] = "rendered"
    """A ``$D_`` date as ``2023-05-29 15:55:00`` (by ``@``: ``May 29, 2023``), or as it was uploaded."""
    list_joining: Literal["", ", "] = ""

    @property
    def delete_answer(self) -> str:
        """The first name of :attr:`delete_response`."""
        return self.delete_response

    def __setattr__(self, name: str, value: Any) -> None:
        name = _FIRST_NAMES.get(name, name)
        value = _FIRST_VALUES.get(value, value) if isinstance(value, str) else value
        allowed = _CHOICES.get(name)
        if allowed is None:
            raise ValueError(f"no reading {name!r}; there are {', '.join(sorted(_CHOICES))}")
        if value not in allowed:
            raise ValueError(f"{name} is one of {allowed}, not {value!r}")
        super().__setattr__(name, value)


_FIRST_NAMES = {"delete_answer": "delete_response"}
_FIRST_VALUES = {"refuse": "reject", "refused": "rejected"}
_CHOICES: dict[str, tuple[Any, ...]] = {}
_CHOICES.update({f.name: get_args(get_type_hints(Readings)[f.name]) for f in fields(Readings)})
