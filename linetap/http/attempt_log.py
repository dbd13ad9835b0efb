"""The log record of each attempt, on the logger ``linetap``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import attrs

from linetap.http.call import Send
from linetap.http.call_errors import AttemptFailed, AttemptResult
from linetap.http.types import Operation, Response

if TYPE_CHECKING:
    from linetap.http.attempt_info import AttemptInfo

log = logging.getLogger("linetap")
# Without a handler of the application nothing is shown.
# https://docs.python.org/3/howto/logging.html#configuring-logging-for-a-library
log.addHandler(logging.NullHandler())


def is_logged(operation: Operation[Any], result: AttemptResult) -> bool:
    """Whether the logger is enabled for the record of such an attempt; avoids building the record otherwise."""
    return log.isEnabledFor(_level(operation, result))


def _level(operation: Operation[Any], result: AttemptResult) -> int:
    """INFO for success. A 409 for a retry key and a 404 for a lookup are expected, so they are INFO too."""
    if isinstance(result, AttemptFailed) or result.status >= 500:
        return logging.WARNING
    try:
        return logging.INFO if result.status < 400 or operation.error_info(result) is None else logging.WARNING
    except Exception:  # noqa: BLE001 - the call itself reports a response that cannot be read
        return logging.WARNING


@attrs.frozen
class Attempt:
    """One attempt, as it is logged."""

    service: str
    operation: Operation[Any]
    send: Send
    result: AttemptResult
    elapsed: float

    def log(self) -> None:
        """One record with what LINE asks its customers to keep: time, method, endpoint, status, request id.

        https://developers.line.biz/en/docs/messaging-api/development-guidelines/#save-logs
        """
        facts = self._facts()
        log.log(
            _level(self.operation, self.result),
            "%(method)s %(endpoint)s %(outcome)s request_id=%(request_id)s attempt=%(attempt)d "
            "waited=%(waited).3fs elapsed=%(elapsed).3fs",
            facts,
            extra=facts,
        )

    def info(self) -> AttemptInfo:
        """The attempt without its request and response."""
        from linetap.http.attempt_info import AttemptInfo

        facts = self._facts()
        return AttemptInfo(**{**facts, "outcome": str(facts["outcome"])})

    def _facts(self) -> dict[str, Any]:
        operation = self.operation
        response = self.result if isinstance(self.result, Response) else None
        reason = self.result.reason if isinstance(self.result, AttemptFailed) else ""
        return {
            "service": self.service,
            "operation": operation.name,
            "method": operation.request.method,
            # The path template, if there is one: a path can contain a user id.
            "endpoint": operation.rate_limit_key.split(" ", 1)[-1],
            "status": response and response.status,
            "outcome": response.status if response else f"no response ({reason})",
            "request_id": response and response.request_id,
            "attempt": self.send.attempt,
            "waited": self.send.waited,
            "elapsed": self.elapsed,
        }
