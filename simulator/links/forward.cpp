// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>

#include <charconv>

#include "simulator/links/uplink.hpp"

namespace sim::links {

std::optional<Forward> parse_forward(std::string_view text) {
    Forward forward;
    forward.udp = text.ends_with("/udp");
    if (forward.udp) text.remove_suffix(4);
    auto const port = [](std::string_view digits, std::uint16_t& into) {
        auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), into);
        return error == std::errc{} && end == digits.data() + digits.size();
    };
    std::size_t const first = text.find(':'), last = text.rfind(':');
    if (first == std::string_view::npos || !port(text.substr(0, first), forward.host_port) ||
        !port(text.substr(last + 1), forward.guest_port) || forward.guest_port == 0)
        return std::nullopt;
    if (first == last) return forward;
    in_addr guest{};
    std::string const middle(text.substr(first + 1, last - first - 1));
    if (inet_pton(AF_INET, middle.c_str(), &guest) != 1) return std::nullopt;
    forward.guest = ntohl(guest.s_addr);
    std::uint32_t const number = forward.guest & 0xFF;
    if (forward.guest >> 8 != 0x0A'0002 || number < 4 || number > 254) return std::nullopt;
    return forward;
}

}  // namespace sim::links
