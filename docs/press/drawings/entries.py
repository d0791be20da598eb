# SPDX-License-Identifier: MIT
"""The last entries of some pages, as strips of bits. `:with:` lists expressions."""

import json

from .. import runs
from . import paper

BITS = [(63, "NX"), (8, "G"), (7, "PAT"), (6, "D"), (5, "A"), (4, "PCD"), (3, "PWT"), (2, "U/S"), (1, "R/W"), (0, "P")]


def draw(app, options):
    runner, scenario, at = runs.of(app), options["scenario"], options.get("at", "end")
    sheet, words, y = paper.Sheet(720), [], 14
    for expression in options["with"].split():
        question = expression if runner.query(scenario, at, ["print", expression]).get("type") == "void *" \
            else "&" + expression
        address = runner.query(scenario, at, ["print", question])["number"] % 2**64
        entry, table = 0, runner.query(scenario, at, ["print", "cr3"])["number"] & ~0xfff
        for level in (4, 3, 2, 1):
            index = address >> (12 + 9 * (level - 1)) & 511
            entry = runner.query(scenario, at, ["print", f"p64[{table + 8 * index:#x}]"])["number"] % 2**64
            table = entry & 0x000ffffffffff000
            if not entry & 1 or level in (2, 3) and entry & 0x80:
                break
        sheet.text(14, y + 12, expression, 13, mono=True, bold=True)
        sheet.text(706, y + 12, f"entry {entry:#018x}", 12, mono=True, colour=paper.QUIET, anchor="end")
        x = 14
        for position, (bit, name) in enumerate(BITS):
            on = entry >> bit & 1
            sheet.box(x, y + 20, 44, 30, fill=paper.HUES[2] if on else paper.RAISED)
            sheet.text(x + 22, y + 40, name, 12, anchor="middle", bold=bool(on),
                       colour="#ffffff" if on else paper.QUIET)
            sheet.text(x + 22, y + 64, bit, 10, anchor="middle", colour=paper.QUIET)
            x += 46
            if position == 0:
                sheet.box(x, y + 20, 236, 30, fill=paper.GROUND)
                sheet.text(x + 118, y + 40, f"frame {table >> 12:#x}", 12, mono=True, anchor="middle")
                sheet.text(x + 118, y + 64, "51 to 12", 10, anchor="middle", colour=paper.QUIET)
                x += 238
        on = [name for bit, name in BITS if entry >> bit & 1]
        words.append(f"{expression} at {address:#x}: entry {entry:#x}, frame {table >> 12:#x}, set: {' '.join(on)}")
        y += 84
    return sheet.svg(), "\n".join(words)
