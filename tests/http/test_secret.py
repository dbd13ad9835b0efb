"""The holder of secrets, and masking in text."""

from __future__ import annotations

import copy
import json
import pickle
from urllib.parse import quote_plus

import pytest

from linetap.http.secret import Opaque, Secret, as_secret, redact, revealed

TOKEN = "canary/0123456789+abcdefghijklmnopqrstuvwxyz="


def test_no_form_shows_it() -> None:
    """Repr, text, format, JSON and item-by-item reading show a mask of constant length."""
    secret = Secret(TOKEN)

    shown = [repr(secret), str(secret), f"{secret}", f"{secret!s:>9}", format(secret), json.dumps([secret])]
    shown += ["".join(secret), secret[:9], repr({"a": secret}), repr(vars(type(secret)).get("text"))]
    assert not any(TOKEN[at : at + 6] in text for text in shown for at in range(len(TOKEN) - 6))
    assert len(secret) == 3


def test_it_is_revealed_where_bytes_are_written() -> None:
    """``encode`` gives the bytes, ``reveal`` and ``revealed`` the text, and a copy is the same holder."""
    secret = Secret(TOKEN)

    assert (secret.encode("latin-1"), secret.reveal()) == (TOKEN.encode(), TOKEN)
    assert revealed({"Authorization": secret, "Accept": "*/*"}) == {"Authorization": TOKEN, "Accept": "*/*"}
    assert copy.copy(secret) is copy.deepcopy([secret])[0] is Secret(secret) is secret


def test_it_compares_by_its_secret() -> None:
    """Two holders of one secret are equal, and equal to its text; others are not."""
    assert Secret(TOKEN) == Secret(TOKEN) == TOKEN
    assert Secret(TOKEN) != Secret("other") != "***"
    assert (bool(Secret("")), bool(Secret("x"))) == (False, True)


def test_it_is_not_pickled() -> None:
    """Pickling a value that contains a secret fails, and the error names what to do instead."""
    with pytest.raises(TypeError, match="create it in the process that uses it"):
        pickle.dumps({"a": Secret(TOKEN)})


def test_arguments_are_held_whatever_they_are() -> None:
    """Strings, lists of strings, bytes and mappings in the place of a secret show nothing."""
    given = [TOKEN, [TOKEN], (TOKEN, TOKEN), TOKEN.encode(), {"a": TOKEN}]

    assert not [value for value in given if "canary" in repr(as_secret(value))]
    assert isinstance(as_secret(b"x"), Opaque)
    assert as_secret(5) == 5


@pytest.mark.parametrize(
    "echo",
    [
        f"Bearer {TOKEN}",
        TOKEN[:20],
        TOKEN[7:],
        TOKEN[3:11],
        quote_plus(TOKEN),
        json.dumps({"a": TOKEN}),
        TOKEN.replace("/", "\\/"),
        f"'{TOKEN[:15]}...",
    ],
)
def test_an_echo_is_masked_whole_or_cut(echo: str) -> None:
    """Eight or more characters of a secret are masked, also cut short, in a form or in JSON; other text stays."""
    masked = redact(f"no: {echo} was rejected", [Secret(f"Bearer {TOKEN}")])

    assert masked.startswith("no: ")
    assert masked.endswith(" was rejected")
    assert "***" in masked
    assert not any(TOKEN[at : at + 8] in masked for at in range(len(TOKEN) - 8))


def test_ordinary_text_is_not_masked() -> None:
    """Without a piece of a secret a text stays as it is; a secret under eight characters masks nothing."""
    assert redact("Bearer token required", [Secret("Bearer short"), Secret("token")]) == "Bearer token required"
    assert redact("", [Secret(TOKEN)]) == ""
