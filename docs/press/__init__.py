# SPDX-License-Identifier: MIT
"""The book's machinery: a Sphinx extension. docs/press/README.md tells what it offers."""

from . import (chapter, citations, console, drawing, exercise, facts, fences, figure, headers, links, listing,
               slides, source_pages, spelling, symbols, terms)

PARTS = (listing, citations, console, figure, drawing, facts, symbols, source_pages, terms, exercise, fences,
         chapter, spelling, links, headers, slides)


def setup(app):
    app.add_config_value("press_root", None, "env")       # of the repository
    app.add_config_value("press_build", None, "env")      # build/<preset>; None: nothing is run
    app.add_config_value("press_scenarios", {}, "env")    # docs/scenarios.json
    app.add_config_value("press_edition", "student", "env")  # or instructor
    app.add_config_value("press_pictures", True, "env")   # False: views are asked for as text only
    app.add_config_value("press_accept", False, "")       # rewrite what console blocks expect
    for part in PARTS:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
