"""What a failure of requests, urllib3 or the socket means: what was lost, and whether it may have arrived."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator

import requests
from urllib3 import exceptions as lost_by

from linetap.http.call import Lost
from linetap.http.sync.connection import NotConnected, TooLate, TooMuch
from linetap.http.transport_base import BadBundle, bad_certificate, bomb, broken_off, late, never_made, no_bundle


class Spoilt(OSError):
    """An answer came, and a hook of the session, or requests itself, could not read it: no reason to say "unsent"."""


_NEVER_MADE = (
    NotConnected,
    requests.exceptions.ConnectTimeout,
    lost_by.ConnectTimeoutError,
    lost_by.NewConnectionError,
)
_UNSENDABLE = (
    requests.exceptions.URLRequired,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.UnrewindableBodyError,
    lost_by.LocationValueError,
    lost_by.UnrewindableBodyError,
)
_LATE = (requests.exceptions.Timeout, lost_by.TimeoutError, TimeoutError)
KNOWN = (requests.RequestException, lost_by.HTTPError, http.client.HTTPException, OSError)
"""What a request that went out may end in."""


def told(error: BaseException) -> Lost | None:
    """What an exception of requests, urllib3 or the socket means; None where the request could not be sent at all.

    Their words are left out: they can hold secrets.
    """
    chain = list(_chain(error))
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return bad_certificate(link.verify_message)
        if isinstance(link, Spoilt):
            return Lost("an answer came that the session handed in could not take", again=False)
        if isinstance(link, BadBundle):
            return no_bundle()
    if any(isinstance(link, _NEVER_MADE) or _no_tunnel(link) for link in chain):
        return never_made(_cause(chain))
    if any(isinstance(link, _UNSENDABLE) for link in chain) or not isinstance(error, KNOWN):
        return None
    if isinstance(error, TooMuch):
        return bomb()
    if isinstance(error, TooLate):
        return Lost("the time was up before the whole answer came")
    if any(isinstance(link, _LATE) for link in chain):
        return late()
    return broken_off(_cause(chain))


def _no_tunnel(error: BaseException) -> bool:
    """Whether a proxy refused to connect. ProxyError alone proves nothing: urllib3 names an answer that was lost
    on its way back through a proxy so, too."""
    return isinstance(error, OSError) and str(error).startswith("Tunnel connection failed")


def _cause(chain: list[BaseException]) -> str:
    system = [link for link in chain if isinstance(link, OSError) and link.strerror]
    return f"{system[-1].strerror}" if system else type(chain[-1]).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it wraps, outermost first."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [getattr(link, "reason", None), *link.args, link.__cause__, link.__context__]
