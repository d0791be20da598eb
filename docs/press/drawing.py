# SPDX-License-Identifier: MIT
"""Drawings from the machine's state: SVG that the views do not draw.

    ```{drawing} address_space
    :scenario: hello
    :at: ready
    Caption.
    ```

Each drawing is a function draw(app, options) -> (SVG, twin) in press/drawings/."""

import hashlib
import importlib
import re
from pathlib import Path

from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from . import figure, lab_parts, runs, tree
from .drawings import paper


class Drawing(SphinxDirective):
    required_arguments = 1
    has_content = True
    option_spec = {"scenario": directives.unchanged_required, "at": directives.unchanged,
                   "with": directives.unchanged, "name": directives.unchanged}

    def run(self):
        name = self.arguments[0]
        try:
            if not re.fullmatch(r"\w+", name) or not (Path(__file__).parent / "drawings" / f"{name}.py").exists():
                raise tree.Problem(f"there is no drawing {name} in docs/press/drawings")
            module = importlib.import_module(f"press.drawings.{name}")
            svg, words = module.draw(self.env.app, self.options)
            lab_parts.refuse_solutions(self.env.app, words)
            folder = runs.of(self.env.app).build / "docs" / "pictures"
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{name}-{hashlib.sha256(svg.encode()).hexdigest()[:16]}.svg"
            path.write_text(svg, encoding="utf-8")
            by_night = path.with_suffix(".dark.svg")
            by_night.write_text(paper.dark(svg), encoding="utf-8")
            return figure.figure_with_twin(self, [path, by_night], words, self.content)
        except (tree.Problem, KeyError, ValueError) as problem:
            tree.complain(self.get_location(), "figure", f"{name}: {problem}")
            return [tree.problem_node(str(problem))]


def setup(app):
    app.add_directive("drawing", Drawing)
