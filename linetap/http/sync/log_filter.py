"""urllib3 logs the target of each request at DEBUG. Two of LINE's calls have a token in their query: it is masked here.

https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token-v2-1
"""

from __future__ import annotations

import logging
import re

from linetap.http.secret import MASK

_SECRET = re.compile(r"((?:^|[?&])(?:access_token|client_assertion|client_secret)=)[^&\s]+")


def mask_query(text: str) -> str:
    """``text`` without the values of query parameters that are secrets."""
    return _SECRET.sub(rf"\g<1>{MASK}", text)


class QueryFilter(logging.Filter):
    """Masks those values in the arguments of a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Changes the record; it is always logged."""
        if isinstance(record.args, tuple):
            record.args = tuple(mask_query(each) if isinstance(each, str) else each for each in record.args)
        return True


def install() -> None:
    """Adds the filter to urllib3's logger; once, however often it is called."""
    logger = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(each, QueryFilter) for each in logger.filters):
        logger.addFilter(QueryFilter())
