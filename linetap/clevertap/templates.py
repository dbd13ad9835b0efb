"""The webhook template with which a campaign calls LINE, and the receipt for saving it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

import attrs

from linetap.clevertap import limits
from linetap.display import html
from linetap.errors import BadArgument, Problem, invalid, literal_text, short_repr
from linetap.http.secret import Opaque, Secret, as_secret

_METHODS = ("POST", "GET", "PUT", "DELETE")
_OPEN_HEADERS = frozenset({"content-type", "accept", "user-agent"})


class SecretHeaders(Mapping[str, str]):
    """Headers whose values only the service receives: repr masks them, and they cannot be pickled."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = {
            str(name): value if str(name).lower() in _OPEN_HEADERS else as_secret(value)
            for name, value in fields.items()
        }

    def __getitem__(self, name: str) -> str:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return repr(self.masked())

    def __reduce__(self) -> NoReturn:
        raise TypeError("headers cannot be pickled, they may contain a token: make the template in each process")

    def revealed(self) -> Iterator[tuple[str, str]]:
        """The headers as the service receives them."""
        for name, value in self._fields.items():
            yield name, value.reveal() if isinstance(value, Secret) else value

    def masked(self) -> dict[str, str]:
        """The headers, with every value masked that could be a secret."""
        return {name: value if name.lower() in _OPEN_HEADERS else "***" for name, value in self._fields.items()}


def _held_headers(value: Any) -> SecretHeaders | Opaque:
    if isinstance(value, SecretHeaders):
        return value
    strings = isinstance(value, Mapping) and all(isinstance(v, str) for pair in value.items() for v in pair)
    return SecretHeaders(value) if strings else Opaque(_type_names(value))


def _type_names(value: Any) -> str:
    """The type of a value, and of what it contains that is not a string."""
    parts = [part for pair in value.items() for part in pair] if isinstance(value, Mapping) else []
    wrong = sorted({type(part).__name__ for part in parts if not isinstance(part, str)})
    return type(value).__name__ + (f" with {', '.join(wrong)}" if wrong else "")


def _check_headers(headers: SecretHeaders | Opaque) -> None:
    if isinstance(headers, Opaque):
        raise invalid("headers", "must be a mapping of strings to strings", literal_text(headers.type_name))
    broken = [name for name, text in headers.revealed() if not (name + text).isprintable()]
    if broken:
        raise invalid("headers", "must not contain line breaks or control characters", ", ".join(map(repr, broken)))


def _name(self: Any, attribute: object, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise invalid("name", "must be a name that is not empty", value, "such as 'LINE push'", limits.WEBHOOKS_PAGE)


def _method(self: Any, attribute: object, value: Any) -> None:
    if value not in _METHODS:
        raise invalid("method", f"must be one of {', '.join(_METHODS)}", value, "LINE needs POST", limits.WEBHOOKS_PAGE)


def _url(self: Any, attribute: object, value: Any) -> None:
    parts = urlsplit(value) if isinstance(value, str) else None
    local = parts is not None and parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    if parts is None or not parts.hostname or not (parts.scheme == "https" or local):
        raise invalid("url", "must be an https:// URL", value, limits.LINE_PUSH_URL, limits.WEBHOOKS_PAGE)
    if parts.username or parts.password:
        raise invalid(
            "url", "must not contain credentials", literal_text("a user name or password"), "put them in a header"
        )


@attrs.frozen(init=False, repr=False)
class WebhookTemplate:
    """The URL that a webhook campaign calls, and its headers.

    https://docs.clevertap.com/docs/setup-webhooks
    """

    name: str = attrs.field(validator=_name)
    url: str = attrs.field(validator=_url)
    method: str = attrs.field(default="POST", validator=_method, kw_only=True)
    headers: SecretHeaders = attrs.field(default=SecretHeaders({}), kw_only=True)

    def __init__(
        self, name: str, url: str, *, method: str = "POST", headers: Mapping[str, str] = SecretHeaders({})
    ) -> None:
        # The values are held before anything can raise: an error tracker reads the arguments of functions that raise.
        fields: Any = _held_headers(headers)
        headers = fields
        _check_headers(fields)
        self.__attrs_init__(name, url, method=method, headers=fields)  # pyright: ignore[reportAttributeAccessIssue]

    def __repr__(self) -> str:
        # Also of one that is being made, and is shown by an error tracker.
        shown = ", ".join(f"{name}={getattr(self, name, None)!r}" for name in ("name", "url", "method", "headers"))
        return f"WebhookTemplate({shown})"

    @classmethod
    def line_push(cls, name: str, channel_access_token: str, *, url: str = limits.LINE_PUSH_URL) -> WebhookTemplate:
        """The template that calls LINE's push endpoint directly.

        CleverTap uses the token for as long as campaigns run, so it must be long-lived: a stateless
        token expires after 15 minutes. https://docs.clevertap.com/docs/line-messenger
        """
        channel_access_token = as_secret(channel_access_token)
        token = _long_lived(channel_access_token)
        headers = {"Content-Type": "application/json", "Authorization": Secret("Bearer " + token.reveal())}
        return cls(name, url, headers=headers)

    @classmethod
    def relay(cls, name: str, url: str, secret: str) -> WebhookTemplate:
        """The template that calls a ``linetap.relay.Relay`` of your own backend; ``secret`` is that relay's secret."""
        secret = as_secret(secret)
        if not isinstance(secret, Secret) or not re.fullmatch(r"[\x21-\x7e]{16,}", secret.reveal()):
            rule = "must be one word of at least 16 ASCII characters"
            raise invalid("secret", rule, literal_text("another value"), "use the secret of the relay")
        headers = {"Content-Type": "application/json", "Authorization": Secret("Bearer " + secret.reveal())}
        return cls(name, url, headers=headers)

    def _repr_html_(self) -> str:
        rows = [("Name", self.name), ("HTTP method", self.method), ("Destination URL", self.url)]
        return html.table("Webhook template", rows + list(self.headers.masked().items()))


def _long_lived(token: object) -> Secret:
    page = "https://developers.line.biz/en/docs/messaging-api/channel-access-tokens/"
    if not isinstance(token, Secret):
        kind = token.type_name if isinstance(token, Opaque) else type(token).__name__
        rule = "must be a long-lived channel access token, or one of v2.1 with its own expiry"
        remedy = "issue one in the LINE Developers Console; a stateless token expires after 15 minutes"
        raise invalid("channel_access_token", rule, literal_text(kind), remedy, page)
    text = Secret(token.reveal().strip())
    if not re.fullmatch(r"[\x21-\x7e]+", text.reveal()):
        # The value is not shown: it may be the token with a stray character.
        rule = "must be one word of ASCII characters"
        raise invalid("channel_access_token", rule, literal_text("something else"), "paste it without 'Bearer'", page)
    return text


@attrs.frozen
class WebhookTemplateReceipt:
    """The result of saving a webhook template.

    CleverTap publishes no API for this, so with a real account ``created`` is False and ``steps``
    lists what to type into the dashboard.
    """

    created: bool
    template_id: str | None = None
    steps: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        if self.created:
            return html.table("Webhook template", [("created", "yes"), ("id", self.template_id)])
        note = "CleverTap publishes no API for this: save it in the dashboard."
        return html.table("Webhook template: save it by hand", list(enumerate(self.steps, 1)), note=note)


def dashboard_steps(template: WebhookTemplate) -> tuple[str, ...]:
    """The steps in the dashboard, in order; values that may be secret are named, not shown."""
    headers = [
        f"Header {name!r}: {value if value != '***' else 'the value you gave the template (' + _kind(name) + ')'}"
        for name, value in template.headers.masked().items()
    ]
    return (
        "Open Settings > Channels > Webhooks and choose + Add Webhook",
        f"Name: {template.name}",
        f"HTTP method: {template.method}",
        f"Destination URL: {template.url}",
        *(["Switch Header parameters on", *headers] if headers else []),
        _LAST_STEP,
    )


_LAST_STEP = (
    "Choose Create. CleverTap sends a test call and, by its own page, saves the template only after a 200; if the "
    "test call is rejected (LINE responds with 400 to it), use a URL of your own that responds with 200"
)


def _kind(name: str) -> str:
    return "Bearer, and the token or secret" if name.lower() == "authorization" else "not shown here"


def template_to_json(template: WebhookTemplate) -> dict[str, Any]:
    """The JSON for the service at ``webhook_template_path``, secrets included."""
    return {
        "name": template.name,
        "method": template.method,
        "url": template.url,
        "headers": dict(template.headers.revealed()),
    }


def check_template(template: object) -> WebhookTemplate:
    """Returns the template, or raises BadArgument."""
    if isinstance(template, WebhookTemplate):
        return template
    rule = "must be a WebhookTemplate"
    raise BadArgument(
        problems=[Problem("template", rule, short_repr(literal_text(type(template).__name__)), limits.WEBHOOKS_PAGE)]
    )
