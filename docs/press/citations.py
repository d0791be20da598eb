# SPDX-License-Identifier: MIT
"""Sources: `[sdm-3a §4.5]` or `[ostep]` on a page for students leads to
docs/reference/sources.md, which must define the tag."""

import re

from docutils import nodes
from sphinx import addnodes

from . import tree

CITED = re.compile(r"\[((?:[a-z]+(?:-[a-z0-9.]+)*|rfc\d+|\d{4,5}[a-z]*))((?: §[^\]]+)?)\]")


def defined(app) -> set:
    page = tree.read(app, "docs/reference/sources.md")
    return {tag for line in page.splitlines() if line.startswith("| `")
            for tag in re.findall(r"`([^`]+)`", line.split("|")[1])}


def link(app, doctree):
    docname = app.env.docname
    if not (tree.is_taught(docname) or docname.startswith("instructor/")):
        return
    try:
        known = defined(app)
    except tree.Problem:
        known = set()
    for text in list(doctree.findall(nodes.Text)):
        if isinstance(text.parent, (nodes.literal, nodes.literal_block, nodes.raw)):
            continue
        pieces, at = [], 0
        whole = text.astext()
        for found in CITED.finditer(whole):
            tag = found.group(1)
            if tag not in known and not re.fullmatch(r"rfc\d+", tag):
                tree.complain(text.parent, "citation", f"docs/reference/sources.md does not define {tag}")
                continue
            cited = addnodes.pending_xref("", nodes.inline("", found.group(0), classes=["press-citation"]),
                                          refdomain="std", reftype="doc", reftarget="/reference/sources",
                                          refexplicit=True, refwarn=True, refdoc=docname)
            pieces += [nodes.Text(whole[at:found.start()]), cited]
            at = found.end()
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(whole[at:])])


def setup(app):
    app.connect("doctree-read", link, priority=400)
