#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""IPv6 between the host's own stack and ours, as a process on a TAP device.

    tests/tap/tap_ipv6_test.py [HOSTED HTTP SERVER]

A TAP device in a network namespace of its own; this program is the router: it advertises a
prefix and an MTU, and the server makes an address of it. Then Linux pings it, in pieces too
and by everybody's address, fetches pages by global and link-local addresses, and sees no
packet larger than what was advertised. When the router takes its prefix back, the address
still answers.

Needs root, /dev/net/tun, ip, unshare, ping and curl; without one of them it says so and ends
with 77: skipped.
"""

import fcntl
import ipaddress
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time

from alone import DEVICE, check, enter_namespace

PREFIX = ipaddress.IPv6Network("fd01:2:3:4::/64")
HOST = "fd01:2:3:4::1"
MTU = 1400
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000


def run(*words):
    return subprocess.run(words, capture_output=True, text=True)


def open_device():
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", DEVICE.encode(), IFF_TAP | IFF_NO_PI))
    for words in (["link", "set", "lo", "up"],
                  ["link", "set", DEVICE, "up"],
                  ["-6", "address", "add", HOST + "/64", "dev", DEVICE, "nodad"]):
        subprocess.run(["ip"] + words, check=True)
    os.set_inheritable(device, True)
    return device


def own_link_local():
    for _ in range(50):
        found = re.search(r"inet6 (fe80::[0-9a-f:]+)/64 scope link(?! tentative)",
                          run("ip", "-6", "address", "show", "dev", DEVICE).stdout)
        if found:
            return found.group(1)
        time.sleep(0.1)
    raise AssertionError("the host has no link-local address")


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Router:
    """Sends advertisements of our prefix to everybody."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind((DEVICE, 0))
        self.mac = self.socket.getsockname()[4]
        self.source = ipaddress.IPv6Address(address).packed

    def advertise(self, lifetime, valid, preferred):
        everybody = ipaddress.IPv6Address("ff02::1").packed
        options = b"\x01\x01" + self.mac + struct.pack("!BBHI", 5, 1, 0, MTU)
        options += struct.pack("!BBBBIII", 3, 4, 64, 0xC0, valid, preferred, 0) + PREFIX.network_address.packed
        message = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, lifetime, 0, 0) + options
        pseudo = self.source + everybody + struct.pack("!II", len(message), 58)
        message = message[:2] + struct.pack("!H", checksum(pseudo + message)) + message[4:]
        header = struct.pack("!IHBB", 6 << 28, len(message), 58, 255) + self.source + everybody
        self.socket.send(b"\x33\x33\0\0\0\x01" + self.mac + b"\x86\xdd" + header + message)


class Watcher(threading.Thread):
    """The largest packet of IPv6 that the server sends."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self.socket.bind((DEVICE, 0x0003))
        self.own = self.socket.getsockname()[4]
        self.largest = 0
        self.start()

    def run(self):
        while True:
            frame = self.socket.recv(65536)
            if frame[6:12] != self.own and frame[12:14] == b"\x86\xdd":
                self.largest = max(self.largest, len(frame) - 14)


class Server:
    def __init__(self, program, device):
        self.process = subprocess.Popen([program, "--frames", str(device), "--ip", "10.0.2.15/24", "ipv6=auto"],
                                        pass_fds=[device], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True)
        self.addresses = []
        self.lines = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            found = re.search(r"our address is ([0-9a-f:]+)/64", line)
            if found and found.group(1) not in self.addresses:
                self.addresses.append(found.group(1))

    def address_in(self, network):
        for _ in range(100):
            for address in self.addresses:
                if ipaddress.IPv6Address(address) in ipaddress.IPv6Network(network):
                    return address
            time.sleep(0.1)
        raise AssertionError(f"no address in {network}:\n" + "".join(self.lines))


def pings(address, *options):
    answer = run("ping", "-6", "-c", "3", "-i", "0.2", "-W", "2", *options, address)
    check(" 0% packet loss" in answer.stdout, f"ping {address} {options}:\n{answer.stdout}{answer.stderr}")
    return answer.stdout


def fetches(address, path, expected):
    answer = subprocess.run(["curl", "-6", "-sS", "-g", "-m", "20", f"http://[{address}]{path}"], capture_output=True)
    check(answer.returncode == 0, f"curl {address}{path}: {answer.stderr}")
    check(len(answer.stdout) == expected, f"curl {address}{path}: {len(answer.stdout)} bytes")


def main():
    enter_namespace("curl", "ping")
    program = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("VIV_BUILD", "build/dev") + "/hosted/http"
    device = open_device()
    router = Router(own_link_local())
    server = Server(program, device)
    try:
        local = server.address_in("fe80::/64")
        router.advertise(lifetime=1800, valid=600, preferred=300)
        ours = server.address_in(str(PREFIX))
        watcher = Watcher()
        pings(ours)
        pings(ours, "-s", "4000")  # in pieces, both ways
        everybody = pings(f"ff02::1%{DEVICE}")
        check(local in everybody, "it does not answer to everybody's address:\n" + everybody)
        fetches(ours, "/health", 3)
        fetches(f"{local}%25{DEVICE}", "/health", 3)
        fetches(ours, "/bytes/3000000", 3_000_000)
        check(1300 < watcher.largest <= MTU, f"packets of {watcher.largest}, where {MTU} are the most")
        answer = run("ip", "-6", "neigh", "show", "dev", DEVICE).stdout
        check(ours in answer and "FAILED" not in answer, answer)
        # It takes its prefix back: no new use of the address, which still answers.
        router.advertise(lifetime=0, valid=600, preferred=0)
        time.sleep(0.2)
        pings(ours)
        print(f"{ours} and {local} answered")
    finally:
        server.process.kill()
        server.process.wait()


if __name__ == "__main__":
    main()
