# SPDX-License-Identifier: MIT
"""IPv6: radvd as the router, Linux as a neighbour."""

import contextlib
import tempfile

from house import Child, check, in_qemu, ip, on_host, run
from registry import checks_that

PREFIX = "2001:db8:1:2:"
ROUTER, FAR = PREFIX + ":1", "2001:db8:99::1"  # both are Linux: on the link, and behind it
MTU = 1400


def become_router():
    """tap0 is there. Linux forwards, or radvd would rather not; its own addresses are good at
    once; FAR is not on the link."""
    for name, value in (("all/forwarding", "1"), ("tap0/accept_dad", "0")):
        with open(f"/proc/sys/net/ipv6/conf/{name}", "w", encoding="ascii") as file:
            file.write(value)
    ip("link set lo up")
    ip(f"-6 address replace {FAR}/128 dev lo")
    ip(f"-6 address add {ROUTER}/64 dev tap0 nodad")


@contextlib.contextmanager
def radvd(name_server=None):
    server = f"RDNSS {name_server} {{ AdvRDNSSLifetime 600; }};" if name_server else ""
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/radvd.conf", "w", encoding="ascii") as file:
            file.write(f"""interface tap0 {{
                AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;
                AdvDefaultLifetime 9; AdvLinkMTU {MTU};
                prefix {PREFIX}:/64 {{ AdvValidLifetime 600; AdvPreferredLifetime 300; }};
                {server}
            }};""")
        with Child(["radvd", "--nodaemon", f"--config={folder}/radvd.conf", f"--pidfile={folder}/radvd.pid",
                    "--logmethod=stderr", "--debug=1"]) as daemon:
            daemon.wait_for("config file, .*, syntax ok")
            yield daemon


def own_address(guest, prefix=PREFIX):
    return guest.wait_for(rf"our address is ({prefix}[0-9a-f:]+)/64").group(1)


def pings(address, *options):
    said = run("ping", "-6", "-n", "-i", "0.05", "-c", "5", *options, address)
    check(" 5 received" in said, said)
    return said


def fetches(address, length, *options):
    said = run("curl", "-6", "--silent", "--show-error", "--max-time", "60", "--output", "/dev/null", "--write-out",
               "%{size_download} from %{remote_ip}", *options, f"http://[{address}]/bytes/{length}")
    check(said.startswith(f"{length} from "), said)


def speaks_ipv6(guest):
    with radvd():
        address = own_address(guest)
        local = own_address(guest, "fe80:")
        # The neighbour, in pieces too, for these are larger than what the router allows.
        pings(address)
        pings(address, "-s", "4000")
        everybody = pings("ff02::1%tap0")
        check(local in everybody, f"it does not answer to everybody's address:\n{everybody}")
        fetches(address, 300_000)
        fetches(f"{local}%25tap0", 3000)
        # By the default route: who asks is not on the link.
        pings(address, "-I", FAR)
        fetches(address, 300_000, "--interface", FAR)
        said = run("tracepath", "-6", "-n", address)
        check("reached" in said and "hops 1" in said, said)
    # radvd has said that it is no router any more. Its prefix stays.
    said = run("ping", "-6", "-n", "-c", "2", "-i", "0.2", "-W", "1", "-q", address)
    check("2 received" in said, said)
    return address


@checks_that("radvd", "ping", "curl", "tracepath", short=True)
def radvd_gives_an_address_and_a_way():
    with on_host("http", "ipv6=auto") as guest:
        become_router()
        return speaks_ipv6(guest)


@checks_that("radvd", "ping", "curl", "tracepath", "qemu-system-x86_64")
def radvd_gives_a_guest_in_qemu_an_address():
    with in_qemu("http", "ip=10.0.2.15/24", "ipv6=auto") as guest:
        become_router()
        return speaks_ipv6(guest)
