// SPDX-License-Identifier: GPL-2.0-or-later
//
// Descriptor tables and the TLB, for people and for programs.
#include "simulator/debug/text_tables.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "simulator/debug/text_printers.hpp"
#include "simulator/debug/translations.hpp"
#include "simulator/debug/vectors.hpp"

namespace sim::debug {

namespace {

std::string in_hex(std::uint64_t n) { return fmt::format("{:#x}", n); }

std::string symbol(Snapshot const& s, std::uint64_t address) {
    auto const near = s.symbols ? s.symbols->near(address) : std::nullopt;
    return near && near->exact_bounds ? s.symbols->describe(address) : "";
}

}  // namespace

namespace printers {

void descriptors(Out out, Snapshot const& s, TextOptions const& o) {
    if (!s.descriptors) {
        fmt::format_to(out, "{}", not_asked);
        return;
    }
    DescriptorTables const& t = *s.descriptors;
    if (!t.problem.empty()) fmt::format_to(out, "({})\n", t.problem);
    fmt::format_to(out, "GDT at {:#x}, limit {:#x}  [sdm-3a §3.4.5]\n", s.cpu.gdtr.base, s.cpu.gdtr.limit);
    for (SegmentDescriptor const& d : t.segments) {
        std::string flags;
        for (DecodedField const& f : d.fields)
            if (f.value && f.info->high == f.info->low) flags += " " + std::string(f.info->name);
        fmt::format_to(out, "  {:#06x}  {:<34} base {:#x} limit {:#x}, ring {},{}{}\n", d.selector(), d.type, d.base,
                       d.limit, d.privilege, flags, d.used_by.empty() ? "" : "  <- " + d.used_by);
    }
    if (t.task) {
        fmt::format_to(out, "task state at {:#x}: the stacks that interrupts enter with  [sdm-3a §7.7]\n",
                       t.task->address);
        for (unsigned ring = 0; ring < 3; ++ring)
            if (t.task->rsp[ring]) fmt::format_to(out, "  RSP{}  {:#018x}\n", ring, t.task->rsp[ring]);
        for (unsigned i = 0; i < 7; ++i)
            if (t.task->ist[i]) fmt::format_to(out, "  IST{}  {:#018x}\n", i + 1, t.task->ist[i]);
    }
    fmt::format_to(out, "IDT at {:#x}: {} gates, {} present  [sdm-3a §6.11]\n", s.cpu.idtr.base, t.gates.size(),
                   t.present_gates());
    std::size_t rows = 0;
    for (Gate const& g : t.gates) {
        if (!g.present) continue;
        if (++rows > o.max_rows) {
            fmt::format_to(out, "  ... {} more\n", t.present_gates() - o.max_rows);
            break;
        }
        std::string const name = name_of_vector(s, g.vector);
        auto const count = count_of_vector(s, g.vector);
        fmt::format_to(out, "  {:>3}  {:<15} {:#06x}:{:#x}  ring {}{}{}{}{}\n", g.vector, g.type_name(), g.selector,
                       g.handler, g.privilege, g.stack ? fmt::format(", IST{}", g.stack) : "",
                       name.empty() ? "" : "  " + name, count ? fmt::format(", {} times", *count) : "",
                       symbol(s, g.handler).empty() ? "" : "  <" + symbol(s, g.handler) + ">");
    }
}

void tlb(Out out, Snapshot const& s, TextOptions const& o) {
    if (auto const lacks = s.lacks(Ability::tlb); !lacks.empty()) {
        fmt::format_to(out, "({})\n", lacks);
        return;
    }
    auto const all = translations(s.tlb, s.page_tree.get());
    fmt::format_to(out, "{} translations remembered, {} stale  [sdm-3a §4.10.2]\n", all.size(),
                   std::ranges::count_if(all, &Translation::stale));
    std::size_t rows = 0;
    for (Translation const& t : all) {
        if (++rows > o.max_rows) {
            fmt::format_to(out, "  ... {} more\n", all.size() - o.max_rows);
            break;
        }
        fmt::format_to(out, "  {:016x} -> {:012x}  r{}{} {} {}{}{}{}\n", t.entry.page, t.entry.frame,
                       t.entry.writable ? 'w' : '-', t.entry.executable ? 'x' : '-', t.entry.user ? "user" : "kernel",
                       format_bytes(t.entry.size), t.entry.global ? ", global" : "", t.entry.dirty ? ", dirty" : "",
                       t.stale() ? fmt::format("  stale: {}", explain(t.agreement)) : "");
    }
}

}  // namespace printers

nlohmann::ordered_json descriptors_json(Snapshot const& s) {
    using Json = nlohmann::ordered_json;
    if (!s.descriptors) return nullptr;
    DescriptorTables const& t = *s.descriptors;
    Json segments = Json::array(), gates = Json::array();
    for (SegmentDescriptor const& d : t.segments)
        segments.push_back({{"selector", d.selector()},
                            {"raw", in_hex(d.raw)},
                            {"type", d.type},
                            {"present", d.present},
                            {"base", in_hex(d.base)},
                            {"limit", in_hex(d.limit)},
                            {"privilege", d.privilege},
                            {"used_by", d.used_by}});
    for (Gate const& g : t.gates) {
        if (!g.present) continue;
        Json one{{"vector", g.vector},
                 {"name", name_of_vector(s, g.vector)},
                 {"type", g.type_name()},
                 {"selector", g.selector},
                 {"handler", in_hex(g.handler)},
                 {"function", symbol(s, g.handler)},
                 {"stack", g.stack},
                 {"privilege", g.privilege}};
        if (auto const count = count_of_vector(s, g.vector)) one["count"] = *count;
        gates.push_back(std::move(one));
    }
    Json j{{"gdt", in_hex(s.cpu.gdtr.base)},
           {"idt", in_hex(s.cpu.idtr.base)},
           {"problem", t.problem},
           {"gates", std::move(gates)},
           {"segments", std::move(segments)}};
    if (t.task) {
        Json stacks = Json::array(), rings = Json::array();
        for (auto address : t.task->rsp) rings.push_back(in_hex(address));
        for (auto address : t.task->ist) stacks.push_back(in_hex(address));
        j["task"] = {{"address", in_hex(t.task->address)}, {"rsp", rings}, {"ist", stacks}};
    }
    return j;
}

nlohmann::ordered_json tlb_json(Snapshot const& s) {
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    for (Translation const& t : translations(s.tlb, s.page_tree.get()))
        list.push_back({{"page", in_hex(t.entry.page)},
                        {"frame", in_hex(t.entry.frame)},
                        {"size", t.entry.size},
                        {"writable", t.entry.writable},
                        {"executable", t.entry.executable},
                        {"user", t.entry.user},
                        {"global", t.entry.global},
                        {"stale", t.stale()},
                        {"why", t.stale() ? explain(t.agreement) : ""}});
    return list;
}

}  // namespace sim::debug
