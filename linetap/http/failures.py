"""Reasons why an attempt got no response, with the same words for requests and for aiohttp."""

from __future__ import annotations

from linetap.http.call_errors import AttemptFailed

MAX_BODY = 256 * 2**20
"""Bytes of a response after decompression: ten times a full page of CleverTap profiles (5,000 of 5 KB)."""


class MissingCABundle(OSError):
    """The CA bundle that the environment names cannot be read."""


def missing_ca_bundle() -> AttemptFailed:
    """The environment names a CA bundle that cannot be read."""
    reason = "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE does not point to a readable CA bundle"
    return AttemptFailed(reason, may_have_arrived=False, retryable=False)


def bad_certificate(why: str) -> AttemptFailed:
    """The TLS certificate could not be verified."""
    reason = f"TLS certificate verification failed: {why}"
    return AttemptFailed(reason, may_have_arrived=False, retryable=False)


def not_connected(cause: str) -> AttemptFailed:
    """No connection was made, so nothing was sent."""
    return AttemptFailed(f"no connection could be made ({cause})", may_have_arrived=False)


def read_timeout() -> AttemptFailed:
    """No bytes arrived for longer than the read timeout."""
    return AttemptFailed("no response arrived in time")


def deadline_passed() -> AttemptFailed:
    """The time limit ended while the response was still arriving."""
    return AttemptFailed("timed out before the whole response arrived")


def connection_lost(cause: str) -> AttemptFailed:
    """The connection ended before the response did."""
    return AttemptFailed(f"the connection was lost before the whole response arrived ({cause})")


def too_large_decompressed() -> AttemptFailed:
    """The decompressed response is larger than the limit."""
    return AttemptFailed(f"the response is larger than {MAX_BODY // 2**20} MiB after decompression")


def response_hook_failed() -> AttemptFailed:
    """The caller's session raised an exception while it processed the response."""
    return AttemptFailed("your session raised an exception while reading the response", retryable=False)


def session_closed() -> AttemptFailed:
    """The caller's session is closed."""
    return AttemptFailed("the session passed as an argument is closed", may_have_arrived=False, retryable=False)


def netrc_conflict() -> AttemptFailed:
    """aiohttp does not send both an entry of .netrc and an Authorization header."""
    reason = "the session has trust_env=True, and .netrc has an entry for this host"
    return AttemptFailed(reason, may_have_arrived=False, retryable=False)
