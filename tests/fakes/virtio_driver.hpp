// SPDX-License-Identifier: MIT
//
// A small driver for one virtio device on PCI, written from the specification:
// negotiates, places its queues in the fake board's memory, offers chains and
// looks at what comes back. [virtio-1.2 §3.1, §2.7]
#pragma once

#include <cstring>
#include <initializer_list>
#include <optional>
#include <utility>

#include "simulator/devices/virtio_pci.hpp"
#include "tests/fakes/fake_board.hpp"

namespace fakes {

class VirtioDriver {
public:
    using Bytes = std::vector<std::uint8_t>;
    static constexpr std::uint16_t queue_size = 16;
    static constexpr std::uint16_t next_flag = 1, write_flag = 2, indirect_flag = 4;
    static constexpr std::uint64_t version_1 = 1ull << 32, ring_reset = 1ull << 40;
    // 8 KiB a queue; what lies above `buffers` belongs to the test.
    static constexpr std::uint64_t ring_base(unsigned queue) { return 0x1000 + queue * 0x2000; }
    static constexpr std::uint64_t buffers = 0x20000;

    struct Piece {
        std::uint64_t address;
        std::uint32_t length;
        bool writable;
    };

    VirtioDriver(FakeBoard& board, sim::devices::VirtioDevice& device, bool transitional = false)
        : pci(board, device, {2, 0}, transitional), board_(board), queues_(device.queues()) {
        pci.config_write(0x10 + 4, 4, 0xD000'0000);   // BAR 1
        pci.config_write(0x10 + 16, 4, 0xD001'0000);  // BAR 4
        pci.config_write(0x04, 2, 6);
    }
    std::uint64_t reg(unsigned offset, unsigned size) {
        return pci.bar_read(4, offset, size) & (size == 8 ? ~0ull : (1ull << 8 * size) - 1);
    }
    void set(unsigned offset, unsigned size, std::uint64_t value) { pci.bar_write(4, offset, size, value); }
    std::uint64_t config(unsigned offset, unsigned size) { return reg(0x2000 + offset, size); }
    std::uint64_t offered() {
        set(0x00, 4, 1);
        std::uint64_t const high = reg(0x04, 4) << 32;
        set(0x00, 4, 0);
        return high | reg(0x04, 4);
    }

    // With every queue enabled and the vectors 0x50 + queue, 0x5F for the configuration.
    bool start(std::uint64_t features = version_1) {
        set(0x14, 1, 0);
        next_available_.assign(queues_, 0);
        seen_.assign(queues_, 0);
        std::fill(board_.ram.begin() + 0x1000, board_.ram.begin() + buffers, std::uint8_t{0});
        unsigned at = pci.config_read(0x34, 1);
        while (pci.config_read(at, 1) != 0x11) at = pci.config_read(at + 1, 1);
        pci.config_write(at + 2, 2, 0x8000);
        for (unsigned v = 0; v <= queues_; ++v) {
            pci.bar_write(1, v * 16, 8, 0xFEE00000);
            pci.bar_write(1, v * 16 + 8, 4, v == queues_ ? 0x5F : 0x50 + v);
            pci.bar_write(1, v * 16 + 12, 4, 0);
        }
        set(0x14, 1, 1);
        set(0x14, 1, 3);
        set(0x08, 4, 0);
        set(0x0C, 4, features & 0xFFFFFFFF);
        set(0x08, 4, 1);
        set(0x0C, 4, features >> 32);
        set(0x14, 1, 11);
        if (reg(0x14, 1) != 11) return false;
        set(0x10, 2, queues_);
        for (unsigned q = 0; q < queues_; ++q) {
            set(0x16, 2, q);
            set(0x18, 2, queue_size);
            set(0x1A, 2, q);
            set(0x20, 8, ring_base(q));
            set(0x28, 8, ring_base(q) + 0x800);
            set(0x30, 8, ring_base(q) + 0x1000);
            set(0x1C, 2, 1);
        }
        set(0x14, 1, 15);
        return true;
    }
    // One chain, from descriptor `first` on.
    void offer(unsigned queue, std::initializer_list<Piece> pieces, std::uint16_t first = 0) {
        std::uint16_t index = first;
        for (Piece const& piece : pieces) {
            std::uint64_t const at = ring_base(queue) + 16u * index;
            bool const last = index + 1u == first + pieces.size();
            poke(at, piece.address);
            poke(at + 8, piece.length);
            poke(at + 12,
                 static_cast<std::uint16_t>((piece.writable ? write_flag : 0) | (last ? 0 : next_flag)));
            poke(at + 14, static_cast<std::uint16_t>(index + 1));
            ++index;
        }
        std::uint64_t const ring = ring_base(queue) + 0x800;
        poke<std::uint16_t>(ring + 4 + 2 * (next_available_[queue] % queue_size), first);
        poke<std::uint16_t>(ring + 2, ++next_available_[queue]);
    }
    void notify(unsigned queue) { set(0x3000 + 4 * queue, 2, queue); }
    // The next used element: head and length.
    std::optional<std::pair<std::uint32_t, std::uint32_t>> used(unsigned queue) {
        std::uint64_t const ring = ring_base(queue) + 0x1000;
        if (peek<std::uint16_t>(ring + 2) == seen_[queue]) return std::nullopt;
        std::uint64_t const at = ring + 4 + 8 * (seen_[queue]++ % queue_size);
        return std::pair{peek<std::uint32_t>(at), peek<std::uint32_t>(at + 4)};
    }
    bool needs_reset() { return reg(0x14, 1) & 0x40; }

    template <class T>
    void poke(std::uint64_t at, T value) {
        std::memcpy(&board_.ram.at(at), &value, sizeof value);
    }
    template <class T>
    T peek(std::uint64_t at) {
        T value;
        std::memcpy(&value, &board_.ram.at(at), sizeof value);
        return value;
    }

    sim::devices::VirtioPci pci;

private:
    FakeBoard& board_;
    unsigned queues_;
    std::vector<std::uint16_t> next_available_, seen_;
};

}  // namespace fakes
