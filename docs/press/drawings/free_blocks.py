# SPDX-License-Identifier: MIT
"""The free lists of the frame allocator at some moments (`:with:`): for each order
which blocks are free."""

from .. import runs
from . import paper

MOST = 24  # blocks of one list that are followed


def lists_at(app, scenario, at):
    """order -> first frames of its free blocks, in the list's order."""
    runner = runs.of(app)
    answer = runner.query(scenario, at, ["print", "memory::frames.free_", "--follow", str(MOST)])
    offset = runner.query(scenario, at, ["print", "memory::frames.to_virtual_"])["number"] % 2**64
    found = {}
    for order, part in enumerate(answer["parts"]):
        head, blocks = int(part["address"], 16), []
        link = part["parts"][0]  # head_.next; what it leads to are its parts
        while link["number"] % 2**64 != head and len(blocks) < MOST:
            blocks.append((link["number"] % 2**64 - offset) >> 12)
            inside = next(iter(link.get("parts", [])), {}).get("parts")
            link = inside[0] if inside else runner.query(
                scenario, at, ["print", f"u64[{link['number'] % 2**64:#x}]"])
        found[order] = blocks
    return found


def draw(app, options):
    sheet, words, y = paper.Sheet(720), [], 10
    for at in options["with"].replace(",", " ").split():
        lists = lists_at(app, options["scenario"], at)
        total = sum(len(blocks) << order for order, blocks in lists.items())
        sheet.text(14, y + 14, at, 13, bold=True)
        sheet.text(706, y + 14, f"{total:,} frames are free", 12, colour=paper.QUIET, anchor="end")
        words.append(f"{at}: {total} frames are free")
        y += 24
        for order, blocks in lists.items():
            if not blocks:
                continue
            sheet.text(14, y + 14, f"order {order}", 12, colour=paper.QUIET)
            sheet.text(74, y + 14, f"{paper.bytes_text(4096 << order)} each", 12, colour=paper.QUIET)
            for i, frame in enumerate(blocks[:9]):
                sheet.box(190 + i * 58, y, 52, 20, fill=paper.TINTS[0])
                sheet.text(216 + i * 58, y + 14, f"{frame:#x}" if i < 8 or len(blocks) <= 9 else "...", 11, mono=True,
                           anchor="middle")
            words.append(f"  order {order}: blocks at frames " + ", ".join(f"{frame:#x}" for frame in blocks))
            y += 24
        y += 12
    return sheet.svg(), "\n".join(words)
