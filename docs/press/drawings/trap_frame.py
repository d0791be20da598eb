# SPDX-License-Identifier: MIT
"""What lies on the stack when trap_dispatch begins: the frame that its argument points
to. The names are those of arch::TrapFrame."""

import re
import struct

from .. import runs, tree
from . import paper


def names(app) -> list:
    body = re.search(r"struct TrapFrame \{(.*?)\};", tree.read(app, "kernel/arch/x86_64/trap.hpp"), re.S).group(1)
    return [name for row in re.findall(r"std::uint64_t ([^;]+);", body) for name in re.split(r",\s*", row)]


def draw(app, options):
    runner, scenario, at = runs.of(app), options["scenario"], options["at"]
    ask = lambda text: runner.query(scenario, at, ["print", text])["number"] % 2**64
    frame, sheet, words, y = ask("rdi"), paper.Sheet(720), [], 34
    order = names(app)
    held = struct.unpack(f"<{len(order)}Q", runner.bytes_at(scenario, at, frame, 8 * len(order)))
    by_processor, by_stub = {"rip", "cs", "rflags", "rsp", "ss"}, {"vector", "error"}
    sheet.text(14, 18, "address", 12, colour=paper.QUIET)
    sheet.text(190, 18, "holds", 12, colour=paper.QUIET)
    for index in reversed(range(len(order))):
        name = order[index]
        value = held[index]
        who = 0 if name in by_processor else 1 if name in by_stub else 2
        sheet.text(14, y + 14, f"{frame + 8 * index:x}", 12, mono=True, colour=paper.QUIET)
        sheet.box(190, y, 260, 20, fill=[*paper.TINTS, paper.RAISED][who])
        sheet.text(198, y + 14, name, 12, mono=True, bold=True)
        sheet.text(442, y + 14, f"{value:#x}", 12, mono=True, anchor="end")
        words.append(f"{frame + 8 * index:x} {name} = {value:#x}")
        y += 22
    rows = len(order)
    for first, count, text in ((0, 5, "pushed by the processor"), (5, 2, "pushed by the stub, or error by the processor"),
                               (7, rows - 7, "pushed by common_stub")):
        top = 34 + 22 * first
        sheet.line(464, top, 464, top + 22 * count - 4, thick=2)
        sheet.text(474, top + 11 * count + 2, text, 12)
    sheet.text(190, y + 14, f"RSP and the argument of trap_dispatch: {frame:#x}", 12, colour=paper.QUIET)
    return sheet.svg(), "\n".join(words)
