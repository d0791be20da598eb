// SPDX-License-Identifier: MIT
//
// Ethernet II. [ieee-802.3 §3.1]
//
//    0                6               12      14
//   +----------------+----------------+-------+-----------...
//   |  destination   |     source     | type  |  payload
//   +----------------+----------------+-------+-----------...
#pragma once

#include "kernel/base/result.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/bytes.hpp"

namespace net::wire {

// Values up to 1500 are the length of an 802.3 frame, which nobody here sends.
enum class EtherType : std::uint16_t { Ipv4 = 0x0800, Arp = 0x0806, Ipv6 = 0x86dd };

struct EthernetHeader {
    static constexpr std::size_t size = 14;

    MacAddress destination;
    MacAddress source;
    EtherType type{};  // any 16 bits, not only the enumerators

    static base::Result<EthernetHeader, Drop> parse(Bytes frame) {
        // [lab:10-ethernet]
        if (frame.size() < size) return base::fail(Drop::FrameTooShort);
        if (load_mac(&frame[6]).is_group()) return base::fail(Drop::GroupSource);
        EthernetHeader header;
        header.destination = load_mac(&frame[0]);
        header.source = load_mac(&frame[6]);
        header.type = static_cast<EtherType>(load_be16(&frame[12]));
        return header;
        // [/lab:10-ethernet]
    }

    void emit(std::uint8_t* to) const {
        store_mac(to, destination);
        store_mac(to + 6, source);
        store_be16(to + 12, static_cast<std::uint16_t>(type));
    }

    friend bool operator==(EthernetHeader const&, EthernetHeader const&) = default;
};

}  // namespace net::wire
