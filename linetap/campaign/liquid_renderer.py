"""CleverTap's documented part of Liquid, rendered by python-liquid (extra ``preview``).

The only module that imports python-liquid. Only the terms that CleverTap lists are registered:
https://docs.clevertap.com/docs/liquid-tags
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

import attrs
from liquid import BoundTemplate, Environment, Mode
from liquid.ast import Node
from liquid.context import RenderContext
from liquid.exceptions import LiquidError, LiquidInterrupt, LiquidTypeError
from liquid.filter import string_filter
from liquid.tag import Tag
from liquid.undefined import UNDEFINED

from linetap.campaign.liquid_dialect import FILTERS, OLD_FILTERS, TAGS, Aborted
from linetap.errors import BadCampaign, Problem

if TYPE_CHECKING:
    from linetap.campaign.profile_values import Person

# Internal tags of python-liquid for text and values; no template contains them.
_OF_THE_ENGINE = {"content", "illegal", "output"}
# What a filter may fail with: python-liquid turns most of it, but not all, into errors of its own.
_FAILURES = (LiquidError, LiquidInterrupt, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class _AbortNode(Node):
    def render_to_output(self, context: Any, buffer: TextIO) -> int:
        raise Aborted


class _AbortTag(Tag):
    name = "abort"
    block = False

    def parse(self, stream: Any) -> Node:
        return _AbortNode(stream.current)


@string_filter
def _percent(text: str) -> str:
    return quote(text, safe="")


class _Context(RenderContext):
    """Looks up ``Profile.Name`` at once: a third of the cost of rendering is python-liquid's general search."""

    def get(self, path: list[object], *, token: Any, default: object = UNDEFINED) -> object:
        """The value at ``path``, as python-liquid finds it."""
        if len(path) == 2 and not self.locals:
            try:
                values: Any = self.globals
                return values[path[0]][path[1]]
            except (KeyError, TypeError, IndexError):
                pass
        return super().get(path, token=token, default=default)


class _Number(int):
    """A number that may be asked whether it contains something: no, it does not."""

    def __contains__(self, _: object) -> bool:
        return False

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Fraction(float):
    __contains__, __iter__, __len__ = _Number.__contains__, _Number.__iter__, _Number.__len__


class _True:
    __contains__, __iter__, __len__ = _Number.__contains__, _Number.__iter__, _Number.__len__

    def __liquid__(self) -> bool:
        return True

    def __str__(self) -> str:
        return "true"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """python-liquid with what CleverTap documents and nothing else."""
    env = Environment(tolerance=Mode.STRICT, strict_filters=True)
    env.add_tag(_AbortTag)
    env.add_filter("url_escape", _percent)
    env.add_filter("url_param_escape", _percent)
    # Everything that is no tag of CleverTap's and has a name one could type is taken out again.
    env.tags = {name: tag for name, tag in env.tags.items() if name in TAGS or name in _OF_THE_ENGINE}
    env.filters = {name: env.filters[name] for name in FILTERS | OLD_FILTERS}
    return env


_Writer = Callable[[RenderContext, TextIO], int]


def _bound(template: Any) -> tuple[_Writer, ...]:
    # No tag is disabled here, so the step of a node that looks for disabled ones is left out.
    return tuple(node.render_to_output for node in template.parsed.nodes)


@attrs.frozen
class Template:
    """A text parsed once, rendered for many."""

    parsed: BoundTemplate
    _writers: tuple[_Writer, ...] = attrs.field(init=False, default=attrs.Factory(_bound, takes_self=True))

    def render(self, person: Person) -> str:
        """The text for one person; ``Aborted`` where the template says so, ``BadCampaign`` where it cannot be read."""
        try:
            return self._render(person.profile, person.event, person.trigger)
        except LiquidTypeError:
            # `contains` on a number is an error to python-liquid and simply false to other engines.
            values = (person.profile, person.event, person.trigger)
            try:
                return self._render(*({name: _asked(value) for name, value in mapping.items()} for mapping in values))
            except LiquidTypeError as error:
                raise _unreadable(error) from None

    def _render(self, profile: Any, event: Any, trigger: Any) -> str:
        # What python-liquid's own render does for a whole template, less the namespaces of partial ones.
        context = _Context(self.parsed, globals={"Profile": profile, "Event": event, "ExternalTrigger": trigger})
        buffer = StringIO()
        try:
            for write in self._writers:
                write(context, buffer)
        except LiquidTypeError:
            raise
        except _FAILURES as error:
            raise _unreadable(error) from None
        return buffer.getvalue()


def _asked(value: Any) -> Any:
    if isinstance(value, bool):
        return _True() if value else value
    kinds: dict[type, Any] = {int: _Number, float: _Fraction}
    return kinds[type(value)](value) if type(value) in kinds else value


@lru_cache(maxsize=256)
def template(text: str) -> Template:
    """``text`` parsed; ``BadCampaign`` where it is not the Liquid that CleverTap documents."""
    try:
        return Template(environment().from_string(text))
    except LiquidError as error:
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> BadCampaign:
    rule = "must be valid Liquid"
    return BadCampaign(problems=[Problem("body", rule, str(getattr(error, "message", error)))])
