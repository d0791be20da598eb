# SPDX-License-Identifier: MIT
"""What a chapter must have: 3,000 to 5,000 words in sentences that can be read
aloud, four figures, exercises; and nothing on it that students are to write."""

import re

from docutils import nodes

from . import figure, lab_parts, tree

FEWEST_WORDS, MOST_WORDS = 3000, 5000
FEWEST_FIGURES, FEWEST_EXERCISES = 4, 3
LONGEST_SENTENCE = 40   # words
LONGEST_ON_AVERAGE = 20


def prose(doctree) -> list:
    """The page's paragraphs as text; code in them counts as one word."""
    found = []
    for node in doctree.findall(nodes.paragraph):
        if isinstance(node.parent, nodes.entry):
            continue
        text = "".join("code" if isinstance(part, nodes.literal) else part.astext() for part in
                       node.findall(lambda n: isinstance(n, (nodes.Text, nodes.literal)) and
                                    not isinstance(n.parent, nodes.literal)))
        found.append((node, " ".join(text.split())))
    return found


def sentences(text: str) -> list:
    return [part for part in re.split(r"(?<=[.!?:;])\s+", text) if re.search(r"\w", part)]


def count_words(text: str) -> int:
    return len(re.findall(r"[\w'-]+", text))


def check(app, doctree):
    docname = app.env.docname
    for block in [node for kind in (nodes.literal_block, nodes.literal, figure.twin) for node in doctree.findall(kind)]:
        try:
            lab_parts.refuse_solutions(app, block.get("words", "") or block.astext())
        except tree.Problem as problem:
            tree.complain(block, "solution", str(problem))
    if not tree.is_taught(docname):
        return
    paragraphs, lengths = prose(doctree), []
    for node, text in paragraphs:
        for sentence in sentences(text):
            length = count_words(sentence)
            lengths.append(length)
            if length > LONGEST_SENTENCE:
                tree.complain(node, "sentence", f"a sentence of {length} words, at most {LONGEST_SENTENCE}: "
                              f"{sentence[:60]}...")
    if tree.chapter_number(docname):
        words = sum(count_words(text) for _, text in paragraphs)
        app.env.metadata[docname]["press_words"] = words
        if not FEWEST_WORDS <= words <= MOST_WORDS:
            tree.complain((docname, 1), "length", f"{words} words; a chapter has {FEWEST_WORDS} to {MOST_WORDS}")
        if lengths and sum(lengths) / len(lengths) > LONGEST_ON_AVERAGE:
            tree.complain((docname, 1), "sentence", f"{sum(lengths) / len(lengths):.1f} words a sentence on average")
        count = len(list(doctree.findall(figure.twin)))
        if count < FEWEST_FIGURES:
            tree.complain((docname, 1), "figures", f"{count} figures; a chapter has at least {FEWEST_FIGURES}")
        count = sum("press-exercise" in node["classes"] for node in doctree.findall(nodes.container))
        if count < FEWEST_EXERCISES:
            tree.complain((docname, 1), "exercises", f"{count} exercises; a chapter has at least {FEWEST_EXERCISES}")


def setup(app):
    app.connect("doctree-read", check)
