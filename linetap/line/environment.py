"""The token and address of a LINE client from environment variables."""

from __future__ import annotations

from collections.abc import Mapping

from linetap.errors import BadArgument, Problem
from linetap.http.secret import as_secret
from linetap.line.staging import only_to_from
from linetap.line.tokens import StatelessToken, StaticToken, TokenProvider


def from_environment(prefix: str, environ: Mapping[str, str]) -> tuple[TokenProvider, str | None, list[str] | None]:
    """The token, the base URL and ``only_to`` that the environment variables contain."""
    names = [f"{prefix}LINE_{name}" for name in ("CHANNEL_ACCESS_TOKEN", "CHANNEL_ID", "CHANNEL_SECRET", "BASE_URL")]
    only_to = only_to_from(environ.get(f"{prefix}LINE_ONLY_TO"))
    channel_id, base_url = environ.get(names[1], "").strip(), environ.get(names[3], "").strip()
    token, secret = as_secret(environ.get(names[0], "").strip()), as_secret(environ.get(names[2], "").strip())
    if token:
        return StaticToken(token), base_url or None, only_to
    if channel_id and secret:
        return StatelessToken(channel_id, secret), base_url or None, only_to
    rule = f"must have {names[0]}, or {names[1]} and {names[2]}"
    found = f"{names[1]} alone" if channel_id else f"{names[2]} alone" if secret else "none of them"
    remedy = "set them for this process, or pass a channel_access_token to the client"
    raise BadArgument(problems=[Problem("environment", rule, found, suggestion=remedy)])
