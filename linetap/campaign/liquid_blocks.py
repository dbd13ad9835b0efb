"""The block structure of a text with Liquid: texts, tags, and the blocks that a body of linetap can contain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from linetap.campaign.liquid_tags import Tag, tags
from linetap.campaign.liquid_writer import VALUE_VARIABLE

_BLOCKS = frozenset(["if", "unless", "case", "for", "tablerow", "capture"])
_MIDDLES = frozenset(["else", "elsif", "when"])
_MAX_DEPTH = 10  # nested blocks: each level doubles the length of the mark
_Ends = Mapping[int, tuple[tuple[int, ...], int]]


@attrs.frozen
class Block:
    """A block from its first tag, or from the ``assign`` of its condition, to its last tag."""

    tag: Tag
    start: int
    end: int
    then: tuple[Any, ...] = ()
    otherwise: tuple[Any, ...] = ()
    simple: bool = True
    """``if`` with at most one ``else``; its branches are in ``then`` and ``otherwise``."""
    assign: str = ""
    """The content of the ``assign`` before the block that computes its condition; '' if there is none."""


Node = str | Tag | Block


def nodes_of(text: str) -> tuple[Node, ...]:
    """The texts, tags and blocks of a text, in order; nothing is left out."""
    found = list(tags(text))
    return _Reader(text, found, _ends(found)).between(-1, len(found))


def _ends(found: list[Tag]) -> _Ends:
    """For the first tag of each well-formed block the indexes of its middle tags and its end."""
    ends: dict[int, tuple[tuple[int, ...], int]] = {}
    opened: list[tuple[int, list[int]]] = []
    for i, tag in enumerate(found):
        if tag.name in _BLOCKS:
            opened.append((i, []))
        elif tag.name in _MIDDLES and opened:
            opened[-1][1].append(i)
        elif tag.name.startswith("end") and tag.name[3:] in _BLOCKS:
            if not opened or found[opened[-1][0]].name != tag.name[3:]:
                opened.clear()  # the tags do not fit together: what is open stays as single tags
                continue
            begin, middles = opened.pop()
            if len(opened) < _MAX_DEPTH:
                ends[begin] = tuple(middles), i
    return ends


@attrs.frozen
class _Reader:
    text: str
    found: list[Tag]
    ends: _Ends

    def between(self, first: int, last: int) -> tuple[Node, ...]:
        """The nodes between two tags; -1 and ``len(found)`` are the beginning and the end of the text."""
        nodes: list[Node] = []
        at, i = self.found[first].end if first >= 0 else 0, first + 1
        while i < last:
            nodes.append(self.text[at : self.found[i].start])
            node, i = self._node(i)
            nodes.append(node)
            at, i = self.found[i].end, i + 1
        return (*nodes, self.text[at : self.found[last].start if last < len(self.found) else len(self.text)])

    def _node(self, i: int) -> tuple[Node, int]:
        """The tag or block that starts at a tag, and the index of its last tag."""
        tag = self.found[i]
        if i in self.ends:
            return self._block(i, tag.start, ""), self.ends[i][1]
        following = i + 1
        assigns = tag.name == "assign" and tag.inside.startswith(f"{VALUE_VARIABLE} =")
        if assigns and following in self.ends and self.found[following].start == tag.end:
            assign = tag.inside.partition("=")[2].strip()
            return self._block(following, tag.start, assign), self.ends[following][1]
        return tag, i

    def _block(self, i: int, start: int, assign: str) -> Block:
        tag, (middles, end) = self.found[i], self.ends[i]
        simple = tag.name == "if" and (not middles or (len(middles) == 1 and self.found[middles[0]].name == "else"))
        then = self.between(i, middles[0] if middles else end) if simple or tag.name == "unless" else ()
        otherwise = self.between(middles[0], end) if simple and middles else ()
        return Block(tag, start, self.found[end].end, then, otherwise, simple, assign)
