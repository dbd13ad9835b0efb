"""Generated from ``linetap/line/api/units.py`` by ``nox -s generate``; do not edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap.http.group import Group
from linetap.line.api.units import names, used

if TYPE_CHECKING:
    from linetap.http.sync.transport import SyncTransport


class Units(Group):
    """The aggregation units of this month: ``line.units``. LINE counts messages of 1,000 names per month."""

    _transport: SyncTransport

    def used(self) -> int:
        """How many names of aggregation units were used this month.

        https://developers.line.biz/en/reference/messaging-api/#get-number-of-units-used-this-month
        """
        return self._transport.do(used())

    def names(self) -> tuple[str, ...]:
        """The names of the aggregation units that were used this month; up to 10 requests.

        https://developers.line.biz/en/reference/messaging-api/#get-name-list-of-units-used-this-month
        """
        found: list[str] = []
        for page in self._transport.pages(names()):
            found += page.names
        return tuple(found)
