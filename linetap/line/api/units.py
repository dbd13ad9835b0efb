"""``line.units``: the names of aggregation units that messages were sent under this month.

https://developers.line.biz/en/reference/messaging-api/#get-number-of-units-used-this-month
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs

from linetap.http.group import Group
from linetap.http.types import Operation, Response
from linetap.line.api.endpoint import get, whole_number
from linetap.line.api.responses import json_object, unreadable

if TYPE_CHECKING:
    from linetap.http.aio.transport import AsyncTransport

__all__ = ["AsyncUnits"]

_PAGE_SIZE = 100


@attrs.frozen
class UnitNames:
    """One page of names."""

    names: tuple[str, ...]
    next: str | None = None


def used() -> Operation[int]:
    """``GET /v2/bot/message/aggregation/info``. https://developers.line.biz/en/reference/messaging-api/#get-number-of-units-used-this-month"""
    name = "line.units.used"

    def read(response: Response) -> int:
        return whole_number(json_object(name, response), "numOfCustomAggregationUnits", name, response)

    return get(name, "/v2/bot/message/aggregation/info", read)


def names(start: str | None = None) -> Operation[UnitNames]:
    """``GET /v2/bot/message/aggregation/list``. https://developers.line.biz/en/reference/messaging-api/#get-name-list-of-units-used-this-month"""
    params = {"limit": str(_PAGE_SIZE)} | ({} if start is None else {"start": start})
    page = get("line.units.names", "/v2/bot/message/aggregation/list", partial(_read_names, start), params)
    return attrs.evolve(page, next_page=lambda found: names(found.next) if found.next else None)


def _read_names(start: str | None, response: Response) -> UnitNames:
    body = json_object("line.units.names", response)
    found, following = body.get("customAggregationUnits"), body.get("next")
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise unreadable("line.units.names", response, "customAggregationUnits, a list of strings")
    if following is not None and (not isinstance(following, str) or following == start):
        raise unreadable("line.units.names", response, "next to be the token of another page")
    return UnitNames(tuple(found), following or None)


class AsyncUnits(Group):
    """The aggregation units of this month: ``line.units``. LINE counts messages of 1,000 names per month."""

    _transport: AsyncTransport

    async def used(self) -> int:
        """How many names of aggregation units were used this month.

        https://developers.line.biz/en/reference/messaging-api/#get-number-of-units-used-this-month
        """
        return await self._transport.do(used())

    async def names(self) -> tuple[str, ...]:
        """The names of the aggregation units that were used this month; up to 10 requests.

        https://developers.line.biz/en/reference/messaging-api/#get-name-list-of-units-used-this-month
        """
        found: list[str] = []
        async for page in self._transport.pages(names()):
            found += page.names
        return tuple(found)
