// SPDX-License-Identifier: MIT
#include "kernel/net/address_text.hpp"

namespace net {
namespace {

// Takes a decimal number of at most `most` off the front.
std::optional<std::uint32_t> take_number(std::string_view& text, std::uint32_t most) {
    std::uint32_t value = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        value = value * 10 + static_cast<std::uint32_t>(text[digits] - '0');
        if (value > most) return std::nullopt;
        ++digits;
    }
    if (digits == 0 || (digits > 1 && text[0] == '0')) return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char wanted) {
    if (text.empty() || text[0] != wanted) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<Ipv4Address> take_ipv4(std::string_view& text) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) {
        if (i > 0 && !take(text, '.')) return std::nullopt;
        auto const octet = take_number(text, 255);
        if (!octet) return std::nullopt;
        value = value << 8 | *octet;
    }
    return Ipv4Address(value);
}

}  // namespace

std::optional<Ipv4Address> parse_ipv4(std::string_view text) {
    auto const address = take_ipv4(text);
    return text.empty() ? address : std::nullopt;
}

std::optional<Ipv4Configuration> parse_ipv4_configuration(std::string_view text) {
    auto const address = take_ipv4(text);
    if (!address || !address->is_unicast() || !take(text, '/')) return std::nullopt;
    auto const length = take_number(text, 32);
    if (!length || *length == 0 || !text.empty()) return std::nullopt;
    return Ipv4Configuration{*address, static_cast<std::uint8_t>(*length), {}, {}};
}

std::optional<Endpoint> parse_endpoint(std::string_view text, Port usual) {
    auto const address = take_ipv4(text);
    if (!address || !address->is_unicast()) return std::nullopt;
    if (text.empty()) return Endpoint{*address, usual};
    if (!take(text, ':')) return std::nullopt;
    auto const port = take_number(text, 65535);
    if (!port || *port == 0 || !text.empty()) return std::nullopt;
    return Endpoint{*address, Port(static_cast<std::uint16_t>(*port))};
}

std::optional<NamedEndpoint> parse_named_endpoint(std::string_view text, Port usual) {
    NamedEndpoint result{text.substr(0, text.find(':')), usual};
    if (result.name.find('.') == std::string_view::npos) return std::nullopt;
    text.remove_prefix(result.name.size());
    if (text.empty()) return result;
    text.remove_prefix(1);
    auto const port = take_number(text, 65535);
    if (!port || *port == 0 || !text.empty()) return std::nullopt;
    result.port = Port(static_cast<std::uint16_t>(*port));
    return result;
}

void format_value(base::TextSink& sink, Ipv4Address const& address) {
    std::uint32_t const value = address.value();
    base::print(sink, "{}.{}.{}.{}", value >> 24, value >> 16 & 0xFF, value >> 8 & 0xFF, value & 0xFF);
}

}  // namespace net
