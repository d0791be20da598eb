// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/compare/event_keys.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <tuple>

#include "simulator/debug/packet_decode.hpp"
#include "simulator/machine/hash.hpp"

namespace sim::debug::compare {

namespace {

std::string function_name(Symbols const& symbols, std::uint64_t address) {
    Function const* const f = symbols.whole_at(address);
    return f ? f->name : symbols.has_debug_info() ? "outside the kernel" : "unknown code";
}

std::string flags_of(std::uint8_t flags) {
    static constexpr std::pair<unsigned, char const*> names[] = {
        {2, "SYN"}, {1, "FIN"}, {4, "RST"}, {16, "ACK"}};
    std::string text;
    for (auto const& [bit, name] : names)
        if (flags & bit) text += (text.empty() ? "" : " ") + std::string(name);
    return text;
}

// Names things in the order in which they come.
class Keys {
public:
    Keys(EventView const& events, Symbols const& symbols) : events_(events), symbols_(symbols) {}

    void describe(Event const& e, KeyedEvent& k) {
        switch (e.kind) {
            case EventKind::packet_in:
            case EventKind::packet_out:
                return packet(e, k);
            case EventKind::page_fault:
                k.shape = fmt::format("page fault in {}", function_name(symbols_, e.b));
                k.text = fmt::format("{}, {} of {}", k.shape,
                                     e.c & 16  ? "fetch"
                                     : e.c & 2 ? "write"
                                               : "read",
                                     place(e.a));
                k.key = fmt::format("{} {}", k.shape, e.c);
                return;
            case EventKind::exception:
                k.shape = k.text = k.key =
                    fmt::format("exception {} in {}", e.a, function_name(symbols_, e.b));
                return;
            case EventKind::interrupt:
                k.shape = k.text = k.key = fmt::format("interrupt {}", e.a);
                return;
            case EventKind::thread_switch:
                k.shape = k.text = k.key =
                    fmt::format("switch {} to {}", thread(e.a, k.number), thread(e.b, k.number));
                return;
            case EventKind::thread_create:
            case EventKind::thread_exit:
            case EventKind::thread_wake:
                k.shape = name_of(e.kind);
                k.text = k.key = fmt::format("{} {}", name_of(e.kind), thread(e.a, k.number));
                return;
            case EventKind::tcp_state:
                k.shape = fmt::format("connection {}", connection(e));
                k.text = k.key = fmt::format("connection {}: state {} to {}", connection(e), e.b, e.c);
                return;
            case EventKind::disk_request:
            case EventKind::disk_read:
            case EventKind::disk_write:
            case EventKind::disk_flush:
                k.shape = name_of(e.kind);
                k.text = k.key = fmt::format("{}, sector {}, {} bytes", k.shape, e.a, e.b);
                return;
            case EventKind::http_request:
                k.shape = "http answer";
                k.text = k.key = fmt::format("http answer {}", e.b);
                return;
            default:
                k.shape = k.text = k.key = name_of(e.kind);
        }
    }

private:
    // Global objects have names; what was allocated has an address only.
    std::string place(std::uint64_t address) const {
        auto const found = symbols_.near(address);
        return found && found->exact_bounds ? symbols_.describe(address) : fmt::format("{:#x}", address);
    }
    std::string thread(std::uint64_t address, std::uint64_t event) const {
        std::string const& name = events_.thread_name(address, event);
        return name.empty() ? "a thread" : name;
    }
    std::uint64_t connection(Event const& e) {
        return connections_.try_emplace(e.a, connections_.size() + 1).first->second;
    }

    // One connection: who began it, where both streams begin.
    struct Flow {
        std::uint64_t number = 0;
        std::optional<std::uint32_t> first_in, first_out;  // sequence numbers
    };

    void packet(Event const& e, KeyedEvent& k) {
        bool const in = e.kind == EventKind::packet_in;
        char const* const direction = in ? "received" : "sent";
        if (!e.packet) {
            k.shape = k.text = k.key = fmt::format("{} {} bytes", direction, e.a);
            return;
        }
        DecodedPacket const p = decode_packet(*e.packet, !in);
        if (!p.is_tcp) return datagram(e, p, direction, k);
        Flow& flow = flow_of(p, in);
        auto& mine = in ? flow.first_in : flow.first_out;
        if (!mine || (p.tcp_flags & 2)) mine = p.sequence;
        auto const& theirs = in ? flow.first_out : flow.first_in;
        std::uint32_t const sequence = p.sequence - *mine;
        std::string acknowledged = "-";
        if (p.tcp_flags & 16) acknowledged = fmt::format("{}", theirs ? p.acknowledgement - *theirs : 0);
        auto const payload = std::span(*e.packet).subspan(
            std::min<std::size_t>(p.payload_offset, e.packet->size()),
            std::min<std::size_t>(
                p.payload_length,
                e.packet->size() - std::min<std::size_t>(p.payload_offset, e.packet->size())));
        k.shape = fmt::format("{} tcp {} {}{}", direction, flow.number, flags_of(p.tcp_flags),
                              payload.empty() ? "" : " data");
        k.text = fmt::format("{} on connection {}: {} seq {} ack {}", direction, flow.number,
                             flags_of(p.tcp_flags), sequence, acknowledged);
        if (!payload.empty()) k.text += fmt::format(", {} bytes", payload.size());
        if (p.protocol == Protocol::http) k.text += ": " + p.info;
        if (!payload.empty()) {
            k.frame = e.packet;
            k.payload = p.payload_offset;
        }
        // Not the place in the stream: where one answer grew, all that follows moves.
        k.key = fmt::format("{} {:016x}", k.shape, machine::hash_bytes(payload));
    }

    // Identifiers that somebody drew (DHCP, DNS, ICMP) are no part of it.
    static void datagram(Event const& e, DecodedPacket const& p, char const* direction, KeyedEvent& k) {
        std::string const protocol = name_of(p.protocol);
        k.shape = fmt::format("{} {}", direction, protocol);
        std::string what = p.info;
        if (auto const id = what.find(" id="); p.protocol == Protocol::icmp && id != std::string::npos)
            what = what.substr(0, id);
        k.text = k.key = fmt::format("{} {}: {}, {} bytes", direction, protocol, what, e.a);
        if (p.protocol == Protocol::udp || p.protocol == Protocol::dns)
            k.key = fmt::format("{} {}", k.shape, e.a);
    }

    Flow& flow_of(DecodedPacket const& p, bool in) {
        std::string const& ours = in ? p.destination : p.source;
        std::string const& theirs = in ? p.source : p.destination;
        Flow& flow = flows_[ours + " " + theirs];
        // A port may be used again: a new SYN is a new connection.
        bool const begins = (p.tcp_flags & 18) == 2 && (in ? flow.first_in : flow.first_out) != p.sequence;
        if (flow.number == 0 || begins) flow = {++flow_count_, {}, {}};
        return flow;
    }

    EventView const& events_;
    Symbols const& symbols_;
    std::map<std::string, Flow> flows_;
    std::uint64_t flow_count_ = 0;
    std::map<std::uint64_t, std::uint64_t> connections_;  // the kernel's objects, in order
};

bool told(EventKind kind) { return kind != EventKind::thread_wake; }

std::vector<KeyedEvent> keyed(EventView const& events, Symbols const& symbols, machine::Moment until,
                              std::optional<EventGroup> only) {
    std::vector<KeyedEvent> found;
    Keys keys(events, symbols);
    std::map<EventGroup, std::uint64_t> counts;
    for (unsigned g = 0; g < static_cast<unsigned>(EventGroup::count_); ++g)
        counts[static_cast<EventGroup>(g)] = events.groups[g].begin();
    for (std::uint64_t n = events.all.begin(); n < events.all.end() && events.all[n].at <= until; ++n) {
        Event const& e = events.all[n];
        auto const group = group_of(e.kind);
        if (!group) continue;
        std::uint64_t const count = ++counts[*group];
        bool const wanted =
            only ? *group == *only
                 : *group != EventGroup::interrupts && *group != EventGroup::switches && told(e.kind);
        if (!wanted) continue;
        KeyedEvent k;
        k.number = n;
        k.count = count;
        k.group = *group;
        k.at = e.at;
        k.virtual_ns = e.virtual_ns;
        k.name = fmt::format("{}:{}", word_of(*group), count);
        keys.describe(e, k);
        found.push_back(std::move(k));
    }
    return found;
}

}  // namespace

std::vector<KeyedEvent> keyed_events(EventView const& events, Symbols const& symbols, machine::Moment until) {
    return keyed(events, symbols, until, std::nullopt);
}

std::vector<KeyedEvent> keyed_events(EventView const& events, Symbols const& symbols, machine::Moment until,
                                     EventGroup only) {
    return keyed(events, symbols, until, only);
}

}  // namespace sim::debug::compare
