// SPDX-License-Identifier: MIT
//
// Nothing disappears silently: every packet that is dropped is counted, by
// reason. A parser fails with the reason, and Interface counts it in one place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace net {

// clang-format off
#define NET_DROP_REASONS(X)                                                              \
    /* Ethernet */                                                                       \
    X(FrameTooShort, "frame shorter than its headers")                                   \
    X(OtherDestination, "frame for another station")                                     \
    X(GroupSource, "frame from a broadcast or multicast address")                        \
    X(UnknownEtherType, "EtherType not spoken here")                                     \
    /* ARP */                                                                            \
    X(ArpTruncated, "ARP shorter than its fields")                                       \
    X(ArpUnsupported, "ARP that is not Ethernet and IPv4")                               \
    X(ArpBadSender, "ARP from an impossible sender")                                     \
    X(ArpNotForUs, "ARP about somebody else")                                            \
    X(ArpUnsolicited, "ARP reply that nobody asked for")                                 \
    X(ArpConflict, "ARP from another station with our address")                          \
    X(ArpTableFull, "no place in the ARP cache")                                         \
    /* IPv4 */                                                                           \
    X(Ipv4Truncated, "IPv4 packet shorter than its header")                              \
    X(Ipv4BadVersion, "IP version other than 4")                                         \
    X(Ipv4BadHeaderLength, "IPv4 header length impossible")                              \
    X(Ipv4BadTotalLength, "IPv4 total length impossible")                                \
    X(Ipv4BadChecksum, "IPv4 header checksum wrong")                                     \
    X(Ipv4BadOptions, "IPv4 options malformed")                                          \
    X(Ipv4SourceRoute, "IPv4 source route")                                              \
    X(Ipv4BadSource, "IPv4 source address impossible")                                   \
    X(Ipv4OtherDestination, "IPv4 packet for another host")                              \
    X(Ipv4UnknownProtocol, "IP protocol not spoken here")                                \
    /* IPv6 */                                                                           \
    X(Ipv6Truncated, "IPv6 packet shorter than its header")                              \
    X(Ipv6BadVersion, "IP version other than 6")                                         \
    X(Ipv6BadLength, "IPv6 payload length beyond the frame")                             \
    X(Ipv6BadSource, "IPv6 source address impossible")                                   \
    X(Ipv6OtherDestination, "IPv6 packet for another host")                              \
    X(Ipv6BadExtension, "IPv6 extension header beyond the packet")                       \
    X(Ipv6BadHeaderOrder, "IPv6 extension header where none may be")                     \
    X(Ipv6TooManyHeaders, "too many IPv6 extension headers")                             \
    X(Ipv6BadOptions, "IPv6 options malformed, or too many")                             \
    X(Ipv6UnknownOption, "IPv6 option that forbids to go on")                            \
    X(Ipv6SourceRoute, "IPv6 routing header")                                            \
    X(Ipv6IncompleteChain, "first IPv6 fragment without all headers")                    \
    X(Ipv6NoPayload, "IPv6 packet without a payload")                                    \
    X(Ipv6UnknownProtocol, "IPv6 payload not spoken here")                               \
    /* IP */                                                                             \
    X(GroupFrame, "packet for us in a frame for many")                                   \
    X(MergedButNotTcp, "merged segments that are not TCP")                               \
    X(FragmentBadLength, "fragment of impossible length")                                \
    X(FragmentOverlap, "fragments that overlap")                                         \
    X(FragmentTooLarge, "reassembled datagram too large")                                \
    X(FragmentTableFull, "too many datagrams in pieces")                                 \
    X(FragmentNoMemory, "no memory for reassembly")                                      \
    X(FragmentTimeout, "datagram whose pieces did not all come")                         \
    /* ICMP */                                                                           \
    X(IcmpTruncated, "ICMP message too short")                                           \
    X(IcmpBadChecksum, "ICMP checksum wrong")                                            \
    X(IcmpUnknownType, "ICMP type not handled")                                          \
    X(IcmpToGroup, "ICMP request to a broadcast address")                                \
    X(IcmpBadQuote, "ICMP error about nothing that we sent")                             \
    X(IcmpUnheard, "ICMP error for a socket without a peer")                             \
    X(IcmpBadMtu, "ICMPv6 of a link smaller than IPv6 allows")                           \
    X(IcmpRateLimited, "ICMP error not sent: too many")                                  \
    /* Neighbour Discovery, multicast listeners */                                       \
    X(NdTruncated, "neighbour discovery shorter than its fields")                        \
    X(NdBadOption, "neighbour discovery option malformed")                               \
    X(NdBadTarget, "neighbour discovery about an impossible address")                    \
    X(NdForeign, "neighbour discovery from beyond the link")                             \
    X(NdInFragments, "neighbour discovery in fragments")                                 \
    X(NdBadSource, "neighbour discovery from whom it may not come")                      \
    X(NdNotForUs, "neighbour discovery about somebody else")                             \
    X(NdUnsolicited, "neighbour advertisement that nobody asked for")                    \
    X(NdDuplicate, "another station has our IPv6 address")                               \
    X(NdTableFull, "no place among neighbours or routers")                               \
    X(MldMalformed, "query or report of groups malformed")                               \
    X(MldForeign, "query or report of groups from beyond the link")                      \
    /* UDP */                                                                            \
    X(UdpTruncated, "UDP datagram shorter than its header")                              \
    X(UdpBadLength, "UDP length impossible")                                             \
    X(UdpBadChecksum, "UDP checksum wrong")                                              \
    X(UdpNoChecksum, "UDP over IPv6 without a checksum")                                 \
    X(UdpBadPort, "UDP port zero")                                                       \
    X(UdpNoSocket, "UDP datagram to a port that nobody has")                             \
    X(UdpQueueFull, "UDP receive queue full")                                            \
    /* DHCP */                                                                           \
    X(DhcpMalformed, "DHCP message malformed")                                           \
    X(DhcpNotOurs, "DHCP message for somebody else")                                     \
    X(DhcpUnexpected, "DHCP message not expected now")                                   \
    X(DhcpBadLease, "DHCP lease of an impossible address")                               \
    /* DNS */                                                                            \
    X(DnsMalformed, "DNS answer malformed")                                              \
    X(DnsNotOurs, "DNS answer to something that was not asked")                          \
    /* TCP */                                                                            \
    X(TcpTruncated, "TCP segment shorter than its header")                               \
    X(TcpBadOffset, "TCP data offset impossible")                                        \
    X(TcpBadOptions, "TCP options malformed")                                            \
    X(TcpBadChecksum, "TCP checksum wrong")                                              \
    X(TcpBadPort, "TCP port zero")                                                       \
    X(TcpToGroup, "TCP segment to a broadcast address")                                  \
    X(TcpNoConnection, "TCP segment of no connection")                                   \
    X(TcpBacklogFull, "SYN while the backlog is full")                                   \
    X(TcpTableFull, "SYN while the table is full")                                       \
    X(TcpOutsideWindow, "TCP segment outside the receive window")                        \
    X(TcpBadAck, "TCP acknowledgement out of range")                                     \
    X(TcpNoAck, "TCP segment without acknowledgement")                                   \
    X(TcpBadReset, "TCP reset at another sequence number")                               \
    X(TcpUnexpectedSyn, "SYN inside a connection")                                       \
    X(TcpOldTimestamp, "TCP segment with an old time stamp")                             \
    X(TcpNoTimestamp, "TCP segment without its time stamp")                              \
    X(TcpBeyondFin, "TCP data beyond the end of the stream")                             \
    X(TcpClosedReceiver, "TCP data after our side was closed")                           \
    X(TcpNoBuffer, "TCP data while no buffer is free")                                   \
    X(TcpTooManyHoles, "TCP data behind too many holes")                                 \
    X(TcpChallengeLimited, "challenge ACK not sent: too many")                           \
    /* Sending */                                                                        \
    X(OutputQueueFull, "output queue full")                                              \
    X(OutputNoMemory, "no memory for a packet to send")                                  \
    X(OutputNoRoute, "no route to the destination")                                      \
    X(OutputUnresolved, "nobody answers for the next hop")
// clang-format on

enum class Drop : std::uint8_t {
#define NET_ENUMERATOR(name, text) name,
    NET_DROP_REASONS(NET_ENUMERATOR)
#undef NET_ENUMERATOR
};

#define NET_COUNT(name, text) +1
constexpr std::size_t drop_reasons = 0 NET_DROP_REASONS(NET_COUNT);
#undef NET_COUNT

char const* name(Drop reason);         // the enumerator: "TcpBadChecksum"
char const* description(Drop reason);  // the sentence

struct Statistics {
    std::uint64_t frames_in = 0;
    std::uint64_t frames_out = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::array<std::uint64_t, drop_reasons> drops{};

    // TCP
    std::uint64_t segments_in = 0;
    std::uint64_t segments_out = 0;
    std::uint64_t retransmissions = 0;
    std::uint64_t resets_out = 0;
    std::uint64_t challenge_acks = 0;
    std::uint64_t congestion_marks = 0;    // segments that a router marked (CE)
    std::uint64_t connections_opened = 0;  // passive and active, that reached ESTABLISHED
    std::uint64_t cookies_sent = 0;        // answers to SYNs while the backlog was full
    std::uint64_t cookies_accepted = 0;    // of which connections came
    std::uint64_t time_wait_recycled = 0;  // TIME-WAITs cut short because the table was full

    void count(Drop reason) { ++drops[static_cast<std::size_t>(reason)]; }
    std::uint64_t dropped(Drop reason) const { return drops[static_cast<std::size_t>(reason)]; }
    std::uint64_t dropped() const {
        std::uint64_t sum = 0;
        for (std::uint64_t n : drops) sum += n;
        return sum;
    }
};

}  // namespace net
