# SPDX-License-Identifier: MIT
"""Commands that are run and compared:

    ```{console}
    :vary: stamps
    $ ./viv run hello
    Vivarium, an x86-64 unikernel under glass
    ...
    ```

Each line that begins with `$ ` is run in the simulator; what follows is what it
must print, byte for byte. `:vary:` names what may differ from build to build
(stamps, addresses, counts); the page shows what came. `:status: 101` is the
last command's exit status. `:lines: 2-9`, `:from: TEXT` (the first line that begins
so; `~TEXT`: that holds it) and `:before: TEXT` and `:count: 5` cut the last output; `:stderr:` takes what was said there, too. `./viv docs accept` rewrites the blocks."""

import difflib
import re
import shlex

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from . import runs, tree

VARYING = {
    "stamps": [(r"\[ *\d+\.\d{6}\]", "[T]")],
    "addresses": [(r"\b0x[0-9a-f]{2,16}\b", "ADDRESS"), (r"\b[0-9a-f]{12,16}\b", "ADDRESS"),
                  (r"\+0x[0-9a-f]+|\+ADDRESS", "+N")],
    "counts": [(r"\d[\d,.]*", "N"), (r"[ \t]+", " ")],
}


def without(text: str, vary) -> str:
    for name in vary:
        for pattern, token in VARYING[name]:
            text = re.sub(pattern, token, text)
    return text


def read_block(lines):
    """[(command, expected lines)]"""
    steps = []
    for line in lines:
        if line.startswith("$ "):
            steps.append((line[2:], []))
        elif not steps:
            raise tree.Problem("a console block begins with a command: $ ./viv ...")
        else:
            steps[-1][1].append(line)
    if not steps:
        raise tree.Problem("a console block without a command")
    return steps


def run_command(app, command: str, stdin=""):
    words = shlex.split(command)
    if words and words[0] == "./viv":
        return runs.of(app).viv(words[1:], stdin)
    if words and words[0] in runs.OTHERS:
        return runs.of(app).run(words[0], words[1:], stdin)
    raise tree.Problem(f"the book runs ./viv and {', '.join(sorted(runs.OTHERS))} only: {command}")


def cut(lines, options):
    """The part of an output that the page shows, with dots where more stands."""
    first, last = 1, len(lines)
    if "lines" in options:
        wanted = options["lines"]
        if not re.fullmatch(r"\d+-\d+", wanted):
            raise tree.Problem(f":lines: {wanted}: want FIRST-LAST")
        first, last = map(int, wanted.split("-"))
        if not lines[first - 1:last]:
            raise tree.Problem(f":lines: {wanted}: there are only {len(lines)}")
    for option in ("from", "before"):
        if option not in options:
            continue
        start = first if option == "before" else 0
        text = options[option]
        fits = (lambda line: text[1:].strip() in line) if text.startswith("~") else (
            lambda line: line.strip().startswith(text))
        at = next((i for i in range(start, len(lines)) if fits(lines[i])), None)
        if at is None:
            raise tree.Problem(f":{option}: no line begins with {options[option]}")
        first, last = (at + 1, last) if option == "from" else (first, at)
    if "count" in options:
        last = min(last, first + options["count"] - 1)
    return (["..."] if first > 1 else []) + lines[first - 1:last] + (["..."] if last < len(lines) else [])


class Console(SphinxDirective):
    has_content = True
    option_spec = {"vary": directives.unchanged, "status": int, "lines": directives.unchanged,
                   "from": directives.unchanged, "before": directives.unchanged, "count": int,
                   "stdin": directives.unchanged, "stderr": directives.flag}

    def run(self):
        try:
            shown = self.compare()
        except tree.Problem as problem:
            tree.complain(self.get_location(), "console", str(problem))
            return [tree.problem_node(str(problem))]
        text = "\n".join(shown)
        return [nodes.literal_block(text, text, language="console", classes=["press-console"])]

    def compare(self):
        app = self.env.app
        vary = [word.strip() for word in self.options.get("vary", "").split(",") if word.strip()]
        for name in vary:
            if name not in VARYING:
                raise tree.Problem(f":vary: {name}: there are {', '.join(VARYING)}")
        steps, shown, accepted = read_block(list(self.content)), [], []
        for index, (command, expected) in enumerate(steps):
            last = index == len(steps) - 1
            stdin = self.options.get("stdin", "").replace("\\n", "\n") if last else ""
            answer = run_command(app, command, stdin)
            status = self.options.get("status", 0) if last else 0
            if answer.status != status:
                raise tree.Problem(f"{command}: status {answer.status}, not {status}: "
                                   f"{(answer.err or answer.out).strip()[-200:]}")
            said = answer.out + (answer.err if "stderr" in self.options else "")
            actual = [line.rstrip() for line in said.replace("\r", "").splitlines()]
            while actual and not actual[-1]:
                actual.pop()
            if last:
                actual = cut(actual, self.options)
            while expected and not expected[-1].strip():
                expected.pop()
            self.differ(command, expected, actual, vary)
            shown += [f"$ {command}", *actual]
            accepted += [f"$ {command}", *actual]
        if app.config.press_accept:
            app.press_accepted = getattr(app, "press_accepted", [])
            app.press_accepted.append((self.env.doc2path(self.env.docname), list(self.content), accepted))
        return shown

    def differ(self, command, expected, actual, vary):
        want = [without(line, vary) for line in expected]
        have = [without(line, vary) for line in actual]
        if want == have or self.env.app.config.press_accept:
            return
        lines = difflib.unified_diff(want, have, "the page", "the command", lineterm="", n=1)
        raise tree.Problem(f"{command} prints something else (./viv docs accept takes it over):\n"
                           + "\n".join(list(lines)[:24]))


def write_accepted(app, exception):
    """Puts what the commands printed into the pages."""
    for path, old, new in getattr(app, "press_accepted", []):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        before, after = "\n".join(old), "\n".join(new)
        if before != after and text.count(before) >= 1:
            text = text.replace(before, after, 1)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)


def setup(app):
    app.add_directive("console", Console)
    app.connect("build-finished", write_accepted)
