"""CleverTap's Liquid, construct by construct: what it is and who says so.

``confirmed``: CleverTap's own pages. ``second-hand``: third parties who read it off their accounts (the engine is
LiqP 0.7.9) and LiqP's own behaviour. ``contested``: CleverTap's pages name it and LiqP 0.7.9 has no such thing, or the
two differ; a preview that meets one is ``uncertain``.
"""

from __future__ import annotations

from typing import Final, Literal

import attrs

Flag = Literal["confirmed", "second-hand", "contested"]

TAGS_PAGE: Final = "https://docs.clevertap.com/docs/liquid-tags"
USE_CASES_PAGE: Final = "https://docs.clevertap.com/docs/liquid-tags-use-cases"
LIQP: Final = "LiqP 0.7.9"
OLD_PAGE: Final = "a former page of CleverTap's (version 4)"


@attrs.frozen
class Construct:
    """One construct: its name, its flag, its source and what is particular about it."""

    name: str
    flag: Flag
    source: str
    note: str = ""


def _table(*rows: Construct) -> dict[str, Construct]:
    return {row.name: row for row in rows}


def _named(flag: Flag, source: str, names: str) -> tuple[Construct, ...]:
    return tuple(Construct(name, flag, source) for name in names.split())


TAGS: Final = _table(
    *_named("confirmed", TAGS_PAGE, "if unless assign raw"),
    Construct("case", "confirmed", TAGS_PAGE, "must have a when; when takes several values by , or or"),
    Construct("comment", "confirmed", TAGS_PAGE, "tags inside it must be closed"),
    Construct("for", "confirmed", TAGS_PAGE, "limit:, offset:, ranges; a text or number loops once; no reversed"),
    Construct("break", "confirmed", TAGS_PAGE, "outside a loop it empties the whole text"),
    Construct("continue", "confirmed", TAGS_PAGE, "outside a loop it empties the whole text"),
    Construct("tablerow", "confirmed", TAGS_PAGE, "cols: and limit:; offset: has no effect"),
    Construct("abort", "confirmed", USE_CASES_PAGE, "CleverTap's own: this profile receives nothing"),
    *_named("second-hand", LIQP, "capture increment decrement cycle"),
    Construct("include", "contested", TAGS_PAGE, "what it includes is not known: uncertain"),
    Construct("ifchanged", "second-hand", LIQP, "not predicted: uncertain"),
)
OTHER_TAGS: Final = frozenset(("break", "continue", "increment", "decrement", "abort", "ifchanged", "raw"))

FILTERS: Final = _table(
    Construct("default", "confirmed", TAGS_PAGE, "replaces nil, false, '', [] and {}; not ' ' and not 0"),
    Construct("date", "confirmed", TAGS_PAGE, "reads seconds, now, yyyy-MM-dd HH:mm:ss; the zone is the server's"),
    Construct("split", "confirmed", TAGS_PAGE, "a separator at the very start does not split"),
    Construct("plus", "confirmed", TAGS_PAGE, "whole numbers wrap at 64 bits"),
    *_named("confirmed", OLD_PAGE, "minus times at_least at_most first last upcase downcase"),
    Construct("divided_by", "confirmed", OLD_PAGE, "whole numbers divide towards 0"),
    Construct("modulo", "confirmed", OLD_PAGE, "takes the sign of the left number"),
    Construct("round", "confirmed", OLD_PAGE, "half up, as a text; 0 for nil, words and 1.0E7"),
    Construct("capitalize", "confirmed", OLD_PAGE, "the other letters stay"),
    Construct("strip", "confirmed", OLD_PAGE, "ASCII blanks only"),
    Construct("lstrip", "confirmed", OLD_PAGE, "ASCII blanks only"),
    Construct("rstrip", "confirmed", OLD_PAGE, "ASCII blanks only"),
    Construct("strip_html", "confirmed", OLD_PAGE, "simple HTML; broken HTML is uncertain"),
    Construct("strip_newlines", "confirmed", OLD_PAGE),
    Construct("url_encode", "confirmed", OLD_PAGE, "a blank becomes +"),
    Construct("date_tz", "contested", TAGS_PAGE, "format and IANA zone; LiqP has no such filter"),
    Construct("url_escape", "contested", OLD_PAGE, "LiqP has no such filter"),
    Construct("url_param_escape", "contested", OLD_PAGE, "LiqP has no such filter"),
    *_named(
        "second-hand",
        LIQP,
        "abs append ceil compact concat escape escape_once floor h join map newline_to_br prepend remove remove_first "
        "replace replace_first reverse size slice sort sort_natural truncate truncatewords uniq url_decode",
    ),
)

OPERATORS: Final = _table(
    Construct("==", "confirmed", TAGS_PAGE, "converts nothing: 5 == '5' is false, 5 == 5.0 is true"),
    Construct("!=", "confirmed", TAGS_PAGE, "also written <>"),
    *(Construct(sign, "confirmed", TAGS_PAGE, "numbers only; false with a text") for sign in ("<", ">", "<=", ">=")),
    Construct("contains", "confirmed", TAGS_PAGE, "a part of a text, or an item of a list; 1 never finds a number"),
    Construct("and", "confirmed", TAGS_PAGE, "and and or have one rank and group from the right"),
    Construct("or", "confirmed", TAGS_PAGE, "and and or have one rank and group from the right"),
    Construct("( )", "second-hand", LIQP, "groups conditions"),
)

VALUES: Final = _table(
    Construct("blank", "confirmed", USE_CASES_PAGE, "equals nothing: X == blank is never true, X != blank always"),
    Construct("empty", "second-hand", LIQP, "equals '' and [] and, on the right, {}; not nil, not ' '"),
    Construct("nil", "second-hand", LIQP, "equals only what is missing or null; also written null"),
    Construct("now", "second-hand", TAGS_PAGE, "{{ 'now' | date: ... }}; India's time (+05:30)"),
    Construct("names", "confirmed", TAGS_PAGE, "ASCII, case-sensitive; others in brackets: Profile['氏名']"),
    Construct("numbers", "second-hand", LIQP, "decimals print as Java doubles: 45.0, 1.0E7, 9.0E-4"),
    Construct("texts", "confirmed", TAGS_PAGE, "between ' or \"; no escapes"),
    Construct("lists", "confirmed", TAGS_PAGE, "an index past the end or negative fails"),
    Construct("{{- -}}", "second-hand", LIQP, "trims ASCII blanks"),
)

OBJECTS: Final = _table(
    *_named("confirmed", TAGS_PAGE, "Profile Event ExternalTrigger Linked Catalog Campaign"),
    Construct("Notify", "confirmed", TAGS_PAGE, "beta"),
)

CONTESTED_FILTERS: Final = frozenset(name for name, row in FILTERS.items() if row.flag == "contested")

REMEDIES: Final = {
    "elseif": "Write elsif",
    "elif": "Write elsif",
    "else-if": "Write elsif",
    "endelse": "Delete it: {% endif %} ends the block",
    "set": "Write assign",
    "foreach": "Write for",
    "echo": "Write {{ Profile.Name }}",
    "liquid": "Write each tag by itself",
    "trim": "Write strip",
    "title": "Write capitalize (first letter only)",
    "json": "Values are not escaped: write text without quotes and line breaks into the profile",
    "to_json": "Values are not escaped: write text without quotes and line breaks into the profile",
    "multiply": "Write times",
    "fallback": "Write default",
    "default_if_empty": "Write default",
    "time_zone": "Write date_tz: format, zone",
}

SECTIONS: Final = {
    "Tags": TAGS,
    "Filters": FILTERS,
    "Operators": OPERATORS,
    "Values": VALUES,
    "Objects": OBJECTS,
}
"""All tables, under the headings of the documentation's page on the dialect."""
