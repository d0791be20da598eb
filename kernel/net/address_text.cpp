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

std::optional<std::uint16_t> take_group(std::string_view& text) {
    std::uint32_t value = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && digits < 5; ++digits) {
        char const c = text[digits];
        char const lower = static_cast<char>(c | 0x20);
        bool const is_letter = lower >= 'a' && lower <= 'f';
        if (!is_letter && (c < '0' || c > '9')) break;
        value = value << 4 | static_cast<std::uint32_t>(is_letter ? lower - 'a' + 10 : c - '0');
    }
    if (digits == 0 || digits > 4) return std::nullopt;
    text.remove_prefix(digits);
    return static_cast<std::uint16_t>(value);
}

// The last two groups may be written as IPv4 writes them.
bool ends_as_ipv4(std::string_view text) {
    return text.find('.') != text.npos && text.find(':') == text.npos;
}

std::optional<Ipv6Address> take_ipv6(std::string_view& text) {
    std::string_view::size_type const end = text.find_first_of("/]");
    std::string_view const behind = end == text.npos ? std::string_view() : text.substr(end);
    text = text.substr(0, end);
    std::uint16_t groups[8] = {};
    std::size_t count = 0;
    std::optional<std::size_t> gap;  // where zeros were left out
    while (count < 8) {
        if (!gap && text.substr(0, 2) == "::") {
            text.remove_prefix(2);
            gap = count;
            if (text.empty()) break;
        } else if (count > 0 && !take(text, ':')) {
            break;
        }
        if (ends_as_ipv4(text) && count <= 6) {
            auto const v4 = take_ipv4(text);
            if (!v4) return std::nullopt;
            groups[count++] = static_cast<std::uint16_t>(v4->value() >> 16);
            groups[count++] = static_cast<std::uint16_t>(v4->value());
            break;
        }
        auto const group = take_group(text);
        if (!group) return std::nullopt;
        groups[count++] = *group;
    }
    bool const is_whole = gap ? count < 8 : count == 8;
    if (!text.empty() || !is_whole) return std::nullopt;
    std::uint64_t halves[2] = {};
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t const place = gap && i >= *gap ? 8 - count + i : i;
        halves[place / 4] |= std::uint64_t{groups[i]} << (48 - place % 4 * 16);
    }
    text = behind;
    return Ipv6Address(halves[0], halves[1]);
}

}  // namespace

std::optional<Ipv6Address> parse_ipv6(std::string_view text) {
    auto const address = take_ipv6(text);
    return text.empty() ? address : std::nullopt;
}

std::optional<Ipv6Prefixed> parse_ipv6_prefixed(std::string_view text) {
    auto const address = take_ipv6(text);
    if (!address || !address->is_unicast() || !take(text, '/')) return std::nullopt;
    auto const length = take_number(text, 128);
    if (!length || *length == 0 || !text.empty()) return std::nullopt;
    return Ipv6Prefixed{*address, static_cast<std::uint8_t>(*length)};
}

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
    std::optional<IpAddress> address;
    if (auto const v6 = parse_ipv6(text); v6 && v6->is_unicast()) return Endpoint{*v6, usual};
    if (take(text, '[')) {
        auto const v6 = take_ipv6(text);
        if (!v6 || !v6->is_unicast() || !take(text, ']')) return std::nullopt;
        address = *v6;
    } else {
        auto const v4 = take_ipv4(text);
        if (!v4 || !v4->is_unicast()) return std::nullopt;
        address = *v4;
    }
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

// The longest run of zeros is left out, the first of two that are equal, but not a single one.
void format_value(base::TextSink& sink, Ipv6Address const& address) {
    unsigned groups[8];
    for (unsigned i = 0; i < 8; ++i)
        groups[i] =
            static_cast<unsigned>((i < 4 ? address.high() : address.low()) >> (48 - i % 4 * 16) & 0xffff);
    unsigned best = 8, longest = 1;
    for (unsigned i = 0; i < 8; ++i) {
        unsigned length = 0;
        while (i + length < 8 && groups[i + length] == 0) ++length;
        if (length > longest) best = i, longest = length;
    }
    for (unsigned i = 0; i < 8; ++i) {
        if (i == best) {
            base::print(sink, "::");
            i += longest - 1;
            continue;
        }
        if (i > 0 && i != best + longest) base::print(sink, ":");
        base::print(sink, "{:x}", groups[i]);
    }
}

void format_value(base::TextSink& sink, Endpoint const& endpoint) {
    if (endpoint.address.is_v4())
        base::print(sink, "{}:{}", endpoint.address.v4(), endpoint.port.value());
    else
        base::print(sink, "[{}]:{}", endpoint.address.v6(), endpoint.port.value());
}

}  // namespace net
