// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "simulator/debug/queries/report.hpp"
#include "simulator/debug/text_accesses.hpp"
#include "simulator/debug/text.hpp"

namespace sim::debug::queries {

namespace {

std::string bytes_text(std::vector<std::uint8_t> const& bytes) {
    if (bytes.size() == 1 || bytes.size() == 2 || bytes.size() == 4 || bytes.size() == 8)
        return fmt::format("{:#x}", little_endian(bytes));
    return fmt::format("{:02x}", fmt::join(bytes, " "));
}

std::string range_text(WrittenRange const& r) {
    std::string text = fmt::format("{}{:#x}, {} byte{}", r.space == AddressSpace::physical ? "physical " : "",
                                   r.address, r.length, r.length == 1 ? "" : "s");
    if (r.space == AddressSpace::virtual_ && !r.pieces.empty())
        text += fmt::format(" (physical {:#x})", r.pieces[0].start);
    return text;
}

std::string when_text(Actor const& a) {
    return fmt::format("moment {} ({})", to_string(a.at), format_ns(a.virtual_ns));
}

std::string where_text(Actor const& a) {
    std::string text = a.where;
    if (!a.source.empty()) text += ", " + a.source;
    if (!a.thread.empty()) text += fmt::format(", thread \"{}\"", a.thread);
    return text;
}

std::string stack_text(Actor const& a, Symbols const& symbols, std::string const& indent) {
    std::string text;
    for (std::size_t i = 1; i < a.stack.size(); ++i) {
        StackFrame const& f = a.stack[i];
        text += fmt::format("{}called from {}{}\n", indent, f.function,
                            f.source.line ? " (" + symbols.describe(f.source) + ")" : "");
    }
    return text;
}

std::string writer_text(WriteLink const& l) {
    switch (l.writer) {
        case Writer::instruction:
            return fmt::format("{}\n    by  {}", where_text(l.actor), l.actor.instruction);
        case Writer::page_walker:
            return fmt::format("the processor's page walker, which set an accessed or dirty bit, at {}",
                               where_text(l.actor));
        case Writer::device:
            return fmt::format("DMA by {}, while the processor stood at {}", l.device, where_text(l.actor));
        case Writer::person:
            return "a person's poke (a recorded input)";
    }
    return "?";
}

}  // namespace

std::string text_of(LastWrite const& w, Symbols const& symbols) {
    std::string text = fmt::format("{}{} holds {}\n", range_text(w.range),
                                   w.object.empty() ? "" : ", " + w.object, bytes_text(w.value));
    unsigned n = 0;
    for (WriteLink const& l : w.links) {
        if (++n > 1) text += fmt::format("before that, {}:\n", range_text(l.range));
        text += fmt::format("  {}: {} -> {}\n    {}\n", when_text(l.actor), bytes_text(l.before),
                            bytes_text(l.after), writer_text(l));
        text += stack_text(l.actor, symbols, "    ");
        if (!l.origin.empty()) text += fmt::format("    the value: {}\n", l.origin);
    }
    if (!w.ending.empty() && (w.links.size() != 1 || w.cancelled)) text += "  " + w.ending + "\n";
    return text;
}

std::string text_of(FrameHistory const& h, Symbols const& symbols) {
    std::string text = fmt::format("frame {} (physical {:#x})", h.frame, h.frame * 4096);
    if (!h.owner.empty()) text += fmt::format(", now {}", h.owner);
    text += '\n';
    for (auto const& s : h.steps)
        text += fmt::format("  moment {} ({}): {}, {} frame{} from {}\n", to_string(s.at),
                            format_ns(s.virtual_ns), s.allocated ? "allocated for " + s.owner : "freed",
                            std::uint64_t{1} << s.order, s.order ? "s" : "", s.first);
    if (h.actor)
        text +=
            fmt::format("  the last by {}\n{}", where_text(*h.actor), stack_text(*h.actor, symbols, "    "));
    if (!h.problem.empty()) text += "  " + h.problem + "\n";
    return text;
}

std::string text_of(WhyMapped const& w, Symbols const& symbols) {
    std::string text = fmt::format("{:#x}: {}\n", w.walk.virtual_address, w.walk.verdict);
    for (auto const& e : w.entries) {
        text += fmt::format("{} {} at physical {:#x} = {:#018x}  {}\n", e.entry.name, e.entry.index,
                            e.entry.address, e.entry.raw, short_flags(e.entry.raw));
        for (DecodedField const& f : e.entry.fields)
            if (f.value)
                text += fmt::format("    {:<6}{:<18}{}\n", f.info->name,
                                    f.text.empty() ? fmt::format("{}", f.value) : f.text, f.info->meaning);
        for (std::string const& walker : e.walker) text += "    " + walker + "\n";
        for (WriteLink const& l : e.writer.links)
            text += fmt::format("    written at {}: {} -> {}\n    {}\n{}", when_text(l.actor),
                                bytes_text(l.before), bytes_text(l.after), writer_text(l),
                                stack_text(l.actor, symbols, "      "));
        if (e.writer.links.empty()) text += "    " + e.writer.ending + "\n";
    }
    if (w.frame) text += text_of(*w.frame, symbols);
    for (std::size_t i = 0; i < w.others.size(); ++i)
        text += fmt::format("  also mapped at {:#x} (r{}{})\n", w.other_addresses[i],
                            w.others[i].writable ? "w" : "-", w.others[i].executable ? "x" : "-");
    if (w.cancelled) text += "cancelled: not all writers were looked for\n";
    return text;
}

std::string text_of(LockHistory const& h, Symbols const& symbols) {
    std::string text = fmt::format("lock {:#x}{}: {}\n", h.lock, h.name.empty() ? "" : " \"" + h.name + "\"",
                                   h.owner ? "held by " + h.owner_name : "held by nobody");
    for (auto const& w : h.waiters) text += fmt::format("  {} waits\n", w);
    static constexpr char const* verbs[] = {"waits", "acquires it", "releases it"};
    for (auto const& s : h.steps)
        text += fmt::format("  moment {} ({}): {} {}\n", to_string(s.at), format_ns(s.virtual_ns), s.thread,
                            verbs[static_cast<unsigned>(s.kind)]);
    if (h.actor)
        text += fmt::format("  last acquired at {}\n{}", where_text(*h.actor),
                            stack_text(*h.actor, symbols, "    "));
    if (!h.problem.empty()) text += "  " + h.problem + "\n";
    return text;
}

std::string text_of(PacketTouch const& p, Symbols const& symbols) {
    std::string text = fmt::format("packet {}: {}\n", p.packet, p.summary);
    if (!p.summary.empty())
        text += fmt::format("  {} at moment {} ({})\n", p.received ? "received" : "sent", to_string(p.at),
                            format_ns(p.virtual_ns));
    for (auto const& r : p.dma)
        text += fmt::format("  DMA: {} bytes at physical {:#x}{}\n", r.length, r.physical,
                            r.payload ? ", the packet" : ", the ring");
    if (p.interrupt)
        text +=
            fmt::format("  interrupt {} at moment {}{}\n", p.interrupt->vector, to_string(p.interrupt->at),
                        p.interrupt->until ? ", handled until " + to_string(*p.interrupt->until) : "");
    for (auto const& w : p.woken) text += fmt::format("  woke {} at moment {}\n", w.thread, to_string(w.at));
    for (auto const& r : p.readers)
        text += fmt::format("  touched by {}{}: {} read{}, {} write{}, first at {}\n", r.function,
                            r.line.empty() ? "" : " (" + r.line + ")", r.reads, r.reads == 1 ? "" : "s",
                            r.writes, r.writes == 1 ? "" : "s", to_string(r.first));
    for (auto const& a : p.answers)
        text +=
            fmt::format("  answered by packet {} at moment {}: {}\n", a.packet, to_string(a.at), a.summary);
    if (p.sender)
        text +=
            fmt::format("  sent by {}\n{}", where_text(*p.sender), stack_text(*p.sender, symbols, "    "));
    if (!p.problem.empty()) text += "  " + p.problem + "\n";
    if (p.cancelled) text += "  cancelled: not everything was looked at\n";
    return text;
}

std::string text_of(FirstTrue const& f, Symbols const& symbols) {
    std::string text = f.expression + "\n";
    if (f.from_the_start) return text + fmt::format("  true already at moment {}\n", to_string(*f.at));
    if (!f.at) return text + "  " + f.text + "\n";
    text += fmt::format("  first true at moment {}\n", to_string(*f.at));
    if (f.actor)
        text += fmt::format("  after {}\n    by  {}\n{}", where_text(*f.actor), f.actor->instruction,
                            stack_text(*f.actor, symbols, "    "));
    return text;
}

std::string text_of(Accesses const& a, Symbols const&) {
    constexpr std::size_t most_rows = 40;
    return accesses_text(a, most_rows);
}

}  // namespace sim::debug::queries
