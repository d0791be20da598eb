# SPDX-License-Identifier: MIT
"""Names: our resolver asks dnsmasq, and servers that answer half; the pages come from the
address that it prefers."""

import contextlib
import re
import socket
import tempfile
import threading

from house import GUEST, HOST, Child, as_process, check, expected_bytes, ip, open_tap, tap
from ipv6_checks import ROUTER, become_router, radvd
from registry import checks_that

LOCAL = "fd00:7::1"  # unique local: RFC 6724 has IPv4 before it
MANY = [f"10.0.2.{last}" for last in range(30, 80)]  # more than a datagram of 512 octets takes


@contextlib.contextmanager
def dnsmasq(*more):
    """It knows names in .test, by UDP and TCP, and nobody whom it could ask for others."""
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/hosts", "w", encoding="ascii") as file:
            file.writelines(f"{address} many.test\n" for address in MANY)
        with Child(["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--no-negcache",
                    f"--addn-hosts={folder}/hosts", "--local=/test/", "--log-queries=extra",
                    f"--host-record=four.test,{HOST}", f"--host-record=six.test,{ROUTER}",
                    f"--host-record=both.test,{HOST},{ROUTER}", f"--host-record=local.test,{HOST},{LOCAL}",
                    "--cname=first.test,second.test", "--cname=second.test,third.test",
                    "--cname=third.test,both.test", *more]) as server:
            server.wait_for("started, version")
            yield server


class Pages:
    """A server on every address of Linux; of each request it keeps by which it came."""

    def __init__(self):
        self.listener = socket.socket(socket.AF_INET6)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.listener.bind(("::", 80))
        self.listener.listen()
        self.asked = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                one, _ = self.listener.accept()
            except OSError:
                return
            with one:
                request = one.recv(4096)
                if request:  # else it only wanted to know whether somebody is there
                    self.asked.append(one.getsockname()[0].removeprefix("::ffff:"))
                    one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + expected_bytes(1000))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
        self.listener.close()


def fetch(name, *words, status=0, says="answer 1 of 1 is right"):
    with as_process("fetch", open_tap(), f"ip={GUEST}/24", f"peer={name}:80", "count=1", "bytes=1000", *words,
                    address=False, ready=says) as guest:
        check(guest.process.wait(20) == status, f"fetch of {name} did not end with {status}")
        return guest.said()


@checks_that("dnsmasq", short=True)
def dnsmasq_knows_names():
    with tap(), dnsmasq() as server, Pages() as pages:
        def comes_from(address, name):
            fetch(name, f"dns={HOST}")
            check(pages.asked.pop() in address, f"{name}: the page came from another address")

        comes_from([HOST], "four.test")
        comes_from([HOST], "FOUR.Test")
        comes_from([HOST], "first.test")  # stands for second, that for third, that for both
        for address in MANY:
            ip(f"address add {address}/32 dev tap0")
        comes_from(MANY, "many.test")
        check(re.search(r"query\[A\] many\.test.*(\n.*)*query\[A\] many\.test", server.said()),
              "the answer was cut off, and not asked for again by TCP")
        fetch("nobody.test", f"dns={HOST}", status=1, says="cannot find nobody.test: no such name")
        fetch("six.test", f"dns={HOST}", status=1, says="cannot find six.test: no such name")  # has no A
        check("AAAA" not in server.said(), "it asked for what it cannot use")


@checks_that("dnsmasq", "radvd", short=True)
def a_router_names_the_name_server():
    """By RDNSS only: DHCP and the command line say nothing of it."""
    with tap(), dnsmasq() as server, Pages() as pages, radvd_beside(ROUTER):
        for name, address in (("six.test", ROUTER), ("four.test", HOST), ("both.test", ROUTER), ("first.test", ROUTER),
                              ("local.test", HOST)):
            fetch(name, "ipv6=auto")
            check(pages.asked[-1] == address, f"{name}: the page came from {pages.asked[-1]}")
        fetch("nobody.test", "ipv6=auto", status=1, says="cannot find nobody.test: no such name")
        for kind in ("A", "AAAA"):
            check(len(re.findall(rf"query\[{kind}\] nobody\.test", server.said())) == 1, "no such name was asked for twice")


class OneSided:
    """A name server that answers about addresses of one type, and is silent about the other."""

    def __init__(self, address):
        self.address = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
        self.silences = 0
        self.server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.server.bind(("::", 53))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            question, asker = self.server.recvfrom(512)
            if not question:
                return
            kind = b"\0\x01" if len(self.address) == 4 else b"\0\x1c"
            if question[-4:-2] != kind:
                self.silences += 1
                continue
            self.server.sendto(question[:2] + b"\x81\x80\0\x01\0\x01\0\0\0\0" + question[12:] + b"\xc0\x0c" + kind +
                               b"\0\x01\0\0\0\x3c" + len(self.address).to_bytes(2, "big") + self.address, asker)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.sendto(b"", ("::1", 53))  # ends the thread
        self.thread.join(10)  # while it listens the port is not free
        self.server.close()


@checks_that("radvd", short=True)
def silence_about_one_version_hides_no_other():
    with tap(), Pages() as pages, radvd_beside(ROUTER):
        for address in (HOST, ROUTER):
            with OneSided(address) as server:
                fetch("half.test", "ipv6=auto", f"dns={HOST}", "patience=4000")
            check(pages.asked.pop() == address, "the page came from another address")
            check(server.silences > 0, "it was asked about one version only")


@checks_that("dnsmasq", "radvd", short=True)
def who_has_ipv6_first_waits_for_what_dhcp_says():
    """No router names a name server; the one that DHCP names has only to come in time."""
    with tap(), Pages() as pages, radvd_beside(None), as_process(
            "fetch", open_tap(), "ipv6=auto", "peer=four.test:80", "count=1", "bytes=1000", address=False,
            ready="our address is 2001:") as guest:
        with dnsmasq("--dhcp-range=10.0.2.100,10.0.2.110,255.255.255.0,2m", "--no-ping", "--dhcp-leasefile=/dev/null"):
            check(guest.process.wait(40) == 0, "fetch found no page")
        check(pages.asked == [HOST] * len(pages.asked) != [], "the page came from another address")


@contextlib.contextmanager
def radvd_beside(name_server):
    become_router()
    ip(f"-6 address add {LOCAL}/64 dev tap0 nodad")
    with radvd(name_server):
        yield
