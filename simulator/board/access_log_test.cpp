// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/board/access_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "simulator/board/pc.hpp"
#include "tests/fakes/fake_cpu.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::board {
namespace {

using fakes::Op;
using testing::ElementsAre;
using testing::HasSubstr;

// A PC whose processor does these operations.
std::unique_ptr<machine::Machine> pc(std::vector<Op> program) {
    std::string const elf = scenario::TinyImage{scenario::code::halt}.elf();
    machine::MachineConfig config;
    config.memory_bytes = 4 << 20;
    config.image = {"tiny.elf", "",
                    std::make_shared<std::vector<std::uint8_t> const>(elf.begin(), elf.end())};
    // The entry in RIP counts for the list: it begins where the image would.
    std::vector<Op> whole(0x100000, Op{});
    whole.insert(whole.end(), program.begin(), program.end());
    whole.push_back({Op::hlt});
    return make_pc(config, fakes::fake_cpu(std::move(whole), 0));
}

std::vector<Op> const program = {{Op::out, 0x3F8, 'H'},
                                 {Op::in, 0x3FD},
                                 {Op::out, 0x80, 7},
                                 {Op::in, 0x1234},
                                 {Op::mmio_read, 0xE000'0000},
                                 {Op::mmio_read, 0xFED0'0000},
                                 {Op::mmio_write, 0xFEC0'0000, 1}};

std::vector<std::string> lines_of(std::string const& what, std::uint64_t most = 100) {
    auto const machine = pc(program);
    std::vector<std::string> lines;
    AccessLog log(*machine, AccessLog::parse(what), most, [&](std::string const& l) { lines.push_back(l); });
    machine->run({.moment = {100, 0}});
    return lines;
}

TEST(AccessLog, tells_device_register_value_and_place_of_every_access) {
    EXPECT_THAT(
        lines_of("all"),
        ElementsAre(HasSubstr("write 1 byte to port 0x3f8: uart0 THR = 0x48, from rip 0x10000"),
                    HasSubstr("read 1 byte from port 0x3fd: uart0 LSR = 0x60, from rip 0x10000"),
                    HasSubstr("port 0x80: reset0 diagnostic = 0x7"), HasSubstr("port 0x1234: nobody = 0xff"),
                    HasSubstr("memory 0xe0000000: hostbridge config vendor = 0x29c08086"),
                    HasSubstr("hpet0 GCAP_ID"),
                    HasSubstr("write 4 bytes to memory 0xfec00000: ioapic0 IOREGSEL")));
}

TEST(AccessLog, tells_only_what_was_asked_for_and_has_an_end) {
    EXPECT_THAT(lines_of("config,nobody"), ElementsAre(HasSubstr("nobody"), HasSubstr("config vendor")));
    EXPECT_THAT(lines_of("uart0", 1), ElementsAre(HasSubstr("THR"), HasSubstr("1 accesses told")));
}

// x2APIC: switched on, its identity read, an end of interrupt, the timer's mode.
TEST(AccessLog, tells_of_the_local_apic_by_its_msrs) {
    auto const machine = pc({{Op::wrmsr, 0x1B, 0xFEE0'0D00},
                             {Op::wrmsr, 0x80F, 0x1FF},
                             {Op::wrmsr, 0x80B, 0},
                             {Op::wrmsr, 0x832, 0x4'0020},
                             {Op::wrmsr, 0x6E0, 500},
                             {Op::wrmsr, 0x4321, 5}});
    std::vector<std::string> lines;
    AccessLog log(*machine, AccessLog::parse("lapic0,nobody"), 100,
                  [&](std::string const& l) { lines.push_back(l); });
    machine->run({.moment = {100, 0}});
    EXPECT_THAT(lines,
                ElementsAre(HasSubstr("write 8 bytes to MSR 0x1b: lapic0 IA32_APIC_BASE = 0xfee00d00"),
                            HasSubstr("MSR 0x80f: lapic0 SVR = 0x1ff, from rip 0x10000"),
                            HasSubstr("MSR 0x80b: lapic0 EOI = 0x0"), HasSubstr("lapic0 LVT timer = 0x40020"),
                            HasSubstr("MSR 0x6e0: lapic0 IA32_TSC_DEADLINE = 0x1f4"),
                            HasSubstr("MSR 0x4321: nobody = 0x5")));
}

// x2APIC ends at 0x83F. [sdm-3a table 10-6]
TEST(AccessLog, what_lies_behind_the_local_apics_msrs_is_nobodys) {
    auto const machine = pc({{Op::wrmsr, 0x1B, 0xFEE0'0D00}, {Op::wrmsr, 0x840, 6}});
    std::vector<std::string> lines;
    AccessLog log(*machine, {}, 100, [&](std::string const& l) { lines.push_back(l); });
    machine->run({.moment = {100, 0}});
    EXPECT_THAT(lines, ElementsAre(HasSubstr("lapic0 IA32_APIC_BASE"), HasSubstr("MSR 0x840: nobody = 0x6")));
}

TEST(AccessLog, unknown_names_are_refused_with_the_list_of_known_ones) {
    try {
        lines_of("uart9");
        FAIL();
    } catch (std::runtime_error const& error) {
        EXPECT_THAT(error.what(), HasSubstr("net0.pci"));
    }
    EXPECT_THROW(AccessLog::parse("uart0,"), std::runtime_error);
    EXPECT_THROW(AccessLog::parse(""), std::runtime_error);
}

}  // namespace
}  // namespace sim::board
