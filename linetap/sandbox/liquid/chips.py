"""The ``@`` tokens of CleverTap's editor, pasted as text: ``@Profile - LineID | default: "N.A"``.

https://docs.clevertap.com/docs/personalize-message-all
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from linetap.sandbox.liquid.lookup import DATE, Node, member_of
from linetap.sandbox.liquid.moments import date_text
from linetap.sandbox.liquid.printing import text_of
from linetap.sandbox.liquid.scope import Scope

_CHIP = re.compile(
    # The name in one piece (a lookahead is not gone back into): its blanks are not tried one by one.
    r"""@(?P<object>[^\W\d][\w\ ]*?)\ -\ (?=(?P<name>[^|"@{}\n]+))(?P=name)\s*
        \|\s*default:\s*"(?P<default>[^"\n]*)"(?P<padding>\s*)(?=(?P<quote>"?))""",
    re.VERBOSE,
)


def with_chips(text: str, escaped: Callable[[str, Scope], str]) -> list[Node]:
    """The text in pieces, each token as a node of its own."""
    nodes: list[Node] = []
    at = 0
    for chip in _CHIP.finditer(text):
        nodes += [_text_node(text[at : chip.start()]), _chip(chip, escaped)]
        at = chip.end()
    return [*nodes, _text_node(text[at:])]


def _text_node(text: str) -> Node:
    return lambda scope: text


def _chip(found: re.Match[str], escaped: Callable[[str, Scope], str]) -> Node:
    kind, name, default = found["object"], found["name"].rstrip(), found["default"]
    as_written = found[0]

    def render(scope: Scope) -> str:
        if kind != "Profile" and scope.run.event != kind:
            return as_written
        value = member_of(scope.get("Profile" if kind == "Profile" else "Event"), name, scope)
        swallowed = scope.run.readings.chip_padding == "swallowed" and found["quote"]
        text = default if value in (None, "", []) else _shown(value, scope)
        return escaped(text, scope) + ("" if swallowed else found["padding"])

    return render


def _shown(value: Any, scope: Scope) -> str:
    """A ``$D_`` date in words, anything else as Liquid writes it."""
    text = text_of(value)
    if scope.run.readings.dates == "raw" or not (date := DATE.fullmatch(text)):
        return text
    return date_text(int(date[1]), "%B %d, %Y", scope.run.readings)
