# SPDX-License-Identifier: MIT
"""Spelling: what a page for students says is British English by hunspell, or stands
in docs/press/words.txt. Code, names with digits or capitals inside are left out."""

import re
import subprocess
from pathlib import Path

from docutils import nodes

from . import tree

WORD = re.compile(r"[A-Za-z][A-Za-z'’]*[A-Za-z]|[A-Za-z]")
LEFT_OUT = (nodes.literal, nodes.literal_block, nodes.raw, nodes.image, nodes.comment)


def words_of(text: str) -> list:
    """What a speller should see of a text: no addresses, names of files, identifiers."""
    text = re.sub(r"\S*[\w]+[_/\\@:.][\w/:.-]+\S*|\b\w*\d\w*\b|https?://\S+", " ", text)
    found = (word.replace("’", "'") for word in WORD.findall(text))
    return [word for word in found if not re.search(r"[a-z][A-Z]", word) and not (word.isupper() and len(word) > 1)]


def misspelt(words, own_words: Path) -> set:
    """Those of the words that neither hunspell nor our own list knows."""
    known = {line.strip() for line in own_words.read_text(encoding="utf-8").splitlines()
             if line.strip() and not line.startswith("#")}
    lower = {word.lower() for word in known}
    asked = {word.removesuffix("'s") for word in words}
    asked = sorted(word for word in asked if word.lower() not in lower)
    done = subprocess.run(["hunspell", "-d", "en_GB", "-i", "utf-8", "-l"], input="\n".join(asked), text=True,
                          capture_output=True, timeout=30)
    if done.returncode != 0 or "Can't open" in done.stderr:
        raise tree.Problem(f"hunspell: {done.stderr.strip()}")
    return set(done.stdout.split())


def check(app, doctree):
    docname = app.env.docname
    if not (tree.is_taught(docname) or docname.startswith("instructor/")):
        return
    places = {}
    for text in doctree.findall(nodes.Text):
        node = text.parent
        while node is not None and not isinstance(node, LEFT_OUT) and "press-citation" not in node.get("classes", ()):
            node = node.parent
        if node is None:
            for word in words_of(text.astext()):
                places.setdefault(word.removesuffix("'s"), text.parent)
    try:
        wrong = misspelt(places, Path(__file__).with_name("words.txt"))
    except tree.Problem as problem:
        tree.complain((docname, 1), "spelling", str(problem))
        return
    for word in sorted(wrong):
        tree.complain(places.get(word) or (docname, 1), "spelling", f"misspelt, or missing in docs/press/words.txt: {word}")


def setup(app):
    app.connect("doctree-read", check)
