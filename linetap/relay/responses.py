"""The responses of a relay."""

from __future__ import annotations

import json

import attrs


@attrs.frozen
class RelayResponse:
    """The response to one webhook call: send it with ``Content-Type: application/json``."""

    status: int
    """200: stored (or a test call). 4xx: the call is wrong. 503: it could not be stored, and must be repeated."""
    body: bytes
    """A JSON object; without anything of the call or of a secret."""


def response(status: int, message: str) -> RelayResponse:
    """A response with a message."""
    return RelayResponse(status, json.dumps({"ok": status == 200, "message": message}).encode())


def too_large(limit: int) -> RelayResponse:
    """The response to a body over the limit."""
    return response(413, f"the body must have at most {limit} bytes")


NOT_A_POST = response(405, "the method must be POST")
CUT_OFF = response(400, "the body is shorter than its Content-Length")
UNAUTHORIZED = response(401, "the Authorization header does not have the secret of this relay")
