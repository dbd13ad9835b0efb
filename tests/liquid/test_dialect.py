"""The tables of the dialect and its page say the same, and the engine has what they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from linetap.liquid import dialect, parse
from linetap.liquid.expressions import FILTERS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "liquid.md"


def table(rows: dict[str, dialect.Construct]) -> str:
    """The Markdown table of the page for one section."""
    lines = ["| construct | flag | source | note |", "|---|---|---|---|"]
    for row in rows.values():
        source = f"<{row.source}>" if row.source.startswith("https") else row.source
        lines.append(f"| `{row.name}` | {row.flag} | {source} | {row.note} |")
    return "\n".join(lines)


@pytest.mark.parametrize("section", dialect.SECTIONS)
def test_the_page_has_every_construct(section: str) -> None:
    """docs/liquid.md shows each table of the dialect as it is."""
    page = PAGE.read_text(encoding="utf-8")

    assert f"## {section}\n" in page
    assert table(dialect.SECTIONS[section]) in page


def test_every_filter_of_the_table_exists() -> None:
    """The table of filters and the filters that render are the same names."""
    assert set(dialect.FILTERS) == {*FILTERS, "date", "date_tz"}


def test_contested_constructs_are_never_rendered() -> None:
    """A filter that is contested makes the rendering uncertain."""
    for name in dialect.CONTESTED_FILTERS:
        source = f"{{{{ 'now' | {name}: '%H', 'Asia/Tokyo' }}}}"
        assert parse(source).render({}).status == "uncertain"
