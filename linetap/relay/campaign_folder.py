"""Campaigns from a folder of ``Campaign.to_json`` files: read again when a file changes, older versions still found."""

from __future__ import annotations

import json
import logging
import os
import stat
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
            raise invalid("campaigns", "must be a folder that exists", str(path), "or pass a Campaign itself")
        self._stamps: dict[str, _Stamp] = {}
        self._campaigns: dict[str, Campaign] = {}
        self._missing = False
        self._table = CampaignTable({})
        self.reload()

    def find(self, person: CalledPerson) -> Campaign:
        """The campaign of a person, by the files as they were at the last ``reload``."""
        return self._table.find(person)

    def reload(self) -> None:
        """Reads the files that changed. A file that is no campaign is reported, and its last version stays in use."""
        stamps = self._read_stamps()
        if stamps is None or stamps == self._stamps:
            return
        for name, stamp in stamps.items():
            if self._stamps.get(name) != stamp and (campaign := self._read(self._path / name)) is not None:
                self._campaigns[name] = campaign
        known = sorted((name for name in self._campaigns if name in stamps), key=lambda name: (stamps[name][0], name))
        self._campaigns = {name: self._campaigns[name] for name in known}  # of one name, the newest file is the last
        self._store()
        self._stamps = stamps  # only now: after an error of the store the files are read again

    def _read_stamps(self) -> dict[str, _Stamp] | None:
        """The files of the folder; None where it is not there now, such as while a deploy replaces it."""
        try:
            names = sorted(name for name in os.listdir(self._path) if name.endswith(".json"))
        except OSError as error:
            if not self._missing:
                _LOG.error("the folder of campaigns cannot be read, its last campaigns stay in use: %s", error)
            self._missing = True
            return None
        self._missing = False
        return {name: stamp for name in names if (stamp := _stamp(self._path / name)) is not None}

    def _read(self, file: Path) -> Campaign | None:
        try:
            return Campaign.from_json(file.read_bytes()).raise_for_problems()
        except (BadArgument, OSError, RecursionError) as error:
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


def _stamp(file: Path) -> _Stamp | None:
    """What changes with a file; None where it was removed meanwhile, is a link to nothing, or no file."""
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if stat.S_ISREG(found.st_mode) else None
