# SPDX-License-Identifier: MIT
"""The repository as the book sees it, and complaints about the book."""

import re
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger("press")


class Problem(Exception):
    """Something on a page is wrong: one line for the author."""


def root(app) -> Path:
    return Path(app.config.press_root)


def read(app, path: str) -> str:
    """A file of the repository. A path that leads out of it is refused."""
    full = (root(app) / path).resolve()
    if not full.is_relative_to(root(app).resolve()) or not full.is_file():
        raise Problem(f"there is no file {path}")
    return full.read_text(encoding="utf-8")


def complain(where, kind: str, text: str):
    """A warning that fails the check. `where` is a node or (docname, line)."""
    logger.warning(text, location=where, type="press", subtype=kind)


def problem_node(text: str) -> nodes.Node:
    """What stands on the page where something could not be made."""
    return nodes.container("", nodes.literal_block(text, text, language="text"), classes=["press-problem"])


def is_taught(docname: str) -> bool:
    """Pages for students, under the book's rules: chapters and primers."""
    return docname.startswith(("book/", "primers/"))


def chapter_number(docname: str):
    """3 for book/03-paging; None for what is no chapter."""
    found = re.match(r"book/(\d\d)-", docname)
    return int(found.group(1)) if found else None


def language_of(path: str) -> str:
    """Pygments' name for a file's language."""
    kinds = {".cpp": "cpp", ".hpp": "cpp", ".S": "gas", ".py": "python", ".json": "json", ".sh": "bash"}
    return kinds.get(Path(path).suffix, "text")
