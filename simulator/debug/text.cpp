// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "simulator/debug/compare/comparison.hpp"
#include "simulator/debug/gantt.hpp"
#include "simulator/debug/packet_decode.hpp"
#include "simulator/debug/registers.hpp"

namespace sim::debug {

namespace {

using Out = std::back_insert_iterator<std::string>;

constexpr std::size_t max_descriptors = 16;  // of a queue
constexpr char const* not_asked = "(not asked for)\n";

std::string thread_name(Snapshot const& s, std::uint64_t address) {
    if (address == 0) return "-";
    if (Thread const* t = s.kernel.thread(address)) return t->name;
    std::string const& name = s.events.thread_name(address, s.moment);
    return name.empty() ? fmt::format("{:#x}", address) : name;
}

// "no list", "problem", or nothing to say.
bool unhealthy(Out out, Snapshot const& s, ListHealth const& health) {
    if (!s.kernel.problem.empty()) {
        fmt::format_to(out, "({})\n", s.kernel.problem);
        return true;
    }
    if (!health.declared) {
        fmt::format_to(out, "(this image declares no such objects, or they were not asked for)\n");
        return true;
    }
    if (!health.problem.empty()) fmt::format_to(out, "({})\n", health.problem);
    return false;
}

void overview(Out out, Snapshot const& s, TextOptions const&) {
    fmt::format_to(out, "{}: {} of RAM, image {}\n", s.machine->title, format_bytes(s.machine->memory_bytes),
                   s.machine->image.empty() ? "none" : s.machine->image);
    fmt::format_to(out, "{} at {} of {}, {} of {}\n", name_of(s.state), to_string(s.moment), to_string(s.end),
                   format_ns(s.virtual_ns), format_ns(s.end_ns));
    if (!s.stop_reason.empty()) fmt::format_to(out, "{}\n", s.stop_reason);
    fmt::format_to(out, "at {}", s.location);
    if (s.source) fmt::format_to(out, " ({})", s.symbols->describe(*s.source, true));
    fmt::format_to(out, "\n");
    if (s.kernel.threads_health.declared)
        fmt::format_to(out, "{} threads, {} runs, {} ready\n", s.kernel.threads.size(),
                       thread_name(s, s.kernel.current_thread), s.kernel.run_queue.size());
    if (s.kernel.frames) {
        std::uint64_t total = 0;
        for (std::uint64_t n : s.kernel.frames->frames_by_owner) total += n;
        fmt::format_to(out, "frames:");
        for (std::size_t i = 0; i < s.kernel.frames->owners.size(); ++i)
            if (s.kernel.frames->frames_by_owner[i])
                fmt::format_to(out, " {} {}", s.kernel.frames->owners[i],
                               s.kernel.frames->frames_by_owner[i]);
        fmt::format_to(out, " (of {})\n", total);
    }
    fmt::format_to(out, "events: {}", s.events.all.size());
    for (unsigned g = 0; g < static_cast<unsigned>(EventGroup::count_); ++g)
        fmt::format_to(out, ", {} {}", name_of(static_cast<EventGroup>(g)), s.events.groups[g].size());
    fmt::format_to(out, "\nconsole: {} bytes\n", s.console->size());
}

void branches(Out out, Snapshot const& s, TextOptions const&) {
    fmt::format_to(out, "   {:>2}  {:<24} {:<24} {:>16} {:>16} {:>7}\n", "no", "name", "forked from", "at",
                   "end", "inputs");
    for (BranchInfo const& b : s.branches) {
        std::string from = "-";
        for (BranchInfo const& parent : s.branches)
            if (b.parent == parent.number) from = parent.name;
        fmt::format_to(out, "{}  {:>2}  {:<24} {:<24} {:>16} {:>16} {:>7}\n", b.active ? '*' : ' ', b.number,
                       b.name, from, b.parent ? to_string(b.forked_at) : "-", to_string(b.end), b.inputs);
    }
}

void comparison(Out out, Snapshot const& s, TextOptions const& options) {
    if (!s.comparison) {
        fmt::format_to(out, "(nothing has been compared)\n");
        return;
    }
    fmt::format_to(out, "{}", compare::to_text(*s.comparison, options.max_rows));
}

void console(Out out, Snapshot const& s, TextOptions const&) {
    fmt::format_to(out, "{}", *s.console);
    if (!s.console->empty() && s.console->back() != '\n') fmt::format_to(out, "\n");
}

void processors(Out out, Snapshot const& s, TextOptions const&) {
    for (std::size_t i = 0; i < s.processors.size(); ++i) {
        ProcessorInfo const& p = s.processors[i];
        char const* const state = p.waits        ? "waits to be started"
                                  : p.cpu.halted ? "halted"
                                  : p.running    ? "running"
                                                 : "ready";
        fmt::format_to(out, "{} {:>2}  {:<20} {:>14} instructions  {:#018x}  {}\n",
                       i == s.processor ? '*' : ' ', i, state, p.retired, p.cpu.rip,
                       p.waits ? "" : p.location);
    }
}

void registers(Out out, Snapshot const& s, TextOptions const&) {
    for (RegisterBank const& bank : decode_registers(s.cpu)) {
        fmt::format_to(out, "{}\n", name_of(bank.group));
        for (RegisterValue const& r : bank.registers) {
            fmt::format_to(out, "  {:<15}{:#0{}x}", r.name, r.value, r.bits / 4 + 2);
            std::string note = r.note;
            if (note.empty() && r.fields.empty() && r.value >= 0x1000)
                if (auto const near = s.symbols->near(r.value); near && near->exact_bounds)
                    note = s.symbols->describe(r.value);
            if (!note.empty()) fmt::format_to(out, "  {}", note);
            fmt::format_to(out, "\n");
            for (DecodedField const& f : r.fields) {
                if (f.value == 0 && f.info->high == f.info->low) continue;  // bits that are off
                std::string const value = !f.text.empty()               ? " " + f.text
                                          : f.info->high == f.info->low ? ""
                                                                        : fmt::format(" {:#x}", f.value);
                fmt::format_to(out, "    {:<10}{}{}  {}\n", f.info->name, f.info->title, value,
                               f.info->manual);
            }
        }
    }
}

void disassembly(Out out, Snapshot const& s, TextOptions const&) {
    if (!s.disassembly) {
        fmt::format_to(out, "{}", not_asked);
        return;
    }
    for (Instruction const& i : s.disassembly->instructions) {
        if (!i.label.empty()) fmt::format_to(out, "{}:\n", i.label);
        if (i.starts_line) fmt::format_to(out, "  ; {}\n", s.symbols->describe(i.source, true));
        std::string bytes;
        for (unsigned n = 0; n < i.length && i.readable; ++n) bytes += fmt::format("{:02x} ", i.bytes[n]);
        fmt::format_to(out, "{} {:016x}  {:<31}{} {}", i.address == s.cpu.rip ? '>' : ' ', i.address, bytes,
                       i.mnemonic, i.operands);
        if (!i.target_name.empty()) fmt::format_to(out, "  <{}>", i.target_name);
        fmt::format_to(out, "\n");
    }
}

void backtrace(Out out, Snapshot const& s, TextOptions const&) {
    if (s.backtrace.empty()) fmt::format_to(out, "{}", not_asked);
    unsigned n = 0;
    for (StackFrame const& f : s.backtrace) {
        fmt::format_to(out, "#{:<3}{:016x}  {}", n++, f.address, f.function);
        if (f.source.line) fmt::format_to(out, "  {}", s.symbols->describe(f.source, true));
        fmt::format_to(out, "\n");
    }
}

void threads(Out out, Snapshot const& s, TextOptions const&) {
    if (unhealthy(out, s, s.kernel.threads_health)) return;
    fmt::format_to(out, "{:<4}{:<22}{:<10}{:>10} {:>10}  {:<18}{}\n", "id", "name", "state", "stack", "used",
                   "address", "waits for");
    for (Thread const& t : s.kernel.threads) {
        fmt::format_to(out, "{:<4}{:<22}{:<10}{:>10} {:>10}  {:#018x}", t.id, t.name, t.state,
                       format_bytes(t.stack_high - t.stack_low), t.stack_used, t.address);
        if (t.waits_for) fmt::format_to(out, "  {:#x}", t.waits_for);
        if (t.running) fmt::format_to(out, "  <- runs");
        fmt::format_to(out, "\n");
    }
    fmt::format_to(out, "run queue:");
    for (std::uint64_t t : s.kernel.run_queue) fmt::format_to(out, " {}", thread_name(s, t));
    fmt::format_to(out, "{}\n", s.kernel.run_queue.empty() ? " empty" : "");
}

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

void memory(Out out, Snapshot const& s, TextOptions const&) {
    if (s.memory.empty()) fmt::format_to(out, "{}", not_asked);
    for (MemoryBlock const& b : s.memory) fmt::format_to(out, "{}", hex_dump(b));
}

void frames(Out out, Snapshot const& s, TextOptions const& o) {
    if (unhealthy(out, s, s.kernel.frames_health) || !s.kernel.frames) return;
    FrameMap const& map = *s.kernel.frames;
    for (std::size_t i = 0; i < map.owners.size(); ++i)
        if (map.frames_by_owner[i])
            fmt::format_to(out, "{:<16}{:>8} frames  {:>10}\n", map.owners[i], map.frames_by_owner[i],
                           format_bytes(map.frames_by_owner[i] * 4096));
    fmt::format_to(out, "runs:\n");
    std::size_t rows = 0;
    for (std::size_t n = 0; n < map.owner.size();) {
        std::size_t end = n;
        while (end < map.owner.size() && map.owner[end] == map.owner[n]) ++end;
        if (++rows > o.max_rows) {
            fmt::format_to(out, "  ...\n");
            break;
        }
        fmt::format_to(out, "  {:#012x}..{:#012x}  {:>8}  {}\n", (map.first + n) * 4096,
                       (map.first + end) * 4096, end - n, map.owners[map.owner[n]]);
        n = end;
    }
}

void walk(Out out, Snapshot const& s, TextOptions const&) {
    if (!s.walk) {
        fmt::format_to(out, "{}", not_asked);
        return;
    }
    WalkExplanation const& w = *s.walk;
    fmt::format_to(out, "{:#018x}, {} by {}\n", w.virtual_address,
                   w.access == engine::Access::write   ? "write"
                   : w.access == engine::Access::fetch ? "instruction fetch"
                                                       : "read",
                   w.user ? "ring 3" : "the kernel");
    fmt::format_to(out, "CR3 {:#x}\n", s.cpu.cr3);
    for (ExplainedEntry const& e : w.entries) {
        fmt::format_to(out, "{:<6} entry {:>3} (bits {} to {}) of the table at {:#x}: {:#018x}  {}\n", e.name,
                       e.index, e.index_high, e.index_low, e.table, e.raw, short_flags(e.raw));
        for (DecodedField const& f : e.fields)
            if (f.value)
                fmt::format_to(out, "         {:<8}{:<18}{}  {}\n", f.info->name,
                               f.text.empty() ? fmt::format("{}", f.value) : f.text, f.info->meaning,
                               f.info->manual);
    }
    fmt::format_to(out, "{}\n", w.verdict);
    if (auto const* cached = s.cached(w.virtual_address))
        fmt::format_to(out, "the TLB holds it: {} page at {:#x} is {:#x}{}{}{}\n", format_bytes(cached->size),
                       cached->page, cached->frame, cached->writable ? ", written to" : "",
                       cached->executable ? ", executable" : "", cached->user ? ", for ring 3 too" : "");
    else
        fmt::format_to(out, "the TLB does not hold it ({} entries)\n", s.tlb.size());
}

void pages(Out out, Snapshot const& s, TextOptions const& o) {
    if (!s.page_tree) {
        fmt::format_to(out, "{}", not_asked);
        return;
    }
    PageTree const& t = *s.page_tree;
    if (!t.problem.empty()) fmt::format_to(out, "({})\n", t.problem);
    fmt::format_to(
        out,
        "{} mapped by {} pages of 4 KiB, {} of 2 MiB, {} of 1 GiB; tables: {} PML4, {} PDPT, {} PD, {} PT\n",
        format_bytes(t.mapped_bytes), t.pages_4k, t.pages_2m, t.pages_1g, t.tables[4], t.tables[3],
        t.tables[2], t.tables[1]);
    fmt::format_to(out, "pages that are writable and executable: {}\n", t.write_and_execute_pages);
    std::size_t rows = 0;
    for (MappedRange const& r : t.ranges) {
        if (++rows > o.max_rows) {
            fmt::format_to(out, "  ... {} more\n", t.ranges.size() - o.max_rows);
            break;
        }
        fmt::format_to(out, "  {:016x}..{:016x} -> {:012x}  r{}{} {} {}\n", r.virtual_start,
                       r.virtual_start + r.length, r.physical_start, r.writable ? 'w' : '-',
                       r.executable ? 'x' : '-', r.user ? "user" : "kernel", format_bytes(r.page_size));
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

void field_lines(Out out, PacketField const& f, unsigned depth) {
    fmt::format_to(out, "{:{}}{}{}{}{}{}  [{}+{}]\n", "", depth * 2, f.name, f.value.empty() ? "" : ": ",
                   f.value, f.remark.empty() ? "" : fmt::format(" ({})", f.remark), f.bad ? " !" : "",
                   f.offset, f.length);
    for (PacketField const& child : f.children) field_lines(out, child, depth + 1);
}

Event const* chosen_packet(Snapshot const& s, TextOptions const& o) {
    NumberLog const& numbers = s.events.group(EventGroup::packets);
    std::optional<std::uint64_t> n = o.packet;
    if (!n && !numbers.empty()) n = numbers.back();
    if (!n || *n < s.events.all.begin() || *n >= s.events.all.end() || !s.events.all[*n].packet)
        return nullptr;
    return &s.events.all[*n];
}

void packet(Out out, Snapshot const& s, TextOptions const& o) {
    Event const* e = chosen_packet(s, o);
    if (!e) {
        fmt::format_to(out, "(no such packet)\n");
        return;
    }
    fmt::format_to(out, "{}, {} bytes\n", e->kind == EventKind::packet_in ? "in" : "out", e->a);
    for (PacketField const& f : decode_packet(*e->packet).layers) field_lines(out, f, 0);
    MemoryBlock block;
    block.request = {AddressSpace::physical, 0, static_cast<std::uint32_t>(e->packet->size())};
    block.bytes = *e->packet;
    block.pages.assign(block.bytes.size() / 4096 + 1, {true, 0});
    fmt::format_to(out, "{}", hex_dump(block));
}

void events(Out out, Snapshot const& s, TextOptions const& o) {
    EventLog const& all = s.events.all;
    if (s.events.forgotten) fmt::format_to(out, "({} older events are forgotten)\n", s.events.forgotten);
    for (std::uint64_t const n : newest_events(s, o))
        fmt::format_to(out, "{:>7} {:>14} {}\n", n, to_string(all[n].at), describe(n, s.events));
}

void node(Out out, machine::StateNode const& n, unsigned depth) {
    fmt::format_to(out, "{:{}}{}{}{}{}\n", "", depth * 2, n.name, n.value.empty() ? "" : " = ", n.value,
                   n.note.empty() ? "" : "  (" + n.note + ")");
    if (depth < 16)
        for (machine::StateNode const& child : n.children) node(out, child, depth + 1);
}

void devices(Out out, Snapshot const& s, TextOptions const&) {
    if (s.devices.empty()) fmt::format_to(out, "{}", not_asked);
    for (machine::StateNode const& n : s.devices) node(out, n, 0);
}

// Whatever an entity has, as name=value.
void values(Out out, std::vector<NamedValue> const& fields) {
    for (NamedValue const& f : fields) fmt::format_to(out, " {}={}", f.name, f.text);
    fmt::format_to(out, "\n");
}

void heap(Out out, Snapshot const& s, TextOptions const&) {
    if (unhealthy(out, s, s.kernel.heap_health)) return;
    for (HeapClass const& h : s.kernel.heap)
        fmt::format_to(out, "{:>8}: {} of {} used\n", h.name.empty() ? format_bytes(h.object_size) : h.name,
                       h.used, h.capacity);
}

void locks(Out out, Snapshot const& s, TextOptions const&) {
    if (unhealthy(out, s, s.kernel.locks_health)) return;
    if (s.kernel.locks.empty()) fmt::format_to(out, "(no lock is held)\n");
    for (Lock const& l : s.kernel.locks) {
        fmt::format_to(out, "{:#018x} {:<20} held by {}", l.address, l.name, thread_name(s, l.owner));
        for (std::uint64_t w : l.waiters) fmt::format_to(out, ", {} waits", thread_name(s, w));
        fmt::format_to(out, "\n");
    }
}

void interrupts(Out out, Snapshot const& s, TextOptions const&) {
    if (unhealthy(out, s, s.kernel.interrupts_health)) return;
    for (InterruptVector const& v : s.kernel.interrupts)
        fmt::format_to(out, "{:>3} {:>10} times  {}\n", v.vector, v.count, v.name);
}

void virtqueues(Out out, Snapshot const& s, TextOptions const&) {
    if (unhealthy(out, s, s.kernel.virtqueues_health)) return;
    for (Virtqueue const& q : s.kernel.virtqueues) {
        fmt::format_to(out, "{} at {:#x}:", q.name.empty() ? "queue" : q.name, q.address);
        values(out, q.fields);
        std::size_t shown = 0, in_flight = 0;
        for (Descriptor const& d : q.descriptors) {
            if (!d.in_flight || ++in_flight > max_descriptors) continue;
            ++shown;
            fmt::format_to(out, "  {:>4} {:#014x} {:>6} bytes{}{}\n", d.index, d.address, d.length,
                           d.flags & 2 ? ", device writes" : "",
                           d.flags & 1 ? fmt::format(", next {}", d.next) : "");
        }
        if (in_flight > shown) fmt::format_to(out, "  ... {} more in flight\n", in_flight - shown);
    }
}

void connections(Out out, Snapshot const& s, TextOptions const&) {
    if (unhealthy(out, s, s.kernel.connections_health)) return;
    if (s.kernel.connections.empty()) fmt::format_to(out, "(no connection)\n");
    for (TcpConnection const& c : s.kernel.connections) {
        fmt::format_to(out, "{} {} -> {}:", c.state, c.local, c.remote);
        values(out, c.fields);
    }
}

void stops(Out out, Snapshot const& s, TextOptions const&) {
    if (s.stops.empty()) fmt::format_to(out, "(no breakpoint, watchpoint or condition)\n");
    for (StopInfo const& stop : s.stops)
        fmt::format_to(out, "{}{}\n", stop.text, stop.enabled ? "" : " (off)");
}

void answers(Out out, Snapshot const& s, TextOptions const&) {
    if (!s.answer) {
        fmt::format_to(out, "(nothing was asked; viv query FILE@MOMENT asks)\n");
        return;
    }
    fmt::format_to(out, "at {}: {}\n{}", to_string(s.answer->at), s.answer->question, s.answer->text);
    if (!s.answer->text.ends_with('\n')) fmt::format_to(out, "\n");
}

struct Printer {
    TextView view;
    void (*print)(Out, Snapshot const&, TextOptions const&);
};

constexpr Printer printers[] = {
    {{"overview", "The machine in ten lines"}, overview},
    {{"branches", "Futures kept side by side"}, branches},
    {{"comparison", "Two futures side by side"}, comparison},
    {{"console", "What the guest printed"}, console},
    {{"processors", "What each processor does"}, processors},
    {{"registers", "Registers, bit by bit"}, registers},
    {{"disassembly", "Code around the next instruction"}, disassembly},
    {{"backtrace", "Who called whom"}, backtrace},
    {{"threads", "Threads and the run queue"}, threads},
    {{"gantt", "Who ran when"}, gantt_text},
    {{"memory", "Bytes of memory"}, memory},
    {{"frames", "Whose each physical frame is"}, frames},
    {{"walk", "Translation of one address, step by step"}, walk},
    {{"pages", "All that the page tables map"}, pages},
    {{"packets", "Frames on the wire"}, packets},
    {{"packet", "One frame, layer by layer"}, packet},
    {{"events", "What happened when"}, events},
    {{"devices", "Registers of all devices"}, devices},
    {{"heap", "The kernel's heap"}, heap},
    {{"locks", "Locks, holders and waiters"}, locks},
    {{"interrupts", "How often each vector came"}, interrupts},
    {{"virtqueues", "Queues between driver and device"}, virtqueues},
    {{"connections", "TCP connections"}, connections},
    {{"stops", "Breakpoints, watchpoints, conditions"}, stops},
    {{"answers", "The last question and its answer"}, answers},
};

}  // namespace

std::vector<TextView> const& text_views() {
    static std::vector<TextView> const views = [] {
        std::vector<TextView> all;
        for (Printer const& p : printers) all.push_back(p.view);
        return all;
    }();
    return views;
}

std::optional<std::string> print_view(Snapshot const& s, std::string_view name, TextOptions const& options) {
    for (Printer const& p : printers) {
        if (name != p.view.name) continue;
        std::string text;
        p.print(std::back_inserter(text), s, options);
        return text;
    }
    return std::nullopt;
}

std::string hex_dump(MemoryBlock const& b) {
    std::string text;
    Out out(text);
    bool skipping = false;
    for (std::size_t row = 0; row < b.bytes.size(); row += 16) {
        std::size_t const n = std::min<std::size_t>(16, b.bytes.size() - row);
        // Equal rows are told once, as hexdump(1) does.
        bool const equal =
            row >= 16 && n == 16 && row + 16 < b.bytes.size() &&
            b.mapped(static_cast<std::uint32_t>(row)) == b.mapped(static_cast<std::uint32_t>(row - 16)) &&
            std::equal(b.bytes.begin() + static_cast<std::ptrdiff_t>(row),
                       b.bytes.begin() + static_cast<std::ptrdiff_t>(row + 16),
                       b.bytes.begin() + static_cast<std::ptrdiff_t>(row - 16));
        if (equal) {
            if (!skipping) fmt::format_to(out, "*\n");
            skipping = true;
            continue;
        }
        skipping = false;
        fmt::format_to(out, "{:016x} ", b.request.address + row);
        std::string letters;
        for (std::size_t i = 0; i < 16; ++i) {
            if (i == 8) fmt::format_to(out, " ");
            if (i >= n) {
                fmt::format_to(out, "   ");
                continue;
            }
            bool const mapped = b.mapped(static_cast<std::uint32_t>(row + i));
            if (mapped)
                fmt::format_to(out, " {:02x}", b.bytes[row + i]);
            else
                fmt::format_to(out, " ??");
            letters += mapped && b.bytes[row + i] >= 32 && b.bytes[row + i] < 127
                           ? static_cast<char>(b.bytes[row + i])
                           : '.';
        }
        fmt::format_to(out, "  |{}|\n", letters);
    }
    return text;
}

}  // namespace sim::debug
