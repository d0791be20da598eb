# SPDX-License-Identifier: MIT
"""Figures: a view of a recorded machine at a moment, as the visualizer draws it.

    ```{shot} walk
    :scenario: hello
    :at: ready
    :address: apps::main
    :size: 760x420
    What the reader should see.
    ```

The picture comes from `viv shot --bare`; the view's text twin is its alternative
text, and stands below it, folded. There are two pictures, for a light page and for a
dark one; paper and slides have the light one. Pictures are made at build and never
committed."""

import hashlib
import html
import os
import re

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from . import lab_parts, runs, tree

# Views whose text twin has another name.
TWINS = {"bytes": "memory", "scheduler": "gantt", "machine": "overview", "boot": "registers",
         "scheduling": "gantt", "network": "packets"}
THEMES = ("light", "dark")
SCALE = 2  # twice the pixels of the page, for paper and fine screens
LONGEST_ALT = 1500


class twin(nodes.General, nodes.Element):
    """The picture in words, folded."""


def picture_uri(app, path) -> str:
    return "/" + os.path.relpath(path, app.srcdir)


def figure_with_twin(directive, pictures: list, words: str, caption_lines) -> list:
    """A figure node: pictures (by THEMES; or none), caption, and its twin. The caption is Markdown."""
    box = nodes.container(classes=["press-figure"])
    caption = nodes.Element()
    directive.state.nested_parse(caption_lines, directive.content_offset, caption)
    plain = caption.astext().replace("\n", " ")
    if not plain.strip():
        raise tree.Problem("a figure without a caption")
    if not words.strip():
        raise tree.Problem("a figure without a text twin")
    figure = nodes.figure()
    if pictures:
        alt = f"{plain}\n{words}".strip()
        alt = alt if len(alt) <= LONGEST_ALT else alt[:LONGEST_ALT].rsplit("\n", 1)[0] + "\n..."
        for theme, path in zip(THEMES, pictures):
            figure += nodes.image(uri=picture_uri(directive.env.app, path), alt=alt, classes=[f"only-{theme}"])
    first = caption.children[0] if caption.children else nodes.paragraph()
    figure += nodes.caption("", "", *first.children)
    figure["press_caption"] = plain
    figure["press_picture"] = str(pictures[0]) if pictures else ""
    box += figure
    box += twin("", words=words)
    directive.set_source_info(figure)
    if "name" in directive.options:
        directive.add_name(figure)
    return [box]


def address_of(app, scenario, at, text: str) -> str:
    if not text or re.fullmatch(r"0x[0-9a-f]+", text):
        return text
    return hex(runs.of(app).query(scenario, at, ["print", text])["number"] % 2**64)


class Shot(SphinxDirective):
    required_arguments = 1
    has_content = True
    option_spec = {"scenario": directives.unchanged_required, "at": directives.unchanged, "address": directives.unchanged,
                   "size": directives.unchanged, "ask": directives.unchanged, "twin": directives.unchanged,
                   "name": directives.unchanged}

    def run(self):
        try:
            return self.make()
        except tree.Problem as problem:
            tree.complain(self.get_location(), "figure", str(problem))
            return [tree.problem_node(str(problem))]

    def make(self):
        app, view, options = self.env.app, self.arguments[0], self.options
        if "scenario" not in options:
            raise tree.Problem("a figure wants :scenario:")
        scenario, at = options["scenario"], options.get("at", "end")
        runner = runs.of(app)
        runner.recording(scenario)
        place = f"{scenario}.run@{runner.moment(scenario, at)}"
        address = address_of(app, scenario, at, options.get("address", ""))
        if "ask" in options:
            words = runner.viv(["open", place, "--headless", "--ask", options["ask"], "--print", "answers"]).out
        else:
            words = "\n".join(runner.view(scenario, at, name, address=address)
                              for name in options.get("twin", TWINS.get(view, view)).split())
        lab_parts.refuse_solutions(app, words)
        pictures = [self.picture(view, place, address, theme) for theme in THEMES] if app.config.press_pictures else []
        return figure_with_twin(self, pictures, words, self.content)

    def picture(self, view, place, address, theme):
        options = self.options
        width, height = options.get("size", "760x600").split("x")
        words = ["shot", "--bare", "--view", view, "--recording", place, "--theme", theme,
                 "--scale", str(SCALE), "--size", f"{int(width) * SCALE}x{int(height) * SCALE}"]
        words += ["--address", address] if address else []
        words += ["--ask", options["ask"]] if "ask" in options else []
        runner = runs.of(self.env.app)
        recording = runner.recording(options["scenario"])
        name = hashlib.sha256("\0".join([*words, runner.file_digest(recording),
                                         runner.file_digest(runner.build / "bin" / "viv-glass")]).encode())
        path = runner.build / "docs" / "pictures" / f"{view}-{name.hexdigest()[:16]}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            answer = runner._start("viv-glass", [*words, "-o", str(path)])
            if answer.status != 0 or not path.exists():
                raise tree.Problem(f"viv shot: {answer.err.strip()}")
        return path


def visit_twin(translator, node):
    translator.body.append("<details class='press-twin'><summary>The same in words</summary>"
                           f"<pre>{html.escape(node['words'])}</pre></details>")
    raise nodes.SkipNode


def skip(translator, node):
    raise nodes.SkipNode


def setup(app):
    app.add_node(twin, html=(visit_twin, None), latex=(skip, None), text=(skip, None))
    app.add_directive("shot", Shot)
