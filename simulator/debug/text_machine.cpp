// SPDX-License-Identifier: GPL-2.0-or-later
//
// Processors, memory and its tables, devices.
#include <algorithm>

#include "simulator/debug/registers.hpp"
#include "simulator/debug/text_printers.hpp"

namespace sim::debug {

namespace printers {

namespace {

void node(Out out, machine::StateNode const& n, unsigned depth) {
    fmt::format_to(out, "{:{}}{}{}{}{}\n", "", depth * 2, n.name, n.value.empty() ? "" : " = ", n.value,
                   n.note.empty() ? "" : "  (" + n.note + ")");
    if (depth < 16)
        for (machine::StateNode const& child : n.children) node(out, child, depth + 1);
}

}  // namespace

void processors(Out out, Snapshot const& s, TextOptions const&) {
    for (std::size_t i = 0; i < s.processors.size(); ++i) {
        ProcessorInfo const& p = s.processors[i];
        char const* const state = p.waits        ? "waits to be started"
                                  : p.cpu.halted ? "halted"
                                  : p.running    ? "running"
                                                 : "ready";
        std::string const count =
            s.can(Ability::counting) ? fmt::format(" {:>14} instructions", p.retired) : "";
        fmt::format_to(out, "{} {:>2}  {:<20}{}  {:#018x}  {}\n", i == s.processor ? '*' : ' ', i, state,
                       count, p.cpu.rip, p.waits ? "" : p.location);
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

namespace {
void call_stack(Out out, Snapshot const& s, std::vector<StackFrame> const& frames, std::string_view indent) {
    unsigned n = 0;
    for (StackFrame const& f : frames) {
        fmt::format_to(out, "{}#{:<3}{:016x}  {}", indent, n++, f.address, f.function);
        if (f.source.line) fmt::format_to(out, "  {}", s.symbols->describe(f.source, true));
        fmt::format_to(out, "{}\n", f.interrupted ? "  (interrupted here)" : "");
    }
}
}  // namespace

void backtrace(Out out, Snapshot const& s, TextOptions const&) {
    if (s.backtrace.empty()) fmt::format_to(out, "{}", not_asked);
    call_stack(out, s, s.backtrace, "");
}

void stacks(Out out, Snapshot const& s, TextOptions const&) {
    if (s.thread_stacks.empty())
        fmt::format_to(out, "({})\n", s.kernel.problem.empty() ? "no threads, or not asked for" : s.kernel.problem);
    for (ThreadStack const& stack : s.thread_stacks) {
        Thread const* const t = s.kernel.thread(stack.thread);
        fmt::format_to(out, "{} ({}{}):\n", thread_name(s, stack.thread), t ? t->state : "?",
                       stack.problem.empty() ? "" : ", no call stack: " + stack.problem);
        call_stack(out, s, stack.frames, "  ");
    }
}

void memory(Out out, Snapshot const& s, TextOptions const&) {
    if (s.memory.empty()) fmt::format_to(out, "{}", not_asked);
    for (MemoryBlock const& b : s.memory) fmt::format_to(out, "{}", hex_dump(b));
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
                       cached->page, cached->frame, cached->writable ? ", writable" : "",
                       cached->executable ? ", executable" : "", cached->user ? ", for ring 3 too" : "");
    else
        fmt::format_to(out, "the TLB does not hold it ({} entries)\n", s.tlb.size());
    if (s.walk_is_stale())
        fmt::format_to(out,
                       "the tables say otherwise: the TLB's translation is stale, and used all the same\n");
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

void devices(Out out, Snapshot const& s, TextOptions const&) {
    if (s.devices.empty()) fmt::format_to(out, "{}", not_asked);
    for (machine::StateNode const& n : s.devices) node(out, n, 0);
}

}  // namespace printers

std::string hex_dump(MemoryBlock const& b) {
    std::string text;
    std::back_insert_iterator out(text);
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
