// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/fault_lines.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <stdexcept>

#include "simulator/links/properties.hpp"

namespace sim::links {
namespace {

struct Named {
    char const* name;
    int value;
};
constexpr Named actions[] = {{"drop", 0}, {"delay", 1}, {"duplicate", 2}, {"corrupt", 3}, {"partition", 4}};
constexpr Named kinds[] = {{"frame", 0}, {"packet", 1}, {"arp", 2}, {"icmp", 3}, {"udp", 4}, {"tcp", 5}};
constexpr Named tcp_kinds[] = {{"any", 0}, {"syn", 1}, {"ack", 2}, {"fin", 3}, {"rst", 4}, {"data", 5}};

template <std::size_t n>
std::optional<int> find(Named const (&table)[n], std::string_view word) {
    for (Named const& row : table)
        if (word == row.name) return row.value;
    return std::nullopt;
}

std::uint16_t be16(std::span<std::uint8_t const> bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

constexpr std::size_t ethernet_bytes = 14;
constexpr std::uint16_t type_ipv4 = 0x0800, type_arp = 0x0806;

bool is_tcp_kind(std::span<std::uint8_t const> packet, std::size_t header, TcpKind kind) {
    if (kind == TcpKind::any) return true;
    std::size_t const total = std::min<std::size_t>(be16(packet, 2), packet.size());
    if (total < header + 20) return false;
    auto const segment = packet.subspan(header, total - header);
    std::uint8_t const flags = segment[13];
    constexpr std::uint8_t fin = 1, syn = 2, rst = 4, ack = 16;
    switch (kind) {
        case TcpKind::syn:
            return flags & syn;
        case TcpKind::fin:
            return flags & fin;
        case TcpKind::rst:
            return flags & rst;
        case TcpKind::data:
            return segment.size() > (segment[12] >> 4) * 4u;
        case TcpKind::ack:  // and nothing else
            return (flags & ack) && !(flags & (syn | fin | rst)) &&
                   segment.size() <= (segment[12] >> 4) * 4u;
        case TcpKind::any:
            return true;
    }
    return false;
}

[[noreturn]] void refuse(std::string_view line, char const* why) {
    throw std::runtime_error(
        fmt::format("fault \"{}\": {}; examples: drop tcp syn 1, drop frame 7, delay packet 3 5ms, duplicate "
                    "udp 2, corrupt "
                    "frame 4, drop tcp data 1 from NAME, partition A B from 10ms to 20ms",
                    line, why));
}

}  // namespace

bool is_kind(std::span<std::uint8_t const> frame, FrameKind kind, TcpKind tcp) {
    if (kind == FrameKind::frame) return true;
    if (frame.size() < ethernet_bytes) return false;
    std::uint16_t const type = be16(frame, 12);
    if (kind == FrameKind::arp) return type == type_arp;
    if (type != type_ipv4) return false;
    if (kind == FrameKind::packet) return true;
    auto const packet = frame.subspan(ethernet_bytes);
    if (packet.size() < 20) return false;
    std::size_t const header = (packet[0] & 0xFu) * 4;
    bool const first_part = (be16(packet, 6) & 0x1FFF) == 0;
    switch (kind) {
        case FrameKind::icmp:
            return packet[9] == 1;
        case FrameKind::udp:
            return packet[9] == 17;
        case FrameKind::tcp:
            return packet[9] == 6 && header >= 20 && (tcp == TcpKind::any || first_part) &&
                   is_tcp_kind(packet, header, tcp);
        default:
            return false;
    }
}

FaultLine parse_fault_line(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::string_view rest = text; !rest.empty();) {
        std::size_t const begin = rest.find_first_not_of(" \t");
        if (begin == std::string_view::npos) break;
        rest.remove_prefix(begin);
        words.push_back(rest.substr(0, rest.find_first_of(" \t")));
        rest.remove_prefix(words.back().size());
    }
    std::size_t at = 0;
    auto const next = [&]() -> std::string_view { return at < words.size() ? words[at++] : ""; };

    FaultLine line;
    auto const action = find(actions, next());
    if (!action) refuse(text, "it begins with none of drop, delay, duplicate, corrupt, partition");
    line.action = static_cast<FaultLine::Action>(*action);
    if (line.action == FaultLine::Action::partition) {
        line.between_a = next();
        line.between_b = next();
        bool const from = next() == "from";
        auto const begin = parse_duration(next());
        bool const to = next() == "to";
        auto const end = parse_duration(next());
        if (!from || !to || !begin || !end || *begin >= *end || at != words.size())
            refuse(text, "a partition needs two names and the times from and to");
        line.begin_ns = *begin;
        line.end_ns = *end;
        return line;
    }
    auto const kind = find(kinds, next());
    if (!kind) refuse(text, "there are the kinds frame, packet, arp, icmp, udp and tcp");
    line.kind = static_cast<FrameKind>(*kind);
    if (line.kind == FrameKind::tcp && at < words.size())
        if (auto const tcp = find(tcp_kinds, words[at])) {
            line.tcp = static_cast<TcpKind>(*tcp);
            ++at;
        }
    std::string_view const number = next();
    auto const [end, error] = std::from_chars(number.data(), number.data() + number.size(), line.number);
    if (error != std::errc{} || end != number.data() + number.size() || line.number == 0)
        refuse(text, "it does not say which one, counted from 1");
    if (line.action == FaultLine::Action::delay) {
        auto const delay = parse_duration(next());
        if (!delay || *delay == 0 || *delay > most_delay_ns) refuse(text, "a delay needs a time, up to 60s");
        line.delay_ns = *delay;
    }
    if (at < words.size()) {
        if (next() != "from" || at + 1 != words.size()) refuse(text, "there is something after its end");
        line.from = next();
    }
    return line;
}

std::string to_string(FaultLine const& line) {
    if (line.action == FaultLine::Action::partition)
        return fmt::format("partition {} {} from {}ns to {}ns", line.between_a, line.between_b, line.begin_ns,
                           line.end_ns);
    std::string text = fmt::format("{} {}", actions[static_cast<int>(line.action)].name,
                                   kinds[static_cast<int>(line.kind)].name);
    if (line.tcp != TcpKind::any) text += fmt::format(" {}", tcp_kinds[static_cast<int>(line.tcp)].name);
    text += fmt::format(" {}", line.number);
    if (line.action == FaultLine::Action::delay) text += fmt::format(" {}ns", line.delay_ns);
    if (!line.from.empty()) text += " from " + line.from;
    return text;
}

FaultEffect FaultLines::on_frame(std::uint64_t now_ns, std::string_view from, std::string_view to,
                                 std::span<std::uint8_t const> frame) {
    FaultEffect effect;
    for (auto& [line, matched] : lines_) {
        if (line.action == FaultLine::Action::partition) {
            bool const there = (line.between_a == from && line.between_b == to) ||
                               (line.between_a == to && line.between_b == from);
            effect.drop |= there && now_ns >= line.begin_ns && now_ns < line.end_ns;
            continue;
        }
        if (!line.from.empty() && line.from != from) continue;
        if (!is_kind(frame, line.kind, line.tcp) || ++matched != line.number) continue;
        switch (line.action) {
            case FaultLine::Action::drop:
                effect.drop = true;
                break;
            case FaultLine::Action::delay:
                effect.delay_ns += line.delay_ns;
                break;
            case FaultLine::Action::duplicate:
                effect.duplicate = true;
                break;
            case FaultLine::Action::corrupt:
                effect.corrupt = true;
                break;
            case FaultLine::Action::partition:
                break;
        }
    }
    return effect;
}

}  // namespace sim::links
