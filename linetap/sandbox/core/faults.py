"""Faults that a test injects: a status, a cut connection, a slow response."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from linetap.http.types import Response

CutAt = Literal["before", "after", "half"]


class Cut(ConnectionError):
    """The connection ended: ``before`` the request was processed, ``after`` it, or after ``half`` of the response."""

    def __init__(self, at: CutAt, response: Response | None = None) -> None:
        super().__init__(f"the connection was cut ({at})")
        self.at = at
        self.response = response


@dataclass(frozen=True)
class Fault:
    """One fault for the next ``times`` requests of one operation."""

    operation: str
    status: int | None = None
    """Returned instead of the service's own status."""
    taken: bool = False
    """With ``status``: the request is processed, and then this response is returned."""
    body: bytes | None = None
    """The response body; the service's usual one for that status when None."""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: CutAt | None = None
    delay: float = 0.0
    """Seconds before the response. Over a socket they are waited for; in process the sandbox's clock advances."""
    trickle: float = 0.0
    """Seconds between single bytes of the body (over a socket; in process the clock advances by the sum)."""
    wait: Callable[[], object] | None = None
    """Called while the request is in flight: a ``Barrier.wait`` keeps several of them in flight."""

    @property
    def instead(self) -> bool:
        """Whether the service does not process the request."""
        return self.cut == "before" or ((self.status is not None or self.body is not None) and not self.taken)


class Faults:
    """The faults that have not happened yet."""

    def __init__(self, operations: Iterable[str]) -> None:
        self._known = frozenset(operations)
        self._waiting: defaultdict[str, list[tuple[Fault, int]]] = defaultdict(list)
        self._lock = threading.Lock()

    def add(
        self,
        operation: str,
        *,
        status: int | None = None,
        times: int = 1,
        after: int = 0,
        json_body: Any = None,
        body: bytes | None = None,
        **more: Any,
    ) -> None:
        """The next ``times`` requests of ``operation`` fail, after ``after`` of them succeeded.

        ``operation`` is a name such as ``line.push``; ``*`` means all. ``more``: ``taken``, ``headers``, ``cut``
        (``before``, ``after``, ``half``), ``delay``, ``trickle``, ``wait``; see :class:`Fault`.
        """
        name = self._name(operation)
        if times < 1 or after < 0:
            raise ValueError(f"times must be at least 1 and after at least 0 (got {times} and {after})")
        if more.get("cut") not in (None, *get_args(CutAt)):
            raise ValueError(f"cut must be one of {get_args(CutAt)}, not {more['cut']!r}")
        if json_body is not None:
            body = json.dumps(json_body, ensure_ascii=False).encode()
        fault = Fault(name, status=status, body=body, **more)
        with self._lock:
            self._waiting[name] += [(_FINE, after)] * bool(after) + [(fault, times)]

    def clear(self) -> None:
        """Removes all faults."""
        with self._lock:
            self._waiting.clear()

    def take(self, operation: str) -> Fault | None:
        """The fault of this request of ``operation``, if any."""
        if not self._waiting:
            return None
        with self._lock:
            for name in (operation, "*"):
                if queue := self._waiting.get(name):
                    fault, times = queue[0]
                    queue[:1] = [(fault, times - 1)] if times > 1 else []
                    return None if fault is _FINE else fault
        return None

    def _name(self, operation: str) -> str:
        found = [name for name in self._known if operation in (name, name.partition(".")[2])]
        if operation != "*" and len(found) != 1:
            raise ValueError(f"no single operation {operation!r}; there are {', '.join(sorted(self._known))}")
        return found[0] if found else "*"


_FINE = Fault("")
