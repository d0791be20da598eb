#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Segmentation offload both ways, between the host's own TCP and a guest in QEMU.

    tests/tap/tap_offload_test.py [FOLDER OF IMAGES]

A TAP device with virtio headers (vnet_hdr) in a network namespace of its own. What passes it
is watched: frames larger than the link's in both directions are segments that nobody cut.
A TAP device gives such a frame to QEMU only after the guest said that it takes it
(GUEST_TSO4, GUEST_TSO6), and takes one from it only with HOST_TSO4 or HOST_TSO6.

Needs root, /dev/net/tun, ip, unshare, curl and QEMU; without one of them it says so and ends
with 77: skipped.
"""

import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from alone import DEVICE, check, enter_namespace

HOST, GUEST = "10.0.2.2", "10.0.2.15"
HOST6, GUEST6 = "fd00::2", "fd00::15"
LARGEST_FRAME = 1514
MIB = 1 << 20


def set_up_device():
    for words in (["tuntap", "add", DEVICE, "mode", "tap", "vnet_hdr"],
                  ["address", "add", HOST + "/24", "dev", DEVICE],
                  ["-6", "address", "add", HOST6 + "/64", "dev", DEVICE, "nodad"],
                  ["link", "set", DEVICE, "up"],
                  ["link", "set", "lo", "up"]):
        subprocess.run(["ip"] + words, check=True)


class Loop(threading.Thread):
    """Calls on_bytes for whatever a socket receives, until it is told to end."""

    def __init__(self, a_socket):
        super().__init__(daemon=True)
        self.socket = a_socket
        self.ends = False
        self.start()

    def run(self):
        while not self.ends:
            if select.select([self.socket], [], [], 0.1)[0]:
                self.on_bytes(*self.socket.recvfrom(1 << 17))

    def end(self):
        self.ends = True
        self.join()
        self.socket.close()


class Watch(Loop):
    """Counts frames larger than the link's, in each direction."""

    def __init__(self):
        self.to_guest = self.from_guest = self.largest_to_guest = self.largest_from_guest = 0
        a_socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        a_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * MIB)
        a_socket.bind((DEVICE, 0))
        super().__init__(a_socket)

    def on_bytes(self, frame, source):
        outgoing = source[2] == 4  # PACKET_OUTGOING
        if outgoing:
            self.to_guest += len(frame) > LARGEST_FRAME
            self.largest_to_guest = max(self.largest_to_guest, len(frame))
        else:
            self.from_guest += len(frame) > LARGEST_FRAME
            self.largest_from_guest = max(self.largest_from_guest, len(frame))

    def __str__(self):
        return (f"{self.to_guest} merged segments to the guest (largest frame {self.largest_to_guest}), "
                f"{self.from_guest} from it (largest {self.largest_from_guest})")


class DhcpServer(Loop):
    """Gives the one guest its one address. [rfc2131 §3.1]"""

    def __init__(self):
        a_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        a_socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        a_socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, DEVICE.encode())
        a_socket.bind(("", 67))
        super().__init__(a_socket)

    def on_bytes(self, message, _):
        if len(message) < 240 or message[0] != 1:
            return
        kind, at = 0, 240
        while at + 2 < len(message) and message[at] != 255:
            if message[at] == 0:
                at += 1
                continue
            if message[at] == 53:
                kind = message[at + 2]
            at += 2 + message[at + 1]
        answer = {1: 2, 3: 5}.get(kind)  # DISCOVER: OFFER, REQUEST: ACK
        if answer is None:
            return
        reply = bytearray(message[:240])
        reply[0] = 2
        reply[16:20] = socket.inet_aton(GUEST)
        reply[20:24] = socket.inet_aton(HOST)
        reply += bytes([53, 1, answer, 54, 4]) + socket.inet_aton(HOST)
        reply += bytes([51, 4]) + struct.pack("!I", 86400) + bytes([1, 4, 255, 255, 255, 0, 255])
        self.socket.sendto(reply, ("255.255.255.255", 68))


class Guest:
    def __init__(self, image, card, memory, is_ipv6):
        self.address = GUEST6 if is_ipv6 else GUEST
        words = ["-append", f"ipv6={GUEST6}/64"] if is_ipv6 else []
        self.log = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none",
             "-machine", "q35,accel=tcg", "-m", memory, "-kernel", image, "-serial", "stdio",
             "-netdev", f"tap,id=net0,ifname={DEVICE},script=no,downscript=no,vhost=off",
             "-device", f"virtio-net-pci,netdev=net0,romfile={card}"] + words,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.kill()
        self.process.wait()
        if kind is not None:
            self.log.seek(0)
            print("--- what the guest said ---", self.log.read(), sep="\n")
        self.log.close()

    def connect(self, port):
        deadline = time.monotonic() + 60
        while True:
            check(self.process.poll() is None, "QEMU has ended")
            try:
                return socket.create_connection((self.address, port), timeout=30)
            except OSError:
                check(time.monotonic() < deadline, f"nobody listens on port {port} of the guest")
                time.sleep(0.2)


def expected_bytes(length):
    """What the guest serves as /bytes/LENGTH."""
    low = bytes(range(256))
    parts = []
    for block in range((length + 255) // 256):
        mask = (block ^ block >> 8 ^ block >> 16) & 0xFF
        parts.append(bytes(byte ^ mask for byte in low) if mask else low)
    return b"".join(parts)[:length]


def echoes(guest, length):
    """Everything up and everything down, at the same time."""
    connection = guest.connect(7)
    said = expected_bytes(length)
    heard = bytearray()

    def say():
        connection.sendall(said)
        connection.shutdown(socket.SHUT_WR)

    speaker = threading.Thread(target=say)
    speaker.start()
    while part := connection.recv(1 << 16):
        heard += part
    speaker.join()
    connection.close()
    check(bytes(heard) == said, f"{len(heard)} of {length} bytes came back, or others")


def serves(guest, length):
    guest.connect(80).close()
    name = f"[{guest.address}]" if ":" in guest.address else guest.address
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run(["curl", "--silent", "--show-error", "--max-time", "120", "--output", file.name,
                        f"http://{name}/bytes/{length}"], check=True)
        got = file.read()
    check(got == expected_bytes(length), f"{len(got)} bytes of {length}, or others")


def measure(what, image, job, card="", memory="64", is_ipv6=False):
    watch = Watch()
    with Guest(image, card, memory, is_ipv6) as guest:
        start = time.monotonic()
        job(guest, 8 * MIB)
        took = time.monotonic() - start
    watch.end()
    print(f"{what}: 8 MiB in {took:.1f} s; {watch}", flush=True)
    return watch


def main():
    enter_namespace("curl", "qemu-system-x86_64")
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("VIV_BUILD", "build/dev") + "/images"
    set_up_device()
    server = DhcpServer()
    echo, http = f"{folder}/echo.elf", f"{folder}/http.elf"

    both = measure("echo", echo, echoes)
    check(both.to_guest > 0, "the guest was given no merged segments")
    check(both.from_guest > 0, "the guest sent no large segments")
    check(both.largest_to_guest <= 14 + 65535, "larger than any packet")

    down = measure("http", http, serves)
    check(down.from_guest > 0, "the guest sent no large segments")

    six = measure("echo by IPv6", echo, echoes, is_ipv6=True)
    check(six.to_guest > 0, "the guest was given no merged segments of IPv6")
    check(six.from_guest > 0, "the guest sent no large segments of IPv6")
    check(six.largest_to_guest <= 14 + 40 + 65535, "larger than any packet")
    six = measure("echo by IPv6, with offloads of IPv4 only", echo, echoes, ",guest_tso6=off,host_tso6=off",
                  is_ipv6=True)
    check(six.to_guest == 0 and six.from_guest == 0, "it uses for IPv6 what is for IPv4")

    # A card that offers neither: the same bytes, and nothing that is larger than the link.
    without = measure("echo, without offloads", echo, echoes, ",guest_tso4=off,host_tso4=off")
    check(without.to_guest == 0 and without.from_guest == 0, "it uses what was not offered")
    # One that merges but spreads nothing over buffers: the driver must not agree.
    single = measure("echo, without merged buffers", echo, echoes, ",mrg_rxbuf=off")
    check(single.to_guest == 0, "it took merged segments that fit into no buffer")
    check(single.from_guest > 0, "the guest sent no large segments")
    # In 4 MiB there are too few buffers for merged segments, and everything works.
    small = measure("http in 4 MiB", http, serves, memory="4")
    check(small.to_guest == 0, "it took what its buffers cannot hold")
    small = measure("echo in 4 MiB", echo, echoes, memory="4")
    check(small.to_guest == 0, "it took what its buffers cannot hold")
    server.end()


if __name__ == "__main__":
    main()
