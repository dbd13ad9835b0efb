"""What every request carries, whichever driver sends it, and the record kept of every attempt."""

from __future__ import annotations

import logging
import platform
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

import attrs

from linetap import __version__
from linetap.errors import BadArgument, LinetapError, NoResponse, invalid, literal_text
from linetap.http.call import Lost, Send
from linetap.http.call_errors import CallState, final_error
from linetap.http.rate_limit import EndpointLimiter, Pace
from linetap.http.types import Operation, Response

log = logging.getLogger("linetap")


def user_agent(app_info: object = None) -> str:
    """``linetap/1.0 Python/3.12.1 your-app/2.0``."""
    if app_info is not None and (not isinstance(app_info, str) or not re.fullmatch(r"[\x20-\x7e]{1,200}", app_info)):
        raise invalid("app_info", "is 1 to 200 printable ASCII characters, such as 'shop/2.1'", app_info)
    ours = [f"linetap/{__version__}", f"Python/{platform.python_version()}"]
    return " ".join([*ours, app_info] if app_info else ours)


def base_url(value: object, path: str = "base_url") -> str:
    """A service's address as the drivers want it: scheme, host and perhaps a path, without a slash at its end."""
    if not isinstance(value, str):
        raise invalid(path, "is a string", literal_text(type(value).__name__))
    parts = _split(value)
    if parts is None:
        raise invalid(
            path, "begins with https:// (or http:// on your own machine) and names a host", literal_text("another text")
        )
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise invalid(path, "holds no user, password, query or fragment", literal_text("one of them"))
    return value.rstrip("/")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        return None
    return parts if fine and not re.search(r"[^\x21-\x7e]", url) else None


class Envelope:
    """The addresses, and the headers that do not change from call to call."""

    def __init__(self, hosts: Mapping[str, str], app_info: str | None) -> None:
        self.hosts = {name: base_url(url) for name, url in hosts.items()}
        self._fixed = {"User-Agent": user_agent(app_info), "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
        self._json = {**self._fixed, "Content-Type": "application/json"}

    def headers(self, operation: Operation[Any]) -> dict[str, str]:
        """The headers of an attempt, without the credentials."""
        request = operation.request
        headers = {**(self._fixed if request.content is None else self._json), **request.headers}
        if operation.retry_key is not None:
            headers["X-Line-Retry-Key"] = operation.retry_key
        return headers


def unsendable(operation: Operation[Any]) -> BadArgument:
    """The error for a request that HTTP cannot carry. What was found may be a secret, so it is not shown."""
    error = invalid(
        "request", "is an address and headers that HTTP can carry (Latin-1, no line breaks)", literal_text("others")
    )
    error.operation = operation.name
    return error


def stopped(operation: Operation[Any], may_have_arrived: bool = False) -> LinetapError:
    """The error for an operation that a stopping run did not send any more, or did not wait for."""
    if not may_have_arrived:
        return final_error(CallState(operation), None, None)
    why = "the run was stopped before an answer came; the request may have been taken"
    return NoResponse(why, operation=operation.name, retry_key=operation.retry_key, may_have_arrived=True)


def _level(operation: Operation[Any], answer: Response | Lost) -> int:
    """INFO where the service said yes: 409 to a retry key and 404 to a search are no trouble."""
    if isinstance(answer, Lost) or answer.status >= 500:
        return logging.WARNING
    try:
        return logging.INFO if answer.status < 400 or operation.refusal(answer) is None else logging.WARNING
    except Exception:  # noqa: BLE001 - an answer that cannot be judged is told of by the plan
        return logging.WARNING


def listening(operation: Operation[Any], answer: Response | Lost) -> bool:
    """Whether anybody wants the record of such an attempt; nothing is put together for nobody."""
    return log.isEnabledFor(_level(operation, answer))


@attrs.frozen
class Attempt:
    """One attempt, as it is logged."""

    service: str
    operation: Operation[Any]
    send: Send
    answer: Response | Lost
    elapsed: float

    def log(self) -> None:
        """One record in the form LINE asks its customers to keep: time, method, endpoint, status, request id.

        https://developers.line.biz/en/docs/messaging-api/development-guidelines/#save-logs
        """
        facts = self._facts()
        log.log(
            _level(self.operation, self.answer),
            "%(method)s %(endpoint)s %(outcome)s request_id=%(request_id)s attempt=%(attempt)d "
            "waited=%(waited).3fs elapsed=%(elapsed).3fs",
            facts,
            extra=facts,
        )

    def _facts(self) -> dict[str, Any]:
        operation = self.operation
        answer = self.answer if isinstance(self.answer, Response) else None
        lost = self.answer.reason if isinstance(self.answer, Lost) else ""
        return {
            "service": self.service,
            "operation": operation.name,
            "method": operation.request.method,
            # The template, where there is one: addresses can hold people's ids.
            "endpoint": operation.gate_key.split(" ", 1)[-1],
            "status": answer and answer.status,
            "outcome": answer.status if answer else f"no answer ({lost})",
            "request_id": answer and answer.request_id,
            "attempt": self.send.attempt,
            "waited": self.send.waited,
            "elapsed": self.elapsed,
        }


class EndpointLimiters:
    """One gate for each endpoint of a service; they come into being as endpoints are used."""

    def __init__(self, paces: Mapping[str, Pace], shared: Pace | None) -> None:
        # Copies: a table of a service's limits is written once, but two clients do not share its buckets.
        self._paces = {key: pace.fresh() for key, pace in paces.items()}
        self._shared = shared
        self._gates: dict[str, EndpointLimiter] = {}

    def of(self, operation: Operation[Any]) -> EndpointLimiter:
        """The gate that this operation passes."""
        key = operation.gate_key
        gate = self._gates.get(key)
        # setdefault is atomic: two threads that meet here get the same gate.
        return (
            gate
            if gate is not None
            else self._gates.setdefault(key, EndpointLimiter(self._paces.get(key), self._shared))
        )

    def after_fork(self) -> None:
        """In a forked child: new locks in all gates."""
        for gate in list(self._gates.values()):
            gate.after_fork()


def checked_width(in_flight: object, most: int) -> int:
    """``in_flight`` as a whole number from 1 to ``most``."""
    if isinstance(in_flight, bool) or not isinstance(in_flight, int) or not 1 <= in_flight <= most:
        raise invalid("in_flight", f"is a whole number from 1 to {most}", in_flight)
    return in_flight
