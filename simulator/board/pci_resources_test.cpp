// SPDX-License-Identifier: GPL-2.0-or-later
//
// A system that trusts its BIOS finds its cards where the BARs say.
#include "simulator/board/pci_resources.hpp"

#include <gtest/gtest.h>

#include "simulator/board/pc.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::board {
namespace {

using namespace devices;

using machine::VirtioBus;

std::unique_ptr<machine::Machine> make(VirtioBus bus, std::string const& image) {
    machine::MachineConfig config;
    config.memory_bytes = 8 << 20;
    config.console = true;
    config.image = {"image", "",
                    std::make_shared<std::vector<std::uint8_t> const>(image.begin(), image.end())};
    config.virtio = bus;
    return make_pc(std::move(config));
}

std::uint32_t config_of(machine::Machine& pc, unsigned slot, unsigned offset, unsigned size = 4) {
    auto const place = PciBus::ecam_base | slot << 15 | offset;
    auto const entry = pc.mmio().find(place, size);
    return static_cast<std::uint32_t>(entry.handler->io_read(entry.region, place - entry.start, size));
}

constexpr unsigned slots[] = {net_slot, console_slot, rng_slot};

class PciResources : public testing::TestWithParam<VirtioBus> {
protected:
    std::uint32_t config(unsigned slot, unsigned offset, unsigned size = 4) {
        return config_of(*pc, slot, offset, size);
    }
    std::unique_ptr<machine::Machine> pc = make(GetParam(), scenario::multiboot_image(scenario::code::halt));
};

TEST_P(PciResources, every_register_has_a_range_of_its_own) {
    struct Range {
        std::uint64_t start, end;
        bool io;
    };
    std::vector<Range> taken;
    for (unsigned const slot : slots) {
        EXPECT_EQ(config(slot, pci_config::command, 2) & 7, GetParam() == VirtioBus::transitional ? 3u : 2u)
            << "decoding, and no bus master yet";
        // The old registers, the MSI-X table, the rest. [virtio_pci.hpp]
        constexpr std::uint64_t sizes[] = {128, 4096, 0, 0, 0x4000, 0};
        for (unsigned bar = 0; bar < 6; ++bar) {
            std::uint32_t const low = config(slot, pci_config::bar0 + 4 * bar);
            bool const io = low & 1, is_64_bit = !io && (low & 6) == 4;
            std::uint64_t const start = low & (io ? ~3u : ~0xFu);
            std::uint64_t const end = start + sizes[bar];
            if (is_64_bit) {
                EXPECT_EQ(config(slot, pci_config::bar0 + 4 * ++bar), 0u) << "below 4 GiB";
            }
            if (start == 0) continue;
            EXPECT_EQ(start % (end - start), 0u) << "on its boundary";
            EXPECT_GE(start, io ? 0xC000u : 0xC000'0000u);
            EXPECT_LE(end, io ? 0x1'0000u : 0xE000'0000u);
            for (Range const& other : taken)
                EXPECT_FALSE(other.io == io && start < other.end && other.start < end) << std::hex << start;
            taken.push_back({start, end, io});
        }
    }
    EXPECT_EQ(taken.size(), GetParam() == VirtioBus::transitional ? 9u : 6u);
}

TEST_P(PciResources, the_device_answers_there) {
    if (GetParam() != VirtioBus::transitional) GTEST_SKIP() << "the old registers are told apart";
    // The old header's status register: 0 after reset, and it keeps what is written.
    auto const port = static_cast<std::uint16_t>((config(net_slot, pci_config::bar0) & ~3u) + 18);
    auto const entry = pc->ports().find(port, 1);
    entry.handler->io_write(entry.region, port - entry.start, 1, 3);
    EXPECT_EQ(entry.handler->io_read(entry.region, port - entry.start, 1), 3u);
}

INSTANTIATE_TEST_SUITE_P(Buses, PciResources, testing::Values(VirtioBus::pci, VirtioBus::transitional));

// PVH begins after no BIOS: whoever boots by it assigns for itself.
TEST(PvhGuest, finds_nothing_assigned) {
    auto const pc = make(VirtioBus::pci, scenario::TinyImage{scenario::code::halt}.elf());
    for (unsigned const slot : slots) {
        EXPECT_EQ(config_of(*pc, slot, pci_config::command, 2) & 7, 0u) << "no decoding";
        for (unsigned bar = 0; bar < 6; ++bar)
            EXPECT_EQ(config_of(*pc, slot, pci_config::bar0 + 4 * bar) & ~0xFu, 0u) << bar;
    }
}

}  // namespace
}  // namespace sim::board
