// SPDX-License-Identifier: GPL-2.0-or-later
//
// A small board for the engine's tests: RAM, one device that tells the count,
// a timer, an exit port. Guests are flat binaries of test_guests/.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "simulator/engine/cpu.hpp"

namespace sim::engine::test {

// What the guest did to the board, and when.
struct BoardEvent {
    enum class Kind : std::uint8_t {
        mmio_read,
        mmio_write,
        port_read,
        port_write,
        time_stamp,
        interrupt
    } kind;
    std::uint64_t count, address, value;
    unsigned size;
    bool operator==(BoardEvent const&) const = default;
};

struct FaultRecord {
    std::uint64_t vector, error, cr2, rip, cs, rflags, rsp, ss, expected_rip, unused[7];
    bool operator==(FaultRecord const&) const = default;
};

class Board : public Wiring {
public:
    static constexpr std::uint64_t ram_bytes = 4u << 20, entry = 0x100000, device = 0xFE00'0000;
    static constexpr std::uint16_t exit_port = 0xF4, count_port = 0x10, interrupt_port = 0x20;

    explicit Board(std::string const& guest);

    // Runs to `limit`, with timer interrupts at the counts of `timer`.
    StopReason run(std::uint64_t limit);
    // As a checkpoint does it: everything into another board.
    void copy_to(Board& other) const;
    std::uint64_t hash() const;

    std::vector<FaultRecord> log() const;
    std::uint64_t result(unsigned index) const { return at<std::uint64_t>(0x6E000 + 8 * index); }
    template <typename Word>
    Word at(std::uint64_t address) const {
        Word word;
        std::memcpy(&word, ram() + address, sizeof word);
        return word;
    }
    template <typename Word>
    void put(std::uint64_t address, Word word) {
        std::memcpy(ram() + address, &word, sizeof word);
        cpu->memory_written(address, sizeof word);
    }
    std::uint8_t* ram() const { return ram_; }

    std::uint64_t mmio_read(PhysAddr address, unsigned size) override;
    void mmio_write(PhysAddr address, unsigned size, std::uint64_t value) override;
    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, unsigned size, std::uint32_t value) override;
    std::uint64_t time_stamp_counter() override;
    CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf) override {
        return supported_cpuid(leaf, subleaf);
    }
    std::optional<std::uint64_t> msr_read(std::uint32_t index) override;
    bool msr_write(std::uint32_t, std::uint64_t) override { return false; }
    std::uint8_t acknowledge_interrupt() override;
    std::uint64_t cr8_read() override { return cr8; }
    void cr8_write(std::uint64_t value) override { cr8 = value; }
    bool numeric_error(bool pending) override {
        numeric_errors.push_back(pending);
        if (pending && numeric_error_interrupts) set_line(true);
        return ignores_numeric_errors;
    }

    std::unique_ptr<Cpu> cpu;
    std::vector<BoardEvent> events;
    std::deque<std::uint64_t> timer;  // counts, ascending
    std::uint8_t interrupt_vector = 0x40;
    std::optional<std::uint32_t> exit_status;
    std::uint64_t cr8 = 0;
    bool line = false;
    std::vector<bool> numeric_errors;  // what FERR# was, one after the other
    bool numeric_error_interrupts = false, ignores_numeric_errors = false;
    std::function<void(std::uint64_t address, std::uint64_t value)> on_device_write;

private:
    void set_line(bool on) {
        line = on;
        cpu->set_interrupt_line(on);
    }
    std::vector<std::uint8_t> storage_;
    std::uint8_t* ram_ = nullptr;
};

// The guest's first `count` results.
std::vector<std::uint64_t> results(Board const&, unsigned count);

// A device that, written N at +0x40, puts the byte N at 0x284001.
void add_dma(Board&);

}  // namespace sim::engine::test
