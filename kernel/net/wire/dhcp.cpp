// SPDX-License-Identifier: MIT
#include "kernel/net/wire/dhcp.hpp"

namespace net::wire {
namespace {

constexpr std::uint32_t magic_cookie = 0x6382'5363;
constexpr std::size_t sname_offset = 44;
constexpr std::size_t file_offset = 108;
constexpr std::size_t options_offset = 240;

enum Option : std::uint8_t {
    Pad = 0,
    SubnetMask = 1,
    Router = 3,
    DnsServer = 6,
    RequestedAddress = 50,
    LeaseTime = 51,
    Overload = 52,
    MessageType = 53,
    ServerIdentifier = 54,
    ParameterList = 55,
    RenewalTime = 58,
    RebindingTime = 59,
    End = 255,
};

// One octet says that sname (2), file (1) or both (3) hold options as well.
// [rfc2132 §9.3]
struct Parsed {
    DhcpMessage& message;
    std::uint8_t overload = 0;
    bool has_type = false;
};

void parse_option(std::uint8_t code, Bytes data, Parsed& out) {
    auto const address = [&](std::optional<Ipv4Address>& field) {
        if (data.size() == 4 && !field) field = load_ipv4(data.data());
    };
    auto const first_address = [&](std::optional<Ipv4Address>& field) {
        if (data.size() >= 4 && data.size() % 4 == 0 && !field) field = load_ipv4(data.data());
    };
    auto const addresses = [&](Ipv4Configuration::NameServers& field) {
        if (data.size() % 4 != 0 || !field[0].is_unspecified()) return;
        for (std::size_t i = 0; i < field.size() && 4 * i < data.size(); ++i) field[i] = load_ipv4(&data[4 * i]);
    };
    auto const number = [&](std::optional<std::uint32_t>& field) {
        if (data.size() == 4 && !field) field = load_be32(data.data());
    };
    DhcpMessage& message = out.message;
    switch (code) {
        case SubnetMask:
            return address(message.subnet_mask);
        case Router:
            return first_address(message.router);
        case DnsServer:
            return addresses(message.name_servers);
        case RequestedAddress:
            return address(message.requested_address);
        case ServerIdentifier:
            return address(message.server);
        case LeaseTime:
            return number(message.lease_seconds);
        case RenewalTime:
            return number(message.renewal_seconds);
        case RebindingTime:
            return number(message.rebinding_seconds);
        case Overload:
            if (data.size() == 1 && data[0] <= 3) out.overload = data[0];
            return;
        case MessageType:
            if (data.size() == 1 && !out.has_type) {
                message.type = static_cast<DhcpMessage::Type>(data[0]);
                out.has_type = true;
            }
            return;
        default:
            return;
    }
}

// False if an option's length leads past the end. The END option may be
// missing; many servers in small devices forget it.
bool parse_options(Bytes options, Parsed& out) {
    std::size_t at = 0;
    while (at < options.size() && options[at] != End) {
        if (options[at] == Pad) {
            ++at;
            continue;
        }
        if (at + 1 >= options.size()) return false;
        std::size_t const length = options[at + 1];
        if (length > options.size() - at - 2) return false;
        parse_option(options[at], options.subspan(at + 2, length), out);
        at += 2 + length;
    }
    return true;
}

}  // namespace

base::Result<DhcpMessage, Drop> DhcpMessage::parse(Bytes bytes) {
    if (bytes.size() < smallest) return base::fail(Drop::DhcpMalformed);
    bool const ethernet = bytes[1] == 1 && bytes[2] == 6;
    if (!ethernet || (bytes[0] != 1 && bytes[0] != 2) || load_be32(&bytes[236]) != magic_cookie)
        return base::fail(Drop::DhcpMalformed);

    DhcpMessage message;
    message.is_reply = bytes[0] == 2;
    message.transaction = load_be32(&bytes[4]);
    message.seconds = load_be16(&bytes[8]);
    message.client_address = load_ipv4(&bytes[12]);
    message.your_address = load_ipv4(&bytes[16]);
    message.client_mac = load_mac(&bytes[28]);

    Parsed parsed{message};
    bool ok = parse_options(bytes.subspan(options_offset), parsed);
    // Read once: an overload option inside the overloaded fields is ignored, so
    // that they cannot point at each other for ever.
    std::uint8_t const overload = parsed.overload;
    if ((overload & 1) != 0) ok = ok && parse_options(bytes.subspan(file_offset, 128), parsed);
    if ((overload & 2) != 0) ok = ok && parse_options(bytes.subspan(sname_offset, 64), parsed);
    if (!ok || !parsed.has_type) return base::fail(Drop::DhcpMalformed);
    return message;
}

void DhcpMessage::emit_request(std::uint8_t* to) const {
    std::memset(to, 0, largest_request);
    to[0] = 1;
    to[1] = 1;
    to[2] = 6;
    store_be32(to + 4, transaction);
    store_be16(to + 8, seconds);
    store_ipv4(to + 12, client_address);
    store_mac(to + 28, client_mac);
    store_be32(to + 236, magic_cookie);

    std::uint8_t* at = to + options_offset;
    auto const put_address = [&](Option code, std::optional<Ipv4Address> const& address) {
        if (!address) return;
        *at++ = code;
        *at++ = 4;
        store_ipv4(at, *address);
        at += 4;
    };
    *at++ = MessageType;
    *at++ = 1;
    *at++ = static_cast<std::uint8_t>(type);
    put_address(RequestedAddress, requested_address);
    put_address(ServerIdentifier, server);
    for (std::uint8_t octet :
         {ParameterList, Option{6}, SubnetMask, Router, DnsServer, LeaseTime, RenewalTime, RebindingTime})
        *at++ = octet;
    *at++ = End;
    ASSERT(at <= to + largest_request);
}

}  // namespace net::wire
