# SPDX-License-Identifier: MIT
"""Numbers that are computed: {num}`lines kernel/memory/paging.cpp`.

    lines FILE...                   lines of code: no blanks, no comments
    linked PAGE PATTERN             lines of code of all files to which PAGE links below headings
                                    that begin like the regular expression
    at SCENARIO MOMENT              instructions retired by then
    between SCENARIO FROM TO        instructions between two moments
    value SCENARIO MOMENT EXPR      of the kernel, as docs/reference/expressions.md has it
    hex SCENARIO MOMENT EXPR        the same in hexadecimal
    view SCENARIO MOMENT VIEW PATH  one value of a view's JSON: view hello end frames owners.free
    size IMAGE                      bytes of the stripped image
    cost NAME                       usual instructions, of docs/reference/costs.md, which a test holds
    most NAME                       the dearest of the same
    shown FILE#ANCHOR               lines of a listing"""

import json
import posixpath
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

from docutils import nodes

from . import listing, runs, tree


def lines_of_code(text: str) -> int:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return sum(1 for line in text.splitlines() if line.strip() and not re.match(r"\s*(//|#\s)", line))


def linked(app, page: str, pattern: str) -> list:
    """The files of the repository, each once."""
    found, inside = {}, False
    for line in tree.read(app, page).splitlines():
        heading = re.match(r"#+ +(.*)", line)
        if heading:
            inside = re.match(pattern, heading.group(1)) is not None
        if inside:
            for target in re.findall(r"\]\(([^)#:]+)\)", line):
                found[posixpath.normpath(posixpath.join(posixpath.dirname(page), target))] = None
    if not found:
        raise tree.Problem(f"{page} links to no file below {pattern}")
    return list(found)


def grouped(value) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def moment_count(app, scenario: str, name: str) -> int:
    moment = runs.of(app).moment(scenario, name)
    if not re.fullmatch(r"\d+(\.\d+)?", moment):
        stand = json.loads(runs.of(app).view(scenario, moment, "overview", as_json=True))
        moment = str(stand.get("moment", stand.get("retired", "")))
    return int(moment.split(".")[0])


def stripped_size(path: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "image"
        subprocess.run(["strip", "-o", small, path], check=True, capture_output=True)
        return small.stat().st_size


def cost(app, name: str, kind: str) -> str:
    for line in tree.read(app, "docs/reference/costs.md").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == f"`{name}`":
            return grouped(int(cells[2 if kind == "cost" else 3]))
    raise tree.Problem(f"docs/reference/costs.md has no {name}")


def compute(app, text: str):
    """The value of a fact, as text for the page."""
    try:
        kind, *words = shlex.split(text)
    except ValueError:
        kind, words = "", []
    runner = runs.of(app) if kind in ("at", "between", "value", "hex", "view", "size") else None
    match kind, words:
        case "lines", [_, *_]:
            return grouped(sum(lines_of_code(tree.read(app, path)) for path in words))
        case "linked", [page, pattern]:
            return grouped(sum(lines_of_code(tree.read(app, path)) for path in linked(app, page, pattern)))
        case "shown", [target]:
            return grouped(len(listing.extract(app, target)[2].splitlines()))
        case "at", [scenario, name]:
            return grouped(moment_count(app, scenario, name))
        case "between", [scenario, begin, end]:
            length = moment_count(app, scenario, end) - moment_count(app, scenario, begin)
            if length < 0:
                raise tree.Problem(f"{end} comes before {begin}")
            return grouped(length)
        case "value" | "hex", [scenario, at, *expression] if expression:
            answer = runner.query(scenario, at, ["print", " ".join(expression)])
            if "number" not in answer:
                raise tree.Problem(f"{' '.join(expression)} is no number: {answer.get('text', '')}")
            return hex(answer["number"]) if kind == "hex" else grouped(answer["number"])
        case "view", [scenario, at, view, path]:
            value = json.loads(runner.view(scenario, at, view, as_json=True))
            for step in path.split("."):
                value = value[int(step)] if isinstance(value, list) else value[step]
            return grouped(value)
        case "cost" | "most", [name]:
            return cost(app, name, kind)
        case "size", [image]:
            return grouped(stripped_size(runner.image(image)))
    raise tree.Problem(f"no such fact: {text} (docs/press/facts.py lists them)")


def role(name, rawtext, text, lineno, inliner, options=None, content=None):
    env = inliner.document.settings.env
    try:
        value = compute(env.app, text)
    except (tree.Problem, KeyError, IndexError, ValueError) as problem:
        tree.complain((env.docname, lineno), "num", f"{text}: {problem}")
        value = "?"
    return [nodes.inline("", value, classes=["press-number-computed"], press_fact=text)], []


def setup(app):
    app.add_role("num", role)
