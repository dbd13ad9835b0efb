"""The condition for "has a value" that is right in LiqP 0.7.9 and in standard Liquid."""

from __future__ import annotations

from typing import Final

HAS_VALUE_VARIABLE: Final = "v"


def has_value(path: str, *, variable: str = HAS_VALUE_VARIABLE) -> tuple[str, str]:
    """The tag to write before a condition, and the condition.

    For ``Profile.Name``: ``{% assign v = Profile.Name | default: '' | strip %}`` and ``v != ''``. False for a value
    that is missing, null, ``''``, ``' '``, ``[]``, ``{}`` or false; true for 0 and all others. A comparison with
    ``blank`` would not do: in LiqP 0.7.9 ``X != blank`` is always true.

    ``path`` is written as it is: it must be a valid lookup, such as ``Profile['First Name']``.
    """
    return f"{{% assign {variable} = {path} | default: '' | strip %}}", f"{variable} != ''"
