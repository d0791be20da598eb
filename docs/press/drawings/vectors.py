# SPDX-License-Identifier: MIT
"""How often each vector came, as a bar. `:with:` lists vectors that are shown even if none did."""

import math
import re

from .. import runs, tree
from . import paper


def draw(app, options):
    wanted = set(options.get("with", "").split())
    rows = re.findall(r"^ *(\d+) +(\d+) times +(.*)$", runs.of(app).view(options["scenario"], options.get("at", "end"), "interrupts"),
                      re.MULTILINE)
    rows = [(vector, int(count), name.replace("::_FUN", ", a lambda")) for vector, count, name in rows
            if int(count) > 0 or vector in wanted]
    if not rows:
        raise tree.Problem("no vector came")
    sheet, words, y = paper.Sheet(720), [], 30
    for x, title in ((14, "vector"), (80, "its handler"), (300, "how often (the bars' lengths are logarithms)")):
        sheet.text(x, 18, title, 12, colour=paper.QUIET)
    longest = max(math.log2(count + 1) for _, count, _ in rows) or 1
    for vector, count, name in rows:
        sheet.text(14, y + 15, vector, 12, mono=True, bold=True)
        sheet.text(80, y + 15, name, 12, mono=True)
        length = 330 * math.log2(count + 1) / longest
        if count:
            sheet.box(300, y + 2, length, 17, fill=paper.HUES[2 if int(vector) < 32 else 4], line=paper.GROUND)
        sheet.text(308 + length, y + 15, f"{count:,}", 12, mono=True)
        words.append(f"vector {vector} ({name}): {count:,} times")
        y += 26
    return sheet.svg(), "\n".join(words)
