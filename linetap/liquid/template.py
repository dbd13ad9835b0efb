"""The public face: ``parse`` a template, ``render`` it with values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

import attrs

from linetap.liquid import dialect, syntax
from linetap.liquid.errors import Aborted, CannotPredict, LiquidSyntaxError, RenderFailed
from linetap.liquid.lexer import place, syntax_error
from linetap.liquid.parser import parse_nodes
from linetap.liquid.references import BlankComparison, Reference, find_blank_comparisons, find_references
from linetap.liquid.renderer import compile_block
from linetap.liquid.scope import Run, Scope
from linetap.liquid.values import BREAK, CONTINUE, encodable

Status = Literal["rendered", "aborted", "failed", "uncertain"]

DEFAULT_LIMIT = 1_000_000
"""Characters that one rendering may produce, blocks inside blocks counted again."""

MAX_SOURCE = 200_000
"""Characters of one template."""


@attrs.frozen
class Rendered:
    """What became of one template with one set of values.

    - ``rendered``: CleverTap sends ``text``.
    - ``aborted``: the template reached ``{% abort %}``; this profile receives nothing. ``text`` is empty.
    - ``failed``: the engine fails with these values; this profile receives nothing. ``reasons`` says why.
    - ``uncertain``: linetap cannot tell. ``reasons`` says why; ``text`` is the text under linetap's reading (its
      default zone, a contested filter taken to exist), or empty where there is none.
    """

    status: Status
    text: str = ""
    reasons: tuple[str, ...] = ()


def parse(source: str, *, contested: bool = True) -> LiquidTemplate:
    """Reads a template of CleverTap's Liquid.

    With ``contested=False``, filters that CleverTap's pages name and LiqP 0.7.9 does not have (``date_tz``,
    ``url_escape``, ``url_param_escape``) are errors, as on plain LiqP; otherwise they render as ``uncertain``.

    Raises :class:`LiquidSyntaxError` where the engine would fail for every profile.
    """
    if len(source) > MAX_SOURCE:
        raise LiquidSyntaxError(f"a template must not have over {MAX_SOURCE:,} characters (linetap's limit)")
    nodes = parse_nodes(source)
    if not contested:
        _reject_contested(source, nodes)
    return LiquidTemplate(source, nodes)


def _reject_contested(source: str, nodes: syntax.Block) -> None:
    for found in _contested_filters(nodes):
        raise syntax_error(source, found.start, f"a filter must be one that LiqP 0.7.9 has (got {found.name})")


def _contested_filters(nodes: syntax.Block) -> Iterator[syntax.Filter]:
    for node, _ in syntax.walk(nodes):
        for found in node.filters if isinstance(node, (syntax.Output, syntax.Assign)) else ():
            if found.name in dialect.CONTESTED_FILTERS:
                yield found


class LiquidTemplate:
    """A template that was read. ``nodes`` is its syntax tree (:mod:`linetap.liquid.syntax`)."""

    def __init__(self, source: str, nodes: syntax.Block) -> None:
        self.source = source
        self.nodes = nodes

    def __repr__(self) -> str:
        return f"LiquidTemplate({self.source!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return LiquidTemplate, (self.source, self.nodes)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """The objects that the template reads, each with its path, place and use."""
        return find_references(self.nodes)

    @cached_property
    def blank_comparisons(self) -> tuple[BlankComparison, ...]:
        """The comparisons with ``blank``: ``X == blank`` is never true, ``X != blank`` always."""
        return find_blank_comparisons(self.nodes)

    @cached_property
    def _compiled(self) -> Any:
        return compile_block(self.nodes)

    @cached_property
    def _contested(self) -> tuple[str, ...]:
        """Why the text of every profile is uncertain: an engine without a filter reads no part of the template."""
        names = dict.fromkeys(found.name for found in _contested_filters(self.nodes))
        return tuple(_CONTESTED.format(name) for name in names)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset in the source."""
        return place(self.source, offset)

    def render(
        self,
        objects: Mapping[str, Any],
        *,
        now: dt.datetime | None = None,
        zone: dt.tzinfo | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Rendered:
        """Renders with ``objects`` (``{"Profile": {...}, "Event": {...}}``); never raises for any value.

        ``now`` is an aware datetime (the default is the present moment), ``zone`` the time zone of CleverTap's
        server. Without ``zone`` it is +05:30, and a text that another zone would change is ``uncertain``.
        ``limit`` is the most characters that may be produced; more is ``uncertain``.
        """
        run = Run(_clock(now), zone, limit)
        try:
            text = self._compiled(Scope(dict(objects), run))
        except Aborted:
            return Rendered("uncertain" if run.doubts else "aborted", "", tuple(run.doubts))
        except RenderFailed as failure:
            return Rendered("uncertain" if run.doubts else "failed", "", (*run.doubts, str(failure)))
        except CannotPredict as doubt:
            return Rendered("uncertain", "", (*run.doubts, str(doubt)))
        except RecursionError:
            return Rendered("uncertain", "", (*run.doubts, "the values nest too deeply (linetap's limit)"))
        if text is BREAK or text is CONTINUE:
            text = ""
        if not text.isascii():
            text = encodable(text)
        doubts = (*run.doubts, *self._contested)
        return Rendered("uncertain", text, doubts) if doubts else Rendered("rendered", text)


_CONTESTED = "CleverTap's pages name the filter {}; its engine as read by third parties (LiqP 0.7.9) has no such filter"


def _clock(now: dt.datetime | None) -> Any:
    def seconds() -> int:
        moment = dt.datetime.now(dt.timezone.utc) if now is None else now
        return int(moment.timestamp() // 1)

    return seconds
