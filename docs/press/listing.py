# SPDX-License-Identifier: MIT
"""Listings from live code:

    ```{listing} kernel/memory/paging.hpp#rights
    ```

shows what stands in that file between // [doc:rights] and // [/doc:rights].
An anchor inside what students write is refused; what they write inside an
anchor is shown as its stub."""

import textwrap

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from . import lab_parts, source_pages, tree


def anchor_range(text: str, name: str, path: str):
    """First and last line between the anchor's tags."""
    begin = end = None
    for number, line in enumerate(text.splitlines(), 1):
        tag = lab_parts.tag_of(line)
        if not tag or tag[:2] != ("doc", name):
            continue
        if not tag[2]:
            if begin is not None:
                raise tree.Problem(f"{path}: the anchor [doc:{name}] begins twice")
            begin = number + 1
        else:
            end = number - 1
    if begin is None:
        raise tree.Problem(f"{path} has no anchor [doc:{name}]")
    if end is None or end < begin:
        raise tree.Problem(f"{path}: the anchor [doc:{name}] has no end")
    return begin, end


def extract(app, target: str):
    """(path, first line, code) of FILE#NAME in this edition."""
    path, _, name = target.partition("#")
    if not name:
        raise tree.Problem(f"{target}: want FILE#NAME, the name of an anchor // [doc:NAME]")
    text = tree.read(app, path)
    first, last = anchor_range(text, name, path)
    if lab_parts.is_hidden(app, path, first - 1):
        raise tree.Problem(f"{target} lies within what a lab's students write, and cannot be shown to them")
    live = text.splitlines()
    padded = "\n".join(line if first <= i <= last else "" for i, line in enumerate(live, 1))
    shown = [line for line in lab_parts.lines_shown(app, padded) if line.number == 0 or
             first <= line.number <= last]
    return path, first, textwrap.dedent("\n".join(line.text for line in shown)).strip("\n")


class Listing(SphinxDirective):
    required_arguments = 1
    option_spec = {"name": directives.unchanged}

    def run(self):
        target = self.arguments[0]
        try:
            path, first, code = extract(self.env.app, target)
        except tree.Problem as problem:
            tree.complain(self.get_location(), "listing", str(problem))
            return [tree.problem_node(str(problem))]
        self.env.note_dependency(str(tree.root(self.env.app) / path))
        block = nodes.literal_block(code, code, language=tree.language_of(path), force=True)
        box = nodes.container("", block, classes=["press-listing"])
        box += nodes.paragraph("", "", source_pages.reference(self.env.app, path, first, nodes.literal("", path)),
                               classes=["press-origin"])
        return [box]


def setup(app):
    app.add_directive("listing", Listing)
