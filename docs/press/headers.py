# SPDX-License-Identifier: MIT
"""Reference pages from headers and probes. Public headers are manual pages; these
directives only set them:

    ```{headers} kernel/memory
    ```
    ```{probes} kernel
    ```"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from . import lab_parts, source_pages, tree

LEFT_OUT = re.compile(r"(fake_|_test|under_test|testing/|log_capture)")  # for tests
PROBE = re.compile(r"\bPROBE(?:_0)?\(\s*(\w+)\s*(?:,\s*([^;]*))?\);")


def opening(text: str) -> str:
    """The comment at a header's top, without the licence."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        lines.append(line[2:].removeprefix(" "))
    return "\n".join(line for line in lines if "SPDX" not in line).strip("\n")


def paragraphs_of(comment: str) -> list:
    """A comment as nodes: paragraphs; what is indented stays as it stands."""
    out = []
    for block in re.split(r"\n\s*\n", comment):
        if all(line.startswith("   ") for line in block.splitlines() if line.strip()):
            code = "\n".join(line[4:] for line in block.splitlines())
            out.append(nodes.literal_block(code, code, language="text"))
        elif block.strip():
            out.append(nodes.paragraph("", " ".join(block.split())))
    return out


def declarations(text: str) -> str:
    """What a caller may use: no includes, no private parts, no bodies of functions."""
    text = re.sub(r"^(//.*\n)+", "", text)
    kept, private, depth_of_private, depth = [], False, 0, 0
    for line in text.splitlines():
        if line.startswith(("#", "namespace ", "}  // namespace")):
            continue
        opened, closed = line.count("{"), line.count("}")
        if re.match(r"\s*private:", line) and not private:
            private, depth_of_private = True, depth
        depth += opened - closed
        if private:
            if depth < depth_of_private or re.match(r"\s*(public|protected):", line):
                private = False
            if private or not re.match(r"\s*\};", line):
                continue
        kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


class Headers(SphinxDirective):
    required_arguments = 1

    def run(self):
        app, folder = self.env.app, self.arguments[0]
        files = sorted((tree.root(app) / folder).rglob("*.hpp"))
        files = [str(file.relative_to(tree.root(app))) for file in files if not LEFT_OUT.search(str(file))]
        if not files:
            tree.complain(self.get_location(), "headers", f"{folder} has no headers")
        out = []
        for path in files:
            text = tree.read(app, path)
            self.env.note_dependency(str(tree.root(app) / path))
            section = nodes.section(ids=[nodes.make_id(path)], names=[path])
            section += nodes.title("", "", nodes.literal("", Path(path).name))
            comment = opening(text)
            if not comment:
                tree.complain(self.get_location(), "headers", f"{path} does not say what it is for")
            section += paragraphs_of(comment)
            code = declarations("\n".join(line.text for line in lab_parts.lines_shown(app, text)))
            if code:
                section += nodes.literal_block(code, code, language="cpp", force=True)
            section += nodes.paragraph("", "", source_pages.reference(app, path, 1, nodes.literal("", path)),
                                       classes=["press-origin"])
            out.append(section)
        return out


def probes_in(root: Path, folder: str) -> list:
    """(name, arguments, file, line), sorted."""
    found = []
    for file in sorted((root / folder).rglob("*")):
        if file.suffix in (".cpp", ".hpp") and not LEFT_OUT.search(str(file)) and file.name != "probe.hpp":
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                for probe in PROBE.finditer(line):
                    found.append((probe.group(1), probe.group(2) or "", str(file.relative_to(root)), number))
    return sorted(found)


class Probes(SphinxDirective):
    required_arguments = 1

    def run(self):
        app = self.env.app
        rows = probes_in(tree.root(app), self.arguments[0])
        if not rows:
            tree.complain(self.get_location(), "headers", f"{self.arguments[0]} has no probes")
        body = nodes.tbody()
        for name, arguments, path, line in rows:
            link = source_pages.reference(app, path, line, nodes.literal("", f"{path}:{line}"))
            cells = [nodes.literal("", name), nodes.literal("", arguments) if arguments else nodes.Text("none"), link]
            body += nodes.row("", *[nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells])
        head = nodes.thead("", nodes.row("", *[nodes.entry("", nodes.paragraph("", text)) for text in
                                               ("probe", "arguments", "fires at")]))
        group = nodes.tgroup("", *[nodes.colspec(colwidth=width) for width in (20, 45, 35)], head, body, cols=3)
        return [nodes.table("", group)]


def setup(app):
    app.add_directive("headers", Headers)
    app.add_directive("probes", Probes)
