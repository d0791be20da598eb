# SPDX-License-Identifier: MIT
"""Exercises, each with an id and something that tells right from wrong:

    ```{exercise} 3.2
    :check: 03/no-stale-tlb
    Text.
    ```

`:check: LAB/NAME` is a check of labs/LAB-*/lab.json; `:explain: LAB/NAME` a
question of its explain.md. What follows a line that begins with `Answer:` is Markdown
with facts computed at build, and stands in the instructor's edition only."""

import json
import re

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from . import tree


def labs_folder(app, number: str):
    found = sorted((tree.root(app) / "labs").glob(f"{number}-*"))
    if not found:
        raise tree.Problem(f"there is no lab {number}")
    return found[0]


def names_in(value) -> set:
    """Every "name" or "id" of a list of checks, however deep."""
    if isinstance(value, dict):
        own = {str(value[key]) for key in ("name", "id") if key in value}
        return own.union(*(names_in(part) for part in value.values()))
    if isinstance(value, list):
        return set().union(*(names_in(part) for part in value), {part for part in value if isinstance(part, str)})
    return set()


def require(app, kind: str, target: str):
    lab, _, name = target.partition("/")
    folder = labs_folder(app, lab)
    if kind == "check":
        known = names_in(json.loads((folder / "lab.json").read_text(encoding="utf-8")).get("checks", []))
    else:
        page = folder / "explain.md"
        text = page.read_text(encoding="utf-8") if page.exists() else ""
        known = set(re.findall(r"^#+\s+([\w-]+)", text, flags=re.M)) | set(re.findall(r"^\((\S+)\)=", text, flags=re.M))
    if name not in known:
        raise tree.Problem(f"{folder.name} has no {kind} {name}; it has {', '.join(sorted(known)) or 'none'}")


class Exercise(SphinxDirective):
    required_arguments = 1
    has_content = True
    option_spec = {"check": directives.unchanged_required, "explain": directives.unchanged_required}

    def run(self):
        number = self.arguments[0]
        try:
            self.examine(number)
        except tree.Problem as problem:
            tree.complain(self.get_location(), "exercise", f"exercise {number}: {problem}")
            return [tree.problem_node(str(problem))]
        box = nodes.container(classes=["press-exercise"], ids=[f"exercise-{number.replace('.', '-')}"])
        box += nodes.paragraph("", "", nodes.strong("", f"Exercise {number}"), classes=["press-exercise-title"])
        question, answer = self.parts()
        self.state.nested_parse(StringList(question, source=self.env.docname), self.content_offset, box)
        if answer:
            # Parsed in every edition, so that its facts are computed; few see it.
            shown = nodes.container(classes=["press-answer"])
            self.state.nested_parse(StringList(answer, source=self.env.docname),
                                    self.content_offset + len(question), shown)
            if self.env.app.config.press_edition == "instructor":
                box += shown
        for kind, who in (("check", "./viv check tells: "), ("explain", "A question of the lab: ")):
            if kind in self.options:
                box += nodes.paragraph("", "", nodes.literal("", who + self.options[kind]), classes=["press-origin"])
        return [box]

    def examine(self, number):
        chapter = tree.chapter_number(self.env.docname)
        if not re.fullmatch(r"\d+\.\d+", number) or (chapter and int(number.split(".")[0]) != chapter):
            raise tree.Problem("want CHAPTER.NUMBER of this chapter")
        all_of_them = self.env.press_exercises = getattr(self.env, "press_exercises", {})
        if all_of_them.setdefault(number, self.env.docname) != self.env.docname or number in self.seen():
            raise tree.Problem("this id is taken")
        self.seen().add(number)
        if not self.options and not self.parts()[1]:
            raise tree.Problem("nothing tells right from wrong: want :check:, :explain: or a line Answer:")
        for kind in ("check", "explain"):
            if kind in self.options:
                require(self.env.app, kind, self.options[kind])

    def parts(self):
        """The lines of the question, and those of the answer."""
        lines = list(self.content)
        at = next((i for i, line in enumerate(lines) if line.startswith("Answer:")), len(lines))
        return lines[:at], lines[at:]

    def seen(self) -> set:
        return self.env.temp_data.setdefault("press_exercises_here", set())


def purge(app, env, docname):
    kept = getattr(env, "press_exercises", {})
    env.press_exercises = {number: doc for number, doc in kept.items() if doc != docname}


def setup(app):
    app.add_directive("exercise", Exercise)
    app.connect("env-purge-doc", purge)
