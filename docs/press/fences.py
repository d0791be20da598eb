# SPDX-License-Identifier: MIT
"""No code, no output and no measured number is typed by hand on a page for students."""

import re

from . import tree

ALLOWED = {"text"}  # a plain fence draws something that is no code
FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(\S*)")
PROSE = ("{exercise}", "{shot}", "{drawing}")  # directives whose content is read
NAMES = {16550}                                # of things
# 12,345 or 123456; powers of two and round numbers are no measurements.
NUMBER = re.compile(r"(?<![\w.,/@#-])(\d{1,3}(?:,\d{3})+|\d{5,})(?![\w,]*\d)")


def is_round(number: int) -> bool:
    return number & (number - 1) == 0 or number % 100 == 0 or (number + 1) & number == 0 or number in NAMES


def problems_in(text: str):
    """(line, kind, text)"""
    closing, in_prose = None, False
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if closing:
            if fence and fence.group(2).startswith(closing) and not fence.group(3):
                closing = None
            continue
        if fence:
            word = fence.group(3)
            closing = None if word in PROSE or not word and in_prose else fence.group(2)
            if word in PROSE or in_prose and not word:
                in_prose = word in PROSE
                continue
            if not word.startswith("{") and word not in ALLOWED:
                yield number, "fence", (f"code typed by hand ({word or 'no language'}): take it from live code "
                                        "({listing}), from a run ({console}), or call it `text`")
            continue
        prose = re.sub(r"\{\w+\}`[^`]*`|`[^`]*`|\]\([^)]*\)|^:\w+:.*|0x[0-9a-f]+", "", line)
        for found in NUMBER.finditer(prose):
            if not is_round(int(found.group(1).replace(",", ""))):
                yield number, "number", f"{found.group(1)} is typed by hand: compute it with {{num}}"


def check(app, docname, source):
    if not tree.is_taught(docname):
        return
    for line, kind, text in problems_in(source[0]):
        tree.complain((docname, line), kind, text)


def setup(app):
    app.connect("source-read", check)
