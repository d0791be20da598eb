// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/interrupted.hpp"

#include <array>
#include <span>

namespace sim::debug {

using engine::Gpr;

std::optional<engine::CpuState> behind_iret(engine::CpuState cpu, GuestMemory const& memory) {
    std::array<std::uint8_t, 64> bytes{};
    std::span<std::uint8_t const> code(bytes.data(), memory.read_some(cpu.rip, bytes));
    auto const pop = [&]() -> std::optional<std::uint64_t> {
        auto const value = memory.pointer(cpu[Gpr::rsp]);
        cpu[Gpr::rsp] += 8;
        return value;
    };
    while (code.size() >= 4) {
        bool const high = code[0] == 0x41;  // REX.B: r8 to r15
        if (std::uint8_t const opcode = code[high ? 1 : 0]; opcode >= 0x58 && opcode <= 0x5f) {
            auto const value = pop();
            if (!value) return std::nullopt;
            cpu.gpr[static_cast<unsigned>(opcode - 0x58) + (high ? 8 : 0)] = *value;
            code = code.subspan(high ? 2 : 1);
        } else if (code[0] == 0x48 && code[1] == 0x83 && code[2] == 0xc4 && code[3] < 0x80) {  // add rsp
            cpu[Gpr::rsp] += code[3];
            code = code.subspan(4);
        } else if (code[0] == 0x48 && code[1] == 0xcf) {  // iretq
            auto const rip = memory.pointer(cpu[Gpr::rsp]), rsp = memory.pointer(cpu[Gpr::rsp] + 24);
            if (!rip || !rsp) return std::nullopt;
            cpu.rip = *rip, cpu[Gpr::rsp] = *rsp;
            return cpu;
        } else {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

std::vector<StackFrame> whole_backtrace(engine::CpuState const& cpu, GuestMemory const& memory,
                                        Symbols const& symbols, std::size_t most) {
    auto frames = backtrace(cpu, memory, symbols, most);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        // Into what does this frame's function return?
        std::uint64_t const pointer = frames[i].frame_pointer;
        // One without a frame of its own: the next one's is named.
        if (i + 1 < frames.size() && frames[i + 1].frame_pointer == pointer) continue;
        auto const address = memory.pointer(pointer + 8);
        if (!address || *address == 0) break;
        engine::CpuState after = cpu;
        after.rip = *address, after[Gpr::rsp] = pointer + 16;
        auto const victim = behind_iret(after, memory);
        if (!victim) continue;
        bool const stub = i + 1 < frames.size() && frames[i + 1].address == *address;
        frames.resize(i + (stub ? 2 : 1));
        if (frames.size() >= most) break;
        auto below = whole_backtrace(*victim, memory, symbols, most - frames.size());
        below.front().interrupted = true;
        frames.insert(frames.end(), below.begin(), below.end());
        break;
    }
    return frames;
}

}  // namespace sim::debug
