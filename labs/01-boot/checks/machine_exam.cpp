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
    std::vector<std::uint8_t> noise;
    for (std::uint64_t at = start; at < end; ++at) noise.push_back(static_cast<std::uint8_t>(random()));
    put(start, noise);
}

void BootRun::put(std::uint64_t physical, std::vector<std::uint8_t> const& bytes) {
    auto input = sim::machine::little_endian({{physical, 8}});
    input.insert(input.end(), bytes.begin(), bytes.end());
    run_.machine().give({"memory", sim::machine::InputKind::poke, std::move(input)});
}

void BootRun::set_register(std::uint8_t number, std::uint64_t value) {
    run_.machine().give({"cpu0", sim::machine::InputKind::set_register,
                         sim::machine::little_endian({{number, 1}, {value, 8}})});
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
    start_.number = 0x1000'0000 + seed % 0x1000'0000;  // no protocol's
    start_.information = state()[sim::engine::Gpr::rbx] & 0xffff'ffff;
    start_.before = bytes_at(start_.data, start_.bss - start_.data);
    start_.after = bytes_at(start_.bss_end, 1 << 16);
    if (std::uint64_t const last = symbol("boot_pd"); last != 0) {
        start_.behind_tables = last + 4096;
        start_.behind = bytes_at(start_.behind_tables + kernel_offset, 16);
    }
    play_firmware();
}

// The loader's last instructions: what the protocol leaves open is not as one would like it.
// In low memory, which is free once the kernel runs.
void BootRun::play_firmware() {
    constexpr std::uint64_t code_at = 0x7000, gdt_at = 0x7100, gdt_pointer_at = 0x7180;
    constexpr std::uint8_t rip = 16;
    auto const flat = [](std::uint64_t access) { return 0x00cf'0000'0000'ffff | access << 40; };
    // Two entries that are the kernel's own numbers stay empty.
    put(gdt_at, sim::machine::little_endian({{0, 8}, {0, 8}, {0, 8}, {flat(0x92), 8}, {flat(0x9a), 8}}));
    put(gdt_pointer_at, sim::machine::little_endian({{5 * 8 - 1, 2}, {gdt_at, 4}}));
    constexpr std::uint64_t data = 0x18, code = 0x20;
    auto const instructions = sim::machine::little_endian({
        {0x15010f, 3}, {gdt_pointer_at, 4},                 // lgdt
        {0xc0200f, 3}, {0x24c883, 3},       {0xc0220f, 3},  // CR0 |= EM, NE
        {0xe0200f, 3}, {0x08c883, 3},       {0xe0220f, 3},  // CR4 |= DE
        {0xb9, 1},     {0xc000'0080, 4},    {0x320f, 2},    // movl $IA32_EFER, %ecx; rdmsr
        {0x01c883, 3}, {0x300f, 2},                         // SCE; wrmsr
        {0xb8, 1},     {data, 4},                           // movl $0x18, %eax
        {0xd88e, 2},   {0xc08e, 2},         {0xd08e, 2},    // to DS, ES, SS,
        {0xe08e, 2},   {0xe88e, 2},                         // FS, GS
        {0xb8, 1},     {start_.number, 4},                  // movl $number, %eax
        {0xea, 1},     {state().rip, 4},    {code, 2},      // ljmp to the kernel's entry
    });
    put(code_at, instructions);
    set_register(rip, code_at);
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
        auto const* last = run.symbols().whole_at(run.machine().cpu().instruction_pointer());
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
