#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Plays packetdrill's scripts for Linux on our stack, and counts which pass.

    tests/conformance/linux_scripts.py PACKETDRILL gtests/net/tcp

A copy of the scripts is changed where they speak of Linux and not of TCP: commands for
its settings are left out, our window scale stands for its own, and nothing is asserted
of tcp_info, for which packetdrill asks the kernel that it runs on.
"""
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ADDRESSES = ["--local_ip=192.168.0.1", "--netmask_ip=255.255.0.0", "--gateway_ip=192.168.0.2",
             "--remote_ip=192.0.2.1"]
# Buffers of the size that many scripts assume; our window scale follows from the other one.
FLAGS = "send=524288"
FLAGS_OF = {"ecn": FLAGS + ",ecn=ask"}  # those of other folders do not ask for it
SCALE = "wscale 1"


def adapted(script):
    def blank(match):  # the lines keep their numbers
        return "\n" * match.group(0).count("\n")

    script = re.sub(r"^[^\n`]*`[^`]*`", blank, script, flags=re.M)
    script = re.sub(r"^[^\n%]*%\{.*?\}%", blank, script, flags=re.M | re.S)
    return re.sub(r"^([ \t\d.+*~-]*>.*)wscale \d+", rf"\1{SCALE}", script, flags=re.M)


def play(packetdrill, library, script):
    flags = FLAGS_OF.get(script.parent.name, FLAGS)
    words = [packetdrill, *ADDRESSES, f"--so_flags={flags}", f"--so_filename={library}", script.name]
    try:
        result = subprocess.run(words, cwd=script.parent, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "it came to no end"
    if result.returncode == 0:
        return None
    lines = (result.stderr + result.stdout).strip().splitlines()
    return lines[0] if lines else f"status {result.returncode}"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    packetdrill, scripts = (pathlib.Path(word).resolve() for word in sys.argv[1:])
    build = subprocess.run([HERE / "../../viv", "build", "--target", "packetdrill"], check=True,
                           stdout=subprocess.PIPE, text=True)
    library = build.stdout.strip()
    counts = collections.defaultdict(lambda: [0, 0])
    with tempfile.TemporaryDirectory() as folder:
        for original in sorted(scripts.rglob("*.pkt")):
            name = original.relative_to(scripts)
            copy = pathlib.Path(folder, name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(adapted(original.read_text()))
            wrong = play(packetdrill, library, copy)
            counts[name.parts[0]][wrong is not None] += 1
            if wrong:
                print(f"{name}: {wrong}")
    for name, (passed, failed) in sorted(counts.items()):
        print(f"{name:20} {passed:3} passed {failed:3} failed")
    print(f"{sum(c[0] for c in counts.values())} of {sum(map(sum, counts.values()))} passed")


main()
