# SPDX-License-Identifier: MIT
"""New words: {new}`frame` marks the place where a chapter introduces a term. The
glossary defines it. A chapter may introduce six; each term is introduced once."""

from docutils import nodes
from sphinx import addnodes

from . import tree

MOST_A_CHAPTER = 6


def introduced(env) -> dict:
    if not hasattr(env, "press_terms"):
        env.press_terms = {}  # docname -> [(term, line)]
    return env.press_terms


def role(name, rawtext, text, lineno, inliner, options=None, content=None):
    env = inliner.document.settings.env
    introduced(env).setdefault(env.docname, []).append((text.lower(), lineno))
    link = addnodes.pending_xref("", nodes.strong("", text), refdomain="std", reftype="term", reftarget=text.lower(),
                                 refexplicit=True, refwarn=True, refdoc=env.docname, classes=["press-term"])
    return [link], []


def purge(app, env, docname):
    introduced(env).pop(docname, None)


def defined(env) -> set:
    return {name.lower() for kind, name in env.get_domain("std").objects if kind == "term"}


def check(app, env):
    terms, first = defined(env), {}
    chapters = {doc: found for doc, found in introduced(env).items() if tree.chapter_number(doc)}
    for doc in sorted(chapters):
        if len(chapters[doc]) > MOST_A_CHAPTER:
            tree.complain((doc, chapters[doc][MOST_A_CHAPTER][1]), "term",
                          f"{len(chapters[doc])} new terms in one chapter; at most {MOST_A_CHAPTER}: "
                          + ", ".join(term for term, _ in chapters[doc]))
        for term, line in chapters[doc]:
            if term in first:
                tree.complain((doc, line), "term", f"the term {term} was introduced in {first[term]} already")
            first.setdefault(term, doc)
    everywhere = {term for found in introduced(env).values() for term, _ in found}
    for term in sorted(terms - everywhere):
        tree.complain("book/glossary", "term", f"the glossary defines {term}, which no chapter introduces")


def setup(app):
    app.add_role("new", role)
    app.connect("env-purge-doc", purge)
    app.connect("env-check-consistency", check)
