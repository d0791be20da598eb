// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reads the SystemTap SDT notes of an image: where its static probes are and how
// to find their arguments. The format is that of <sys/sdt.h>, version 3; gdb
// reads the same notes ("info probes"). [stap-sdt]
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/engine/cpu.hpp"

namespace sim::debug {

// One argument: "8@%rdi", "-4@$12", "8@16(%rsp)", "1@-8(%rbp)".
struct ProbeArgument {
    enum class Kind : std::uint8_t { unknown, in_register, immediate, in_memory };
    Kind kind = Kind::unknown;
    std::uint8_t size = 8;  // 1, 2, 4 or 8
    bool is_signed = false;
    engine::Gpr base = engine::Gpr::rax;
    bool has_base = false;  // in_memory: [base + index * scale + displacement]
    engine::Gpr index = engine::Gpr::rax;
    bool has_index = false;
    std::uint8_t scale = 1;
    bool high_byte = false;  // %ah and its like
    std::int64_t value = 0;  // the immediate, or the displacement
};

struct Probe {
    std::string provider;       // "viv"
    std::string name;           // "thread_switch"
    std::uint64_t address = 0;  // of the NOP
    std::vector<ProbeArgument> arguments;
};

// All probes of all sections ".note.stapsdt". Damaged notes are skipped.
std::vector<Probe> read_probes(std::span<std::uint8_t const> elf);

// Exposed for tests. Malformed text gives Kind::unknown.
ProbeArgument parse_probe_argument(std::string_view);
std::vector<Probe> parse_probe_notes(std::span<std::uint8_t const> section, std::uint64_t moved_by = 0);

// Virtual memory of the moment, for arguments that are not in registers.
using VirtualReader = std::function<bool(std::uint64_t address, std::span<std::uint8_t> into)>;
// The value of an argument when the processor stands at the probe.
std::optional<std::uint64_t> evaluate(ProbeArgument const&, engine::CpuState const&, VirtualReader const&);

}  // namespace sim::debug
