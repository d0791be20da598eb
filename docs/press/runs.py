# SPDX-License-Identifier: MIT
"""Runs of the tools for the book. Scenarios (docs/scenarios.json) are recorded
when they are first asked for; nothing bound to a build is committed. What a tool
answered is kept by what the answer depends on: words, recording, image, tool."""

import hashlib
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import tree

SECONDS = 120  # for one command; the longest takes about two
PROGRAMS = {word: program for program, words in {
    "viv-machine": "run replay query compare doctor export explore bench",
    "viv-glass": "open shot",
    "viv-disk": "mkfs fsck disk",
    "viv-lab": "lab check hint",
}.items() for word in words.split()}
OTHERS = {"gdb", "readelf", "objdump", "nm"}


@dataclass
class Answer:
    status: int
    out: str
    err: str


def _digest(*parts) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part if isinstance(part, bytes) else str(part).encode())
        whole.update(b"\0")
    return whole.hexdigest()[:24]


class Runner:
    """One for a build of the book. `build` is build/<preset>."""

    def __init__(self, root: Path, build: Path, scenarios: dict):
        self.root, self.build, self.scenarios = Path(root), Path(build), scenarios
        self.folder = self.build / "docs" / "runs"   # where commands run; recordings lie here
        self.answers = self.build / "docs" / "answers"
        for folder in (self.folder, self.answers, self.folder / "build"):
            folder.mkdir(parents=True, exist_ok=True)
        link = self.folder / "build" / "dev"          # what readers type: build/dev/images/hello.elf
        if not link.is_symlink() and not link.exists():
            link.symlink_to(self.build, target_is_directory=True)
        self._file_digests = {}

    def file_digest(self, path: Path) -> str:
        key = (str(path), path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else (str(path),)
        if key not in self._file_digests:
            self._file_digests[key] = _digest(path.read_bytes()) if path.exists() else "absent"
        return self._file_digests[key]

    def image(self, app_name: str) -> Path:
        return self.build / "images" / f"{app_name}.elf"

    def recording(self, scenario: str) -> Path:
        """The scenario's recording, made if there is none of this build."""
        if scenario not in self.scenarios:
            raise tree.Problem(f"docs/scenarios.json has no scenario {scenario}; there are "
                               + ", ".join(sorted(self.scenarios)))
        words = self.scenarios[scenario]["run"]
        file = self.folder / f"{scenario}.run"
        mark = self.folder / f"{scenario}.of"
        wanted = _digest(json.dumps(words), self.file_digest(self.image(words[0])),
                         self.file_digest(self.build / "bin" / "viv-machine"))
        if not (file.exists() and mark.exists() and mark.read_text() == wanted):
            answer = self._start("viv-machine", ["run", *words, "--record", str(file)])
            expected = self.scenarios[scenario].get("status", 0)
            if answer.status != expected:
                raise tree.Problem(f"scenario {scenario} ended with status {answer.status}, not {expected}: "
                                   + (answer.err.strip().splitlines() or ["no message"])[-1])
            mark.write_text(wanted)
        return file

    def moment(self, scenario: str, name: str) -> str:
        """A moment as viv writes it: one that the scenario names, or any text that viv reads."""
        stops = self.scenarios.get(scenario, {}).get("moments", {})
        if name not in stops:
            return name
        words = stops[name]
        if isinstance(words, str):
            return words
        answer = json.loads(self.viv(["replay", f"{scenario}.run", *words, "--json"]).out)
        if not answer["stops"]:
            raise tree.Problem(f"scenario {scenario} never comes to its moment {name}")
        return answer["stops"][-1]["moment"]

    def query(self, scenario: str, at: str, question: list) -> dict:
        answer = self.viv(["query", f"{scenario}.run@{self.moment(scenario, at)}", *question, "--json"])
        if answer.status != 0:
            raise tree.Problem(f"{' '.join(question)}: {answer.err.strip()}")
        return json.loads(answer.out)["answer"]

    def view(self, scenario: str, at: str, view: str, as_json=False, address="") -> str:
        lines = [f"show.walk {address}", f"show.memory {address}", f"show.code {address}"] if address else []
        place = f"{scenario}.run@{self.moment(scenario, at)}"
        if not lines:
            words = ["open", place, "--headless", "--print", view, *(["--json"] if as_json else [])]
            return self._good(self.viv(words)).out
        # What the three show.* lines print stands before the view itself.
        before = self._good(self.viv(["open", place, "--repl"], "\n".join(lines) + "\n")).out
        after = self._good(self.viv(["open", place, "--repl"], "\n".join([*lines, view]) + "\n")).out
        return after[len(before):]

    def bytes_at(self, scenario: str, at: str, address: int, count: int) -> bytes:
        """Guest memory at a virtual address: what the bytes view has of it, at most some hundred."""
        place = f"{scenario}.run@{self.moment(scenario, at)}"
        said = self._good(self.viv(["open", place, "--repl"], f"show.memory {address:#x}\njson memory\n")).out
        for window in json.loads(said[said.index("\n[\n"):]):
            start, held = int(window["address"], 16), bytes.fromhex(window["bytes"])
            if start <= address and address + count <= start + len(held):
                return held[address - start:address - start + count]
        raise tree.Problem(f"the bytes at {address:#x} cannot be read")

    def _good(self, answer: Answer) -> Answer:
        if answer.status != 0:
            raise tree.Problem((answer.err or answer.out).strip().splitlines()[-1])
        return answer

    def viv(self, words: list, stdin: str = "") -> Answer:
        """./viv WORDS. Recordings that it names (hello.run) are made first."""
        if not words or words[0] not in PROGRAMS:
            raise tree.Problem(f"the book cannot run ./viv {words[0] if words else ''}")
        return self.run(PROGRAMS[words[0]], words, stdin)

    def run(self, program: str, words: list, stdin: str = "") -> Answer:
        if program not in OTHERS and program not in PROGRAMS.values():
            raise tree.Problem(f"the book does not run {program}")
        depends = []
        for word in words:
            for name in re.findall(r"(?<![\w/])([\w-]+)\.run\b", word):
                if name in self.scenarios:
                    depends.append(self.file_digest(self.recording(name)))
            for name in re.findall(r"images/([\w-]+)\.elf", word):
                depends.append(self.file_digest(self.image(name)))
        if words[:1] == ["run"] and len(words) > 1:
            depends.append(self.file_digest(self.image(words[1])))
        if program not in OTHERS:
            depends.append(self.file_digest(self.build / "bin" / program))
        kept = self.answers / (_digest(program, json.dumps(words), stdin, *depends) + ".json")
        if kept.exists():
            return Answer(**json.loads(kept.read_text()))
        answer = self._start(program, words, stdin)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(vars(answer)))
        part.rename(kept)
        return answer

    def _start(self, program: str, words: list, stdin: str = "") -> Answer:
        path = program if program in OTHERS else str(self.build / "bin" / program)
        surroundings = {**os.environ, "VIV_ROOT": str(self.root), "VIV_BUILD": str(self.build), "LC_ALL": "C.UTF-8"}
        try:
            done = subprocess.run([path, *words], cwd=self.folder, env=surroundings, input=stdin,
                                  capture_output=True, text=True, errors="replace", timeout=SECONDS)
        except FileNotFoundError:
            raise tree.Problem(f"{program} is not built") from None
        except subprocess.TimeoutExpired:
            raise tree.Problem(f"{program} {' '.join(words)} took more than {SECONDS} s") from None
        return Answer(done.returncode, done.stdout, done.stderr)


def of(app) -> Runner:
    """The runner of this build of the book."""
    runner = getattr(app, "press_runner", None)
    if runner is None:
        if not app.config.press_build:
            raise tree.Problem("this page runs commands, and no build was named (./viv docs names it)")
        runner = app.press_runner = Runner(tree.root(app), Path(app.config.press_build), app.config.press_scenarios)
    return runner
