# SPDX-License-Identifier: MIT
"""What the checks stand on: network namespaces, devices, and the programs in them.

The checks run in a network namespace of their own, where Linux is 10.0.2.2. The guest is
10.0.2.15: on a TAP device, or behind a relay that loses frames. A second namespace can
take the guest's place, with Linux in it, too.
"""

import contextlib
import ctypes
import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../tap"))
from alone import check  # noqa: E402

HOST, GUEST = "10.0.2.2", "10.0.2.15"
BUILD = os.environ.get("VIV_BUILD", "build/dev")
# Debian's. That of this machine may be one that takes no notice of loss.
CONGESTION = "cubic"


def ip(*words, inside=None):
    enter = ["nsenter", "-t", str(inside), "-n"] if inside else []
    subprocess.run(enter + ["ip"] + " ".join(words).split(), check=True)


def run(*words, timeout=60):
    """What a program prints; it must end well."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout)
    check(done.returncode == 0, f"{' '.join(words)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def expected_bytes(length):
    """What the guest serves as /bytes/LENGTH."""
    low = bytes(range(256))
    parts = []
    for block in range((length + 255) // 256):
        mask = (block ^ block >> 8 ^ block >> 16) & 0xFF
        parts.append(bytes(byte ^ mask for byte in low) if mask else low)
    return b"".join(parts)[:length]


class Child:
    """A program in the background. Told to end at the end; what it said is shown when the
    check has failed."""

    def __init__(self, words, **more):
        self.log = tempfile.TemporaryFile(mode="w+")
        self.name = os.path.basename(words[0])
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT, **more)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if kind is not None:
            print(f"--- what {self.name} said ---", self.said(), sep="\n")
        self.log.close()

    def said(self):
        # Not by our own place in the file, which is the child's, too.
        return os.pread(self.log.fileno(), 1 << 20, 0).decode(errors="replace")

    def wait_for(self, pattern, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            ended = self.process.poll() is not None
            found = re.search(pattern, self.said())
            if found:
                return found
            check(not ended, f"{self.name} has ended")
            check(time.monotonic() < deadline, f"{self.name} never said {pattern}")
            time.sleep(0.02)


@contextlib.contextmanager
def tap(flags=""):
    """tap0, with Linux at this side of it."""
    ip("tuntap add tap0 mode tap", flags)
    ip(f"address add {HOST}/24 dev tap0")
    ip("link set tap0 up")
    try:
        yield
    finally:
        ip("link delete tap0")


def open_tap():
    """The far side of tap0."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    tap_without_header = 0x0002 | 0x1000
    fcntl.ioctl(descriptor, 0x400454CA, struct.pack("16sH22x", b"tap0", tap_without_header))
    return descriptor


READY = r"serving up to|serving one|listening on port|taking on port"


@contextlib.contextmanager
def on_host(application, *words, ready=READY):
    """`viv run APPLICATION --on host` on tap0."""
    append = ["--append", " ".join(words)] if words else []
    with tap(), Child([f"{BUILD}/bin/viv-machine", "run", application, "--on", "host", "--net", "tap:tap0"] +
                      append) as guest:
        guest.wait_for(ready)
        yield guest


@contextlib.contextmanager
def as_process(application, frames, *words, address=True, ready=READY):
    """The application on that descriptor, with options that viv does not have."""
    own = ["--ip", f"{GUEST}/24"] if address else []
    with Child([f"{BUILD}/hosted/{application}", "--frames", str(frames)] + own + list(words),
               pass_fds=[frames]) as guest:
        os.close(frames)
        guest.wait_for(ready)
        yield guest


@contextlib.contextmanager
def in_qemu(application, *words, ready=READY):
    with tap("vnet_hdr"), Child(
            ["qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none", "-machine", "q35,accel=tcg",
             "-m", "64", "-kernel", f"{BUILD}/images/{application}.elf", "-append", " ".join(words), "-serial",
             "stdio", "-netdev", "tap,id=net0,ifname=tap0,script=no,downscript=no,vhost=off", "-device",
             "virtio-net-pci,netdev=net0,romfile="]) as guest:
        guest.wait_for(ready)
        yield guest


def set_up_near_end():
    ip(f"address add {HOST}/24 dev near")
    ip("link set near up")


@contextlib.contextmanager
def behind_relay(application, seed, link, *words):
    """The application behind a bad link, whose near end is the device `near`."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    frames = os.dup(theirs.fileno())
    relay = [f"{BUILD}/bin/viv-relay", str(seed), link, "tap:near", f"fd:{ours.fileno()}"]
    with ours, theirs, Child(relay, pass_fds=[ours.fileno()]) as relay:
        relay.wait_for("relay: seed")
        set_up_near_end()
        ours.close()
        theirs.close()
        with as_process(application, frames, *words):
            yield relay


@contextlib.contextmanager
def linux_behind_relay(seed, link):
    """Linux, in a namespace of its own, in the place of the application."""
    with Child(["unshare", "--net", "sleep", "infinity"]) as other:
        own = os.readlink("/proc/self/ns/net")
        deadline = time.monotonic() + 10
        while os.readlink(f"/proc/{other.process.pid}/ns/net") == own:
            check(time.monotonic() < deadline, "no second namespace")
            time.sleep(0.01)
        inside = other.process.pid
        with Child([f"{BUILD}/bin/viv-relay", str(seed), link, "tap:near", f"tap:far@{inside}"]) as relay:
            relay.wait_for("relay: seed")
            set_up_near_end()
            ip(f"address add {GUEST}/24 dev far", inside=inside)
            ip("link set far up", inside=inside)
            with Child(["nsenter", "-t", str(inside), "-n", f"{BUILD}/bin/viv-linux-server", CONGESTION]) as server:
                server.wait_for("server: ready")
                yield relay


def connect(port, patience=60):
    deadline = time.monotonic() + patience
    while True:
        one = socket.socket()
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, CONGESTION.encode())
        one.settimeout(patience)
        try:
            one.connect((GUEST, port))
            return one
        except OSError as error:
            one.close()
            check(time.monotonic() < deadline, f"port {port} of the guest: {error}")
            time.sleep(0.1)
