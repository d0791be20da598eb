# SPDX-License-Identifier: MIT
"""The virtual address space as the page tables of a moment have it, not to scale."""

import json

from .. import runs
from . import paper

RIGHTS = {"r-x": ("instructions may run", "#0b6152"), "r--": ("read only", "#7a8794"), "rw-": ("read and write", "#1f6fd0"),
          "rwx": ("write and run", "#b3261e")}
# What kernel/memory/memory.hpp promises for each window.
WINDOWS = [(0, "user half"), (0xffff800000000000, "the direct map: all RAM"),
           (0xffffc00000000000, "registers of devices"), (0xffffd00000000000, "thread stacks, with guards"),
           (0xffffe00000000000, "lazy regions"), (0xffffffff80000000, "the image")]


def rights(row) -> str:
    return "r" + ("w" if row["writable"] else "-") + ("x" if row["executable"] else "-")


def window_of(address: int) -> str:
    return [name for start, name in WINDOWS if start <= address][-1]


def draw(app, options):
    rows = json.loads(runs.of(app).view(options["scenario"], options.get("at", "end"), "pages", as_json=True))["ranges"]
    sheet, words, y, last, end = paper.Sheet(720), [], 30, None, 0
    sheet.text(20, 16, "virtual address", 12, colour=paper.QUIET)
    sheet.text(250, 16, "rights", 12, colour=paper.QUIET)
    sheet.text(420, 16, "page size, physical address", 12, colour=paper.QUIET)
    for row in rows:
        start, length = int(row["virtual"], 16), row["length"]
        if window_of(start) != last:
            last = window_of(start)
            y += 8
            sheet.text(20, y + 12, last, 13, bold=True)
            words.append(f"{last}:")
            y += 20
        elif start != end:
            sheet.text(250, y + 10, f"nothing for {paper.bytes_text(start - end)}", 11, colour=paper.QUIET)
            words.append(f"  nothing for {paper.bytes_text(start - end)}")
            y += 15
        end, kind = start + length, rights(row)
        sheet.text(20, y + 14, f"{start:016x}", 12, mono=True)
        sheet.box(250, y + 1, 158, 18, fill=RIGHTS[kind][1], line=RIGHTS[kind][1])
        sheet.text(258, y + 14, f"{kind}  {paper.bytes_text(length)}", 12, mono=True, colour="#ffffff")
        size = {4096: "4 KiB", 1 << 21: "2 MiB", 1 << 30: "1 GiB"}[row["page_size"]]
        sheet.text(420, y + 14, f"{size}  {row['physical']}", 12, mono=True, colour=paper.QUIET)
        words.append(f"  {start:016x} {kind} {paper.bytes_text(length)}, pages of {size}, physical {row['physical']}")
        y += 22
    x, y = 20, y + 16
    for kind in [name for name in RIGHTS if any(rights(row) == name for row in rows)]:
        sheet.box(x, y, 14, 14, fill=RIGHTS[kind][1], line=RIGHTS[kind][1])
        sheet.text(x + 20, y + 12, f"{kind}: {RIGHTS[kind][0]}", 12)
        x += 190
    return sheet.svg(), "\n".join(words)
