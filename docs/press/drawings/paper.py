# SPDX-License-Identifier: MIT
"""What drawings are made of: an SVG sheet with texts, boxes and arrows."""

import re
from html import escape

INK, QUIET, FAINT = "#1d2733", "#5a6878", "#d5dbe2"
GROUND, RAISED = "#ffffff", "#f1f4f7"
# Distinct for eyes that see fewer colours; the same hues as the visualizer's.
HUES = ["#4b2fb3", "#b8740a", "#0b6152", "#a06fae", "#1f6fd0", "#8a4b08", "#7a8794", "#b3261e"]
TINTS = ["#e4f1ee", "#fbf0dc"]  # behind letters in ink
# The same sheet on a dark page. A box in a hue keeps it, for white letters stand on it.
DARK = {INK: "#e4e9ee", QUIET: "#a3b1bf", FAINT: "#3b4855", GROUND: "#151a20", RAISED: "#222b34",
        TINTS[0]: "#17453b", TINTS[1]: "#4a380f"}
TEXT = "Roboto, Helvetica, Arial, sans-serif"
MONO = "'JetBrains Mono', Menlo, Consolas, monospace"


class Sheet:
    def __init__(self, width: int):
        self.width, self.height, self.parts = width, 0, []

    def reach(self, bottom):
        self.height = max(self.height, bottom)

    def text(self, x, y, text, size=13, mono=False, colour=INK, bold=False, anchor="start"):
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-family="{MONO if mono else TEXT}" font-size="{size}" fill="{colour}" '
            f'text-anchor="{anchor}"{" font-weight=" + chr(34) + "600" + chr(34) if bold else ""} '
            f'xml:space="preserve">{escape(str(text))}</text>')
        self.reach(y + size / 2)

    def box(self, x, y, width, height, fill=RAISED, line=FAINT, radius=3, thick=1):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius}" '
                          f'fill="{fill}" stroke="{line}" stroke-width="{thick}"/>')
        self.reach(y + height + 1)

    def line(self, x1, y1, x2, y2, colour=QUIET, thick=1.2, arrow=False, dashed=False):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
                          f'stroke-width="{thick}"{" marker-end=" + chr(34) + "url(#tip)" + chr(34) if arrow else ""}'
                          f'{" stroke-dasharray=" + chr(34) + "4 3" + chr(34) if dashed else ""}/>')
        self.reach(max(y1, y2) + 2)

    def svg(self) -> str:
        height = int(self.height + 10)
        tip = ('<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
               f'orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{QUIET}"/></marker></defs>')
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{height}" '
                f'viewBox="0 0 {self.width} {height}"><rect width="100%" height="100%" fill="{GROUND}"/>{tip}'
                + "".join(self.parts) + "</svg>\n")


def dark(svg: str) -> str:
    """A drawing with the colours of a dark page."""
    def element(found):
        def colour(part):
            kept = found[1] == "text" and part[2] == GROUND  # white on a hue
            return part[1] + (part[2] if kept else DARK.get(part[2], part[2]))
        return re.sub(r'((?:fill|stroke)=")(#[0-9a-f]{6})', colour, found[0])
    return re.sub(r"<(\w+) [^>]*>", element, svg)


def bytes_text(count: int) -> str:
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count} bytes"
