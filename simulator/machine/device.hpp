// SPDX-License-Identifier: GPL-2.0-or-later
//
// A device, and what it may use. Determinism rests on this page: a device
// changes its state or the guest's only because the guest accessed it, because
// one of its timers fired at a virtual time, or because a recorded input was
// delivered to it. It never reads a clock, a file, a socket or rand().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/machine/moment.hpp"
#include "simulator/machine/state.hpp"

namespace sim::machine {

using PhysAddr = std::uint64_t;

class Device;
class PageOverlay;

// A device's state for a reader: registers with their bits decoded. Names are
// the manual's; notes teach ("bit 0: data ready").
struct StateNode {
    std::string name;
    std::string value;
    std::string note;
    std::vector<StateNode> children;
};

// What came out of a device towards the world outside.
enum class OutputKind : std::uint8_t {
    console,  // bytes of a serial line
    frame,    // one Ethernet frame
};

// What a disk is asked for, and what it has done then: told to whoever watches, and
// nothing that the guest could see.
enum class DiskAction : std::uint8_t { read = 0, write = 1, flush = 2 };
struct DiskAccess {
    DiskAction action = DiskAction::read;
    bool done = false;  // false: it was handed over, and is on its way
    bool failed = false;
    std::uint64_t sector = 0, bytes = 0;  // done: bytes that moved
};

// What arrives from outside; always recorded, see input.hpp.
enum class InputKind : std::uint8_t {
    console = 0,     // bytes typed on a serial line
    frame = 1,       // one Ethernet frame
    link_state = 2,  // one byte: 1 up, 0 down
    poke = 3,  // a person writes RAM: 8 bytes little-endian physical address, then the data (target "memory")
    // Faults. All numbers are little-endian.
    stall = 4,         // time passes, nothing runs: 8 bytes, nanoseconds (target "clock")
    set_register = 5,  // 1 byte number (Gpr; 16 RIP, 17 RFLAGS), 8 bytes value (target "cpu0")
    interrupt = 6,     // 1 byte vector that nobody asked for (target "lapic0")
    lose = 7,          // 2 bytes source, 8 bytes n: its n-th request from now is lost (target "lapic0")
    device_fault = 8,  // one line of text that the device understands
    late = 9,          // as `lose`, and 8 bytes more: it comes so many nanoseconds later
};
constexpr InputKind last_input_kind = InputKind::late;
// Source of a lost or late interrupt: a vector, or the local APIC's timer.
constexpr std::uint16_t lost_timer = 256;

// The board as a device sees it. The machine implements it.
class Surroundings {
public:
    virtual ~Surroundings() = default;

    // Virtual time in nanoseconds. During an access: at the count of the
    // instruction before the accessing one.
    virtual std::uint64_t now() const = 0;

    // A device's timers, by a number of its own. Arming one again moves it. It
    // fires once, in on_timer(), at the first moment with now() >= deadline. A
    // deadline from end_of_time_ns on never comes: the timer is disarmed.
    virtual void arm(Device&, std::uint32_t timer, std::uint64_t deadline_ns) = 0;
    virtual void disarm(Device&, std::uint32_t timer) = 0;

    // An interrupt wire, by global system interrupt number (ISA IRQ n is n).
    virtual void set_interrupt_wire(unsigned gsi, bool level) = 0;
    // A message-signalled interrupt: a write of `data` to `address`.
    virtual void send_message(PhysAddr address, std::uint32_t data) = 0;

    // DMA. False, with nothing read or written, if any byte lies outside RAM.
    virtual bool read_memory(PhysAddr, std::span<std::uint8_t> into) = 0;
    virtual bool write_memory(Device&, PhysAddr, std::span<std::uint8_t const> from) = 0;

    // Towards the outside. Whether anybody listens is no business of the device.
    virtual void output(Device&, OutputKind, std::span<std::uint8_t const>) = 0;
    virtual void disk_access(Device&, DiskAccess const&) {}

    // Processor pins, for the local APIC.
    virtual void set_interrupt_line(unsigned cpu, bool on) = 0;
    virtual void nmi(unsigned cpu) = 0;
    // INIT: back to the state after reset, waiting for a start-up message; and
    // that message, with the page number where real-mode code begins.
    // [sdm-3a §8.4]
    virtual void init(unsigned cpu) = 0;
    virtual void start_up(unsigned cpu, std::uint8_t page) = 0;

    // The guest ends the run with a status of its own.
    virtual void exit(std::uint32_t status) = 0;
    // The guest, or a register that it touched, is odd. Each text is told once.
    virtual void report(std::string_view device, std::string text) = 0;
};

// One block of I/O ports or of memory-mapped registers. `region` tells a device
// with several blocks which one; `offset` counts from its start.
class IoHandler {
public:
    virtual ~IoHandler() = default;
    virtual std::uint64_t io_read(unsigned region, std::uint64_t offset, unsigned size) = 0;
    virtual void io_write(unsigned region, std::uint64_t offset, unsigned size, std::uint64_t value) = 0;

    // For people: which device answers at an offset, and what its register is
    // called there ("uart0", "LSR"). Empty: the handler is itself a device whose
    // name will do; the register has no name. Changes nothing.
    struct RegisterName {
        std::string device, name;
    };
    virtual RegisterName register_name(unsigned /*region*/, std::uint64_t /*offset*/, unsigned /*size*/,
                                       bool /*write*/) const {
        return {};
    }
};

class Device {
public:
    explicit Device(std::string name) : name_(std::move(name)) {}
    virtual ~Device() = default;
    Device(Device const&) = delete;
    Device& operator=(Device const&) = delete;

    // Unique in its machine: "uart0", "lapic0", "net0".
    std::string const& name() const { return name_; }

    // As after power-on. Its timers have been disarmed by the caller.
    virtual void reset() = 0;
    // Every field that matters later, timers excepted: those are in the event
    // queue, which is saved with the machine. Loading is complete (nothing of
    // the former state is left) and silent (nothing is armed, raised or sent).
    virtual void save(StateWriter&) const = 0;
    virtual void load(StateReader&) = 0;
    // The hash of what save() writes: two devices with one hash (and one content
    // of pages()) behave alike.
    std::uint64_t hash() const;

    // State too big for save(), as shared pages: the machine copies it into a
    // checkpoint and assigns it back after load(). Null: none.
    virtual PageOverlay* pages() { return nullptr; }

    virtual void on_timer(std::uint32_t /*timer*/) {}
    // Bytes from outside: delivered at a recorded moment. An input that the
    // device cannot take (a frame with no buffer) is dropped and counted.
    virtual void on_input(InputKind, std::span<std::uint8_t const>) {}

    virtual StateNode describe() const { return {name_, "", "", {}}; }

private:
    std::string name_;
};

}  // namespace sim::machine
