# SPDX-License-Identifier: MIT
"""What students write: the parts of live files between [lab:NN-part] and
[/lab:NN-part] (labs/README.md). The student's edition never shows their bodies;
it shows the stub that the lab hands out, or says whose work it is."""

import re
from dataclasses import dataclass

from . import tree

TAG = re.compile(r"^\s*(?://|/\*|#)\s*\[(/?)(lab|doc):([\w-]+)\]")


@dataclass(frozen=True)
class Line:
    number: int  # in the live file, from 1; 0: of a stub, in no file
    text: str


def tag_of(text: str):
    """("lab" or "doc", name, is it the end) of a tag's line, or None."""
    found = TAG.match(text)
    return (found.group(2), found.group(3), found.group(1) == "/") if found else None


def parts_in(text: str) -> list:
    """(name, first line, last line) of every lab part, the tags' lines included."""
    found, opened = [], {}
    for number, line in enumerate(text.splitlines(), 1):
        tag = tag_of(line)
        if not tag or tag[0] != "lab":
            continue
        _, name, is_end = tag
        if not is_end:
            opened[name] = number
        elif name in opened:
            found.append((name, opened.pop(name), number))
    if opened:
        raise tree.Problem(f"the tag [lab:{next(iter(opened))}] has no end")
    return found


def stub_of(app, name: str) -> str:
    """What stands in the starter instead of the part; a comment when no lab has a stub yet."""
    number, part = name.split("-", 1)
    for folder in sorted((tree.root(app) / "labs").glob(f"{number}-*")):
        for stub in sorted((folder / "stubs").glob(f"{part}.*")):
            lines = stub.read_text(encoding="utf-8").splitlines()
            return "\n".join(line for line in lines if "SPDX-License-Identifier" not in line)
    return f"... lab {int(number)} writes this: {part}"


def lines_shown(app, text: str) -> list:
    """The file's lines in this edition, without tags."""
    hidden = {} if app.config.press_edition == "instructor" else {
        first: (last, name) for name, first, last in parts_in(text)}
    shown, skip_to = [], 0
    for number, line in enumerate(text.splitlines(), 1):
        if number <= skip_to:
            continue
        if number in hidden:
            skip_to, name = hidden[number]
            stub = stub_of(app, name)
            indent = re.match(r"\s*", line).group(0)
            if stub.startswith("..."):
                mark = "/* {} */" if line.lstrip().startswith("/*") else "// {}"
                stub = mark.format(stub)
            shown += [Line(0, indent + part if part else part) for part in stub.splitlines()]
        elif not tag_of(line):
            shown.append(Line(number, line))
    return shown


def is_hidden(app, path: str, number: int) -> bool:
    """Does this line of a live file belong to what students write?"""
    if app.config.press_edition == "instructor":
        return False
    try:
        return any(first <= number <= last for _, first, last in parts_in(tree.read(app, path)))
    except tree.Problem:
        return False


def solution_lines(app) -> set:
    """Lines that only students write: none of them may stand on a student's page.
    Short lines, comments and lines that stand elsewhere or in a stub tell nothing."""
    known = getattr(app, "press_solution_lines", None)
    if known is not None:
        return known
    inside, outside = set(), set()
    for path in sorted((tree.root(app) / "kernel").rglob("*")):
        if path.suffix not in (".cpp", ".hpp", ".S"):
            continue
        text = path.read_text(encoding="utf-8")
        hidden = set()
        for _, first, last in parts_in(text):
            hidden.update(range(first, last + 1))
        for number, line in enumerate(text.splitlines(), 1):
            line = line.strip()
            if len(line) >= 20 and not line.startswith(("//", "/*", "*", "#")):
                (inside if number in hidden else outside).add(line)
    for stub in (tree.root(app) / "labs").glob("*/stubs/*"):
        outside.update(line.strip() for line in stub.read_text(encoding="utf-8").splitlines())
    app.press_solution_lines = inside - outside
    return app.press_solution_lines


def refuse_solutions(app, shown: str):
    """Raises a Problem when a student's page would show what students write: its
    lines, or instructions that belong to it."""
    if app.config.press_edition == "instructor":
        return
    secret = solution_lines(app)
    for line in shown.splitlines():
        if line.strip() in secret:
            raise tree.Problem(f"this shows a solution's line: {line.strip()}")
        place = re.match(r"\s*; (\S+):(\d+)\s*$", line)
        if place and is_hidden(app, place.group(1), int(place.group(2))):
            raise tree.Problem(f"this shows the code of {place.group(1)}:{place.group(2)}, which a lab's students write")
