#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The book's rules, each with a planted violation: a small book in a folder of its
own, over a small repository with stand-ins for the tools. No network, no build.

    press_test.py [-k NAME]     as any unittest program"""

import contextlib
import io
import json
import os
import re
import stat
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("VIV_ROOT") or Path(__file__).resolve().parents[2])
sys.path.insert(0, str(ROOT / "docs"))

from sphinx.application import Sphinx  # noqa: E402
from sphinx.util.console import nocolor  # noqa: E402
from sphinx.util.docutils import docutils_namespace, patch_docutils  # noqa: E402
from press.drawings import paper  # noqa: E402

nocolor()

PAGING = """\
// SPDX-License-Identifier: MIT
//
// Walks the tables.
#pragma once

namespace memory {

// [doc:rights]
enum class Rights { read, write };
// [/doc:rights]

class Tables {
public:
    // One page.
    int walk(int address);
    // [doc:map]
    int map(int page) {
        check(page);
        // [lab:03-map]
        return the_secret_of(page) + 4711;
        // [doc:inner]
        more_of_the_solution(page);
        // [/doc:inner]
        // [/lab:03-map]
    }
    // [/doc:map]

private:
    int hidden_from_callers_;
};

}  // namespace memory
"""

VIV = """\
#!/bin/sh
case "$*" in
*"--record"*) for word; do last=$word; done; echo recording >"$last"; exit ${STATUS:-0} ;;
"run fails"*) echo "it failed" >&2; exit 3 ;;
"run hello"*) printf 'hello\\n[0.000123] at 0x12345678\\n' ;;
replay*) echo '{"stops": [{"moment": "4200"}]}' ;;
*print*number*) echo '{"answer": {"number": 123456, "text": "123456"}}' ;;
*print*structure*) echo '{"answer": {"text": "{a, b}"}}' ;;
query*) echo "no such expression" >&2; exit 2 ;;
esac
"""

GLASS = """\
#!/bin/sh
case "$*" in
shot*" light "*) for word; do last=$word; done; echo "by day" >"$last" ;;
shot*" dark "*) for word; do last=$word; done; echo "by night" >"$last" ;;
*"--print leak"*) echo '        return the_secret_of(page) + 4711;' ;;
*"--print code"*) echo '  ; kernel/paging.hpp:20' ;;
*"--print frames --json"*) echo '{"owners": {"free": 16000}}' ;;
*"--print frames"*) echo 'free 16000 frames' ;;
*"--print"*) echo 'viv: error: no view is called that' >&2; exit 2 ;;
esac
"""

# A chapter that breaks no rule.
WORDS = "The kernel reads the tables and changes them with care. " * 310
FIGURE = "```{shot} frames\n:scenario: hello\nThe free frames.\n```\n\n"
EXERCISES = "".join(f"```{{exercise}} 3.{i}\nWhy?\n\nAnswer: so.\n```\n\n" for i in (1, 2, 3))
CHAPTER = f"# Paging\n\n{WORDS}\n\n{FIGURE * 4}{EXERCISES}"
GLOSSARY = "# Glossary\n\n```{glossary}\npage\n  A piece.\n```\n"


class Book:
    """A repository with a book of one chapter, built to see what is complained about."""

    def __init__(self, folder: Path):
        self.root = folder
        self.write("kernel/paging.hpp", PAGING)
        self.write("labs/03-paging/lab.json", json.dumps({"checks": [{"name": "walk-agrees"}]}))
        self.write("labs/03-paging/explain.md", "# Questions\n\n## stale\n")
        self.write("docs/reference/sources.md", "# Sources\n\n| `sdm-3a` | the manual |\n| --- | --- |\n| `ostep` | a book |\n")
        self.write("docs/index.md", "# Index\n\n```{toctree}\n:glob:\nbook/*\nreference/*\n```\n")
        self.write("docs/book/glossary.md", GLOSSARY)
        self.tool("viv-machine", VIV)
        self.tool("viv-glass", GLASS)
        self.write("build/images/hello.elf", "image")
        self.edition = "student"
        self.accept = self.pictures = False

    def write(self, path, text):
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, encoding="utf-8")

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    def tool(self, name, script):
        self.write(f"build/bin/{name}", script)
        (self.root / f"build/bin/{name}").chmod(0o755 | stat.S_IEXEC)

    def build(self, builder="dummy"):
        """What is complained about. The HTML lies in out/."""
        warnings = io.StringIO()
        settings = {
            "extensions": ["myst_parser", "press"], "source_suffix": {".md": "markdown"}, "root_doc": "index",
            "press_root": str(self.root), "press_build": str(self.root / "build"), "press_edition": self.edition,
            "press_accept": self.accept, "press_pictures": self.pictures, "nitpicky": True, "myst_heading_anchors": 3,
            "press_scenarios": {"hello": {"run": ["hello"], "moments": {"ready": ["--break", "main"]}},
                                "broken": {"run": ["hello"], "status": 7}},
        }
        with patch_docutils(), docutils_namespace(), contextlib.redirect_stdout(io.StringIO()):
            app = Sphinx(str(self.root / "docs"), None, str(self.root / "out"), str(self.root / "trees"), builder,
                         settings, status=None, warning=warnings, freshenv=True)
            app.build()
        return warnings.getvalue()


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.book = Book(Path(folder.name).resolve())

    def complaints(self, text, page="book/notes"):
        """Of a page for students that is no chapter, with this text. `page` is introduced there."""
        self.book.write(f"docs/{page}.md", f"# Notes\n\n{{new}}`page`\n\n{textwrap.dedent(text)}\n")
        return self.book.build()

    def expect(self, text, *words):
        said = self.complaints(text)
        self.assertIn("WARNING", said)
        for word in words:
            self.assertIn(word, said)

    def fine(self, text):
        self.assertEqual(self.complaints(text), "")


class Listings(Case):
    def test_an_anchor_of_live_code_is_shown(self):
        self.fine("```{listing} kernel/paging.hpp#rights\n```")

    def test_an_anchor_that_is_not_there(self):
        self.expect("```{listing} kernel/paging.hpp#wrongs\n```", "no anchor [doc:wrongs]")

    def test_a_file_that_is_not_there_or_lies_outside(self):
        self.expect("```{listing} kernel/walking.hpp#rights\n```", "no file kernel/walking.hpp")
        self.expect("```{listing} ../../etc/passwd#root\n```", "no file ../../etc/passwd")

    def test_an_anchor_without_an_end(self):
        self.book.write("kernel/open.hpp", "// [doc:open]\nint x;\n")
        self.expect("```{listing} kernel/open.hpp#open\n```", "[doc:open] has no end")

    def test_what_students_write_is_replaced(self):
        self.complaints("```{listing} kernel/paging.hpp#map\n```")
        self.book.build("html")
        page = self.book.read("out/book/notes.html")
        self.assertNotIn("4711", page)
        self.assertIn("lab 3 writes this: map", page)
        source = self.book.read("out/source/kernel/paging.hpp.html")
        self.assertNotIn("4711", source)
        self.assertIn("hidden_from_callers_", source)

    def test_a_stub_stands_where_the_solution_was(self):
        self.book.write("labs/03-paging/stubs/map.cpp",
                        "// SPDX-License-Identifier: MIT\nmore_of_the_solution(page);\nreturn not_yet();\n")
        self.fine("```{listing} kernel/paging.hpp#map\n```")
        self.book.build("html")
        page = re.sub(r"<[^>]*>", "", self.book.read("out/book/notes.html"))
        self.assertIn("    return not_yet", page)  # indented as in the starter
        self.assertNotIn("SPDX", page)

    def test_instructors_see_it(self):
        self.book.edition = "instructor"
        self.complaints("```{listing} kernel/paging.hpp#map\n```")
        self.book.build("html")
        self.assertIn("4711", self.book.read("out/book/notes.html"))

    def test_an_anchor_inside_a_solution_is_refused(self):
        self.expect("```{listing} kernel/paging.hpp#inner\n```", "within what a lab's students write")

    def test_a_solutions_line_in_a_plain_fence_is_refused(self):
        self.expect("```text\nreturn the_secret_of(page) + 4711;\n```", "shows a solution's line")


class Consoles(Case):
    def test_what_a_command_prints_must_stand_there(self):
        self.fine("```{console}\n$ ./viv run hello\nhello\n[0.000123] at 0x12345678\n```")

    def test_another_byte(self):
        self.expect("```{console}\n$ ./viv run hello\nhallo\n[0.000123] at 0x12345678\n```",
                    "prints something else", "-hallo", "+hello")

    def test_what_varies_must_be_named(self):
        varying = "$ ./viv run hello\nhello\n[0.000999] at 0x99999999\n```"
        self.expect("```{console}\n:vary: stamps\n" + varying, "prints something else")
        self.fine("```{console}\n:vary: stamps, addresses\n" + varying)
        self.expect("```{console}\n:vary: everything\n" + varying, ":vary: everything")

    def test_another_status(self):
        self.expect("```{console}\n$ ./viv run fails\n```", "status 3, not 0", "it failed")
        self.fine("```{console}\n:status: 3\n$ ./viv run fails\n```")

    def test_other_programs_are_not_run(self):
        self.expect("```{console}\n$ rm -rf /\n```", "the book runs ./viv and")
        self.expect("```{console}\n$ ./viv setup\n```", "cannot run ./viv setup")

    def test_a_part_of_the_output(self):
        self.fine("```{console}\n:lines: 1-1\n$ ./viv run hello\nhello\n...\n```")
        self.expect("```{console}\n:lines: 7-9\n$ ./viv run hello\n```", "there are only 2")
        self.expect("```{console}\n:from: nothing\n$ ./viv run hello\n```", "no line begins with nothing")

    def test_accept_rewrites_the_page(self):
        self.book.accept = True
        self.complaints("```{console}\n$ ./viv run hello\nold\n```")
        self.assertIn("hello\n[0.000123] at 0x12345678\n", self.book.read("docs/book/notes.md"))
        self.book.accept = False
        self.assertEqual(self.book.build(), "")

    def test_a_scenario_that_ends_otherwise(self):
        self.expect("```{shot} frames\n:scenario: broken\nCaption.\n```", "ended with status 0, not 7")


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG 2.1 has it: 1 to 21."""
    def light(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


class Figures(Case):
    def test_a_view_with_its_twin(self):
        self.complaints(FIGURE)
        self.book.build("html")
        page = self.book.read("out/book/notes.html")
        self.assertIn("free 16000 frames", page)
        self.assertIn("The free frames.", page)

    def test_a_picture_for_a_light_page_and_one_for_a_dark_page(self):
        self.book.pictures = True
        self.complaints(FIGURE)
        self.book.build("html")
        page = self.book.read("out/book/notes.html")
        for theme, content in (("light", "by day"), ("dark", "by night")):
            shown = [tag for tag in re.findall(r"<img [^>]*>", page) if f"only-{theme}" in tag]
            self.assertEqual(len(shown), 1, page)
            self.assertIn("free 16000 frames", re.search(r'alt="([^"]*)"', shown[0])[1])
            self.assertIn(content, self.book.read("out/book/" + re.search(r'src="([^"]*)"', shown[0])[1]))

    def test_a_drawing_on_a_dark_page(self):
        sheet = paper.Sheet(100)
        sheet.box(0, 0, 50, 20, fill=paper.GROUND)
        sheet.box(0, 30, 50, 20, fill=paper.HUES[0])
        sheet.text(5, 10, "ink")
        sheet.text(5, 40, "white on a hue", colour="#ffffff")
        sheet.line(0, 60, 50, 60, arrow=True)
        dark = paper.dark(sheet.svg())
        self.assertNotIn(f'fill="{paper.GROUND}"/>', dark)
        self.assertEqual(dark.count('fill="#ffffff"'), 1)
        self.assertIn(f'fill="{paper.HUES[0]}"', dark)
        for colour in (paper.INK, paper.QUIET, paper.FAINT):
            self.assertIn(colour, sheet.svg())
            self.assertNotIn(colour, dark)

    def test_every_colour_of_a_drawing_has_a_dark_form(self):
        known = {*paper.DARK, *paper.HUES}
        for file in (ROOT / "docs/press/drawings").glob("*.py"):
            if file.name != "paper.py":
                for colour in re.findall(r"#[0-9a-f]{6}", file.read_text(encoding="utf-8")):
                    self.assertIn(colour, known, file.name)

    def test_letters_can_be_read_on_a_dark_page(self):
        grounds = [paper.DARK[colour] for colour in (paper.GROUND, paper.RAISED, *paper.TINTS)]
        for ink in (paper.INK, paper.QUIET):
            for ground in grounds:
                self.assertGreater(contrast(paper.DARK[ink], ground), 4.5 if ground in grounds[:2] else 3)

    def test_no_such_view_scenario_or_drawing(self):
        self.expect("```{shot} nothing\n:scenario: hello\nCaption.\n```", "no view is called that")
        self.expect("```{shot} frames\n:scenario: absent\nCaption.\n```", "no scenario absent; there are broken, hello")
        self.expect("```{drawing} nothing\n:scenario: hello\nCaption.\n```", "there is no drawing nothing")

    def test_no_caption(self):
        self.expect("```{shot} frames\n:scenario: hello\n```", "without a caption")

    def test_a_picture_of_a_solution_is_refused(self):
        self.expect("```{shot} leak\n:scenario: hello\nCaption.\n```", "shows a solution's line")
        self.expect("```{shot} code\n:scenario: hello\nCaption.\n```", "shows the code of kernel/paging.hpp:20")


class Numbers(Case):
    def test_are_computed(self):
        self.complaints("{num}`lines kernel/paging.hpp` {num}`value hello ready number` {num}`at hello ready` "
                        "{num}`view hello end frames owners.free`")
        self.book.build("html")
        page = self.book.read("out/book/notes.html")
        for number in ("15", "123,456", "4,200", "16,000"):
            self.assertIn(f">{number}<", page)

    def test_of_all_files_that_a_page_links_to(self):
        self.book.write("docs/reference/way.md", "# Way\n\n## 1. Out\n\n[a](../../kernel/paging.hpp), once more "
                        "[a](../../kernel/paging.hpp), [here](#out)\n\n## Back\n\n[b](../../kernel/open.hpp)\n")
        self.book.write("kernel/open.hpp", "int a;\n\n// b\nint c;\n")
        self.complaints("{num}`linked docs/reference/way.md [0-9]` {num}`linked docs/reference/way.md B`")
        self.book.build("html")
        for number in ("15", "2"):
            self.assertIn(f">{number}<", self.book.read("out/book/notes.html"))
        self.expect("{num}`linked docs/reference/way.md C`", "links to no file below C")

    def test_what_cannot_be_computed(self):
        self.expect("{num}`weight hello`", "no such fact: weight hello")
        self.expect("{num}`lines kernel/absent.hpp`", "no file kernel/absent.hpp")
        self.expect("{num}`value hello ready nothing`", "no such expression")
        self.expect("{num}`value hello ready structure`", "is no number")

    def test_a_measured_number_typed_by_hand(self):
        self.expect("It takes 317,621 instructions.", "317,621 is typed by hand")
        self.fine("There are 65,536 ports, 1,000,000 tries, and port 8080.")


class Names(Case):
    def test_lead_to_their_definition(self):
        self.complaints("{sym}`memory::Tables::walk` {sym}`Rights`")
        self.book.build("html")
        self.assertIn('source/kernel/paging.hpp.html#L15"', self.book.read("out/book/notes.html"))

    def test_a_dangling_one(self):
        self.expect("{sym}`memory::Tables::run`", "there is no memory::Tables::run")

    def test_one_that_two_things_have(self):
        self.book.write("kernel/other.hpp", "namespace other { class Tables {}; }\n")
        self.expect("{sym}`Tables`", "may be memory::Tables, other::Tables")


class Terms(Case):
    def test_one_that_the_glossary_lacks(self):
        self.expect("{new}`frame`", "frame")

    def test_one_that_no_chapter_introduces(self):
        self.book.write("docs/book/glossary.md", GLOSSARY.replace("page\n", "page\n  x\n\nframe\n"))
        self.expect("", "defines frame, which no chapter introduces")

    def test_seven_in_a_chapter_and_one_twice(self):
        words = ["page", "one", "two", "three", "four", "five", "six"]
        self.book.write("docs/book/glossary.md", "# Glossary\n\n```{glossary}\n" + "\n\n".join(f"{w}\n  x" for w in words)
                        + "\n```\n")
        self.book.write("docs/book/03-paging.md", CHAPTER + " ".join(f"{{new}}`{w}`" for w in words))
        self.book.write("docs/book/04-traps.md", CHAPTER.replace(" 3.", " 4.") + "{new}`page`")
        said = self.book.build()
        self.assertIn("7 new terms in one chapter", said)
        self.assertIn("the term page was introduced in book/03-paging already", said)


class Exercises(Case):
    def exercise(self, options, number="3.1"):
        return f"```{{exercise}} {number}\n{options}\nWhy?\n```"

    def test_are_bound_to_a_labs_check_or_question(self):
        self.fine(self.exercise(":check: 03/walk-agrees"))
        self.fine(self.exercise(":explain: 03/stale"))

    def test_a_check_or_lab_that_is_not_there(self):
        self.expect(self.exercise(":check: 03/run-agrees"), "has no check run-agrees; it has walk-agrees")
        self.expect(self.exercise(":explain: 03/fresh"), "has no explain fresh")
        self.expect(self.exercise(":check: 77/walk"), "there is no lab 77")

    def test_nothing_tells_right_from_wrong(self):
        self.expect(self.exercise(""), "nothing tells right from wrong")

    def test_a_taken_or_wrong_id(self):
        self.expect(self.exercise(":check: 03/walk-agrees") + "\n\n" + self.exercise(":check: 03/walk-agrees"),
                    "this id is taken")
        self.expect(self.exercise(":check: 03/walk-agrees", "walk"), "want CHAPTER.NUMBER")

    def test_answers_are_for_instructors(self):
        text = "```{exercise} 3.1\nWhy?\n\nAnswer: because of {num}`value hello ready number`.\n```"
        for edition, seen in (("student", False), ("instructor", True)):
            self.book.edition = edition
            self.complaints(text)
            self.book.build("html")
            self.assertEqual("because of" in self.book.read("out/book/notes.html"), seen)


class Prose(Case):
    def test_code_and_output_typed_by_hand(self):
        self.expect("```cpp\nint x;\n```", "code typed by hand (cpp)")
        self.expect("```console\n$ ls\n```", "code typed by hand (console)")
        self.expect("```\nx = 1\n```", "no language")
        self.fine("```text\na - b\n```")

    def test_a_misspelt_word(self):
        self.expect("The kernel maps a pgae.", "misspelt", "pgae")
        self.fine("The colour of `pgae` in page_entry.hpp.")

    def test_a_long_sentence(self):
        self.expect("This goes on" + " and on" * 30 + ".", "a sentence of 63 words")

    def test_a_source_that_is_not_defined(self):
        self.fine("As the manual says [sdm-3a §4.5], and [ostep].")
        self.expect("As [sdm-9z §4.5] says.", "does not define sdm-9z")

    def test_links(self):
        self.fine("[the header](../../kernel/paging.hpp) [a folder](../../kernel/) [out](https://example.org/)")
        self.expect("[out](http://example.org/)", "want https")
        self.expect("[nowhere](../../kernel/absent.hpp)", "absent.hpp")
        self.expect("[nowhere](absent.md)", "absent")


class Chapters(Case):
    def chapter(self, text):
        self.book.write("docs/book/glossary.md", "# Glossary\n")
        self.book.write("docs/book/03-paging.md", text)
        return self.book.build()

    def test_one_that_is_right(self):
        self.assertEqual(self.chapter(CHAPTER), "")

    def test_too_short_or_too_long(self):
        self.assertIn("32 words; a chapter has 3000 to 5000", self.chapter(CHAPTER.replace(WORDS, WORDS[:56] * 2)))
        self.assertIn("words; a chapter has 3000 to 5000", self.chapter(CHAPTER.replace(WORDS, WORDS * 2)))

    def test_too_few_figures_and_exercises(self):
        self.assertIn("3 figures; a chapter has at least 4", self.chapter(CHAPTER.replace(FIGURE, "", 1)))
        self.assertIn("0 exercises; a chapter has at least 3", self.chapter(CHAPTER.replace(EXERCISES, "")))

    def test_sentences_too_long_on_average(self):
        sentence = "The kernel reads all of the tables that it needs and changes some of them with care and patience every day. "
        self.assertIn("words a sentence on average", self.chapter(CHAPTER.replace(WORDS, sentence * 160)))


class Reference(Case):
    def test_headers_and_probes_become_pages(self):
        self.book.write("kernel/probes.cpp", "void f() { PROBE(frame_alloc, first.raw(), order); }\n")
        self.complaints("```{headers} kernel\n```\n\n```{probes} kernel\n```")
        self.book.build("html")
        page = self.book.read("out/book/notes.html")
        self.assertIn("Walks the tables.", page)
        self.assertIn("frame_alloc", page)
        self.assertIn("kernel/probes.cpp:1", page)
        self.assertNotIn("hidden_from_callers_", page)
        self.assertNotIn("4711", page)
        self.assertNotIn("[doc:", page)

    def test_a_header_that_does_not_say_what_it_is_for(self):
        self.book.write("kernel/mute.hpp", "#pragma once\nint x;\n")
        self.expect("```{headers} kernel\n```", "kernel/mute.hpp does not say what it is for")

    def test_a_folder_without_any(self):
        self.expect("```{headers} labs\n```", "labs has no headers")
        self.expect("```{probes} labs\n```", "labs has no probes")


if __name__ == "__main__":
    unittest.main(warnings="ignore")
