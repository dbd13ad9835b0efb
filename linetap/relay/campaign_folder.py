"""Campaigns from a folder of ``Campaign.to_json`` files: read again when a file changes, older versions still found."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from linetap.campaign.campaign import Campaign
from linetap.errors import BadArgument, invalid
from linetap.relay.payloads import CalledPerson
from linetap.relay.routing import CampaignTable
from linetap.relay.tables import Tables

_LOG = logging.getLogger("linetap.relay")
_Stamp = tuple[int, int, int]


class CampaignFolder:
    """The campaigns of the ``*.json`` files of a folder. Every version that was read is stored in the outbox."""

    def __init__(self, path: str | os.PathLike[str], tables: Tables) -> None:
        self._path, self._tables = Path(path), tables
        if not self._path.is_dir():
            raise invalid("campaigns", "must be a folder that exists", str(path))
        self._stamps: dict[str, _Stamp] = {}
        self._campaigns: dict[str, Campaign] = {}
        self._table = CampaignTable({})
        self.reload()

    def find(self, person: CalledPerson) -> Campaign:
        """The campaign of a person, by the files as they were at the last ``reload``."""
        return self._table.find(person)

    def reload(self) -> None:
        """Reads the files that changed. A file that is no campaign is reported, and its last version stays in use."""
        stamps = {file.name: _stamp(file) for file in sorted(self._path.glob("*.json"))}
        if stamps == self._stamps:
            return
        for name, stamp in stamps.items():
            if self._stamps.get(name) != stamp and (campaign := self._read(self._path / name)) is not None:
                self._campaigns[name] = campaign
        self._campaigns = {name: campaign for name, campaign in self._campaigns.items() if name in stamps}
        self._stamps = stamps
        self._store()

    def _read(self, file: Path) -> Campaign | None:
        try:
            return Campaign.from_json(file.read_bytes()).raise_for_problems()
        except (BadArgument, OSError) as error:
            _LOG.error("%s is no campaign, and is not used: %s", file, error)
            return None

    def _store(self) -> None:
        tables, by_name = self._tables, dict[str, tuple[Campaign, ...]]()
        with tables.store.transaction():
            number = int(tables.store.one("SELECT coalesce(max(number), 0) FROM versions"))
            for campaign in self._campaigns.values():
                by_name[campaign.name] = (*by_name.get(campaign.name, ()), campaign)
                if tables.versions.get(campaign.fingerprint) is None:
                    number += 1
                    text = json.dumps(campaign.to_json(), separators=(",", ":"))
                    tables.versions.add([(campaign.fingerprint, campaign.name, number, text)])
        only = next(iter(self._campaigns.values())) if len(self._campaigns) == 1 else None
        self._table = CampaignTable(by_name, only=only, older=self._older)

    def _older(self, name: str, version: str) -> Campaign | None:
        row = self._tables.versions.get(version)
        return Campaign.from_json(row[3]) if row is not None and row[1] == name else None


def _stamp(file: Path) -> _Stamp:
    found = file.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino
