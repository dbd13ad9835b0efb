"""The base class of the groups of endpoints: ``line.insight``, ``clevertap.campaigns`` and so on."""

from __future__ import annotations

from typing import Any

from linetap.http.transport_base import BaseTransport


class Group:
    """Some endpoints of a client, by noun. A client makes it: ``line.insight``.

    Each group states the type of its transport.
    """

    _transport: Any

    def __init__(self, transport: BaseTransport) -> None:
        self._transport = transport

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._transport.service}>"
