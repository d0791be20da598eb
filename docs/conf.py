# SPDX-License-Identifier: MIT
#
# Sphinx's configuration. ./viv docs passes what a build is about (docs/press/main.py).
import json
import os
import sys
from pathlib import Path

docs = Path(__file__).parent
sys.path.insert(0, str(docs))

project = "Vivarium"
author = "the Vivarium authors"
copyright = "the Vivarium authors, MIT licence"
extensions = ["myst_parser", "press"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["README.md", "press", "**/README.md"]
root_doc = "index"
language = "en_GB"
nitpicky = True
smartquotes = False  # quotation marks in prose stand as they are typed

myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 3

press_root = str(docs.parent)
press_build = os.environ.get("VIV_BUILD") or None
press_scenarios = json.loads((docs / "scenarios.json").read_text(encoding="utf-8"))
press_edition = os.environ.get("VIV_EDITION", "student")

html_theme = "furo"
html_title = "Vivarium"
html_static_path = ["press/static"]
html_css_files = ["press.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {
        "font-stack": "Roboto, Helvetica, Arial, sans-serif",
        "font-stack--monospace": "'JetBrains Mono', Menlo, Consolas, monospace",
        "color-brand-primary": "#0b6152",
        "color-brand-content": "#0b6152",
    },
    "dark_css_variables": {"color-brand-primary": "#5fc7b2", "color-brand-content": "#5fc7b2"},
    "footer_icons": [],
}
pygments_style = "friendly"
pygments_dark_style = "monokai"
