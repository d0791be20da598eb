// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/uart.hpp"

#include <fmt/format.h>

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

// Registers by offset; several share one. [16550 table 1]
enum : unsigned { rbr_thr_dll = 0, ier_dlm = 1, iir_fcr = 2, lcr = 3, mcr = 4, lsr = 5, msr = 6, scr = 7 };

enum : std::uint8_t {
    ier_received = 1 << 0,
    ier_transmitter_empty = 1 << 1,
    ier_line_status = 1 << 2,

    iir_none = 0x01,
    iir_transmitter_empty = 0x02,
    iir_received = 0x04,
    iir_line_status = 0x06,
    iir_timeout = 0x0C,  // bytes below the trigger level that nobody fetched
    iir_fifos = 0xC0,

    fcr_enable = 1 << 0,
    fcr_clear_receiver = 1 << 1,

    lcr_divisor_access = 1 << 7,

    mcr_out2 = 1 << 3,  // on a PC: lets the interrupt through; uart.hpp
    mcr_loop = 1 << 4,

    lsr_data_ready = 1 << 0,
    lsr_overrun = 1 << 1,
    lsr_thr_empty = 1 << 5,
    lsr_transmitter_empty = 1 << 6,

    msr_cts = 1 << 4,
    msr_dsr = 1 << 5,
    msr_dcd = 1 << 7,
};

constexpr std::size_t fifo_size = 16;
constexpr std::size_t trigger_levels[] = {1, 4, 8, 14};  // FCR bits 7..6
constexpr std::size_t most_waiting = 64 << 10;           // a paste; more is dropped

}  // namespace

void Uart::reset() {
    ier_ = fcr_ = lcr_ = mcr_ = scr_ = 0;
    divisor_ = 0;
    overrun_ = thr_interrupt_ = false;
    received_.clear();
    waiting_.clear();
}

std::uint64_t Uart::io_read(unsigned, std::uint64_t offset, unsigned size) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i)
        value |= std::uint64_t{read_register(static_cast<unsigned>(offset) + i)} << (8 * i);
    return value;
}

void Uart::io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) {
    for (unsigned i = 0; i < size; ++i)
        write_register(static_cast<unsigned>(offset) + i, static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint8_t Uart::read_register(unsigned offset) {
    bool const divisor_access = lcr_ & lcr_divisor_access;
    switch (offset) {
        case rbr_thr_dll: {
            if (divisor_access) return static_cast<std::uint8_t>(divisor_);
            if (received_.empty()) return 0;
            std::uint8_t const byte = received_.front();
            received_.pop_front();
            refill();
            update_interrupt();
            return byte;
        }
        case ier_dlm:
            return divisor_access ? static_cast<std::uint8_t>(divisor_ >> 8) : ier_;
        case iir_fcr: {
            std::uint8_t const id = interrupt_identification();
            if ((id & 0x0F) == iir_transmitter_empty) thr_interrupt_ = false;  // reading acknowledges
            update_interrupt();
            return id;
        }
        case lcr:
            return lcr_;
        case mcr:
            return mcr_;
        case lsr: {
            std::uint8_t const status = line_status();
            overrun_ = false;
            update_interrupt();
            return status;
        }
        case msr:
            return modem_status();
        default:
            return scr_;
    }
}

void Uart::write_register(unsigned offset, std::uint8_t value) {
    bool const divisor_access = lcr_ & lcr_divisor_access;
    switch (offset) {
        case rbr_thr_dll:
            if (divisor_access) {
                divisor_ = static_cast<std::uint16_t>((divisor_ & 0xFF00) | value);
            } else {
                if (mcr_ & mcr_loop)
                    receive(value);
                else
                    board_.output(*this, machine::OutputKind::console, {&value, 1});
                thr_interrupt_ = true;  // sent, and empty again
            }
            break;
        case ier_dlm:
            if (divisor_access) {
                divisor_ = static_cast<std::uint16_t>((divisor_ & 0x00FF) | value << 8);
            } else {
                bool const newly = (value & ~ier_) & ier_transmitter_empty;
                ier_ = value & 0x0F;
                if (newly) thr_interrupt_ = true;
            }
            break;
        case iir_fcr:
            if ((value ^ fcr_) & fcr_enable) received_.clear();
            fcr_ = value & 0xC9;
            if (value & fcr_clear_receiver) received_.clear();
            refill();
            break;
        case lcr:
            lcr_ = value;
            break;
        case mcr:
            mcr_ = value & 0x1F;
            refill();
            break;
        case scr:
            scr_ = value;
            break;
        default:
            break;  // LSR and MSR are read-only
    }
    update_interrupt();
}

void Uart::on_input(machine::InputKind kind, std::span<std::uint8_t const> bytes) {
    if (kind != machine::InputKind::console) return;
    for (std::uint8_t const byte : bytes)
        if (waiting_.size() < most_waiting) waiting_.push_back(byte);
    refill();
    update_interrupt();
}

bool Uart::fifo_enabled() const { return fcr_ & fcr_enable; }

void Uart::receive(std::uint8_t byte) {
    if (received_.size() < (fifo_enabled() ? fifo_size : 1))
        received_.push_back(byte);
    else
        overrun_ = true;
}

// The line is busy with the chip's own bytes while it loops back.
void Uart::refill() {
    if (mcr_ & mcr_loop) return;
    while (!waiting_.empty() && received_.size() < (fifo_enabled() ? fifo_size : 1)) {
        received_.push_back(waiting_.front());
        waiting_.pop_front();
    }
}

std::uint8_t Uart::line_status() const {
    return static_cast<std::uint8_t>(lsr_thr_empty | lsr_transmitter_empty |
                                     (received_.empty() ? 0 : lsr_data_ready) | (overrun_ ? lsr_overrun : 0));
}

// In loop-back the modem outputs are its inputs: RTS is CTS, DTR is DSR, OUT1
// is RI, OUT2 is DCD. Else the other end is always there.
std::uint8_t Uart::modem_status() const {
    if (!(mcr_ & mcr_loop)) return msr_cts | msr_dsr | msr_dcd;
    return static_cast<std::uint8_t>((mcr_ & 0x0C) << 4 | (mcr_ & 0x02) << 3 | (mcr_ & 0x01) << 5);
}

// In the order of priority. [16550 table 3]
std::uint8_t Uart::interrupt_identification() const {
    std::uint8_t const fifos = fifo_enabled() ? iir_fifos : 0;
    if ((ier_ & ier_line_status) && overrun_) return iir_line_status | fifos;
    if ((ier_ & ier_received) && !received_.empty()) {
        bool const triggered = !fifo_enabled() || received_.size() >= trigger_levels[fcr_ >> 6];
        return static_cast<std::uint8_t>((triggered ? iir_received : iir_timeout) | fifos);
    }
    if ((ier_ & ier_transmitter_empty) && thr_interrupt_) return iir_transmitter_empty | fifos;
    return iir_none | fifos;
}

void Uart::update_interrupt() {
    std::uint8_t const cause = interrupt_identification() & 0x0F;
    bool const up = cause != iir_none && !(mcr_ & mcr_loop);
    // Told when somebody waits for what was typed: drivers try IER before they set MCR.
    if (up && !(mcr_ & mcr_out2) && (cause == iir_received || cause == iir_timeout))
        board_.report(name(),
                      "an interrupt with MCR.OUT2 clear: QEMU lets it through and so do we, but the "
                      "wiring of a real PC holds it back; set bit 3 of MCR");
    board_.set_interrupt_wire(irq_, up);
}

machine::IoHandler::RegisterName Uart::register_name(unsigned, std::uint64_t offset, unsigned,
                                                     bool write) const {
    constexpr char const* divisor[] = {"DLL", "DLM"};
    constexpr char const* names[] = {"RBR", "IER", "IIR", "LCR", "MCR", "LSR", "MSR", "SCR"};
    if ((lcr_ & lcr_divisor_access) && offset < 2) return {name(), divisor[offset]};
    if (write && offset == rbr_thr_dll) return {name(), "THR"};
    if (write && offset == iir_fcr) return {name(), "FCR"};
    return {name(), offset < 8 ? names[offset] : ""};
}

machine::StateNode Uart::describe() const {
    machine::StateNode node{
        name(), fmt::format("{} baud", divisor_ ? 115200 / divisor_ : 0), "serial line, a 16550A UART", {}};
    auto& c = node.children;
    c.push_back(
        bits("IER", ier_, "interrupts wanted",
             {{0, "data received"}, {1, "transmitter empty"}, {2, "line status"}, {3, "modem status"}}));
    c.push_back(
        bits("LSR", line_status(), "line status",
             {{0, "data ready"}, {1, "overrun"}, {5, "transmit register empty"}, {6, "transmitter idle"}}));
    c.push_back(
        bits("LCR", lcr_, "line control", {{2, "two stop bits"}, {3, "parity"}, {7, "divisor access"}}));
    c.push_back(bits("MCR", mcr_, "modem control",
                     {{0, "DTR"}, {1, "RTS"}, {3, "OUT2: a PC's interrupt gate"}, {4, "loop back"}}));
    c.push_back(bits("FCR", fcr_, "FIFO control", {{0, "FIFOs on"}}));
    c.push_back({"receiver FIFO",
                 fmt::format("{} bytes", received_.size()),
                 waiting_.empty() ? "" : fmt::format("{} more wait outside", waiting_.size()),
                 {}});
    return node;
}

}  // namespace sim::devices
