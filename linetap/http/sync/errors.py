"""What an exception of requests, urllib3 or a socket means, and whether the request may have arrived."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator

import requests
from urllib3 import exceptions as urllib3_errors

from linetap.http.call_errors import AttemptFailed
from linetap.http.failures import (
    MissingCABundle,
    bad_certificate,
    connection_lost,
    deadline_passed,
    missing_ca_bundle,
    not_connected,
    read_timeout,
    response_hook_failed,
    too_large_decompressed,
)
from linetap.http.sync.connection import DeadlinePassed, NotConnected, TooLarge


class ResponseHookFailed(OSError):
    """A response arrived, and a hook of the session, or requests itself, failed on it: the request was sent."""


_NOT_CONNECTED = (
    NotConnected,
    requests.exceptions.ConnectTimeout,
    urllib3_errors.ConnectTimeoutError,
    urllib3_errors.NewConnectionError,
)
_CANNOT_BE_SENT = (
    requests.exceptions.URLRequired,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.UnrewindableBodyError,
    urllib3_errors.LocationValueError,
    urllib3_errors.UnrewindableBodyError,
)
_TIMEOUTS = (requests.exceptions.Timeout, urllib3_errors.TimeoutError, TimeoutError)
KNOWN = (requests.RequestException, urllib3_errors.HTTPError, http.client.HTTPException, OSError)
"""The exceptions of a request that was sent."""


def to_failure(error: BaseException) -> AttemptFailed | None:
    """What an exception of requests, urllib3 or a socket means; None if the request could not be sent at all.

    The text of the exception is not used: it can contain secrets.
    """
    chain = list(_chain(error))
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return bad_certificate(link.verify_message)
        if isinstance(link, ResponseHookFailed):
            return response_hook_failed()
        if isinstance(link, MissingCABundle):
            return missing_ca_bundle()
    if any(isinstance(link, _NOT_CONNECTED) or _no_tunnel(link) for link in chain):
        return not_connected(_cause(chain))
    if any(isinstance(link, _CANNOT_BE_SENT) for link in chain) or not isinstance(error, KNOWN):
        return None
    if isinstance(error, TooLarge):
        return too_large_decompressed()
    if isinstance(error, DeadlinePassed):
        return deadline_passed()
    if any(isinstance(link, _TIMEOUTS) for link in chain):
        return read_timeout()
    return connection_lost(_cause(chain))


def _no_tunnel(error: BaseException) -> bool:
    """Whether a proxy rejected the connection. ProxyError alone does not say so: urllib3 raises it also for a response
    that was lost on its way through a proxy."""
    return isinstance(error, OSError) and str(error).startswith("Tunnel connection failed")


def _cause(chain: list[BaseException]) -> str:
    system = [link for link in chain if isinstance(link, OSError) and link.strerror]
    return f"{system[-1].strerror}" if system else type(chain[-1]).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all exceptions that it wraps, outermost first."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        link = pending.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        pending += [getattr(link, "reason", None), *link.args, link.__cause__, link.__context__]
