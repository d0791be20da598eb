// SPDX-License-Identifier: MIT
//
// Addresses as people write them on the command line, and read them in the log.
#pragma once

#include <optional>
#include <string_view>

#include "kernel/base/format.hpp"
#include "kernel/net/address.hpp"

namespace net {

// "10.0.0.1": four decimal numbers, without leading zeros.
std::optional<Ipv4Address> parse_ipv4(std::string_view text);
// "10.0.0.2/24". No gateway, no name server.
std::optional<Ipv4Configuration> parse_ipv4_configuration(std::string_view text);
// "fe80::1", "::ffff:10.0.0.1": groups of up to four hexadecimal digits, of which one run of
// zeros may be left out. [rfc4291 §2.2]
std::optional<Ipv6Address> parse_ipv6(std::string_view text);
// "fd00::2/64".
struct Ipv6Prefixed {
    Ipv6Address address;
    std::uint8_t length = 0;
};
std::optional<Ipv6Prefixed> parse_ipv6_prefixed(std::string_view text);
// "10.0.0.1:8080", "[fd00::1]:8080"; without a port, `usual`.
std::optional<Endpoint> parse_endpoint(std::string_view text, Port usual);

// "www.example.com:8080": a name with a dot in it, so that it is no slip of the pen.
struct NamedEndpoint {
    std::string_view name;
    Port port;
};
std::optional<NamedEndpoint> parse_named_endpoint(std::string_view text, Port usual);

void format_value(base::TextSink& sink, Ipv4Address const& address);  // 10.0.0.1
void format_value(base::TextSink& sink, Ipv6Address const& address);  // fd00::1 [rfc5952 §4]
void format_value(base::TextSink& sink, Endpoint const& endpoint);    // 10.0.0.1:80, [fd00::1]:80

}  // namespace net
