"""The fields of a response head, the same for every transport."""

from __future__ import annotations

import pytest

from linetap.http.framing import BadFraming, read_fields


def test_fields_of_the_same_name_are_joined() -> None:
    """Names are case-insensitive, values are stripped, and repeated fields are joined by commas."""
    fields = read_fields(200, [("X-A", " 1 "), ("x-a", "2"), ("Content-Length", "8")])

    assert dict(fields) == {"x-a": "1, 2", "content-length": "8"}


@pytest.mark.parametrize(
    "status, name, value",
    [
        (200, "Content-Length", "8, 8"),
        (200, "Content-Length", "9" * 19),
        (103, "Content-Length", "8"),
        (200, "Transfer-Encoding", "gzip, chunked"),
        (204, "Transfer-Encoding", "chunked"),
        (304, "Transfer-Encoding", "chunked"),
        (200, "", "a"),
        (200, "X A", "a"),
        (200, "X", "a\0"),
    ],
)
def test_uncertain_heads_are_rejected(status: int, name: str, value: str) -> None:
    """A malformed field, or one that leaves open where the body ends, is an error."""
    with pytest.raises(BadFraming):
        read_fields(status, [(name, value)])
