# SPDX-License-Identifier: MIT
"""Some entries of the interrupt descriptor table, taken apart. `:with:` lists vectors."""

import struct

from .. import runs
from . import paper

KINDS = {14: "interrupt gate", 15: "trap gate"}


def draw(app, options):
    runner, scenario, at = runs.of(app), options["scenario"], options.get("at", "end")
    ask = lambda text: runner.query(scenario, at, ["print", text])
    table = ask("&arch::gates")["number"] % 2**64
    stubs = ask("isr_stubs")["number"] % 2**64
    sheet, words, y = paper.Sheet(720), [], 36
    for x, title in ((14, "vector"), (80, "offset: where the processor goes"), (268, "which is"), (420, "selector"),
                     (500, "type"), (616, "P"), (656, "IST")):
        sheet.text(x, 18, title, 12, colour=paper.QUIET)
    for vector in map(int, options["with"].split()):
        low, high = struct.unpack("<2Q", runner.bytes_at(scenario, at, table + 16 * vector, 16))
        offset = low & 0xffff | (low >> 32 & 0xffff0000) | (high & 0xffffffff) << 32
        name = f"isr_stubs + {offset - stubs:#x}" if offset else "nothing"
        kind, present, stack = low >> 40 & 15, low >> 47 & 1, low >> 32 & 7
        cells = [(14, str(vector)), (80, f"{offset:#x}"), (268, name), (420, f"{low >> 16 & 0xffff:#x}"),
                 (500, KINDS.get(kind, "none" if not present else str(kind))), (616, str(present)), (656, str(stack))]
        sheet.box(8, y, 704, 24, fill=paper.RAISED if present else paper.GROUND)
        for x, text in cells:
            sheet.text(x, y + 16, text, 12, mono=x not in (500,), bold=x == 14)
        words.append(f"vector {vector}: offset {offset:#x} ({name}), selector {low >> 16 & 0xffff:#x}, "
                     f"{KINDS.get(kind, 'no gate')}, P={present}, IST={stack}")
        y += 28
    return sheet.svg(), "\n".join(words)
