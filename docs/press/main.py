#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`./viv docs`: makes, checks and serves the book."""

import argparse
import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def say(text: str):
    print(f"viv: {text}", file=sys.stderr, flush=True)


def fail(text: str, next_step: str = ""):
    print(f"viv: error: {text}" + (f"\n     {next_step}" if next_step else ""), file=sys.stderr)
    raise SystemExit(2)


class Complaints:
    """What the extension and Sphinx warn about, counted and kept for --json."""

    def __init__(self, quiet=False):
        self.lines, self.quiet = [], quiet

    def write(self, text):
        text = text.replace(str(ROOT) + "/", "")
        if text.strip():
            self.lines.append(text.strip())
        if text.strip() and not self.quiet:
            print(text, end="" if text.endswith("\n") else "\n", file=sys.stderr)

    def flush(self):
        pass


def sphinx(builder: str, out: Path, edition: str, pictures: bool, accept=False, root="index") -> list:
    """One run of Sphinx; what it complains about."""
    from sphinx.application import Sphinx
    from sphinx.util.console import nocolor
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    nocolor()
    complaints = Complaints(quiet=root != "index")
    settings = {"root_doc": root, "press_edition": edition, "press_pictures": pictures, "press_accept": accept,
                "suppress_warnings": ["config.cache"]}
    with patch_docutils(str(DOCS)), docutils_namespace():
        app = Sphinx(str(DOCS), str(DOCS), str(out), str(out) + ".doctrees", builder, settings, status=None,
                     warning=complaints, freshenv=True)
        app.build()
        if app.statuscode:
            complaints.lines.append(f"Sphinx ended with status {app.statuscode}")
    return complaints.lines


def build_folder() -> Path:
    folder = os.environ.get("VIV_BUILD")
    if not folder:
        fail("VIV_BUILD names no build", "Start ./viv docs, which does that.")
    return Path(folder)


def out_folder(edition: str) -> Path:
    return build_folder() / "docs" / ("html" if edition == "student" else "html-instructor")


def make_paper(edition: str) -> Path:
    """The book as one PDF, by way of one page of HTML (docs/paper.md)."""
    if not shutil.which("weasyprint"):
        fail("weasyprint is not installed", "apt-get install --no-install-recommends weasyprint")
    single = build_folder() / "docs" / f"single-{edition}"
    sphinx("singlehtml", single, edition, True, root="paper")
    paper = build_folder() / "docs" / f"vivarium-{edition}.pdf"
    page = single / "paper.html"
    text = page.read_text(encoding="utf-8")
    # Furo is made for screens: only what stands in the article goes to paper.
    begin, end = text.find('<article role="main">'), text.rfind("</article>")
    article = text[begin:end + 10] if begin >= 0 and end > begin else text
    (single / "print.html").write_text(f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Vivarium</title>'
                                       f"<body>{article}</body></html>", encoding="utf-8")
    subprocess.run(["weasyprint", "-q", "-s", DOCS / "press/static/paper.css", single / "print.html", paper], check=True)
    return paper


def verdict(complaints: list, as_json: bool, **more) -> int:
    if as_json:
        print(json.dumps({"problems": complaints, **more}))
    elif complaints:
        say(f"{len(complaints)} problems, listed above")
    return 1 if complaints else 0


def build(words) -> int:
    edition = "instructor" if words.instructor else "student"
    began = time.monotonic()
    out = out_folder(edition)
    complaints = sphinx("html", out, edition, True)
    made = {"html": str(out / "index.html")}
    if words.pdf:
        made["pdf"] = str(make_paper(edition))
    for kind, path in made.items():
        say(f"{kind}: {os.path.relpath(path)} ({time.monotonic() - began:.0f} s)")
    return verdict(complaints, words.json, **made)


def check(words) -> int:
    began = time.monotonic()
    complaints = sphinx("dummy", build_folder() / "docs" / "check", "student", words.pictures)
    if not complaints:
        say(f"the book holds: links, listings, commands, numbers, names, terms, exercises, spelling "
            f"({time.monotonic() - began:.0f} s)")
    return verdict(complaints, words.json)


def accept(words) -> int:
    sphinx("dummy", build_folder() / "docs" / "accept", "student", False, accept=True)
    say("what the commands printed stands in the pages now; git diff shows it")
    return 0


def serve(words) -> int:
    folder = out_folder("student")
    if not (folder / "index.html").exists():
        build(argparse.Namespace(instructor=False, pdf=False, json=False))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", words.port), handler)
    except OSError as error:
        fail(f"cannot listen on 127.0.0.1:{words.port}: {error.strerror}", "Choose another with --port.")
    say(f"http://127.0.0.1:{server.server_port}/ (Ctrl-C ends it)")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 130
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="viv docs", description="The book: make it, check it, read it.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    one = commands.add_parser("build", help="HTML, slides, and with --pdf paper")
    one.add_argument("--pdf", action="store_true", help="one PDF as well")
    one.add_argument("--instructor", action="store_true", help="with answers and the parts that students write")
    one.add_argument("--json", action="store_true")
    one.set_defaults(run=build)
    one = commands.add_parser("check", help="every rule of the book; exit status 1 when one is broken")
    one.add_argument("--pictures", action="store_true", help="draw the figures, too")
    one.add_argument("--json", action="store_true")
    one.set_defaults(run=check)
    one = commands.add_parser("accept", help="take over what the commands on the pages print now")
    one.set_defaults(run=accept)
    one = commands.add_parser("serve", help="read it in a browser")
    one.add_argument("--port", type=int, default=8000)
    one.set_defaults(run=serve)
    words = parser.parse_args(sys.argv[1:] or ["build"])
    if not words.command:
        parser.print_help(sys.stderr)
        return 2
    try:
        import furo, myst_parser, sphinx as _  # noqa: F401, E401
    except ImportError as error:
        fail(f"{error.name} is missing", "apt-get install --no-install-recommends python3-sphinx python3-myst-parser furo")
    try:
        return words.run(words)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
