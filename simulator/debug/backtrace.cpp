// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/backtrace.hpp"

#include <array>

namespace sim::debug {

using engine::Gpr;

namespace {

StackFrame frame_of(std::uint64_t address, std::uint64_t pointer, Symbols const& symbols, bool is_return) {
    StackFrame f;
    f.address = address;
    f.frame_pointer = pointer;
    f.function = symbols.describe(address);
    // A return address belongs to the call before it.
    if (auto const line = symbols.line_at(is_return ? address - 1 : address)) f.source = *line;
    return f;
}

}  // namespace

// push rbp; mov rbp, rsp; ...; pop rbp (or leave); ret. Before the push and at
// the ret the return address lies at RSP, between push and mov one word above.
std::optional<ReturnPlace> return_place(engine::CpuState const& cpu, GuestMemory const& memory,
                                        Symbols const& symbols) {
    std::uint64_t slot = cpu[Gpr::rbp] + 8;
    std::array<std::uint8_t, 4> code{};
    std::size_t const n = memory.read_some(cpu.rip, code);
    Function const* f = symbols.function_at(cpu.rip);
    bool const at_return = n >= 1 && (code[0] == 0xc3 || code[0] == 0xc2);
    if (at_return || (f && f->low == cpu.rip)) {
        slot = cpu[Gpr::rsp];
    } else if (f && cpu.rip - f->low <= 5 && n >= 3 && code[0] == 0x48 && code[1] == 0x89 &&
               code[2] == 0xe5) {
        slot = cpu[Gpr::rsp] + 8;  // at mov rbp, rsp
    } else if (f && cpu.rip - f->low == 4 && n >= 1 && code[0] == 0x55) {
        slot = cpu[Gpr::rsp];  // at push rbp, after endbr64
    }
    auto const address = memory.pointer(slot);
    if (!address) return std::nullopt;
    return ReturnPlace{*address, slot + 8};
}

std::vector<StackFrame> backtrace(engine::CpuState const& cpu, GuestMemory const& memory,
                                  Symbols const& symbols, std::size_t most) {
    std::vector<StackFrame> frames{frame_of(cpu.rip, cpu[Gpr::rbp], symbols, false)};
    auto const first = return_place(cpu, memory, symbols);
    if (!first) return frames;
    std::uint64_t pointer = cpu[Gpr::rbp];
    bool const own_frame = first->stack_pointer == pointer + 16;
    if (!own_frame && first->address != 0 && symbols.function_at(first->address - 1))
        frames.push_back(frame_of(first->address, pointer, symbols, true));
    while (frames.size() < most) {
        auto const next = memory.pointer(pointer), address = memory.pointer(pointer + 8);
        if (!next || !address || *address == 0 || pointer == 0) break;
        if (symbols.has_debug_info() && !symbols.function_at(*address - 1)) break;  // not a return address
        frames.push_back(frame_of(*address, *next, symbols, true));
        if (*next <= pointer) break;  // a chain only goes up
        pointer = *next;
    }
    return frames;
}

}  // namespace sim::debug
