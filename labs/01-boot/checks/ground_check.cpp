// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 1: what C++ takes for granted when its first function is called.
#include <fmt/format.h>

#include <algorithm>

#include "labs/01-boot/checks/boot_run.hpp"

namespace lab::boot {
namespace {

using sim::engine::CpuState;
using sim::engine::Gpr;

constexpr std::uint64_t most_pushed = 4096;  // of the stack, before the call
constexpr std::uint64_t direction_flag = 1 << 10;

void check_call(BootRun& boot) {
    Start const& start = boot.start();
    CpuState const state = boot.state();
    std::uint64_t const rsp = state[Gpr::rsp], end = boot.symbol("first_stack_end");
    auto const wrong = [&](std::string const& seen, char const* rule, char const* cause) {
        boot.fail("call", {.seen = seen, .rule = rule, .cause = cause});
    };
    if (rsp >= end || end - rsp > most_pushed)
        return wrong(
            fmt::format("RSP was {:#x} at the call of kernel_main; the stack ends at {:#x}", (rsp + 8), end),
            "The first thread's stack is first_stack; it grows downwards from first_stack_end.",
            "boot.S: RSP before the call of kernel_main.");
    if (rsp % 16 != 8)
        return wrong(fmt::format("RSP was {:#x} at the call of kernel_main, no multiple of 16", rsp + 8),
                     "C++ code may rely on it that RSP is a multiple of 16 at each call. [sysv-abi §3.2.2]",
                     "boot.S: whatever was pushed before the call must add up to a multiple of 16.");
    if ((state[Gpr::rdi] & 0xffff'ffff) != start.number || state[Gpr::rsi] != start.information)
        return wrong(
            fmt::format("kernel_main was called with ({:#x}, {:#x}), and should be with ({:#x}, {:#x})",
                        state[Gpr::rdi] & 0xffff'ffff, state[Gpr::rsi], start.number, start.information),
            "The first argument, EDI, is the loader's number; the second, RSI, the address of the start "
            "information. [sysv-abi §3.2.3]",
            "boot.S: pvh_start keeps the number in ESI and the address in EBP. Nothing on the way may change "
            "them, and here the order of the two moves matters.");
    if (state[Gpr::rbp] != 0)
        return wrong(fmt::format("RBP is {:#x} at the call of kernel_main", state[Gpr::rbp]),
                     "A null frame pointer ends every backtrace.", "boot.S: RBP is cleared before the call.");
    if (state.rflags & direction_flag)
        wrong("the direction flag is set at the call of kernel_main",
              "C++ code may rely on it that string instructions go upwards. [sysv-abi §3.2.1]",
              "boot.S: an std without its cld.");
}

// "arch::cpus+0x10"
std::string name_of(BootRun& boot, std::uint64_t address) { return boot.run().symbols().describe(address); }

void check_bss(BootRun& boot) {
    Start const& start = boot.start();
    std::uint64_t const data = start.data, first = start.bss, end = start.bss_end,
                        stack_end = boot.symbol("first_stack_end"), rsp = boot.state()[Gpr::rsp];
    auto const wrong = [&](std::string const& seen, std::uint64_t address) {
        boot.fail(
            "bss",
            {.seen = seen,
             .rule = "Variables without an initial value are zero when C++ begins: all bytes from bss_start "
                     "up to bss_end, and none besides.",
             .cause = "boot.S, higher_half_start: where the loop begins, how often it writes, and how many "
                      "bytes at a time.",
             .view = "memory",
             .address = address});
    };
    auto const bss = boot.bytes_at(first, end - first);
    for (std::uint64_t i = 0; i < bss.size(); ++i) {
        std::uint64_t const at = first + i;
        if (bss[i] == 0 || (at >= rsp && at < stack_end && stack_end - rsp <= most_pushed)) continue;
        return wrong(fmt::format("{} (at {:#x}) is {:#04x} before kernel_main, not zero", name_of(boot, at),
                                 at, bss[i]),
                     at);
    }
    auto const differs = [](auto const& then, auto const& now) {
        return static_cast<std::uint64_t>(
            std::mismatch(then.begin(), then.end(), now.begin(), now.end()).first - then.begin());
    };
    std::uint64_t const low = differs(start.before, boot.bytes_at(data, first - data));
    if (low < start.before.size())
        return wrong(fmt::format("{} (at {:#x}) lies before bss_start and was overwritten",
                                 name_of(boot, data + low), data + low),
                     data + low);
    std::uint64_t const high = differs(start.after, boot.bytes_at(end, start.after.size()));
    if (high < start.after.size())
        wrong(fmt::format("the byte at {:#x}, {:#x} beyond bss_end, was overwritten", end + high, high),
              end + high);
}

}  // namespace

bool check_ground(BootRun& boot) {
    if (!boot.go_to("kernel_main")) {
        boot.fail("call", {.seen = "kernel_main was never called: " + boot.run().ended(),
                           .rule = "boot.S ends with the call of kernel_main, on the first thread's stack.",
                           .cause = "boot.S, higher_half_start: a loop without an end, or no call.",
                           .view = "source"});
        boot.judgement().block("bss", "call");
        return false;
    }
    check_call(boot);
    check_bss(boot);
    return true;
}

}  // namespace lab::boot
