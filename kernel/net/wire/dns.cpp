// SPDX-License-Identifier: MIT
#include "kernel/net/wire/dns.hpp"

namespace net::wire {
namespace {

constexpr std::size_t header_size = 12;
constexpr std::size_t largest_label = 63;
constexpr std::uint16_t internet = 1;  // the class
constexpr unsigned longest_chain = 8;  // of names that stand for others (N9)

constexpr std::uint16_t is_answer = 0x8000, opcode = 0x7800, cut_off = 0x0200, recursion_desired = 0x0100;

std::uint8_t lower(std::uint8_t c) {
    return c >= 'A' && c <= 'Z' ? static_cast<std::uint8_t>(c - 'A' + 'a') : c;
}

struct Record {
    DnsName owner;
    std::uint16_t type = 0;
    std::uint16_t of_class = 0;
    std::uint32_t seconds = 0;
    std::size_t data = 0;  // where it begins
    std::size_t length = 0;
};

base::Result<Record, Drop> parse_record(Bytes message, std::size_t& at) {
    Record record;
    record.owner = TRY(DnsName::parse(message, at));
    if (message.size() - at < 10) return base::fail(Drop::DnsMalformed);
    record.type = load_be16(&message[at]);
    record.of_class = load_be16(&message[at + 2]);
    std::uint32_t const seconds = load_be32(&message[at + 4]);
    record.seconds = seconds >> 31 != 0 ? 0 : seconds;  // [rfc2181 §8]
    record.length = load_be16(&message[at + 8]);
    record.data = at + 10;
    if (message.size() - record.data < record.length) return base::fail(Drop::DnsMalformed);
    at = record.data + record.length;
    return record;
}

base::Result<void, Drop> add_address(DnsAnswer& answer, Bytes data, DnsType type) {
    if (data.size() != (type == DnsType::A ? 4u : 16u)) return base::fail(Drop::DnsMalformed);
    if (answer.count == DnsAnswer::most_addresses) return {};
    answer.addresses[answer.count++] =
        type == DnsType::A ? IpAddress(load_ipv4(data.data())) : IpAddress(load_ipv6(data.data()));
    return {};
}

}  // namespace

// ---- names ----

// Room is kept for the zero at the end.
bool DnsName::append(Bytes label) {
    if (label.empty() || label.size() > largest_label || length_ + 1 + label.size() + 1 > largest)
        return false;
    octets_[length_++] = static_cast<std::uint8_t>(label.size());
    for (std::uint8_t const c : label) octets_[length_++] = lower(c);
    return true;
}

std::optional<DnsName> DnsName::from_text(std::string_view text) {
    if (!text.empty() && text.back() == '.') text.remove_suffix(1);
    if (text.empty()) return std::nullopt;
    DnsName name;
    while (true) {
        std::size_t const dot = text.find('.');
        std::string_view const label = text.substr(0, dot);
        if (!name.append(Bytes(reinterpret_cast<std::uint8_t const*>(label.data()), label.size())))
            return std::nullopt;
        if (dot == std::string_view::npos) break;
        text.remove_prefix(dot + 1);
    }
    name.end();
    return name;
}

// Each pointer leads below everything that was read of the name before: it ends. Pointers to
// themselves, forwards, in a circle, into the header or past the end are the oldest attack on
// resolvers. (N1 to N4) [rfc9267 §2]
base::Result<DnsName, Drop> DnsName::parse(Bytes message, std::size_t& at) {
    DnsName name;
    std::size_t lowest = at;
    bool jumped = false;
    for (std::size_t here = at;;) {
        if (here >= message.size()) return base::fail(Drop::DnsMalformed);
        std::size_t const length = message[here];
        if (length == 0) {
            if (!jumped) at = here + 1;
            name.end();
            return name;
        }
        if (length >> 6 == 3) {
            if (here + 1 >= message.size()) return base::fail(Drop::DnsMalformed);
            std::size_t const target = (length & 0x3f) << 8 | message[here + 1];
            if (target >= lowest || target < header_size) return base::fail(Drop::DnsMalformed);
            if (!jumped) at = here + 2;
            jumped = true;
            lowest = here = target;
            continue;
        }
        // The other two values of these bits never came into use.
        if (length > largest_label || message.size() - here - 1 < length ||
            !name.append(message.subspan(here + 1, length)))
            return base::fail(Drop::DnsMalformed);
        here += 1 + length;
    }
}

// ---- messages ----

void DnsQuestion::emit(std::uint8_t* to) const {
    std::memset(to, 0, header_size);
    store_be16(to, id);
    store_be16(to + 2, recursion_desired);
    store_be16(to + 4, 1);
    Bytes const octets = name.octets();
    std::memcpy(to + header_size, octets.data(), octets.size());
    std::uint8_t* const behind = to + header_size + octets.size();
    store_be16(behind, static_cast<std::uint16_t>(type));
    store_be16(behind + 2, internet);
}

base::Result<DnsAnswer, Drop> DnsAnswer::parse(Bytes message, DnsQuestion const& asked) {
    if (message.size() < header_size) return base::fail(Drop::DnsMalformed);
    std::uint16_t const flags = load_be16(&message[2]);
    bool const fits = load_be16(&message[0]) == asked.id && (flags & is_answer) != 0 &&
                      (flags & opcode) == 0 && load_be16(&message[4]) == 1;
    if (!fits) return base::fail(Drop::DnsNotOurs);
    std::size_t at = header_size;
    DnsName name = TRY(DnsName::parse(message, at));
    if (message.size() - at < 4) return base::fail(Drop::DnsMalformed);
    bool const same = name == asked.name &&
                      load_be16(&message[at]) == static_cast<std::uint16_t>(asked.type) &&
                      load_be16(&message[at + 2]) == internet;
    if (!same) return base::fail(Drop::DnsNotOurs);
    at += 4;

    DnsAnswer answer;
    unsigned const code = flags & 15;
    if ((flags & cut_off) != 0)
        answer.outcome = Outcome::CutOff;
    else if (code == 3)
        answer.outcome = Outcome::NoSuchName;
    else
        answer.outcome = code == 0 ? Outcome::NoAddress : Outcome::Failed;
    if (answer.outcome != Outcome::NoAddress) return answer;

    // The addresses of the name; or the name that it stands for, and then its addresses.
    std::size_t const first = at;
    unsigned const records = load_be16(&message[6]);
    answer.seconds = UINT32_MAX;
    for (unsigned steps = 0; steps < longest_chain; ++steps) {
        std::optional<DnsName> next;
        std::size_t here = first;
        for (unsigned i = 0; i < records; ++i) {
            Record const record = TRY(parse_record(message, here));
            if (record.of_class != internet || record.owner != name) continue;
            if (record.type == static_cast<std::uint16_t>(asked.type)) {
                TRY(add_address(answer, message.subspan(record.data, record.length), asked.type));
            } else if (record.type == static_cast<std::uint16_t>(DnsType::Cname) && !next) {
                std::size_t data = record.data;
                next = TRY(DnsName::parse(message.first(record.data + record.length), data));
            } else {
                continue;
            }
            if (record.seconds < answer.seconds) answer.seconds = record.seconds;
        }
        if (answer.count > 0) answer.outcome = Outcome::Found;
        if (answer.count > 0 || !next) break;
        name = *next;
    }
    return answer;
}

}  // namespace net::wire
