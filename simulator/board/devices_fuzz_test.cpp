// SPDX-License-Identifier: GPL-2.0-or-later
//
// A whole board under a mad guest: random accesses to every register of every
// device, random queues, random input and faults, random time. Nothing may
// crash, hang or grow; and at any point a copy of the machine, restored from its
// checkpoint, must do the same from there on.
//
// VIV_FUZZ_ROUNDS makes it longer, VIV_FUZZ_SEED another; the seed of a failure
// is printed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "simulator/board/pc.hpp"
#include "tests/fakes/fake_cpu.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::board {
namespace {

using fakes::Op;
using machine::Machine;
using machine::VirtioBus;

constexpr std::uint64_t ram = 8 << 20;
constexpr std::uint64_t bar_area = 0xD000'0000, bar_step = 0x10'0000;

unsigned number_from(char const* variable, unsigned otherwise) {
    char const* const text = std::getenv(variable);
    return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

std::unique_ptr<Machine> board(VirtioBus virtio) {
    std::string const elf = scenario::TinyImage{scenario::code::halt}.elf();
    machine::MachineConfig config;
    config.memory_bytes = ram;
    config.image = {"tiny.elf", "",
                    std::make_shared<std::vector<std::uint8_t> const>(elf.begin(), elf.end())};
    config.console = true;
    config.virtio = virtio;
    auto const content = std::make_shared<std::vector<std::uint8_t> const>(1 << 20);
    config.disks = {{{"a", "", content}, false}, {{"b", "", content}, true}};
    // A processor that sleeps, takes every interrupt, and sleeps again.
    std::vector<Op> program(0x100000, Op{});
    program[0] = {Op::interrupt_return};
    program.insert(program.end(), {{Op::sti}, {Op::hlt}, {Op::jump, 0x100001}});
    auto machine = make_pc(std::move(config), fakes::fake_cpu(std::move(program), 0));
    machine->set_checkpoint_interval(0);
    return machine;
}

class MadGuest {
public:
    MadGuest(Machine& machine, std::uint64_t seed) : machine_(machine), random_(seed) {}
    // The same from here on, on another machine.
    MadGuest(Machine& machine, MadGuest const& other) : machine_(machine), random_(other.random_) {}

    void act() {
        choose();
        // Accesses come from a running processor; this one may sleep. An input
        // that the UART does not take wakes the machine up to look.
        machine_.give({"uart0", machine::InputKind::link_state, {}});
    }
    void choose() {
        switch (below(16)) {
            case 0:
            case 1:
            case 2:
                return touch_port();
            case 3:
            case 4:
            case 5:
            case 6:
                return touch_memory();
            case 7:
                return touch_configuration();
            case 8:
            case 9:
                return on_pci() ? drive_virtio() : drive_mmio();
            case 10:
                return scribble();
            case 11:
                return deliver();
            default:
                return pass_time();
        }
    }
    // Addresses that a kernel would have given, so that registers can be reached.
    void assign_bars() {
        for (unsigned slot = 0; slot < 32; ++slot)
            for (unsigned bar = 0; bar < 6; ++bar) {
                config(slot, 0x10 + 4 * bar, 4,
                       bar == 0 ? 0xC000 + slot * 0x100 : bar_area + slot * bar_step + bar * 0x10000);
                if (bar == 5) config(slot, 0x10 + 20, 4, 0);  // the upper half of BAR 4
                config(slot, 0x04, 2, 7);
            }
    }

private:
    std::uint64_t below(std::uint64_t n) { return random_() % n; }
    // Small, odd, huge or a single bit.
    std::uint64_t value() {
        switch (below(6)) {
            case 0:
                return below(16);
            case 1:
                return 1ull << below(64);
            case 2:
                return ~0ull;
            case 3:
                return below(ram);
            default:
                return random_();
        }
    }
    void config(std::uint64_t slot, std::uint64_t offset, unsigned size, std::uint64_t what) {
        mmio(0xE000'0000 + (slot << 15) + offset, size, true, what);
    }
    void mmio(std::uint64_t address, unsigned size, bool write, std::uint64_t what) {
        auto const entry = machine_.mmio().find(address, size);
        if (!entry.handler) return;
        if (write)
            entry.handler->io_write(entry.region, address - entry.start, size,
                                    size == 8 ? what : what & ((1ull << 8 * size) - 1));
        else
            entry.handler->io_read(entry.region, address - entry.start, size);
        entry.handler->register_name(entry.region, address - entry.start, size, write);
    }
    void touch_port() {
        // Not those that end the run: 0xF4, 0x64, 0x92, 0xCF9 and the sleep register.
        constexpr std::uint16_t ports[] = {0x20,  0x21,  0xA0,  0xA1,  0x40,  0x41,  0x42,  0x43,
                                           0x61,  0x70,  0x71,  0x3F8, 0x3F9, 0x3FA, 0x3FB, 0x3FC,
                                           0x3FD, 0x3FF, 0x4D0, 0x4D1, 0x510, 0x511, 0x514, 0x518,
                                           0x600, 0x602, 0x608, 0xCF8, 0xCFC, 0xCFE, 0x80,  0x60};
        auto port = static_cast<std::uint16_t>(ports[below(std::size(ports))]);
        if (below(4) == 0) port = static_cast<std::uint16_t>(0xC000 + below(0x2000));
        unsigned size = 1u << below(3);
        if (port == 0x602) size = std::min(size, 2u);  // the sleep register is next
        auto const entry = machine_.ports().find(port, size);
        if (!entry.handler) return;
        if (below(2))
            entry.handler->io_write(entry.region, port - entry.start, size,
                                    value() & ((1ull << 8 * size) - 1));
        else
            entry.handler->io_read(entry.region, port - entry.start, size);
        entry.handler->register_name(entry.region, port - entry.start, size, below(2));
    }
    void touch_memory() {
        constexpr std::uint64_t blocks[] = {0xFEC0'0000, 0xFED0'0000, 0xFEE0'0000, 0xFEB0'0000};
        std::uint64_t address = blocks[below(std::size(blocks))] + below(0x1000);
        if (below(2)) address = bar_area + below(32) * bar_step + below(6) * 0x10000 + below(0x4000);
        if (below(3)) address &= ~3ull;
        mmio(address, 1u << below(4), below(2), value());
    }
    void touch_configuration() {
        std::uint64_t const slots[] = {0, 2, 3, 4, 8, 9, 31, below(32)};
        mmio(0xE000'0000 + (slots[below(8)] << 15) + below(0x110), 1u << below(4), below(3) == 0, value());
        if (below(8) == 0) assign_bars();
    }
    // Brings a device up as a driver would, with queues that may be anything.
    void drive_virtio() {
        std::uint64_t const slots[] = {2, 3, 4, 8, 9};
        std::uint64_t const common = bar_area + slots[below(5)] * bar_step + 4 * 0x10000;
        auto const set = [&](unsigned offset, unsigned size, std::uint64_t what) {
            mmio(common + offset, size, true, what);
        };
        if (below(3) == 0) {
            set(0x14, 1, 0);
            set(0x14, 1, 3);
            set(0x08, 4, 0);
            set(0x0C, 4, below(2) ? 0x3000'7FFF & random_() : 0);
            set(0x08, 4, 1);
            set(0x0C, 4, ring_reset_or_not());
            set(0x14, 1, 11);
            for (unsigned queue = 0; queue < 2; ++queue) {
                std::uint64_t const base = 0x20'0000 + below(64) * 0x4000;
                lay_queue(base);
                set(0x16, 2, queue);
                set(0x18, 2, 1u << below(9));
                set(0x20, 8, base);
                set(0x28, 8, base + 0x1000);
                set(0x30, 8, base + 0x2000);
                set(0x1C, 2, 1);
            }
            set(0x14, 1, 15);
        }
        if (below(6) == 0) {
            set(0x16, 2, below(3));
            set(0x3A, 2, 1);
            set(0x18, 2, below(4) ? 1u << below(9) : below(300));
        }
        set(0x3000 + 4 * static_cast<unsigned>(below(3)), 2, 0);
    }
    // The same outside PCI, by either version of the registers.
    void drive_mmio() {
        std::uint64_t const base = 0xFEB0'0000 + below(5) * 0x200;
        auto const set = [&](unsigned offset, std::uint64_t what) { mmio(base + offset, 4, true, what); };
        bool const legacy = machine_.config().virtio == VirtioBus::mmio_legacy;
        if (below(3) == 0) {
            for (unsigned status : {0u, 1u, 3u}) set(0x70, status);
            set(0x24, 0);
            set(0x20, below(2) ? 0x3000'7FFF & random_() : 0);
            set(0x24, 1);
            set(0x20, ring_reset_or_not());
            if (!legacy) set(0x70, 11);
            set(0x28, below(8) ? 4096 : 1u << below(18));
            for (unsigned queue = 0; queue < 2; ++queue) {
                std::uint64_t const rings = 0x20'0000 + below(64) * 0x4000;
                lay_queue(rings);
                set(0x30, queue);
                set(0x38, below(4) ? 256 : 1u << below(9));
                set(0x3C, below(8) ? 4096 : 1u << below(18));
                if (legacy) set(0x40, below(8) ? rings / 4096 : rings + below(16));
                for (unsigned ring = 0; ring < 3; ++ring) {
                    set(0x80 + 0x10 * ring, rings + 0x1000 * ring);
                    set(0x84 + 0x10 * ring, 0);
                }
                set(0x44, 1);
            }
            set(0x70, legacy ? 7 : 15);
        }
        set(0x30, below(3));
        switch (below(12)) {
            case 0:
                set(0xC0, 1);
                set(0x38, below(300));
                break;
            case 1:
                set(0x44, below(2));
                break;
            case 2:
                set(0x40, value());
                break;
            default:
                break;
        }
        set(0x50, below(3));
        if (below(2)) set(0x64, 3);
    }
    // VERSION_1, and perhaps RING_RESET: the upper half of the features.
    std::uint64_t ring_reset_or_not() { return 1 | below(2) << 8; }
    bool on_pci() const {
        auto const bus = machine_.config().virtio;
        return bus == VirtioBus::pci || bus == VirtioBus::transitional;
    }
    // Descriptors of which most make sense.
    void lay_queue(std::uint64_t base) {
        std::vector<std::uint8_t> bytes(0x1400);
        auto const put = [&](std::size_t at, unsigned size, std::uint64_t what) {
            for (unsigned i = 0; i < size; ++i) bytes[at + i] = static_cast<std::uint8_t>(what >> (8 * i));
        };
        for (unsigned i = 0; i < 256; ++i) {
            put(i * 16, 8, below(20) == 0 ? random_() : 0x30'0000 + below(0x10'0000));
            put(i * 16 + 8, 4, below(20) == 0 ? random_() : below(4) ? 16 : below(5000));
            put(i * 16 + 12, 2, below(20) == 0 ? random_() : below(4));
            put(i * 16 + 14, 2, below(20) == 0 ? random_() : i + 1);
        }
        put(0x1002, 2, below(20) == 0 ? random_() : below(12));
        for (unsigned i = 0; i < 256; ++i) put(0x1004 + 2 * i, 2, below(20) == 0 ? random_() : below(64));
        machine_.memory().write(base, bytes);
        // Headers of requests where the buffers are.
        std::vector<std::uint8_t> header(16);
        for (int n = 0; n < 20; ++n) {
            for (auto& byte : header) byte = 0;
            header[0] = static_cast<std::uint8_t>(below(15));
            header[8] = static_cast<std::uint8_t>(random_());
            machine_.memory().write(0x30'0000 + below(0x10'0000), header);
        }
    }
    void scribble() {
        std::vector<std::uint8_t> bytes(below(64));
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_());
        machine_.memory().write(0x20'0000 + below(0x20'0000), bytes);
    }
    void deliver() {
        using machine::InputKind;
        constexpr char const* lines[] = {"fail any 3",       "lose write 2",         "tear write 1 1",
                                         "interrupt lose 2", "interrupt spurious 0", "nonsense",
                                         "cut write 900",    "fail read 1",          "cut flush 60 forget"};
        std::string const line = lines[below(std::size(lines))];
        constexpr char const* targets[] = {"net0", "console0", "rng0", "disk0", "disk1", "uart0"};
        machine::Arrival arrival{
            targets[below(std::size(targets))], InputKind::device_fault, {line.begin(), line.end()}};
        if (below(2)) {
            arrival.kind = static_cast<InputKind>(below(3));
            arrival.bytes.assign(below(200), static_cast<std::uint8_t>(random_()));
        }
        machine_.give(std::move(arrival));
    }
    void pass_time() {
        machine::RunLimit limit;
        limit.virtual_ns = machine_.virtual_ns() + (below(20) == 0 ? below(2'000'000) : below(30'000));
        limit.happenings = 2000;
        machine_.run(limit);
    }

    Machine& machine_;
    std::mt19937_64 random_;
};

std::size_t size_of(machine::Checkpoint const& checkpoint) {
    std::size_t bytes = 0;
    for (auto const& part : checkpoint.parts) bytes += part.bytes.size();
    return bytes;
}

class DevicesFuzz : public testing::TestWithParam<VirtioBus> {};

TEST_P(DevicesFuzz, nothing_breaks_and_a_restored_copy_does_the_same) {
    unsigned const rounds = number_from("VIV_FUZZ_ROUNDS", 12);
    unsigned const first_seed = number_from("VIV_FUZZ_SEED", 1);
    auto const one = board(GetParam()), other = board(GetParam());
    auto const start = one->checkpoint();
    for (unsigned round = 0; round < rounds; ++round) {
        SCOPED_TRACE("VIV_FUZZ_SEED=" + std::to_string(first_seed + round) + " VIV_FUZZ_ROUNDS=1");
        one->restore(*start);
        MadGuest guest(*one, first_seed + round);
        guest.assign_bars();
        for (int step = 0; step < 300 && !one->ended(); ++step) guest.act();

        auto const middle = one->checkpoint();
        EXPECT_LT(size_of(*middle), 4u << 20);
        other->set_log(machine::InputLog({}, middle->at));
        one->set_log(machine::InputLog({}, middle->at));
        other->restore(*middle);
        ASSERT_EQ(other->hash(), one->hash());
        for (auto const& device : one->devices()) device->describe();

        MadGuest twin(*other, guest);
        for (int step = 0; step < 150 && !one->ended(); ++step) {
            guest.act();
            twin.act();
        }
        auto const here = one->checkpoint(), there = other->checkpoint();
        ASSERT_EQ(hash_of(*here), hash_of(*there)) << testing::PrintToString(one->differences(*here, *there));
    }
}

INSTANTIATE_TEST_SUITE_P(Buses, DevicesFuzz,
                         testing::Values(VirtioBus::pci, VirtioBus::transitional, VirtioBus::mmio,
                                         VirtioBus::mmio_legacy));

}  // namespace
}  // namespace sim::board
