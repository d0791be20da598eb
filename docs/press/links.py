# SPDX-License-Identifier: MIT
"""Links: into the repository they must lead to a file or folder that exists, and
open as a page of its source; to the world by https. No network is asked. That
pages and their headings exist is Sphinx's own check."""

import os
from urllib.parse import urlparse

from docutils import nodes
from docutils.transforms import Transform
from sphinx import addnodes

from . import source_pages, tree


class RepositoryLinks(Transform):
    """Before MyST and Sphinx look at them: links to files and folders of the repository."""
    default_priority = 1

    def apply(self):
        env = self.document.settings.env
        app, folder = env.app, os.path.dirname(env.doc2path(env.docname))
        root = str(tree.root(app))
        wanted = lambda node: isinstance(node, (addnodes.download_reference, addnodes.pending_xref))
        for node in list(self.document.findall(wanted)):
            if isinstance(node, addnodes.pending_xref) and node.get("reftype") != "myst":
                continue
            target = node.get("reftarget", "").split("#")[0]
            if not target or target.startswith("/"):
                target = target.lstrip("/")
                full = os.path.join(str(app.srcdir), target)
            else:
                full = os.path.normpath(os.path.join(folder, target))
            if not target or not full.startswith(root) or not os.path.exists(full):
                continue  # Sphinx says so
            path = os.path.relpath(full, root)
            if os.path.isdir(full):
                inside = nodes.inline("", "", *node.children)
                for page in ("index.md", "README.md"):
                    if os.path.exists(os.path.join(full, page)):
                        path = os.path.join(path, page)
                        break
                else:
                    node.replace_self(inside)
                    continue
                full = os.path.join(root, path)
            docname = env.path2doc(full)
            if docname in env.found_docs:
                continue
            inside = nodes.inline("", "", *node.children)
            node.replace_self(source_pages.reference(app, path, 1, inside))


def check(app, doctree):
    for node in doctree.findall(nodes.reference):
        uri = node.get("refuri", "")
        if urlparse(uri).scheme in ("http", "ftp") and urlparse(uri).hostname not in ("127.0.0.1", "localhost"):
            tree.complain(node, "link", f"{uri}: want https")


def setup(app):
    app.add_transform(RepositoryLinks)
    app.connect("doctree-read", check)
