"""The service's addresses and the headers that every request has."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from linetap import __version__
from linetap.errors import invalid, literal_text
from linetap.http.types import Operation

_TARGET = re.compile(r"/[\x21-\x7e]*")
_METHOD = re.compile(r"[A-Z]+")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CHECKED_NAMES = {"User-Agent", "Accept", "Accept-Encoding", "Content-Type", "Authorization", "X-Line-Retry-Key"}


def user_agent(app_info: object = None) -> str:
    """The ``User-Agent``, for example ``linetap/1.0 Python/3.12.1 your-app/2.0``."""
    if app_info is not None and (not isinstance(app_info, str) or not re.fullmatch(r"[\x20-\x7e]{1,200}", app_info)):
        raise invalid("app_info", "must be 1 to 200 printable ASCII characters, for example 'shop/2.1'", app_info)
    ours = [f"linetap/{__version__}", f"Python/{platform.python_version()}"]
    return " ".join([*ours, app_info] if app_info else ours)


def check_base_url(value: object, path: str = "base_url") -> str:
    """A service's address without a slash at its end: scheme, host and, if any, port and path."""
    if not isinstance(value, str):
        raise invalid(path, "must be a string", literal_text(type(value).__name__))
    parts = _split(value)
    if parts is None:
        rule = "must be an https:// URL with a host (http:// only for your own machine)"
        raise invalid(path, rule, literal_text("another text"))
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise invalid(path, "must not have a user, password, query or fragment", literal_text("one of them"))
    return value.rstrip("/")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        return None
    return parts if valid and not re.search(r"[^\x21-\x7e]", url) else None


# Set for each request: by the credentials, by the retry key, by the HTTP library.
_OWN = re.compile(
    r"authorization|x-clevertap-.*|x-line-retry-key|host|content-length|transfer-encoding|connection", re.IGNORECASE
)


def _checked_headers(headers: object) -> dict[str, str]:
    if not isinstance(headers, Mapping):
        raise invalid("headers", "must be a mapping of str to str", literal_text(type(headers).__name__))
    for name, value in headers.items():
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            raise invalid("headers", "must have names that HTTP allows (RFC 9110, 5.1)", literal_text("another name"))
        if _OWN.fullmatch(name):
            raise invalid(f"headers[{name!r}]", "must not be set: linetap sets it", literal_text("a value"))
        if not isinstance(value, str) or not re.fullmatch(r"[\x20-\x7e\xa0-\xff]*", value):
            rule = "must be Latin-1 text without line breaks"
            raise invalid(f"headers[{name!r}]", rule, literal_text("another value"))
    return {name.title(): value for name, value in headers.items()}


class RequestHeaders:
    """The addresses of a service, and the headers of its requests."""

    def __init__(self, hosts: Mapping[str, str], app_info: str | None) -> None:
        self.hosts = {name: check_base_url(url) for name, url in hosts.items()}
        self._fixed = {"User-Agent": user_agent(app_info), "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
        self._json = {**self._fixed, "Content-Type": "application/json"}

    def with_headers(self, headers: Mapping[str, str]) -> RequestHeaders:
        """A copy with further headers, which replace those of the same name, except the service's own."""
        more = _checked_headers(headers)
        other = object.__new__(RequestHeaders)
        other.hosts = self.hosts
        other._fixed, other._json = {**self._fixed, **more}, {**self._json, **more}
        return other

    def fixed(self, operation: Operation[Any]) -> dict[str, str]:
        """The headers that are the same for every attempt of a client; they were checked when it was created."""
        return self._fixed if operation.request.content is None else self._json

    def own(self, operation: Operation[Any], token: Mapping[str, str]) -> dict[str, str]:
        """The other headers of an attempt: those of its operation, and the credentials."""
        headers = {**operation.request.headers, **token}
        if operation.retry_key is not None:
            headers["X-Line-Retry-Key"] = operation.retry_key
        return headers


def is_valid_http(method: str, target: str, headers: Mapping[str, str]) -> bool:
    """Whether a request can be sent as HTTP: RFC 9110 sections 5.1, 5.5 and 9.1, RFC 9112 section 3.2."""
    if not (_METHOD.fullmatch(method) and _TARGET.fullmatch(target)):
        return False
    return all(_is_field(name, value) for name, value in headers.items())


def _is_field(name: str, value: str) -> bool:
    if name not in _CHECKED_NAMES and not _NAME.fullmatch(name):
        return False
    try:
        content = value.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return not (b"\r" in content or b"\n" in content or b"\0" in content)
