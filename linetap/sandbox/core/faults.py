"""What can go wrong on the way, put there by a test: a status, a cut connection, a slow answer."""

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
    """The connection ended: ``before`` the request was taken, ``after`` it, or with ``half`` an answer."""

    def __init__(self, at: CutAt, response: Response | None = None) -> None:
        super().__init__(f"the connection was cut ({at})")
        self.at = at
        self.response = response


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with the next ``times`` requests of one operation."""

    operation: str
    status: int | None = None
    """Answered instead of the service's own status."""
    taken: bool = False
    """With ``status``: the request is carried out all the same, and then answered so."""
    body: bytes | None = None
    """The answer's body; the service's usual one for that status when None."""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: CutAt | None = None
    delay: float = 0.0
    """Seconds before the answer. Over a socket they pass; in process the sandbox's clock is advanced by them."""
    trickle: float = 0.0
    """Seconds between single bytes of the body (a socket's; in process: all of them at once on the clock)."""
    wait: Callable[[], object] | None = None
    """Called while the request is in flight: a ``Barrier.wait`` keeps several of them there at once."""

    @property
    def instead(self) -> bool:
        """Whether the service is not asked at all."""
        return self.cut == "before" or ((self.status is not None or self.body is not None) and not self.taken)


class Faults:
    """The faults that are waiting for their requests."""

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
        """The next ``times`` requests of ``operation`` go wrong, once ``after`` of them went well.

        ``operation`` is a name such as ``line.push``; ``*`` means all. ``more``: ``taken``, ``headers``, ``cut``
        (``before``, ``after``, ``half``), ``delay``, ``trickle``, ``wait``; see :class:`Fault`.
        """
        name = self._name(operation)
        if times < 1 or after < 0:
            raise ValueError(f"times is at least 1 and after at least 0, not {times} and {after}")
        if more.get("cut") not in (None, *get_args(CutAt)):
            raise ValueError(f"cut is one of {get_args(CutAt)}, not {more['cut']!r}")
        if json_body is not None:
            body = json.dumps(json_body, ensure_ascii=False).encode()
        fault = Fault(name, status=status, body=body, **more)
        with self._lock:
            self._waiting[name] += [(_FINE, after)] * bool(after) + [(fault, times)]

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._waiting.clear()

    def take(self, operation: str) -> Fault | None:
        """The fault that this request of ``operation`` meets, if any."""
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
