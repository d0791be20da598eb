# SPDX-License-Identifier: MIT
"""Slides: each chapter's figures, one a slide, made with the HTML: slides/03-paging.html.
One file without scripts from elsewhere; arrow keys move, N shows the twin as notes."""

import base64
import html
import mimetypes
from pathlib import Path

from docutils import nodes

from . import figure, tree

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>
body{{margin:0;font:26px/1.35 Roboto,Helvetica,Arial,sans-serif;color:#1d2733;background:#fff}}
section{{display:none;height:100vh;box-sizing:border-box;padding:3vh 5vw;flex-direction:column;justify-content:space-between}}
section.now{{display:flex}} h1{{font-size:60px;margin:auto 0}} p{{margin:.6em 0 0;max-width:60em}}
img{{width:90vw;height:70vh;object-fit:contain;object-position:left top;margin-top:2vh}}
h2{{font-size:24px;color:#5a6878;margin:0}} pre{{display:none;font:15px/1.3 'JetBrains Mono',monospace;overflow:auto}}
body.notes pre{{display:block}} body.notes img{{height:40vh}}
footer{{font-size:16px;color:#5a6878}} @media print{{section{{display:flex;page-break-after:always}}}}
</style>{sections}<script>
let n=0;const all=[...document.querySelectorAll("section")];
function go(k){{n=Math.max(0,Math.min(all.length-1,k));all.forEach((s,i)=>s.classList.toggle("now",i===n));location.hash=n+1}}
addEventListener("keydown",e=>{{if(["ArrowRight"," ","PageDown"].includes(e.key))go(n+1);
if(["ArrowLeft","PageUp"].includes(e.key))go(n-1);if(e.key==="n")document.body.classList.toggle("notes")}});
addEventListener("click",()=>go(n+1));go((parseInt(location.hash.slice(1))||1)-1);
</script></html>
"""


def data_uri(path: Path) -> str:
    kind = mimetypes.guess_type(path.name)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def slide(title: str, caption: str, picture: Path, words: str, place: str) -> str:
    return (f"<section><div><h2>{html.escape(title)}</h2><p>{html.escape(caption)}</p>"
            f"<img src='{data_uri(picture)}' alt='{html.escape(caption)}'><pre>{html.escape(words)}</pre></div><footer>{html.escape(place)}</footer></section>")


def heading_over(node) -> str:
    while node is not None and not isinstance(node, nodes.section):
        node = node.parent
    return node.next_node(nodes.title).astext() if node is not None else ""


def deck(doctree, docname: str) -> str:
    title = doctree.next_node(nodes.title).astext()
    sections = [f"<section><h1>{html.escape(title)}</h1><footer>Vivarium: arrow keys move, N shows notes</footer></section>"]
    for shown in doctree.findall(nodes.figure):
        if shown.get("press_picture"):
            words = shown.parent.next_node(figure.twin)
            sections.append(slide(heading_over(shown), shown["press_caption"], Path(shown["press_picture"]),
                                  words["words"] if words else "", f"{title}, slide {len(sections) + 1}"))
    return PAGE.format(title=html.escape(title), sections="".join(sections))


def write(app, exception):
    if exception or app.builder.name != "html" or not app.config.press_pictures:
        return
    folder = Path(app.outdir) / "slides"
    folder.mkdir(exist_ok=True)
    for docname in sorted(app.env.found_docs):
        if tree.chapter_number(docname):
            page = deck(app.env.get_doctree(docname), docname)
            (folder / (docname.split("/")[-1] + ".html")).write_text(page, encoding="utf-8")


def setup(app):
    app.connect("build-finished", write)
