# SPDX-License-Identifier: MIT
"""Pages of source code that listings, symbols and links lead to: the whole file
in this edition, each line with the number that it has in the live file."""

import html
from pathlib import Path

from docutils import nodes
from pygments import lex
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from . import lab_parts, tree


class source_reference(nodes.Inline, nodes.TextElement):
    """A link to a line of a file. Where there are no such pages (PDF): plain text."""


def reference(app, path: str, line: int, inside: nodes.Node, title: str = "") -> nodes.Node:
    files = getattr(app.env, "press_source_files", None)
    if files is None:
        files = app.env.press_source_files = {}
    files.setdefault(path, set())
    node = source_reference("", "", inside, classes=["press-source"])
    node["path"], node["line"] = path, line
    if title:
        node["reftitle"] = title
    return node


def page_of(path: str) -> str:
    return "source/" + path


def resolve(app, doctree, docname):
    with_pages = app.builder.name in ("html", "dirhtml")
    for node in list(doctree.findall(source_reference)):
        if not with_pages:
            node.replace_self(node.children)
            continue
        uri = app.builder.get_relative_uri(docname, page_of(node["path"]))
        plain = nodes.reference("", "", *node.children, internal=True, refuri=f"{uri}#L{node['line']}",
                                classes=node["classes"])
        if "reftitle" in node:
            plain["reftitle"] = node["reftitle"]
        node.replace_self(plain)


def page_body(app, path: str) -> str:
    lines = lab_parts.lines_shown(app, tree.read(app, path))
    formatter = HtmlFormatter(nowrap=True)
    code = "\n".join(line.text for line in lines) + "\n"
    lexer = get_lexer_by_name(tree.language_of(path), stripnl=False)
    coloured = "".join(_pieces(formatter, lex(code, lexer))).splitlines()
    rows = []
    for line, text in zip(lines, coloured):
        number = f'<a href="#L{line.number}">{line.number}</a>' if line.number else "<span>lab</span>"
        anchor = f' id="L{line.number}"' if line.number else ' class="press-stub"'
        rows.append(f"<div{anchor}><span class='press-number'>{number}</span>{text or ' '}</div>")
    return (f"<h1><code>{html.escape(path)}</code></h1>"
            f"<div class='highlight press-file'><pre>{''.join(rows)}</pre></div>")


def _pieces(formatter, tokens):
    from io import StringIO
    out = StringIO()
    formatter.format(tokens, out)
    yield out.getvalue()


def collect(app):
    for path in sorted(getattr(app.env, "press_source_files", {})):
        yield page_of(path), {"title": Path(path).name, "body": page_body(app, path)}, "page.html"


def setup(app):
    app.add_node(source_reference)
    app.connect("doctree-resolved", resolve)
    app.connect("html-collect-pages", collect)
