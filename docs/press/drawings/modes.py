# SPDX-License-Identifier: MIT
"""The bits that make the processor's mode, at several moments one below the other.
`:with:` lists the scenario's moments."""

import json

from .. import runs
from . import paper

BITS = [("CR0", "PE"), ("CR4", "PAE"), ("EFER", "LME"), ("CR0", "PG"), ("EFER", "LMA"), ("CS", "L")]


def facts_at(app, scenario, at):
    registers = json.loads(runs.of(app).view(scenario, at, "registers", as_json=True))
    values = [int(registers[name].get("fields", {}).get(bit, 0)) for name, bit in BITS]
    return int(registers["RIP"]["value"], 16), values


def mode(values) -> str:
    bit = {name: value for (_, name), value in zip(BITS, values)}
    if bit["LMA"]:
        return "64-bit mode" if bit["L"] else "compatibility mode"
    if bit["PE"]:
        return "32-bit protected mode, " + ("paging on" if bit["PG"] else "no paging")
    return "real mode"


def draw(app, options):
    sheet, words, y = paper.Sheet(720), [], 40
    for i, (register, bit) in enumerate(BITS):
        sheet.text(318 + i * 44, 16, register, 11, colour=paper.QUIET, anchor="middle")
        sheet.text(318 + i * 44, 31, bit, 12, bold=True, anchor="middle")
    for at in options["with"].replace(",", " ").split():
        rip, values = facts_at(app, options["scenario"], at)
        count = runs.of(app).moment(options["scenario"], at)
        sheet.text(14, y + 16, at, 13, bold=True)
        sheet.text(14, y + 32, f"{rip:#x}", 11, mono=True, colour=paper.QUIET)
        sheet.text(200, y + 16, f"after {int(count.split('.')[0]):,}", 12, colour=paper.QUIET)
        sheet.text(200, y + 32, "instructions", 11, colour=paper.QUIET)
        for i, value in enumerate(values):
            sheet.box(300 + i * 44, y + 4, 36, 28, fill=paper.HUES[2] if value else paper.RAISED)
            sheet.text(318 + i * 44, y + 23, value, 14, mono=True, bold=True, anchor="middle",
                       colour="#ffffff" if value else paper.QUIET)
        name = mode(values)
        for k, part in enumerate(name.split(", ")):
            sheet.text(574, y + 16 + k * 15 + (0 if ", " in name else 6), part, 12)
        bits = ", ".join(f"{register}.{bit}={value}" for (register, bit), value in zip(BITS, values))
        words.append(f"{at}, after {count} instructions, RIP {rip:#x}: {bits}: {name}")
        y += 44
    return sheet.svg(), "\n".join(words)
