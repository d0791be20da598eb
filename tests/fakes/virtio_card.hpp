// SPDX-License-Identifier: MIT
//
// A network card on PCI with a small driver, written from the specification:
// queues of eight, buffers where the test wants them. [virtio-1.2 §3.1, §2.7]
#pragma once

#include <cstring>
#include <optional>
#include <utility>

#include "simulator/devices/lpc.hpp"
#include "simulator/devices/virtio_net.hpp"
#include "simulator/devices/virtio_pci.hpp"
#include "tests/fakes/fake_board.hpp"

namespace fakes::card {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t csum = 1, mergeable = 1ull << 15, indirect = 1ull << 28, event_index = 1ull << 29,
                        version_1 = 1ull << 32, ring_reset = 1ull << 40;
constexpr std::uint16_t next_flag = 1, write_flag = 2, indirect_flag = 4;
constexpr unsigned rx = 0, tx = 1;
constexpr std::uint16_t queue_size = 8;

// Where the driver keeps each queue: 4 KiB for the rings, then its buffers.
constexpr std::uint64_t ring_base(unsigned queue) { return 0x1000 + queue * 0x1000; }
constexpr std::uint64_t buffers = 0x10000;

inline Bytes frame(std::size_t size, std::uint8_t fill = 0x5A) { return Bytes(size, fill); }

struct Rig {
    FakeBoard board{1 << 20};
    sim::devices::VirtioNet net{"net0", board};
    sim::devices::VirtioPci pci{board, net, {2, 0}};
    sim::devices::PciBus bus{board};
    sim::devices::LpcBridge lpc{board};
    std::uint16_t available[2] = {}, seen[2] = {};

    Rig() {
        bus.add(pci);
        bus.attach(lpc);
        pci.config_write(0x10 + 4, 4, 0xD000'0000);   // BAR 1
        pci.config_write(0x10 + 16, 4, 0xD001'0000);  // BAR 4
        pci.config_write(0x04, 2, 6);
    }
    std::uint64_t reg(unsigned offset, unsigned size) {
        return pci.bar_read(4, offset, size) & (size == 8 ? ~0ull : (1ull << 8 * size) - 1);
    }
    void set(unsigned offset, unsigned size, std::uint64_t value) { pci.bar_write(4, offset, size, value); }

    template <class T>
    void poke(std::uint64_t at, T value) {
        std::memcpy(&board.ram.at(at), &value, sizeof value);
    }
    template <class T>
    T peek(std::uint64_t at) {
        T value;
        std::memcpy(&value, &board.ram.at(at), sizeof value);
        return value;
    }

    bool negotiate(std::uint64_t features) {
        set(0x14, 1, 0);
        set(0x14, 1, 1);
        set(0x14, 1, 3);
        set(0x08, 4, 0);
        set(0x0C, 4, features & 0xFFFFFFFF);
        set(0x08, 4, 1);
        set(0x0C, 4, features >> 32);
        set(0x14, 1, 11);
        return reg(0x14, 1) == 11;
    }
    void enable(unsigned queue) {
        set(0x16, 2, queue);
        set(0x18, 2, queue_size);
        set(0x1A, 2, queue);  // vector
        set(0x20, 8, ring_base(queue));
        set(0x28, 4, ring_base(queue) + 0x400);
        set(0x2C, 4, 0);
        set(0x30, 8, ring_base(queue) + 0x800);
        set(0x1C, 2, 1);
    }
    void start(std::uint64_t features = version_1) {
        pci.config_write(msix() + 2, 2, 0x8000);
        for (unsigned v = 0; v < 3; ++v) {
            pci.bar_write(1, v * 16, 8, 0xFEE00000);
            pci.bar_write(1, v * 16 + 8, 4, 0x50 + v);
            pci.bar_write(1, v * 16 + 12, 4, 0);
        }
        ASSERT_TRUE(negotiate(features));
        set(0x10, 2, 2);
        enable(rx);
        enable(tx);
        set(0x14, 1, 15);
    }
    unsigned msix() {
        unsigned at = pci.config_read(0x34, 1);
        while (pci.config_read(at, 1) != 0x11) at = pci.config_read(at + 1, 1);
        return at;
    }
    void descriptor(unsigned queue, unsigned index, std::uint64_t address, std::uint32_t length,
                    std::uint16_t flags, std::uint16_t next = 0) {
        write_descriptor(ring_base(queue) + index * 16, address, length, flags, next);
    }
    void write_descriptor(std::uint64_t at, std::uint64_t address, std::uint32_t length, std::uint16_t flags,
                          std::uint16_t next) {
        poke(at, address);
        poke(at + 8, length);
        poke(at + 12, flags);
        poke(at + 14, next);
    }
    void offer(unsigned queue, std::uint16_t head) {
        poke<std::uint16_t>(ring_base(queue) + 0x404 + 2 * (available[queue] % queue_size), head);
        poke<std::uint16_t>(ring_base(queue) + 0x402, ++available[queue]);
    }
    void notify(unsigned queue) { set(0x3000 + 4 * queue, 2, queue); }
    // The next used element: head and length.
    std::optional<std::pair<std::uint32_t, std::uint32_t>> used(unsigned queue) {
        if (peek<std::uint16_t>(ring_base(queue) + 0x802) == seen[queue]) return std::nullopt;
        std::uint64_t const at = ring_base(queue) + 0x804 + 8 * (seen[queue]++ % queue_size);
        return std::pair{peek<std::uint32_t>(at), peek<std::uint32_t>(at + 4)};
    }
    // A packet of header and frame in one buffer at a descriptor.
    void send(Bytes const& f, std::uint16_t index = 0, Bytes header = Bytes(12)) {
        std::uint64_t const at = buffers + index * 0x1000;
        std::copy(header.begin(), header.end(), board.ram.begin() + static_cast<std::ptrdiff_t>(at));
        std::copy(f.begin(), f.end(), board.ram.begin() + static_cast<std::ptrdiff_t>(at + header.size()));
        descriptor(tx, index, at, static_cast<std::uint32_t>(header.size() + f.size()), 0);
        offer(tx, index);
        notify(tx);
    }
    void give_buffer(std::uint16_t index, std::uint32_t length) {
        descriptor(rx, index, buffers + 0x40000 + index * 0x1000, length, write_flag);
        offer(rx, index);
    }
    void arrive(Bytes const& f) { net.on_input(sim::machine::InputKind::frame, f); }
    bool failed() { return reg(0x14, 1) & 0x40; }
};

}  // namespace fakes::card
