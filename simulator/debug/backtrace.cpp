// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/backtrace.hpp"

#include <algorithm>
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

// Is there a direct call (E8) of `target` right before this address?
bool calls(std::uint64_t after, std::uint64_t target, GuestMemory const& memory) {
    std::array<std::uint8_t, 5> code{};
    if (!memory.read(after - 5, code) || code[0] != 0xe8) return false;
    std::uint32_t const distance =
        code[1] | code[2] << 8 | code[3] << 16 | static_cast<std::uint32_t>(code[4]) << 24;
    return after +
               static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(distance))) ==
           target;
}

}  // namespace

// Most functions are: push rbp; mov rbp, rsp; ...; pop rbp (or leave); ret. The
// return address then lies at RBP + 8; before the push and at the ret at RSP, and
// between push and mov one word above. A function that begins with no push of
// RBP is a leaf without a frame: its return address is near RSP, behind a call of it.
std::optional<ReturnPlace> return_place(engine::CpuState const& cpu, GuestMemory const& memory,
                                        Symbols const& symbols) {
    auto at = [&](std::uint64_t slot) -> std::optional<ReturnPlace> {
        auto const address = memory.pointer(slot);
        return address ? std::optional(ReturnPlace{*address, slot + 8}) : std::nullopt;
    };
    std::array<std::uint8_t, 1> here{};
    bool const readable = memory.read(cpu.rip, here);
    if (readable && (here[0] == 0xc3 || here[0] == 0xc2)) return at(cpu[Gpr::rsp]);
    Function const* const f = symbols.whole_at(cpu.rip);
    std::array<std::uint8_t, 40> code{};
    std::size_t const n = f ? memory.read_some(f->low, code) : 0;
    if (n < code.size()) return at(cpu[Gpr::rbp] + 8);

    constexpr std::array<std::uint8_t, 4> endbr64{0xf3, 0x0f, 0x1e, 0xfa};
    std::size_t const first = std::equal(endbr64.begin(), endbr64.end(), code.begin()) ? 4 : 0;
    // In the seldom part, wherever that is, all of it has been executed.
    auto const until = [&](std::uint64_t offset) { return cpu.rip >= f->low && cpu.rip <= f->low + offset; };
    if (until(first)) return at(cpu[Gpr::rsp]);
    if (code[first] != 0x55) {
        for (std::uint64_t slot = cpu[Gpr::rsp]; slot < cpu[Gpr::rsp] + 64; slot += 8)
            if (auto const place = at(slot); place && calls(place->address, f->low, memory)) return place;
        return at(cpu[Gpr::rsp]);
    }
    constexpr std::array<std::uint8_t, 3> move{0x48, 0x89, 0xe5};
    auto const mov = std::search(code.begin(), code.end(), move.begin(), move.end());
    bool const before_mov = mov != code.end() && until(static_cast<std::uint64_t>(mov - code.begin()));
    return at(before_mov ? cpu[Gpr::rsp] + 8 : cpu[Gpr::rbp] + 8);
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
