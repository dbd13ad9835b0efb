"""Reasons why an attempt got no response, with the same words for requests and for aiohttp."""

from __future__ import annotations

from linetap.http.call_errors import AttemptFailed

MAX_BODY = 256 * 2**20
"""Bytes of a response, as received and after decompression: ten times a full page of CleverTap profiles."""


class MissingCABundle(OSError):
    """The CA bundle that the environment names, or certifi's, cannot be read."""


def missing_ca_bundle() -> AttemptFailed:
    """The CA bundle that the environment names, or certifi's, cannot be read."""
    reason = "the CA bundle cannot be read: REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or the package certifi names it"
    return AttemptFailed(reason, may_have_arrived=False, retryable=False)


def bad_certificate(why: str) -> AttemptFailed:
    """The TLS certificate could not be verified."""
    reason = f"TLS certificate verification failed: {why}"
    return AttemptFailed(reason, may_have_arrived=False, retryable=False)


def not_connected(cause: str, *, to_proxy: bool = False) -> AttemptFailed:
    """No connection was made, so nothing was sent."""
    where, hint = (" to the proxy", "; see HTTPS_PROXY and NO_PROXY") if to_proxy else ("", "")
    return AttemptFailed(f"no connection could be made{where} ({cause}{hint})", may_have_arrived=False)


def read_timeout() -> AttemptFailed:
    """No bytes arrived for longer than the read timeout."""
    return AttemptFailed("no response arrived in time")


def deadline_passed() -> AttemptFailed:
    """The time limit ended while the response was still arriving."""
    return AttemptFailed("timed out before the whole response arrived")


def connection_lost(cause: str) -> AttemptFailed:
    """The connection ended before the response did."""
    return AttemptFailed(f"the connection was lost before the whole response arrived ({cause})")


def too_large() -> AttemptFailed:
    """The response, as received or after decompression, is larger than the limit."""
    return AttemptFailed(f"the response is larger than {MAX_BODY // 2**20} MiB")


def bad_coding(cause: str) -> AttemptFailed:
    """The body of the response cannot be decoded."""
    return AttemptFailed(f"the response could not be decoded ({cause})")


def bad_framing(cause: str) -> AttemptFailed:
    """The response is not valid HTTP/1.1."""
    return AttemptFailed(f"the response is not valid HTTP/1.1 ({cause})")


def proxy_rejected(status: int | None) -> AttemptFailed:
    """The proxy did not let the request pass, so the service did not receive it."""
    if status == 407:
        reason = "the proxy asks for credentials (407): give them in the proxy's URL, http://user:password@host:port"
        return AttemptFailed(reason, may_have_arrived=False, retryable=False)
    return AttemptFailed(f"the proxy rejected the connection ({status or 'no status'})", may_have_arrived=False)


def no_socks(remedy: str) -> AttemptFailed:
    """The environment names a SOCKS proxy, and this client cannot use it."""
    reason = f"the proxy of the environment is a SOCKS proxy: {remedy}"
    return AttemptFailed(reason, may_have_arrived=False, retryable=False)


def caller_failed(error: BaseException, *, sent: bool = True) -> AttemptFailed:
    """Code of the caller (a session, hook, tracer, middleware or mock) raised an exception of its own."""
    when = "after the request was sent" if sent else "before the request was sent"
    reason = f"your own code or a tool in the HTTP stack raised {type(error).__name__} {when}"
    return AttemptFailed(reason, may_have_arrived=sent, retryable=False)


def session_closed() -> AttemptFailed:
    """The caller's session is closed."""
    return AttemptFailed("the session passed as an argument is closed", may_have_arrived=False, retryable=False)


def netrc_conflict() -> AttemptFailed:
    """aiohttp does not send both an entry of .netrc and an Authorization header."""
    reason = "the session has trust_env=True, and .netrc has an entry for this host"
    return AttemptFailed(reason, may_have_arrived=False, retryable=False)
