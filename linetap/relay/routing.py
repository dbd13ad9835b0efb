"""Which campaign a call is for: the decision, without any I/O. Never a guess."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import attrs

from linetap.campaign.campaign import Campaign
from linetap.errors import invalid
from linetap.relay.payloads import NAME, VERSION, CalledPerson


class Unroutable(Exception):
    """No campaign for a call; the text is the reason for which the person is held."""


class Routes(Protocol):
    """Finds the campaign of a person."""

    def find(self, person: CalledPerson) -> Campaign:
        """The campaign; raises ``Unroutable``."""
        ...


@attrs.frozen
class CampaignTable:
    """Campaigns by name, by fingerprint and by ``targetId``."""

    by_name: Mapping[str, tuple[Campaign, ...]]
    """The newest last."""
    by_target: Mapping[str, Campaign] = attrs.field(factory=dict)
    only: Campaign | None = None
    older: Callable[[str, str], Campaign | None] = lambda name, version: None
    """Finds a version that is no longer given, by name and fingerprint."""

    def find(self, person: CalledPerson) -> Campaign:
        """The campaign of a person: by name and version, else by ``targetId``, else the only one."""
        name, version = person.key_values.get(NAME), person.key_values.get(VERSION)
        if name is None and version is not None:
            raise Unroutable(f"the call has {VERSION} without {NAME}")
        if name is not None:
            return self._named(name, version)
        if person.target in self.by_target:
            return self.by_target[person.target]
        if self.only is not None:
            return self.only
        raise Unroutable(f"the call has no {NAME}, and its targetId is not known")

    def _named(self, name: Any, version: Any) -> Campaign:
        versions = self.by_name.get(name, ()) if isinstance(name, str) else ()
        if not versions:
            raise Unroutable(f"unknown campaign {str(name)[:100]!r}")
        if version is None:
            return versions[-1]
        known = next((each for each in versions if each.fingerprint == version), None)
        found = known or (self.older(name, version) if isinstance(version, str) else None)
        if found is None:
            raise Unroutable(f"unknown version {str(version)[:40]!r} of campaign {name[:100]!r}")
        return found


@attrs.frozen
class CallableRoutes:
    """A function of the user's own."""

    function: Callable[[Mapping[str, Any]], Campaign | None]

    def find(self, person: CalledPerson) -> Campaign:
        """What the function returns for the payload."""
        found: Any = self.function(person.payload)
        if found is None:
            raise Unroutable("the campaigns function returned None")
        if not isinstance(found, Campaign):
            raise Unroutable(f"the campaigns function returned a {type(found).__name__}")
        if found.name == "*":
            raise Unroutable("a campaign must not have the name '*': it stands for all campaigns")
        return found


def routes_of(campaigns: Any) -> Routes:
    """The ``campaigns`` argument of a sender: a campaign, a sequence, a mapping or a function of the payload."""
    if isinstance(campaigns, Campaign):
        return CampaignTable(_named([campaigns]), only=campaigns)
    if isinstance(campaigns, Mapping):
        targets = {str(key): campaign for key, campaign in campaigns.items()}
        return CampaignTable(_named(campaigns.values(), targets), targets)
    if callable(campaigns):
        function: Any = campaigns
        return CallableRoutes(function)
    if isinstance(campaigns, Sequence) and not isinstance(campaigns, (str, bytes)):
        return CampaignTable(_named(campaigns), only=campaigns[0] if len(campaigns) == 1 else None)
    rule = "must be a Campaign, a sequence or mapping of them, a function of the payload, or a folder"
    raise invalid("campaigns", rule, campaigns)


def _named(campaigns: Iterable[Any], keys: Mapping[str, Any] | None = None) -> dict[str, tuple[Campaign, ...]]:
    found: dict[str, tuple[Campaign, ...]] = {}
    for campaign in campaigns:
        if not isinstance(campaign, Campaign):
            raise invalid("campaigns", "must contain only campaigns", type(campaign).__name__)
        campaign.raise_for_problems()
        if campaign.name == "*":
            raise invalid("campaigns", "must not have the name '*': it stands for all campaigns", "*")
        found[campaign.name] = (*found.get(campaign.name, ()), campaign)
    for key, campaign in (keys or {}).items():
        found.setdefault(key, (campaign,))
    return found
