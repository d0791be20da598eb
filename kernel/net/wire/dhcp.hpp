// SPDX-License-Identifier: MIT
//
// DHCP messages: a fixed part inherited from BOOTP, then options. [rfc2131 §2]
//
//     0  op (1 request, 2 reply)   1  htype = 1   2  hlen = 6   3  hops
//     4  xid: ties a reply to its request
//     8  secs since the client began     10  flags (0x8000: reply by broadcast)
//    12  ciaddr: the client's address, if it has one
//    16  yiaddr: your address, says the server
//    20  siaddr, 24 giaddr: next server, relay agent
//    28  chaddr: the client's MAC, 16 octets
//    44  sname: 64 octets    108  file: 128 octets   (both may hold options)
//   236  magic cookie 63 82 53 63
//   240  options: code, length, data; 0 is padding, 255 the end
#pragma once

#include <optional>

#include "kernel/base/result.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/bytes.hpp"

namespace net::wire {

constexpr Port dhcp_server_port{67};
constexpr Port dhcp_client_port{68};

struct DhcpMessage {
    static constexpr std::size_t smallest = 240;
    static constexpr std::size_t largest_request = 300;  // relays drop less than BOOTP's 300 [rfc1542 §2.1]

    enum class Type : std::uint8_t {
        Discover = 1,
        Offer = 2,
        Request = 3,
        Decline = 4,
        Ack = 5,
        Nak = 6,
        Release = 7,
    };

    Type type{};
    bool is_reply = false;
    std::uint32_t transaction = 0;
    std::uint16_t seconds = 0;
    Ipv4Address client_address;  // ciaddr
    Ipv4Address your_address;    // yiaddr
    MacAddress client_mac;

    // Options, absent if not there or not of the length they must have.
    std::optional<Ipv4Address> requested_address;    // 50
    std::optional<Ipv4Address> server;               // 54
    std::optional<Ipv4Address> subnet_mask;          // 1
    std::optional<Ipv4Address> router;               // 3, the first of them
    std::optional<std::uint32_t> lease_seconds;      // 51
    std::optional<std::uint32_t> renewal_seconds;    // 58, T1
    std::optional<std::uint32_t> rebinding_seconds;  // 59, T2
    Ipv4Configuration::NameServers name_servers{};   // 6, the first of them

    static base::Result<DhcpMessage, Drop> parse(Bytes);

    // Writes a client's message of largest_request octets, padded with zeros.
    void emit_request(std::uint8_t* to) const;

    friend bool operator==(DhcpMessage const&, DhcpMessage const&) = default;
};

}  // namespace net::wire
