// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 1 in the simulator: one life of the student's kernel, from the loader's jump
// to its end, stopped at each place where something must be ready.
#include <fmt/format.h>

#include <random>

#include "labs/01-boot/checks/boot_run.hpp"
#include "labs/01-boot/checks/exams.hpp"
#include "labs/01-boot/checks/uart_watch.hpp"
#include "simulator/loader/elf_image.hpp"
#include "simulator/machine/interrupt_fault.hpp"

namespace lab::boot {

// Each student's computer is another one: so much memory.
Stage stage_for(Subject const& subject) {
    Stage stage;
    stage.memory_bytes = (40ull << 20) + (subject.seed % 997) * 4096;
    stage.budget_instructions = subject.definition.budget("boot");
    stage.budget_ns = 2'000'000'000;
    return stage;
}

// As a person would: recorded, so that the failure's recording has it, too.
void BootRun::spoil(std::uint64_t start, std::uint64_t end, std::uint64_t seed) {
    if (start == end) return;
    std::mt19937_64 random(seed);
    auto bytes = sim::machine::little_endian({{start, 8}});
    for (std::uint64_t at = start; at < end; ++at) bytes.push_back(static_cast<std::uint8_t>(random()));
    run_.machine().give({"memory", sim::machine::InputKind::poke, std::move(bytes)});
}

void BootRun::begin(std::uint64_t seed) {
    auto const elf = sim::loader::read_elf("the kernel", *run_.machine().config().image.bytes);
    for (auto const& segment : elf.segments) {
        std::uint64_t const end = segment.address + segment.memory_size;
        spoil(segment.address + segment.bytes.size(), end, seed++);
        if (!segment.bytes.empty()) start_.data = segment.address + kernel_offset;
        start_.bss = segment.address + segment.bytes.size() + kernel_offset;
        start_.bss_end = end + kernel_offset;
    }
    constexpr std::uint8_t rax = 0;
    start_.number = 0x1000'0000 + seed % 0x1000'0000;  // no protocol's
    run_.machine().give({"cpu0", sim::machine::InputKind::set_register,
                         sim::machine::little_endian({{rax, 1}, {start_.number, 8}})});
    start_.information = state()[sim::engine::Gpr::rbx] & 0xffff'ffff;
    start_.before = bytes_at(start_.data, start_.bss - start_.data);
    start_.after = bytes_at(start_.bss_end, 1 << 16);
}

std::vector<std::uint8_t> BootRun::bytes_at(std::uint64_t linked, std::uint64_t length) const {
    std::vector<std::uint8_t> bytes(length);
    if (!run_.machine().peek(linked - kernel_offset, bytes)) bytes.clear();
    return bytes;
}

bool BootRun::go_to(char const* name) {
    std::uint64_t const address = symbol(name);
    // Left out by the linker: nothing leads there. See where it ends instead.
    if (address == 0) return run_.run_to_end(), false;
    return run_.run_to_address(address);
}

std::uint64_t BootRun::symbol(char const* name) const {
    return run_.symbols().address_of_symbol(name).value_or(0);
}

void BootRun::fail(char const* check, Wrong const& wrong) {
    auto const now = run_.machine().moment();
    judgement_.fail(check,
                    {.seen = wrong.seen,
                     .moment = now,
                     .where = run_.whereabouts(),
                     .rule = wrong.rule,
                     .cause = wrong.cause,
                     .view = wrong.view,
                     .address = wrong.address},
                    run_);
    run_.machine().seek(now);
}

namespace {

void check_line(BootRun& boot, UartWatch const& watch) {
    if (auto const wrong = watch.wrong_settings(); !wrong.empty()) {
        boot.run().machine().seek(watch.sent() ? watch.first_sent() : boot.run().machine().moment());
        std::string const when =
            watch.sent() ? fmt::format("when the first byte ({:#04x}) went out", watch.first_byte())
                         : "at the end";
        boot.fail("settings",
                  {.seen = when + " " + wrong,
                   .rule = "When the first byte goes out the line is at 115,200 baud with 8 data bits, no "
                           "parity and 1 stop bit; FIFOs are on and were cleared, DTR and RTS are set, and "
                           "there are no interrupts. What nobody writes may be anything.",
                   .cause = "Uart::init in uart.cpp.",
                   .view = "devices"});
    }
    char const* const rule =
        "Before each byte the line status is read, until its bit 5 (THRE) is set: a byte that is written too "
        "early "
        "replaces the one before.";
    if (watch.sent() == 0) {
        boot.fail("waits", {.seen = "the kernel ended, and no byte was ever sent",
                            .rule = rule,
                            .cause = "Uart::put in uart.cpp.",
                            .view = "console"});
    } else if (auto const& unasked = watch.unasked()) {
        boot.run().machine().seek(unasked->at);
        boot.fail(
            "waits",
            {.seen = fmt::format("byte {} ({:#04x}) was written to the chip, and {}", unasked->number,
                                 unasked->byte,
                                 unasked->looked ? "the status said that it was busy"
                                                 : "nobody had asked whether it was ready"),
             .rule = rule,
             .cause = "Uart::put in uart.cpp: ask first, then write. Here the chip is always ready; a real "
                      "one is not.",
             .view = "devices"});
    }
}

void go_through(BootRun& boot) {
    if (!check_tables(boot) || !check_mode(boot) || !check_upper_half(boot) || !check_ground(boot)) return;
    if (!boot.judgement().open("runs")) return;
    StudentRun& run = boot.run();
    {
        UartWatch watch(run.machine());
        // The way leads through the application to the end of kernel_main, and no shorter one.
        bool const began = run.run_to_probe("app_ready", "apps::main");
        if (began) run.run_to_end();
        auto const* last = run.symbols().function_at(run.machine().cpu().instruction_pointer());
        boot.judgement().note_hash(run.machine().hash().total);
        if (began && run.exited_with(0) && last && last->name == "kernel_main") {
            // Going back must not be watched.
            watch.stop();
            return check_line(boot, watch);
        }
    }
    boot.fail("runs", {.seen = fmt::format("the kernel did not come to its end: {}", run.ended()),
                       .rule = "The kernel boots on what you have made, runs its application, and ends.",
                       .cause = "What no check above has looked at: " + run.cause_of_end(),
                       .view = "console"});
}

}  // namespace

void examine_machine(Subject const& subject, Judgement& judgement) {
    StudentRun run(subject.elf, stage_for(subject));
    BootRun boot(run, judgement);
    boot.begin(subject.seed);
    go_through(boot);
    judgement.note_hash(run.machine().hash().total);
}

}  // namespace lab::boot
