# SPDX-License-Identifier: MIT
"""Physical memory from 0 up at one moment: whose each stretch is. Not to scale; a
stretch of one frame can be seen beside one of thousands."""

import json
import math

from .. import runs
from . import paper

COLOURS = {"reserved": "#7a8794", "free": paper.TINTS[0], "kernel_image": "#b8740a", "page_table": "#a06fae",
           "frame_table": "#0b6152", "heap": "#1f6fd0", "thread_stack": "#8a4b08", "module": "#b3261e"}


def draw(app, options):
    data = json.loads(runs.of(app).view(options["scenario"], options.get("at", "end"), "frames", as_json=True))
    sheet, words, y = paper.Sheet(720), [], 10
    longest = max(math.log2(run["frames"] + 1) for run in data["runs"])
    for run in data["runs"]:
        start, count, owner = run["first"] << 12, run["frames"], run["owner"]
        width = 24 + 250 * math.log2(count + 1) / longest
        sheet.text(14, y + 14, f"{start:#012x}", 12, mono=True, colour=paper.QUIET)
        sheet.box(130, y, width, 19, fill=COLOURS.get(owner, "#4b2fb3"))
        text = f"{owner.replace('_', ' ')}: {count:,} frame{'s' if count > 1 else ''}, {paper.bytes_text(count << 12)}"
        sheet.text(142 + width, y + 14, text, 12)
        words.append(f"{start:#x}: {text}")
        y += 22
    return sheet.svg(), "\n".join(words)
