"""How the documentation is built: Sphinx, MyST and furo; the generated tables are checked in."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import linetap  # noqa: E402

project = "linetap"
author = "The linetap maintainers"
copyright = "2026, the linetap maintainers"
version = release = linetap.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"linetap {release}"
html_copy_source = False
html_static_path: list[str] = []

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
