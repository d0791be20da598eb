// SPDX-License-Identifier: GPL-2.0-or-later
//
// What happened: who ran when, packets, events.
#include <algorithm>
#include <array>

#include "simulator/debug/gantt.hpp"
#include "simulator/debug/packet_decode.hpp"
#include "simulator/debug/text_printers.hpp"

namespace sim::debug {

namespace printers {

namespace {

void field_lines(Out out, PacketField const& f, unsigned depth) {
    fmt::format_to(out, "{:{}}{}{}{}{}{}  [{}+{}]\n", "", depth * 2, f.name, f.value.empty() ? "" : ": ",
                   f.value, f.remark.empty() ? "" : fmt::format(" ({})", f.remark), f.bad ? " !" : "",
                   f.offset, f.length);
    for (PacketField const& child : f.children) field_lines(out, child, depth + 1);
}

}  // namespace

void gantt_text(Out out, Snapshot const& s, TextOptions const& o) {
    std::uint64_t const from = s.request ? s.request->visible_from_ns : 0;
    std::uint64_t const to = s.request && s.request->visible_to_ns > from
                                 ? std::min(s.request->visible_to_ns, s.virtual_ns)
                                 : s.virtual_ns;
    Gantt const g = gantt(s.events, from, to, s.virtual_ns);
    fmt::format_to(out, "from {} to {}\n", format_ns(g.from_ns), format_ns(g.to_ns));
    // A line of characters each, and what they add up to.
    constexpr unsigned columns = 80;
    for (ThreadTrack const& t : g.tracks) {
        std::string line(columns, ' ');
        std::uint64_t const width = g.to_ns - g.from_ns;
        std::vector<std::array<std::uint64_t, 4>> share(columns);  // by column and state
        for (Span const& span : t.spans) {
            std::uint64_t const begin = std::max(span.from_ns, g.from_ns);
            std::uint64_t const end = std::min(span.to_ns, g.to_ns);
            auto const edge = [&](std::uint64_t column) {
                return column >= columns ? g.to_ns : g.from_ns + width / columns * column;
            };
            std::uint64_t const first = (begin - g.from_ns) / std::max<std::uint64_t>(width / columns, 1);
            for (std::uint64_t c = std::min<std::uint64_t>(first, columns - 1); c < columns && edge(c) < end;
                 ++c) {
                std::uint64_t const low = std::max(begin, edge(c)), high = std::min(end, edge(c + 1));
                if (high > low) share[c][static_cast<std::size_t>(span.state)] += high - low;
            }
        }
        for (unsigned c = 0; c < columns; ++c) {
            auto const most = std::max_element(share[c].begin(), share[c].end());
            if (*most) line[c] = "#-.!"[most - share[c].begin()];
        }
        fmt::format_to(out, "{:<20}|{}| runs {}\n", t.name.substr(0, 19), line, format_ns(t.running_ns));
    }
    fmt::format_to(out, "# running  - ready  . blocked  ! interrupt; {} wake-ups{}\n", g.wakes.size(),
                   g.cut ? "; cut: too many spans" : "");
    std::size_t shown = 0;
    for (WakeArrow const& w : g.wakes) {
        if (++shown > o.max_rows) break;
        fmt::format_to(out, "  {:>14}  {} wakes {}\n", format_ns(w.at_ns),
                       w.from_thread ? s.events.thread_name(w.from_thread, w.event) : "an interrupt",
                       s.events.thread_name(w.to_thread, w.event));
    }
}

void packets(Out out, Snapshot const& s, TextOptions const& o) {
    auto const numbers = newest_packets(s, o);
    for (std::uint64_t const number : numbers) {
        Event const& e = s.events.all[number];
        DecodedPacket const p = decode_packet(*e.packet);
        fmt::format_to(out, "{:>6} {:>14} {} {:>5} {:<9}{} -> {}  {}{}\n", number, format_ns(e.virtual_ns),
                       e.kind == EventKind::packet_in ? "in " : "out", e.a, name_of(p.protocol), p.source,
                       p.destination, p.info, p.bad ? "  [damaged]" : "");
    }
    if (numbers.empty()) fmt::format_to(out, "(no packets)\n");
}

void packet(Out out, Snapshot const& s, TextOptions const& o) {
    auto const number = chosen_packet(s, o);
    if (!number) {
        fmt::format_to(out, "(no such packet)\n");
        return;
    }
    Event const& e = s.events.all[*number];
    fmt::format_to(out, "{}, {} bytes\n", e.kind == EventKind::packet_in ? "in" : "out", e.a);
    for (PacketField const& f : decode_packet(*e.packet).layers) field_lines(out, f, 0);
    MemoryBlock block;
    block.request = {AddressSpace::physical, 0, static_cast<std::uint32_t>(e.packet->size())};
    block.bytes = *e.packet;
    block.pages.assign(block.bytes.size() / 4096 + 1, {true, 0});
    fmt::format_to(out, "{}", hex_dump(block));
}

void events(Out out, Snapshot const& s, TextOptions const& o) {
    EventLog const& all = s.events.all;
    if (s.events.forgotten) fmt::format_to(out, "({} older events are forgotten)\n", s.events.forgotten);
    for (std::uint64_t const n : newest_events(s, o))
        fmt::format_to(out, "{:>7} {:>14} {}\n", n, to_string(all[n].at), describe(n, s.events));
}

}  // namespace printers

}  // namespace sim::debug
