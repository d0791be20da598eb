// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 1: from protected mode to long mode, and to the top of the address space.
#include <fmt/format.h>

#include "labs/01-boot/checks/boot_run.hpp"

namespace lab::boot {
namespace {

using sim::engine::CpuState;
using sim::engine::Segment;

constexpr std::uint16_t code_selector = 8, data_selector = 16;
constexpr std::uint32_t long_segment = 1 << 13;  // L, in Segment::attributes

// A switch of the processor. [sdm-3a §2.5, §2.2.1]
struct Switch {
    std::uint64_t CpuState::*reg;
    unsigned bit;
    bool on;
    char const* name;
};
constexpr Switch at_long_mode_start[] = {
    {&CpuState::cr0, 31, true, "CR0.PG"},         {&CpuState::efer, 10, true, "EFER.LMA"},
    {&CpuState::cr4, 5, true, "CR4.PAE"},         {&CpuState::efer, 8, true, "EFER.LME"},
    {&CpuState::efer, 11, true, "EFER.NXE"},      {&CpuState::cr4, 9, true, "CR4.OSFXSR"},
    {&CpuState::cr4, 10, true, "CR4.OSXMMEXCPT"}, {&CpuState::cr0, 0, true, "CR0.PE"},
    {&CpuState::cr0, 1, true, "CR0.MP"},          {&CpuState::cr0, 2, false, "CR0.EM"},
    {&CpuState::cr0, 16, true, "CR0.WP"}};

bool is_on(CpuState const& state, Switch const& one) { return (state.*one.reg >> one.bit & 1) != 0; }
bool has_paging(CpuState const& state) { return state.cr0 >> 31 & 1; }

char const* const order_rule =
    "The order is the processor's: CR4.PAE, the tables in CR3, EFER.LME, and only then CR0.PG. [sdm-3a "
    "§9.8.5]";

// Keeps the state after each write to CR0, CR3, CR4 and EFER.
class Switches final : private sim::engine::Observer {
public:
    explicit Switches(StudentRun& run) : cpu_(run.machine().cpu()), before_(cpu_.observer()) {
        cpu_.set_observer(this);
    }
    ~Switches() override { cpu_.set_observer(before_); }

    // As it was when paging went on; none: it never did.
    std::optional<CpuState> first_with_paging;

private:
    bool on_address(sim::engine::VirtAddr) override { return true; }
    void on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                      sim::engine::VirtAddr address) override {
        if (before_) before_->on_interrupt(vector, external, error_code, address);
    }
    bool on_paging_write() override {
        if (!first_with_paging && has_paging(cpu_.state())) first_with_paging = cpu_.state();
        return false;
    }

    sim::engine::Cpu& cpu_;
    sim::engine::Observer* before_;
};

// What was missing when PG was set, or was to be set; empty: nothing.
std::string missing(CpuState const& state, std::uint64_t tables) {
    if ((state.cr4 >> 5 & 1) == 0) return "CR4.PAE is clear";
    if ((state.cr3 & ~std::uint64_t{0xfff}) != tables)
        return fmt::format("CR3 is {:#x}, not the address of boot_pml4 ({:#x})", state.cr3, tables);
    if ((state.efer >> 8 & 1) == 0) return "EFER.LME is clear";
    return {};
}

Wrong never_arrived(BootRun& boot, std::optional<CpuState> const& with_paging) {
    CpuState const now = boot.state();
    std::string const what = missing(with_paging ? *with_paging : now, boot.symbol("boot_pml4"));
    Wrong wrong{.seen = {}, .rule = order_rule, .cause = "enter_long_mode in boot.S."};
    if (with_paging && what.empty()) {
        wrong.seen =
            fmt::format("paging is on, and long_mode_start was never reached: {}", boot.run().ended());
        wrong.rule =
            "The first instruction of the 64-bit world is reached by a far jump to a 64-bit code segment.";
        wrong.cause = "The GDT is loaded first (lgdt); then ljmp with CODE_SEGMENT.";
    } else if (with_paging) {
        wrong.seen = fmt::format("CR0.PG was set while {}: {}", what, boot.run().ended());
    } else if (what.empty()) {
        wrong.seen = fmt::format("all was ready, and CR0.PG was never set: {}", boot.run().ended());
    } else {
        wrong.seen = fmt::format("long_mode_start was never reached: {}; {}", boot.run().ended(), what);
    }
    return wrong;
}

std::optional<Wrong> wrong_at_long_mode_start(BootRun& boot) {
    CpuState const state = boot.state();
    for (auto const& one : at_long_mode_start)
        if (is_on(state, one) != one.on)
            return Wrong{
                fmt::format("{} is {} at long_mode_start", one.name, one.on ? "clear" : "set"),
                "When 64-bit code begins, these are set: CR0.PG, WP, MP, PE; CR4.PAE, OSFXSR, OSXMMEXCPT; "
                "EFER.LME, NXE. CR0.EM is clear.",
                "enter_long_mode in boot.S: the constant that belongs to this switch."};
    for (auto const& one : left_by_firmware)
        if ((state.*one.reg >> one.bit & 1) == 0)
            return Wrong{
                fmt::format("{} was set before the kernel began, and is clear at long_mode_start", one.name),
                "All bits but those that are named stay as they were: firmware has set them for a "
                "reason.",
                "enter_long_mode in boot.S: read the register, change your bits (or, and), write it "
                "back."};
    if (state.cs.selector != code_selector || (state.cs.attributes & long_segment) == 0)
        return Wrong{
            fmt::format("at long_mode_start CS is {:#x}, {}", state.cs.selector,
                        (state.cs.attributes & long_segment) != 0 ? "not the kernel's"
                                                                  : "which is no 64-bit code segment"),
            "CS.L decides whether instructions are 64-bit ones, and only a far jump loads CS.",
            "enter_long_mode in boot.S: lgdt, then ljmp with CODE_SEGMENT."};
    if (state.cr3 >> 12 << 12 != boot.symbol("boot_pml4"))
        return Wrong{fmt::format("at long_mode_start CR3 is {:#x}, not the address of boot_pml4", state.cr3),
                     order_rule, "enter_long_mode in boot.S."};
    return {};
}

}  // namespace

bool check_mode(BootRun& boot) {
    bool arrived = false;
    std::optional<CpuState> with_paging;
    {
        Switches switches(boot.run());
        arrived = boot.go_to("long_mode_start");
        with_paging = switches.first_with_paging;
    }
    std::optional<Wrong> const wrong =
        arrived ? wrong_at_long_mode_start(boot) : never_arrived(boot, with_paging);
    if (wrong) boot.fail("mode", *wrong);
    return !wrong;
}

bool check_upper_half(BootRun& boot) {
    char const* const rule =
        "higher_half_start is reached at the address for which it was linked, with the flat data segment in "
        "DS, ES and "
        "SS, and nothing in FS and GS.";
    char const* const cause = "long_mode_start in boot.S.";
    if (!boot.go_to("higher_half_start")) {
        boot.fail("upper-half",
                  {.seen = "higher_half_start was never reached: " + boot.run().ended(),
                   .rule = rule,
                   .cause = "long_mode_start in boot.S: the address goes into a register, by movq, and the "
                            "jump through it."});
        return false;
    }
    CpuState const state = boot.state();
    std::tuple<char const*, Segment CpuState::*, std::uint16_t> const wanted[] = {
        {"DS", &CpuState::ds, data_selector},
        {"ES", &CpuState::es, data_selector},
        {"SS", &CpuState::ss, data_selector},
        {"FS", &CpuState::fs, 0},
        {"GS", &CpuState::gs, 0}};
    for (auto const& [name, member, selector] : wanted)
        if ((state.*member).selector != selector) {
            boot.fail("upper-half", {.seen = fmt::format("{} is {:#x}, and should be {:#x}", name,
                                                         (state.*member).selector, selector),
                                     .rule = rule,
                                     .cause = cause});
            return false;
        }
    return true;
}

}  // namespace lab::boot
