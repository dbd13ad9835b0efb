"""The webhook template: invalid ones are rejected, and secrets are never shown."""

from __future__ import annotations

import pickle
from typing import Any

import attrs
import pytest

from linetap.clevertap.templates import (
    SecretHeaders,
    WebhookTemplate,
    check_template,
    dashboard_steps,
    template_to_json,
)
from linetap.errors import BadArgument
from linetap.line.tokens import StatelessToken

URL = "https://relay.example.com/hook"


def test_the_line_template_posts_json_with_a_bearer_token() -> None:
    """Name, URL, method and both headers are those of CleverTap's LINE page."""
    template = WebhookTemplate.line_push("LINE push", "  the-token ")
    assert template_to_json(template) == {
        "name": "LINE push",
        "method": "POST",
        "url": "https://api.line.me/v2/bot/message/push",
        "headers": {"Content-Type": "application/json", "Authorization": "Bearer the-token"},
    }


@pytest.mark.parametrize("token", ["", " ", "two words", "new\nline", "全角", None, 7, StatelessToken("1", "secret")])
def test_a_token_that_cannot_last_or_travel_is_rejected_unseen(token: Any) -> None:
    """A stateless or invalid token raises BadArgument that does not show it."""
    with pytest.raises(BadArgument) as caught:
        WebhookTemplate.line_push("LINE push", token)
    assert "two words" not in str(caught.value)
    assert "channel_access_token" in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": 7},
        {"url": "http://example.com"},
        {"url": "example.com"},
        {"url": "https://user:pass@example.com"},
        {"url": None},
        {"method": "PATCH"},
        {"headers": {"A": 1}},
        {"headers": {"A": "x\ny"}},
        {"headers": "Authorization"},
    ],
)
def test_what_the_dashboard_would_not_take_is_rejected(wrong: dict[str, Any]) -> None:
    """Name, https URL without credentials, method and headers are checked."""
    with pytest.raises(BadArgument):
        WebhookTemplate(**({"name": "relay", "url": URL} | wrong))


def test_a_sandbox_on_this_machine_may_be_reached_without_https() -> None:
    """http is allowed for 127.0.0.1, where the sandbox listens."""
    assert WebhookTemplate("sandbox", "http://127.0.0.1:8080/push").url.startswith("http://")


def test_header_values_are_never_shown() -> None:
    """Repr, HTML and steps mask header values; pickling is rejected; attrs.evolve and equality work."""
    template = WebhookTemplate("relay", URL, headers={"X-Key": "s3cret", "Content-Type": "text/plain"})
    found = (
        repr(template)
        + template._repr_html_()
        + " ".join(dashboard_steps(template))
        + str(dict(template.headers.masked()))
    )
    assert "s3cret" not in found
    assert "text/plain" in found
    with pytest.raises(TypeError):
        pickle.dumps(template)
    assert template.headers["X-Key"] == "s3cret"
    assert attrs.evolve(template, name="other").headers is template.headers
    assert SecretHeaders({"a": "b"}) == {"a": "b"}


def test_what_is_no_template_is_rejected() -> None:
    """A dict instead of a template raises BadArgument with its type."""
    with pytest.raises(BadArgument, match="WebhookTemplate"):
        check_template({"name": "x"})
