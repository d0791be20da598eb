// SPDX-License-Identifier: GPL-2.0-or-later
//
// A system that trusts its firmware finds its cards where the BARs say.
#include "simulator/board/pci_resources.hpp"

#include <gtest/gtest.h>

#include "simulator/board/pc.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::board {
namespace {

using namespace devices;

struct Span {
    std::uint64_t start, end;
    bool io;
};

class PciResources : public testing::TestWithParam<machine::VirtioBus> {
protected:
    PciResources() {
        std::string const elf = scenario::TinyImage{scenario::code::halt}.elf();
        machine::MachineConfig config;
        config.memory_bytes = 8 << 20;
        config.console = true;
        config.image = {"tiny.elf", "",
                        std::make_shared<std::vector<std::uint8_t> const>(elf.begin(), elf.end())};
        config.virtio = GetParam();
        pc = make_pc(std::move(config));
    }
    std::uint32_t config(unsigned slot, unsigned offset, unsigned size = 4) {
        auto const place = PciBus::ecam_base | slot << 15 | offset;
        auto const entry = pc->mmio().find(place, size);
        return static_cast<std::uint32_t>(entry.handler->io_read(entry.region, place - entry.start, size));
    }
    std::unique_ptr<machine::Machine> pc;
};

TEST_P(PciResources, every_register_has_a_place_of_its_own) {
    std::vector<Span> taken;
    for (unsigned const slot : {net_slot, console_slot, rng_slot}) {
        EXPECT_EQ(config(slot, pci_config::command, 2) & 7,
                  GetParam() == machine::VirtioBus::transitional ? 3u : 2u)
            << "decoding, and no bus master yet";
        for (unsigned offset = pci_config::bar0; offset < pci_config::bar0 + 24; offset += 4) {
            std::uint32_t const low = config(slot, offset);
            bool const io = low & 1, is_64_bit = !io && (low & 6) == 4;
            std::uint64_t const start = low & (io ? ~3u : ~0xFu);
            if (is_64_bit) {
                offset += 4;
                EXPECT_EQ(config(slot, offset), 0u) << "below 4 GiB";
            }
            if (start == 0) continue;
            EXPECT_GE(start, io ? 0xC000u : 0xC000'0000u);
            EXPECT_LT(start, io ? 0x1'0000u : 0xE000'0000u);
            for (Span const& other : taken)
                EXPECT_FALSE(other.io == io && other.start == start) << std::hex << start;
            taken.push_back({start, start + 1, io});
        }
    }
    // An MSI-X table and the rest, and with the old registers, ports.
    EXPECT_EQ(taken.size(), GetParam() == machine::VirtioBus::transitional ? 9u : 6u);
}

TEST_P(PciResources, the_device_answers_there) {
    if (GetParam() != machine::VirtioBus::transitional) GTEST_SKIP() << "the old registers are told apart";
    // The old header's status register: 0 after reset, and it keeps what is written.
    auto const port = static_cast<std::uint16_t>((config(net_slot, pci_config::bar0) & ~3u) + 18);
    auto const entry = pc->ports().find(port, 1);
    entry.handler->io_write(entry.region, port - entry.start, 1, 3);
    EXPECT_EQ(entry.handler->io_read(entry.region, port - entry.start, 1), 3u);
}

INSTANTIATE_TEST_SUITE_P(Buses, PciResources,
                         testing::Values(machine::VirtioBus::pci, machine::VirtioBus::transitional));

}  // namespace
}  // namespace sim::board
