"""``line.tokens``: its operations and results as values."""

from __future__ import annotations

import pytest

from linetap.errors import UnreadableResponse
from linetap.line.api import tokens
from tests.line.api.test_messaging import U1, answer


def test_a_link_token_is_never_shown() -> None:
    """The token is returned; a response without one is an error that does not print the body."""
    op = tokens.issue_link_token(U1)

    assert op.request.path == f"/v2/bot/user/{U1}/linkToken"
    assert op.read(answer(200, {"linkToken": "NMZTNuVrPTqlr2IF"})) == "NMZTNuVrPTqlr2IF"
    with pytest.raises(UnreadableResponse) as caught:
        op.read(answer(200, {"link_token": "secret-one"}))
    assert "secret-one" not in str(caught.value)
