// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the machine stands, its registers, its devices.
#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/compare/differ.hpp"
#include "simulator/debug/registers.hpp"

namespace sim::debug::compare {

namespace {

std::string line_of(Portrait const& p, StackFrame const& frame) {
    auto const line = p.symbols->line_at(frame.address);
    return line ? p.symbols->describe(*line) : "";
}
std::string function_of(Portrait const& p, StackFrame const& frame) {
    Function const* const f = p.symbols->whole_at(frame.address);
    return f ? f->name : frame.function;
}

}  // namespace

bool looks_like_address(std::uint64_t value) { return value >> 47 == 0x1'FFFF; }

std::string value_text(std::uint64_t value, Symbols const& symbols, bool one_image) {
    if (auto const near = symbols.near(value); near && near->exact_bounds) return symbols.describe(value);
    if (!one_image && looks_like_address(value)) return "an address";
    return fmt::format("{:#x}", value);
}

Section place_section(Sides const& s) {
    Collector c("place", s.most, true);
    c.differ("function", s.one.function, s.other.function);
    c.differ("ending", s.one.ending, s.other.ending);
    std::size_t const frames = std::max(s.one.stack.size(), s.other.stack.size());
    for (std::size_t i = 1; i < frames; ++i) {
        auto const name = [&](Portrait const& p) {
            return i < p.stack.size() ? function_of(p, p.stack[i]) : "";
        };
        auto const full = [&](Portrait const& p) {
            if (i >= p.stack.size()) return std::string();
            std::string const line = line_of(p, p.stack[i]);
            return line.empty() ? name(p) : fmt::format("{} ({})", name(p), line);
        };
        if (name(s.one) != name(s.other)) c.tell(fmt::format("caller {}", i), full(s.one), full(s.other));
    }
    return c.take();
}

Section register_section(Sides const& s) {
    Collector c("registers", s.most, s.one_image);
    auto const one = decode_registers(s.one.cpu), other = decode_registers(s.other.cpu);
    for (std::size_t bank = 0; bank < std::min(one.size(), other.size()); ++bank) {
        auto const &left = one[bank].registers, &right = other[bank].registers;
        for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
            if (left[i].value == right[i].value && s.one_image) continue;
            // The place of RIP is the function's; its offset moves with every change.
            bool const is_rip =
                std::string_view(left[i].name) == "rip" || std::string_view(left[i].name) == "RIP";
            if (is_rip && !s.one_image)
                c.differ(left[i].name, s.one.function, s.other.function);
            else
                c.differ(left[i].name, value_text(left[i].value, *s.one.symbols, s.one_image),
                         value_text(right[i].value, *s.other.symbols, s.one_image));
        }
    }
    return c.take();
}

Section device_section(Sides const& s) {
    Collector c("devices", s.most, s.one_image);
    auto const processor = [](std::string const& part) {
        return part.starts_with("cpu") || part.starts_with("tlb") || part == "ram" || part == "machine";
    };
    machine::Picture one = s.one.picture, other = s.other.picture;
    one.ram = other.ram = {};
    std::erase_if(one.parts, [&](auto const& part) { return processor(part.name); });
    std::erase_if(other.parts, [&](auto const& part) { return processor(part.name); });
    for (machine::Difference const& d : machine::differences(one, other, 4096))
        c.tell(d.part + " " + d.field, d.one, d.other);
    return c.take();
}

}  // namespace sim::debug::compare
