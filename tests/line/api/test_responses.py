"""LINE's error envelope and its objects, read strictly."""

from __future__ import annotations

import pytest

from linetap.errors import Rejected, UnreadableResponse
from linetap.http.types import Response
from linetap.line.api.account_results import LineProfile
from linetap.line.api.responses import error_body, error_info, parse_value


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"message":"Not found"}', "Not found"),
        (
            b'{"error":"invalid_request","error_description":"some parameters missed"}',
            "invalid_request: some parameters missed",
        ),
        (b'{"message":null,"key":"k","stacktrace":[],"code":3}', ""),
        (b"[]", ""),
        (b"", ""),
        (b"<html>busy</html>", "'<html>busy</html>'"),
        (b"\xff\xfe", "'\ufffd\ufffd'"),
        pytest.param(b"[" * 200_000, f"'{'[' * 119}... (200002 characters)", id="too deep"),
    ],
)
def test_every_known_error_body_is_read(content: bytes, expected: str) -> None:
    """LINE's error body, the OAuth one, a null message and bodies that are not JSON are all read."""
    assert error_body(content)[0] == expected


def test_success_is_no_rejection() -> None:
    """200 and 202 are both a yes."""
    assert error_info(Response(200)) is None
    assert error_info(Response(202)) is None


def test_a_redirect_is_a_rejection() -> None:
    """A redirect is not followed, and the error says where to look."""
    found = error_info(Response(302, {"Location": "https://example.com"}))

    assert found is not None
    assert found.error is Rejected
    assert "check base_url and any proxy" in found.message


def test_a_status_without_a_name_is_rejected_all_the_same() -> None:
    """A status LINE does not document is a plain Rejected that says which it was."""
    found = error_info(Response(418))

    assert found is not None
    assert (found.error, found.message) == (Rejected, "LINE responded with status 418")


def test_values_are_read_by_lines_names_and_the_rest_is_kept() -> None:
    """camelCase becomes the attribute; what linetap does not know yet is kept under LINE's name."""
    body = {"userId": "U1", "displayName": "สมชาย", "language": "th", "newThing": {"a": 1}}

    profile = parse_value(LineProfile, body, "line.profile", Response(200))

    assert profile == LineProfile("U1", "สมชาย", language="th", extra={"newThing": {"a": 1}})


@pytest.mark.parametrize(
    "body", [{"displayName": "x"}, {"userId": None, "displayName": "x"}, {"userId": "U", "displayName": 5}]
)
def test_values_are_strict(body: dict[str, object]) -> None:
    """A missing name, a null where a value is needed, or another type is an error, never "None" or "5"."""
    with pytest.raises(UnreadableResponse, match="to be str"):
        parse_value(LineProfile, body, "line.profile", Response(200))


def test_null_counts_as_absent() -> None:
    """Where a value may be missing, null is the same."""
    profile = parse_value(LineProfile, {"userId": "U", "displayName": "", "pictureUrl": None}, "p", Response(200))

    assert profile.picture_url is None
