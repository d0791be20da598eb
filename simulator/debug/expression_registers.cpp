// SPDX-License-Identifier: GPL-2.0-or-later
//
// Registers by their names in the manual. [sdm-1 §3.4]
#include <algorithm>
#include <array>

#include "simulator/debug/expression_nodes.hpp"

namespace sim::debug {

namespace {

using engine::CpuState;
using Get = std::uint64_t (*)(CpuState const&);

struct Special {
    std::string_view name;
    std::uint8_t size;
    bool control;
    Get get;
};

template <unsigned bit>
std::uint64_t flag(CpuState const& cpu) {
    return cpu.rflags >> bit & 1;
}
template <unsigned n>
std::uint64_t debug_register(CpuState const& cpu) {
    return cpu.dr[n];
}

constexpr Special specials[] = {
    {"rip", 8, false, [](CpuState const& c) { return c.rip; }},
    {"pc", 8, false, [](CpuState const& c) { return c.rip; }},
    {"rflags", 8, false, [](CpuState const& c) { return c.rflags; }},
    {"eflags", 4, false, [](CpuState const& c) { return c.rflags & 0xffff'ffff; }},
    {"cf", 1, false, flag<0>},
    {"pf", 1, false, flag<2>},
    {"af", 1, false, flag<4>},
    {"zf", 1, false, flag<6>},
    {"sf", 1, false, flag<7>},
    {"tf", 1, false, flag<8>},
    {"if", 1, false, flag<9>},
    {"df", 1, false, flag<10>},
    {"of", 1, false, flag<11>},
    {"cr0", 8, true, [](CpuState const& c) { return c.cr0; }},
    {"cr2", 8, false, [](CpuState const& c) { return c.cr2; }},
    {"cr3", 8, true, [](CpuState const& c) { return c.cr3; }},
    {"cr4", 8, true, [](CpuState const& c) { return c.cr4; }},
    {"efer", 8, true, [](CpuState const& c) { return c.efer; }},
    {"star", 8, false, [](CpuState const& c) { return c.star; }},
    {"lstar", 8, false, [](CpuState const& c) { return c.lstar; }},
    {"fmask", 8, false, [](CpuState const& c) { return c.fmask; }},
    {"es", 2, false, [](CpuState const& c) { return std::uint64_t{c.es.selector}; }},
    {"cs", 2, false, [](CpuState const& c) { return std::uint64_t{c.cs.selector}; }},
    {"ss", 2, false, [](CpuState const& c) { return std::uint64_t{c.ss.selector}; }},
    {"ds", 2, false, [](CpuState const& c) { return std::uint64_t{c.ds.selector}; }},
    {"fs", 2, false, [](CpuState const& c) { return std::uint64_t{c.fs.selector}; }},
    {"gs", 2, false, [](CpuState const& c) { return std::uint64_t{c.gs.selector}; }},
    {"ldtr", 2, false, [](CpuState const& c) { return std::uint64_t{c.ldtr.selector}; }},
    {"tr", 2, false, [](CpuState const& c) { return std::uint64_t{c.tr.selector}; }},
    {"fs_base", 8, false, [](CpuState const& c) { return c.fs.base; }},
    {"gs_base", 8, false, [](CpuState const& c) { return c.gs.base; }},
    {"kernel_gs_base", 8, false, [](CpuState const& c) { return c.kernel_gs_base; }},
    {"tr_base", 8, false, [](CpuState const& c) { return c.tr.base; }},
    {"gdtr", 8, false, [](CpuState const& c) { return c.gdtr.base; }},
    {"idtr", 8, false, [](CpuState const& c) { return c.idtr.base; }},
    {"cpl", 1, false, [](CpuState const& c) { return std::uint64_t{c.privilege}; }},
    {"dr0", 8, false, debug_register<0>},
    {"dr1", 8, false, debug_register<1>},
    {"dr2", 8, false, debug_register<2>},
    {"dr3", 8, false, debug_register<3>},
    {"dr6", 8, false, debug_register<6>},
    {"dr7", 8, false, debug_register<7>},
};

constexpr std::array<std::string_view, 8> old_names = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};

// Of general registers: number, log2 of the size (0..3), and whether bits 8..15.
constexpr std::uint16_t general(unsigned number, unsigned log_size, bool high = false) {
    return static_cast<std::uint16_t>(0x100 | (high ? 0x80 : 0) | log_size << 4 | number);
}

RegisterName general_name(unsigned number, unsigned log_size, bool high = false) {
    return {general(number, log_size, high), static_cast<std::uint8_t>(1u << log_size), false};
}

}  // namespace

std::optional<RegisterName> find_register(std::string_view name) {
    for (std::uint16_t i = 0; i < std::size(specials); ++i)
        if (specials[i].name == name) return RegisterName{i, specials[i].size, specials[i].control};
    for (unsigned n = 0; n < 8; ++n) {
        std::string_view const old = old_names[n];
        if (name == old) return general_name(n, 1);
        if (name.size() == 3 && name.ends_with(old)) {
            if (name[0] == 'r') return general_name(n, 3);
            if (name[0] == 'e') return general_name(n, 2);
        }
        if (n < 4 && name.size() == 2 && name[0] == old[0]) {
            if (name[1] == 'l') return general_name(n, 0);
            if (name[1] == 'h') return general_name(n, 0, true);
        }
        if (n >= 4 && name.size() == 3 && name.starts_with(old) && name[2] == 'l') return general_name(n, 0);
    }
    if (name.size() < 2 || name[0] != 'r') return std::nullopt;
    unsigned log_size = 3;
    std::string_view digits = name.substr(1);
    constexpr std::string_view suffixes = "bwd";
    if (auto const at = suffixes.find(digits.back()); at != std::string_view::npos) {
        log_size = static_cast<unsigned>(at);
        digits.remove_suffix(1);
    }
    unsigned number = 0;
    for (char c : digits) {
        if (c < '0' || c > '9' || digits.size() > 2) return std::nullopt;
        number = number * 10 + static_cast<unsigned>(c - '0');
    }
    if (number < 8 || number > 15) return std::nullopt;
    return general_name(number, log_size);
}

bool is_rip(std::uint16_t id) {
    return id < std::size(specials) && (specials[id].name == "rip" || specials[id].name == "pc");
}

std::optional<unsigned> general_register(std::uint16_t id) {
    return id & 0x100 ? std::optional<unsigned>(id & 15) : std::nullopt;
}

std::uint64_t register_value(std::uint16_t id, engine::CpuState const& cpu) {
    if (id < std::size(specials)) return specials[id].get(cpu);
    std::uint64_t const whole = cpu.gpr[id & 15] >> (id & 0x80 ? 8 : 0);
    unsigned const bits = 8u << (id >> 4 & 3);
    return bits == 64 ? whole : whole & ((std::uint64_t{1} << bits) - 1);
}

}  // namespace sim::debug
