// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a guest finds on the board that no single device shows.
#include "simulator/board/pc.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/scenario/tiny_image.hpp"

namespace sim::board {
namespace {

std::unique_ptr<machine::Machine> pc(machine::VirtioBus virtio,
                                     std::string const& code = scenario::code::halt) {
    std::string const elf = scenario::TinyImage{code}.elf();
    machine::MachineConfig config;
    config.memory_bytes = 8 << 20;
    config.image = {"tiny.elf", "",
                    std::make_shared<std::vector<std::uint8_t> const>(elf.begin(), elf.end())};
    config.virtio = virtio;
    return make_pc(std::move(config));
}

std::uint64_t port(machine::Machine& machine, std::uint16_t at, unsigned size = 1) {
    auto const entry = machine.ports().find(at, size);
    return entry.handler ? entry.handler->io_read(entry.region, at - entry.start, size) & 0xFF : ~0ull;
}

TEST(Pc, firmware_left_its_data_area) {
    auto const machine = pc(machine::VirtioBus::pci);
    std::vector<std::uint8_t> area(256);
    ASSERT_TRUE(machine->peek(0x400, area));
    EXPECT_EQ(area[0] | area[1] << 8, 0x3F8);
    EXPECT_EQ((area[0x0E] | area[0x0F] << 8) << 4, 0x9F000);
    EXPECT_EQ(area[0x13] | area[0x14] << 8, 636);
}

TEST(Pc, a_keyboard_controller_answers) {
    auto const machine = pc(machine::VirtioBus::pci);
    EXPECT_EQ(port(*machine, 0x64), 0x14u);
    EXPECT_EQ(port(*machine, 0x92), 2u);
}

TEST(Pc, virtio_outside_pci_is_level_triggered_at_the_old_controllers) {
    auto const on_pci = pc(machine::VirtioBus::pci), outside = pc(machine::VirtioBus::mmio);
    EXPECT_EQ(port(*on_pci, 0x4D0), 0x00u);
    EXPECT_EQ(port(*on_pci, 0x4D1), 0x0Eu);
    EXPECT_EQ(port(*outside, 0x4D0), 1u << 5 | 1u << 6);
}

// With CR0.NE clear, as at a PVH entry.
TEST(Pc, an_exception_of_x87_is_irq_13_and_the_processor_waits) {
    std::string const divides{
        "\xDB\xE3"                        // fninit
        "\x66\xC7\x05\0\0\x20\0\x7B\x03"  // mov word [0x200000], 0x37b: ZE unmasked
        "\xD9\x2D\0\0\x20\0"              // fldcw [0x200000]
        "\xD9\xE8\xD9\xEE\xDE\xF9\x9B",   // fld1; fldz; fdivp; fwait
        24};
    auto const machine = pc(machine::VirtioBus::pci, divides + scenario::code::exit(7));
    EXPECT_EQ(machine->run({.moment = {1000, 0}}).stop, machine::RunStop::halted);
    EXPECT_EQ(port(*machine, 0xA0), 1u << 5) << "asked for";
}

TEST(Pc, every_device_has_a_name_of_its_own_and_names_its_registers) {
    for (auto const bus : {machine::VirtioBus::pci, machine::VirtioBus::mmio}) {
        auto const machine = pc(bus);
        std::set<std::string> names;
        for (auto const& device : machine->devices()) EXPECT_TRUE(names.insert(device->name()).second);
    }
    auto const machine = pc(machine::VirtioBus::pci);
    for (std::uint16_t const at :
         {0x20, 0x40, 0x60, 0x61, 0x64, 0x70, 0x80, 0x92, 0x3F8, 0x4D0, 0x600, 0xCF9}) {
        auto const entry = machine->ports().find(at, 1);
        ASSERT_TRUE(entry.handler) << at;
        EXPECT_NE(entry.handler->register_name(entry.region, at - entry.start, 1, true).name, "") << at;
    }
}

}  // namespace
}  // namespace sim::board
