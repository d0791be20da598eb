#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The kernel's network stack against that of Linux, and against the tools people have.

    tests/interop/interop_test.py short           what CI runs
    tests/interop/interop_test.py NAME...         some checks by name
    tests/interop/interop_test.py all [--seed N]

Needs root and /dev/net/tun; without them it says so and ends with 77: skipped. A check
whose program is not installed is skipped by name.
"""

import json
import os
import random
import re
import resource
import shutil
import socket
import sys
import tempfile
import threading
import time

from house import (GUEST, HOST, Child, as_process, behind_relay, check, connect, expected_bytes,
                   in_qemu, linux_behind_relay, on_host, open_tap, run, tap)
from alone import enter_namespace
from registry import checks, checks_that
import ipv6_checks  # noqa: F401 (for its checks)
import name_checks  # noqa: F401
import odd_ipv6_checks  # noqa: F401

KIB, MIB = 1 << 10, 1 << 20
URL = f"http://{GUEST}"
seed = 1


# --- what a guest is asked, wherever it runs -------------------------------------


def answers_ping():
    said = run("ping", "-n", "-i", "0.05", "-c", "20", "-s", "1400", GUEST)
    check("20 received" in said, said)
    # A datagram in pieces, both ways.
    said = run("ping", "-n", "-i", "0.05", "-c", "5", "-s", "4000", GUEST)
    check("5 received" in said, said)
    return re.search(r"rtt .*", said).group()


def serves_curl(length):
    with tempfile.NamedTemporaryFile() as file:
        said = run("curl", "--silent", "--show-error", "--max-time", "300", "--output", file.name, "--write-out",
                   "%{speed_download}", f"{URL}/bytes/{length}", timeout=310)
        got = file.read()
    check(got == expected_bytes(length), f"{len(got)} bytes of {length}, or others")
    return f"{float(said) * 8 / 1e6:.0f} Mbit/s"


def serves_ab(count, together, keep_alive):
    said = run("ab", "-q", "-s", "60", "-n", str(count), "-c", str(together), *(["-k"] if keep_alive else []),
               f"{URL}/bytes/100", timeout=600)
    check(re.search(rf"Complete requests: +{count}\n", said), said)
    check(re.search(r"Failed requests: +0\n", said), said)
    if keep_alive:
        check(re.search(rf"Keep-Alive requests: +{count}\n", said), said)
    return re.search(r"Requests per second: +([0-9.]+)", said).group(1) + " requests/s"


def echoes(length, patience=60):
    """Everything up and everything down, at the same time."""
    said = expected_bytes(length)
    heard = bytearray()
    with connect(7, patience) as one:
        def say():
            one.sendall(said)
            one.shutdown(socket.SHUT_WR)

        speaker = threading.Thread(target=say, daemon=True)
        start = time.monotonic()
        speaker.start()
        while part := one.recv(1 << 16):
            heard += part
        speaker.join()
    check(bytes(heard) == said, f"{len(heard)} of {length} bytes came back, or others")
    return time.monotonic() - start


def facts():
    return json.loads(run("curl", "--silent", "--max-time", "20", f"{URL}/api/facts"))


# --- short -------------------------------------------------------------------------


@checks_that("curl", "ab", "ping", "tracepath", short=True)
def curl_ab_ping_and_tracepath():
    with on_host("http"):
        notes = [answers_ping(), serves_curl(2 * MIB), serves_ab(2000, 8, False), serves_ab(5000, 8, True)]
        said = run("tracepath", "-n", GUEST)
        check("reached" in said and "pmtu 1500 hops 1" in said, said)
    return "; ".join(notes)


@checks_that("qemu-system-x86_64", "curl", "ab", "ping", short=True)
def the_textbooks_tcp_serves_linux():
    """The image whose connections know no SACK and no ECN."""
    with in_qemu("http-textbook", f"ip={GUEST}/24"):
        notes = [answers_ping(), serves_curl(2 * MIB), serves_ab(1000, 8, False)]
    return "; ".join(notes)


@checks_that(short=True)
def bulk_both_ways_at_once():
    with on_host("echo"):
        took = echoes(4 * MIB)
    return f"4 MiB in {took:.1f} s"


@checks_that(short=True)
def fetch_gets_pages_from_linux():
    """Our stack opens the connections; the other end is a server on Linux."""
    count = 20
    with tap():
        listener = socket.create_server((HOST, 80))

        def serve():
            for _ in range(count):
                one, _ = listener.accept()
                with one:
                    request = one.recv(4096)
                    length = int(re.match(rb"GET /bytes/(\d+) ", request).group(1))
                    one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length +
                                expected_bytes(length))

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        with as_process("fetch", open_tap(), f"peer={HOST}", f"count={count}", "bytes=300000",
                        ready=f"answer {count} of {count} is right") as guest:
            check(guest.process.wait(20) == 0, "fetch did not end with 0")
        server.join(20)
        listener.close()


@checks_that("dnsmasq", "curl", short=True)
def dnsmasq_gives_an_address():
    with tap(), tempfile.TemporaryDirectory() as folder:
        with dnsmasq(folder), as_process("http", open_tap(), address=False, ready="our address is") as guest:
            check_lease(folder, guest)


def dnsmasq(folder, lease="2m"):
    return Child(["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--interface=tap0",
                  "--bind-interfaces", "--log-dhcp", f"--dhcp-range=10.0.2.100,10.0.2.110,255.255.255.0,{lease}",
                  f"--dhcp-option=3,{HOST}", f"--dhcp-leasefile={folder}/leases"])


def check_lease(folder, guest):
    address = guest.wait_for(r"our address is (10\.0\.2\.1\d\d)/24").group(1)
    deadline = time.monotonic() + 10  # dnsmasq writes its file anew after each answer
    while True:
        with open(f"{folder}/leases", encoding="ascii") as file:
            if address in file.read():
                break
        check(time.monotonic() < deadline, "dnsmasq knows nothing of that address")
        time.sleep(0.1)
    check(run("curl", "--silent", "--max-time", "20", f"http://{address}/health") == "ok\n", "no answer there")
    return address


# --- many --------------------------------------------------------------------------


@checks_that("ab", "curl")
def _100_000_short_connections():
    """In a row, none refused; memory and table as before."""
    with on_host("http"):
        serves_ab(10_000, 8, False)
        before = facts()
        speed = serves_ab(100_000, 8, False)
        after = facts()
    made = after["connections"] - before["connections"]
    # ab opens some more than it needs when it comes to its end.
    check(100_001 <= made <= 100_009, f"{made} connections were accepted")
    check(after["connections_open"] == 1, f"{after['connections_open']} connections are open")
    lost = before["memory_free"] - after["memory_free"]
    check(lost <= 64 * KIB, f"{lost} bytes of memory are gone")
    return f"{speed}; memory {lost:+} bytes"


@checks_that("curl")
def _10_000_open_connections():
    count = 10_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, count + 100))
    request = f"GET /bytes/13 HTTP/1.1\r\nHost: {GUEST}\r\n\r\n".encode()
    body = expected_bytes(13)

    def ask_all(all_of_them):
        for one in all_of_them:
            one.sendall(request)
        for number, one in enumerate(all_of_them):
            check(one.recv(4096).endswith(body), f"connection {number} got another answer")

    with tap(), as_process("http", open_tap(), "--memory", str(1280 * MIB)):
        start = time.monotonic()
        opened = [connect(80) for _ in range(count)]
        took = time.monotonic() - start
        ask_all(opened)
        now = facts()
        check(now["connections_open"] == count + 1, f"{now['connections_open']} connections are open")
        ask_all(reversed(opened))
        for one in opened:
            one.close()
        used = now["memory_total"] - now["memory_free"]
    return f"opened in {took:.1f} s, {used / MIB:.0f} MiB in use"


@checks_that("curl", "ab")
def a_slow_reader():
    """Who reads slowly, and for seconds not at all, gets every byte and holds nobody up."""
    length = 3 * MIB
    with on_host("http"):
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * KIB)
            slow.settimeout(60)
            slow.connect((GUEST, 80))
            slow.sendall(f"GET /bytes/{length} HTTP/1.0\r\n\r\n".encode())
            time.sleep(4)  # the window is closed, and is asked about
            speed = serves_ab(3000, 4, True)
            got = bytearray()
            while part := slow.recv(4 * KIB):
                got += part
                if len(got) < MIB:
                    time.sleep(0.005)
            slow_body = bytes(got).split(b"\r\n\r\n", 1)[1]
        check(slow_body == expected_bytes(length), f"{len(slow_body)} bytes of {length}, or others")
    return f"others had {speed} meanwhile"


# --- tools ---------------------------------------------------------------------------


@checks_that("nmap")
def nmap_finds_sequence_numbers_hard():
    with on_host("http"):
        said = run("nmap", "-n", "-v", "-O", "-p", "80,81", GUEST, timeout=200)
    found = re.search(r"TCP Sequence Prediction: Difficulty=(\d+) \((.*)\)", said)
    check(found and found.group(2) == "Good luck!", said)
    return f"difficulty {found.group(1)}"


@checks_that("dnsmasq", "curl")
def a_lease_is_renewed():
    """dnsmasq's shortest lease is two minutes: after one our client asks again."""
    with tap(), tempfile.TemporaryDirectory() as folder:
        with dnsmasq(folder) as server:
            with as_process("http", open_tap(), address=False, ready="our address is") as guest:
                address = check_lease(folder, guest)
                server.wait_for(rf"(?s)DHCPACK\(tap0\) {address}.*DHCPACK\(tap0\) {address}", 90)
                check_lease(folder, guest)


@checks_that("qemu-system-x86_64", "curl", "ab", "ping", "tracepath", "dnsmasq")
def qemu_guest():
    """The same image on a machine."""
    with in_qemu("http", f"ip={GUEST}/24"):
        notes = [answers_ping(), serves_curl(8 * MIB), serves_ab(2000, 8, False), serves_ab(5000, 8, True)]
        said = run("tracepath", "-n", GUEST)
        check("reached" in said and "pmtu 1500 hops 1" in said, said)
    return "; ".join(notes)


# --- bad links ---------------------------------------------------------------------


@checks_that("curl")
def bad_links():
    """Loss, reordering and duplication at once; every byte arrives, both ways."""
    told = []
    for loss, length in ((1, 1024), (5, 512), (10, 256), (20, 96)):
        link = f"loss={loss}%,reorder=2%,duplicate=2%,delay=2ms,jitter=1ms"
        print(f"  seed {seed}, {link}", flush=True)
        with behind_relay("echo", seed, link) as relay:
            took = echoes(length * KIB, 300)
        with behind_relay("http", seed + 1, link):
            speed = serves_curl(length * KIB)
        told.append(f"{loss} %: {length} KiB echoed in {took:.1f} s, served with {speed}")
    return "; ".join(told)


def transfer(length):
    """Seconds for so many bytes to the far end, and from it. Not counted is the beginning,
    when it is luck how far slow start comes before the first loss."""
    beginning = MIB
    with connect(9) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 128 * KIB)
        one.sendall(bytes(beginning))
        start = time.monotonic()
        one.sendall(bytes(length))
        one.shutdown(socket.SHUT_WR)
        check(one.recv(1) == b"", "port 9 says something")
        up = time.monotonic() - start
    with connect(19) as one:
        for missing in (beginning, length):
            start = time.monotonic()
            while missing > 0:
                part = one.recv(min(missing, 1 << 16))
                check(part, "port 19 has ended")
                missing -= len(part)
        down = time.monotonic() - start
    return up, down


@checks_that()
def goodput():
    """At 1 % loss, against Linux in our place: at least 0.8 of its speed, each way."""
    link, length, rounds = "loss=1%,delay=10ms", 4 * MIB, 4
    ours, theirs = [], []
    for number in range(rounds):
        print(f"  seed {seed + number}, {link}", flush=True)
        with behind_relay("bulk", seed + number, link):
            ours.append(transfer(length))
        with linux_behind_relay(seed + number, link):
            theirs.append(transfer(length))
        print("   ours {:.1f} s to us, {:.1f} s from us;".format(*ours[-1]),
              "Linux {:.1f} s, {:.1f} s".format(*theirs[-1]), flush=True)
    notes = []
    for way, name in enumerate(("to us", "from us")):
        ratio = sum(one[way] for one in theirs) / sum(one[way] for one in ours)
        notes.append(f"{name} {ratio:.2f} of Linux's")
        check(ratio >= 0.8, f"goodput {name} is {ratio:.2f} of Linux's")
    return "; ".join(notes)


# -------------------------------------------------------------------------------------


def perform(name):
    """None: skipped."""
    function, needs, _ = checks[name]
    missing = [program for program in needs if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin") is None]
    if missing:
        print(f"skipped {name}: {', '.join(missing)} not installed", flush=True)
        return None
    start = time.monotonic()
    try:
        note = function()
    except Exception as error:  # a check's failure is whatever went wrong in it
        print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
        return False
    print(f"ok      {name} ({time.monotonic() - start:.1f} s){': ' + note if note else ''}", flush=True)
    return True


def main():
    global seed
    words = sys.argv[1:]
    if "--seed" in words:
        at = words.index("--seed")
        seed = int(words[at + 1])
        del words[at:at + 2]
    names = [name for name, (_, _, short) in checks.items() if short or words != ["short"]]
    if words not in (["short"], ["all"]):
        names = words
    unknown = [name for name in names if name not in checks]
    if unknown or not names:
        sys.exit(f"usage: interop_test.py short|all|NAME... [--seed N]; names: {', '.join(checks)}")
    enter_namespace("nsenter")
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    results = [perform(name) for name in names]
    if all(result is None for result in results):
        sys.exit(77)
    sys.exit(0 if all(result is not False for result in results) else 1)


if __name__ == "__main__":
    main()
