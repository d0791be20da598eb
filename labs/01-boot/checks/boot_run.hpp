// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 1: a student's kernel on its way from the loader to the application, looked
// at where it changes hands.
#pragma once

#include <vector>

#include "labs/grader/exam.hpp"
#include "labs/grader/student_run.hpp"

namespace lab::boot {

constexpr std::uint64_t kernel_offset = 0xffff'ffff'8000'0000;  // of the linker script
constexpr std::uint64_t direct_map = 0xffff'8000'0000'0000;

// What is wrong, for one check.
struct Wrong {
    std::string seen, rule, cause;
    std::string view = "registers";
    std::optional<std::uint64_t> address{};
};

// What the loader left, before the first instruction.
struct Start {
    std::uint64_t number = 0, information = 0;  // EAX, EBX
    // The image's last parts, as they were linked. By its program headers: names are the
    // student's to give.
    std::uint64_t data = 0, bss = 0, bss_end = 0;
    std::vector<std::uint8_t> before, after;  // what no loop over the BSS may touch
    std::uint64_t behind_tables = 0;          // physical, and what lies there
    std::vector<std::uint8_t> behind;
};

// Bits that firmware has set before the kernel begins, and that none of its switches are:
// CR0.NE, CR4.DE and EFER.SCE. CR0.EM is set besides.
struct Left {
    std::uint64_t sim::engine::CpuState::*reg;
    unsigned bit;
    char const* name;
};
constexpr Left left_by_firmware[] = {{&sim::engine::CpuState::cr0, 5, "CR0.NE"},
                                     {&sim::engine::CpuState::cr4, 3, "CR4.DE"},
                                     {&sim::engine::CpuState::efer, 0, "EFER.SCE"}};

class BootRun {
public:
    BootRun(StudentRun& run, Judgement& judgement) : run_(run), judgement_(judgement) {}

    // A loader who promises no more than the protocol: what the image has no bytes
    // for holds anything, and EAX and the selectors too. Before the kernel's first instruction.
    void begin(std::uint64_t seed);
    Start const& start() const { return start_; }

    // On to a place of the kernel's. False: it was never reached; run().ended()
    // says what happened instead.
    bool go_to(char const* symbol);
    // The check failed, here and now.
    void fail(char const* check, Wrong const&);

    StudentRun& run() { return run_; }
    Judgement& judgement() { return judgement_; }
    sim::engine::CpuState state() const { return run_.machine().cpu().state(); }
    // 0 for a symbol that the linker has left out.
    std::uint64_t symbol(char const* name) const;
    // Of the upper half, at an address as it was linked. Empty: there is no memory.
    std::vector<std::uint8_t> bytes_at(std::uint64_t linked, std::uint64_t length) const;

private:
    void spoil(std::uint64_t start, std::uint64_t end, std::uint64_t seed);
    void put(std::uint64_t physical, std::vector<std::uint8_t> const& bytes);
    void set_register(std::uint8_t number, std::uint64_t value);
    void play_firmware();

    Start start_;
    StudentRun& run_;
    Judgement& judgement_;
};

// Each is held at the place that its name says, and false when what follows it
// cannot be judged.
bool check_tables(BootRun&);      // before enter_long_mode
bool check_mode(BootRun&);        // from there to long_mode_start
bool check_upper_half(BootRun&);  // before higher_half_start
bool check_ground(BootRun&);      // before kernel_main: call, bss

}  // namespace lab::boot
