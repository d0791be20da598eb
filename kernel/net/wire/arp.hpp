// SPDX-License-Identifier: MIT
//
// The Address Resolution Protocol between Ethernet and IPv4. [rfc826]
//
//    0       2       4   5   6       8             14          18            24          28
//   +-------+-------+---+---+-------+-------------+-----------+-------------+-----------+
//   | htype | ptype | 6 | 4 |  op   | sender MAC  | sender IP | target MAC  | target IP |
//   +-------+-------+---+---+-------+-------------+-----------+-------------+-----------+
#pragma once

#include "kernel/base/result.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/bytes.hpp"
#include "kernel/net/wire/ethernet.hpp"

namespace net::wire {

struct ArpPacket {
    static constexpr std::size_t size = 28;
    enum class Operation : std::uint16_t { Request = 1, Reply = 2 };

    Operation operation = Operation::Request;
    MacAddress sender_mac;
    Ipv4Address sender_ip;
    MacAddress target_mac;
    Ipv4Address target_ip;

    // Only Ethernet and IPv4, only requests and replies, only senders that can
    // exist. A sender IP of 0 is a probe by somebody without address. [rfc5227 §2.1.1]
    static base::Result<ArpPacket, Drop> parse(Bytes packet) {
        if (packet.size() < size) return base::fail(Drop::ArpTruncated);
        bool const ethernet = load_be16(&packet[0]) == 1 && packet[4] == 6;
        bool const ipv4 =
            load_be16(&packet[2]) == static_cast<std::uint16_t>(EtherType::Ipv4) && packet[5] == 4;
        std::uint16_t const operation = load_be16(&packet[6]);
        if (!ethernet || !ipv4 || (operation != 1 && operation != 2)) return base::fail(Drop::ArpUnsupported);

        ArpPacket arp;
        arp.operation = static_cast<Operation>(operation);
        arp.sender_mac = load_mac(&packet[8]);
        arp.sender_ip = load_ipv4(&packet[14]);
        arp.target_mac = load_mac(&packet[18]);
        arp.target_ip = load_ipv4(&packet[24]);
        if (arp.sender_mac.is_group() || arp.sender_mac.is_zero()) return base::fail(Drop::ArpBadSender);
        if (!arp.sender_ip.is_unicast() && !arp.sender_ip.is_unspecified())
            return base::fail(Drop::ArpBadSender);
        return arp;
    }

    void emit(std::uint8_t* to) const {
        store_be16(to, 1);
        store_be16(to + 2, static_cast<std::uint16_t>(EtherType::Ipv4));
        to[4] = 6;
        to[5] = 4;
        store_be16(to + 6, static_cast<std::uint16_t>(operation));
        store_mac(to + 8, sender_mac);
        store_ipv4(to + 14, sender_ip);
        store_mac(to + 18, target_mac);
        store_ipv4(to + 24, target_ip);
    }

    friend bool operator==(ArpPacket const&, ArpPacket const&) = default;
};

}  // namespace net::wire
