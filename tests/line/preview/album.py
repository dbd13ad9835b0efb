"""Writes the pictures of docs/pictures.md: ``python -m tests.line.preview.album docs/pictures``.

Run it after a change of linetap/line/preview and check the images.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from linetap.errors import Problem
from linetap.fields import EventField, ProfileField
from linetap.line.preview import ChatSnapshot, gallery_html
from tests.chromium import chromium
from tests.line.preview.samples import CHATS, box, flex, opens, says, template, text

_NAME, _TIER = ProfileField("Name", default="friend"), ProfileField("Tier")
_LONG = "This buttons template says more than sixty characters beside its title"

DRAFT: list[Any] = [
    {"type": "text", "text": f"Hi {_NAME}! Your last order brought you {EventField('Charged', 'Amount')} points 🎉"},
    {"type": "image", "originalContentUrl": "https://a.example/a", "previewImageUrl": f"https://a.example/{_TIER}.png"},
    template(
        "buttons", title=f"For {_TIER} members", text=_LONG, actions=[opens("Shop"), says("Remind me tomorrow night")]
    ),
]
CUT = {
    "type": "bubble",
    "size": "kilo",
    "body": box("vertical", text("An address longer than its line: 東京都渋谷区神南")),
}
TOO_LONG = Problem("messages[2].template.text", "must have at most 60 characters with a title", str(len(_LONG)))
SNAPSHOTS = [
    ChatSnapshot("the campaign itself", DRAFT, "", (TOO_LONG,)),
    ChatSnapshot(
        "สมชาย ใจดี", [{"type": "text", "text": "Hi สมชาย! Your last order brought you 120 points 🎉"}], "rendered"
    ),
    ChatSnapshot("田中 花子 (no Tier)", [], "aborted"),
    ChatSnapshot("O’Brien", [flex(CUT)], "defaulted"),
]


def sheets() -> dict[str, str]:
    """The pages to save as images, by name."""
    names = list(CHATS)
    snapshots = [ChatSnapshot(name.replace("_", " "), CHATS[name]) for name in names]
    parts = {f"kinds-{n // 4 + 1}": gallery_html(snapshots[n : n + 4], dark=False) for n in range(0, len(snapshots), 4)}
    dark = [snapshots[names.index(name)] for name in ("text", "cards", "carousel", "receipt")]
    return parts | {"dark": gallery_html(dark, dark=True), "people": gallery_html(SNAPSHOTS, dark=False)}


def main(folder: str) -> None:
    """Write one PNG file for each page."""
    with chromium() as browser:
        for name, page in sheets().items():
            path = Path(folder) / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            browser.shoot(page, str(path), viewport={"width": 806, "height": 600})
            print(path, f"{path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
