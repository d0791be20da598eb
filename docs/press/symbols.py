# SPDX-License-Identifier: MIT
"""Names of the code as links: {sym}`memory::PageTables::walk` leads to the file
and line of its definition. A name that is nowhere, or that two things have, is an
error. Found by universal-ctags in kernel/, simulator/ and labs/."""

import json
import re
import subprocess

from docutils import nodes

from . import source_pages, tree

FOLDERS = ("kernel", "simulator", "visualizer", "labs")
# A definition is better than a declaration.
RANK = {"function": 0, "class": 0, "struct": 0, "union": 0, "enum": 0, "label": 0, "macro": 1, "typedef": 1, "alias": 1,
        "variable": 1, "enumerator": 2, "member": 2, "prototype": 3, "externvar": 4, "namespace": 5}


def scan(root) -> dict:
    """Full name -> (rank, file, line)."""
    folders = [name for name in FOLDERS if (root / name).is_dir()]
    done = subprocess.run(
        ["ctags-universal", "--output-format=json", "--fields=+nKSs", "--kinds-C++=+px", "--languages=C++,Asm", "-R",
         "--map-Asm=+.S", "-f", "-", *folders], cwd=root, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise tree.Problem(f"ctags: {done.stderr.strip()}")
    found = {}
    for row in done.stdout.splitlines():
        tag = json.loads(row)
        if tag["kind"] not in RANK or tag["path"].endswith("_test.cpp"):
            continue
        scope = re.sub(r"(^|::)__anon\w+", "", tag.get("scope", "")) if tag["path"].endswith(
            (".cpp", ".hpp")) else ""
        name = "::".join(part for part in (scope.strip(":"), tag["name"]) if part)
        entry = (RANK[tag["kind"]], tag["path"], tag["line"])
        if name not in found or entry < found[name]:
            found[name] = entry
    for script in sorted((root / "kernel").rglob("*.ld")):
        for number, line in enumerate(script.read_text(encoding="utf-8").splitlines(), 1):
            assigned = re.match(r"\s*(\w+) = ", line)
            if assigned:
                found.setdefault(assigned.group(1), (1, str(script.relative_to(root)), number))
    return found


def table(app) -> dict:
    known = getattr(app, "press_symbols", None)
    if known is None:
        known = app.press_symbols = scan(tree.root(app))
    return known


def find(app, text: str):
    """(file, line) of a name, or of its end where only one name ends so. The kernel's goes first."""
    name = text.removesuffix("()")
    known = table(app)
    candidates = {full: at for full, at in known.items() if full == name or full.endswith("::" + name)}
    if name in candidates:
        candidates = {name: candidates[name]}
    ours = {full: at for full, at in candidates.items() if at[1].startswith("kernel/")}
    candidates = ours or candidates
    best = min((at[0] for at in candidates.values()), default=None)
    candidates = {full: at for full, at in candidates.items() if at[0] == best}
    if not candidates:
        raise tree.Problem(f"there is no {text} in {', '.join(FOLDERS)}")
    if len(candidates) > 1:
        raise tree.Problem(f"{text} may be {', '.join(sorted(candidates)[:4])}: say which")
    _, path, line = next(iter(candidates.values()))
    return path, line


def role(name, rawtext, text, lineno, inliner, options=None, content=None):
    env = inliner.document.settings.env
    try:
        path, line = find(env.app, text)
    except tree.Problem as problem:
        tree.complain((env.docname, lineno), "symbol", str(problem))
        return [nodes.literal("", text)], []
    link = source_pages.reference(env.app, path, line, nodes.literal("", text), f"{path}:{line}")
    return [link], []


def setup(app):
    app.add_role("sym", role)
