# SPDX-License-Identifier: MIT
"""What no honest router or neighbour sends, by scapy: who is believed, and what is answered.

Each check sends odd packets, and then an echo request that is in order. When that is answered,
everything before it has been looked at: what has not been answered by then never will be.
"""

import contextlib
import select

from house import check, on_host, run
from ipv6_checks import ROUTER, become_router, own_address, radvd
from registry import checks_that

FORGED = "2001:db8:bad:"
CHATTER = ("ff02::2", "ff02::16")  # routers, those who want to know of groups


class Wire:
    """tap0 as scapy has it; we are Linux's own station, so that the guest finds us by itself."""

    def __init__(self, guest_address):
        from scapy import all as scapy  # it takes a second
        self.scapy = scapy
        self.socket = scapy.conf.L2socket(iface="tap0")
        self.mac = scapy.get_if_hwaddr("tap0")
        self.guest = guest_address
        said = run("ip", "-6", "neigh", "show", guest_address, "dev", "tap0")
        self.guest_mac = said.split(" lladdr ")[1].split()[0]
        self.barriers = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ether(self):
        return self.scapy.Ether(src=self.mac, dst=self.guest_mac)

    def ip(self, **more):
        return self.ether() / self.scapy.IPv6(**{"src": ROUTER, "dst": self.guest, **more})

    def pieces(self, message, *cuts, of_all=None):
        """An ICMPv6 message as fragments, cut at these octets: (begin, end) of each piece."""
        s = self.scapy
        whole = bytes(s.IPv6(src=ROUTER, dst=self.guest) / message)[40:]
        self.identification = getattr(self, "identification", 0) + 1
        length = len(whole) if of_all is None else of_all
        return [self.ip() / s.IPv6ExtHdrFragment(nh=58, offset=begin // 8, m=int(end < length), id=self.identification) /
                s.Raw(whole[begin:end]) for begin, end in cuts]

    def answers(self, *packets):
        """What the guest says to them; not, which neighbours, routers and groups it looks for."""
        s = self.scapy
        for packet in packets:
            self.socket.send(packet)
        self.barriers += 1
        self.socket.send(self.ip() / s.ICMPv6EchoRequest(id=0x5555, seq=self.barriers))
        heard = []
        while True:
            check(select.select([self.socket.ins], [], [], 10)[0], "the guest answers no echo request any more")
            packet = self.socket.recv()
            if packet is None or packet.src != self.guest_mac or s.IPv6 not in packet:
                continue
            if s.ICMPv6EchoReply in packet and packet[s.ICMPv6EchoReply].id == 0x5555:
                if packet[s.ICMPv6EchoReply].seq == self.barriers:
                    return heard
                continue
            if s.ICMPv6ND_NS not in packet and packet[s.IPv6].dst not in CHATTER:
                heard.append(packet)


@contextlib.contextmanager
def guest_on_wire():
    with on_host("http", "ipv6=auto") as guest:
        become_router()
        with radvd():
            address = own_address(guest)
            run("ping", "-6", "-c", "1", address)
        with Wire(address) as wire:
            yield guest, wire


def only(answers, kind, what="of this packet"):
    check(len(answers) == 1 and kind in answers[0], f"{what}: want one {kind.__name__}, got {answers}")
    return answers[0][kind]


@checks_that("scapy", "radvd", "ping", short=True)
def neighbours_and_routers_that_cannot_be_are_not_believed():
    with guest_on_wire() as (guest, wire):
        s = wire.scapy
        question = s.ICMPv6ND_NS(tgt=wire.guest) / s.ICMPv6NDOptSrcLLAddr(lladdr=wire.mac)
        answer = only(wire.answers(wire.ip(hlim=255) / question), s.ICMPv6ND_NA)
        check(answer.S == 1 and answer.O == 1 and answer.R == 0 and answer.tgt == wire.guest, answer.summary())
        endless = s.Raw(b"\x01\x00" + bytes(6))  # an option of length 0
        for why, odd in (
                ("came from afar", wire.ip(hlim=254) / question),
                ("has a code", wire.ip(hlim=255) / s.ICMPv6ND_NS(tgt=wire.guest, code=1)),
                ("is in a fragment", wire.ip(hlim=255) / s.IPv6ExtHdrFragment(nh=58) / question),
                ("has an option without end", wire.ip(hlim=255) / s.ICMPv6ND_NS(tgt=wire.guest) / endless),
                ("is nobody's, with a MAC", wire.ip(hlim=255, src="::") / question),
                ("asks about a group", wire.ip(hlim=255) / s.ICMPv6ND_NS(tgt="ff02::1"))):
            check(not wire.answers(odd), f"it answers a solicitation that {why}")

        def advertisement(prefix, source="fe80::77", hlim=255, fragment=False, more=None):
            head = s.IPv6(src=source, dst="ff02::1", hlim=hlim)
            if fragment:
                head = head / s.IPv6ExtHdrFragment(nh=58)
            message = s.ICMPv6ND_RA(routerlifetime=1800) / s.ICMPv6NDOptPrefixInfo(
                prefix=prefix, prefixlen=64, L=1, A=1, validlifetime=600, preferredlifetime=300)
            return wire.ether() / head / (message / more if more else message)

        check(not wire.answers(advertisement(f"{FORGED}1::", hlim=64),
                               advertisement(f"{FORGED}2::", source=ROUTER),
                               advertisement(f"{FORGED}3::", fragment=True),
                               advertisement(f"{FORGED}4::", more=endless),
                               advertisement("2001:db8:600d:1::")), "it answers an advertisement")
        new = own_address(guest, "2001:db8:600d:1:")
        check(FORGED not in guest.said(), "it believes a forged advertisement")
        # Taken back at once, which is not believed either: two hours at least.
        gone = advertisement("2001:db8:600d:1::")
        gone[s.ICMPv6NDOptPrefixInfo].validlifetime = gone[s.ICMPv6NDOptPrefixInfo].preferredlifetime = 0
        wire.answers(gone)
        only(wire.answers(wire.ip(dst=new) / s.ICMPv6EchoRequest(id=1)), s.ICMPv6EchoReply)


@checks_that("scapy", "radvd", "ping", short=True)
def odd_fragments_and_headers_of_ipv6_are_answered_as_the_rfcs_say():
    with guest_on_wire() as (_, wire):
        s = wire.scapy
        asked = s.ICMPv6EchoRequest(id=1, data=bytes(range(256)) * 3)  # 776 octets with its header
        answer = only(wire.answers(*wire.pieces(asked, (512, 776), (0, 256), (256, 512))), s.ICMPv6EchoReply)
        check(answer.data == asked.data, "what was in pieces came back otherwise")
        only(wire.answers(wire.ip() / s.IPv6ExtHdrFragment(nh=58) / s.ICMPv6EchoRequest(id=2)), s.ICMPv6EchoReply)
        overlap = wire.pieces(asked, (0, 256), (248, 512), (512, 776))
        check(not wire.answers(*overlap), "it puts together what overlaps [rfc5722]")
        # The length of what is not the last must be a multiple of eight. [rfc8200 §4.5]
        problem = only(wire.answers(*wire.pieces(asked, (0, 255))), s.ICMPv6ParamProblem, "a crooked piece")
        check((problem.code, problem.ptr) == (0, 4), problem.summary())
        # A first piece that ends before its chain of headers does: options, and no TCP. [rfc7112]
        cut = wire.ip() / s.IPv6ExtHdrFragment(nh=60, m=1, id=99) / s.Raw(bytes([6, 0, 1, 4, 0, 0, 0, 0]))
        problem = only(wire.answers(cut), s.ICMPv6ParamProblem, "a first piece without all headers")
        check(problem.code == 3, problem.summary())

        def expect_problem(packet, code, pointer, what):
            found = only(wire.answers(packet), s.ICMPv6ParamProblem, what)
            check((found.code, found.ptr) == (code, pointer), f"{what}: {found.summary()}")

        expect_problem(wire.ip(nh=250) / s.Raw(bytes(8)), 1, 6, "an unknown header")
        strange = bytes([59, 0, 0x9e, 4, 0, 0, 0, 0])
        expect_problem(wire.ip(nh=60) / s.Raw(strange), 2, 42, "an unknown option that wants an answer")
        late = bytes([0, 0, 1, 4, 0, 0, 0, 0] + [59, 0, 1, 4, 0, 0, 0, 0])
        expect_problem(wire.ip(nh=60) / s.Raw(late), 1, 40, "hop-by-hop options that are not the first")
        source_route = s.IPv6ExtHdrRouting(type=0, segleft=1, addresses=["2001:db8::1"], nh=59)
        expect_problem(wire.ip() / source_route, 0, 42, "a source route [rfc5095]")
        nobody = only(wire.answers(wire.ip() / s.UDP(sport=9, dport=9) / s.Raw(b"?")), s.ICMPv6DestUnreach)
        check(nobody.code == 4, nobody.summary())
        error = s.ICMPv6DestUnreach(code=4) / s.IPv6(src=wire.guest, dst=ROUTER) / s.UDP(sport=5, dport=6)
        check(not wire.answers(wire.ip() / error), "it answers an error")
