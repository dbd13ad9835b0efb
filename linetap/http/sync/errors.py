"""What an exception of requests, urllib3 or a socket means, and whether the request may have arrived."""

from __future__ import annotations

import http.client
import re
import ssl

import requests
from urllib3 import exceptions as urllib3_errors

from linetap.http import failures
from linetap.http.call_errors import AttemptFailed
from linetap.http.causes import chain
from linetap.http.decoding import BadCoding, BodyTooLarge
from linetap.http.failures import MissingCABundle
from linetap.http.framing import BadFraming
from linetap.http.sync.response import DeadlinePassed, NotConnected

_NOT_CONNECTED = (
    NotConnected,
    requests.exceptions.ConnectTimeout,
    urllib3_errors.ConnectTimeoutError,
    urllib3_errors.NewConnectionError,
)
# Raised before a connection is made: the caller's session cannot send to such an address.
_BEFORE_SENDING = (
    requests.exceptions.URLRequired,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    urllib3_errors.LocationValueError,
)
_PROXY = (requests.exceptions.ProxyError, urllib3_errors.ProxyError)
_TIMEOUTS = (requests.exceptions.Timeout, urllib3_errors.TimeoutError, TimeoutError)
_KNOWN = (requests.RequestException, urllib3_errors.HTTPError, http.client.HTTPException, OSError)
_TUNNEL = re.compile(r"Tunnel connection failed(?:: (\d{3}))?")


def to_failure(error: BaseException) -> AttemptFailed | None:
    """What an exception of requests, urllib3 or a socket means; None for an exception of other code.

    The text of the exception is not used: it can contain secrets.
    """
    links = list(chain(error))
    for link in links:
        if (found := _by_kind(link)) is not None:
            return found
    if any(isinstance(link, _NOT_CONNECTED) for link in links):
        return failures.not_connected(cause_of(error), to_proxy=any(isinstance(link, _PROXY) for link in links))
    if not isinstance(error, _KNOWN):
        return None
    if isinstance(error, _BEFORE_SENDING):
        return failures.not_connected(type(error).__name__)
    if any(isinstance(link, _TIMEOUTS) for link in links):
        return failures.read_timeout()
    return failures.connection_lost(cause_of(error))


def _by_kind(link: BaseException) -> AttemptFailed | None:
    if isinstance(link, ssl.SSLCertVerificationError):
        return failures.bad_certificate(link.verify_message)
    if isinstance(link, MissingCABundle) or _no_bundle(link):
        return failures.missing_ca_bundle()
    if isinstance(link, requests.exceptions.InvalidSchema) and "SOCKS" in str(link):
        return failures.no_socks("install PySocks (pip install 'requests[socks]')")
    if isinstance(link, BodyTooLarge):
        return failures.too_large()
    if isinstance(link, BadCoding):
        return failures.bad_coding(str(link))
    if isinstance(link, BadFraming):
        return failures.bad_framing(str(link))
    if isinstance(link, DeadlinePassed):
        return failures.deadline_passed()
    # ProxyError alone does not mean that the proxy rejected the request: urllib3 raises it also for a response that
    # was lost on its way through a proxy.
    if isinstance(link, OSError) and (tunnel := _TUNNEL.match(str(link))):
        return failures.proxy_rejected(int(tunnel[1]) if tunnel[1] else None)
    return None


def _no_bundle(link: BaseException) -> bool:
    """Whether requests could not find the CA bundle or a client certificate."""
    return type(link) is OSError and str(link).startswith("Could not find ")


def cause_of(error: BaseException) -> str:
    """The system's text for an error, or the name of its type."""
    links = list(chain(error))
    system = [link for link in links if isinstance(link, OSError) and link.strerror]
    return f"{system[-1].strerror}" if system else type(links[-1]).__name__
