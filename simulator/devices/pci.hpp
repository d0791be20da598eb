// SPDX-License-Identifier: GPL-2.0-or-later
//
// PCI: functions with configuration space and base address registers, and the
// bus that finds them, by configuration address and by the memory and port
// addresses that the guest wrote into the BARs. Bus 0 only. [pci-3.0 §6]
// [pcie-5.0 §7.2]
//
// After reset BARs are 0 and decoding is off; a BAR that holds 0 is not
// decoded. Where the boot protocol begins after a BIOS the board assigns them
// (board/pci_resources.hpp).
//
// A function's interrupt pin leads, swizzled by its device number, to one of
// the chipset's eight wires PIRQ A to H; where those go, the ISA bridge says
// (lpc.hpp). Several functions may share a wire.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "simulator/machine/machine.hpp"

namespace sim::devices {

// Offsets in configuration space. [pci-3.0 §6.1]
namespace pci_config {
constexpr unsigned vendor = 0x00, device = 0x02, command = 0x04, status = 0x06, revision = 0x08,
                   class_code = 0x09, header_type = 0x0E, bar0 = 0x10, subsystem_vendor = 0x2C,
                   subsystem = 0x2E, rom = 0x30, capabilities = 0x34, interrupt_line = 0x3C,
                   interrupt_pin = 0x3D;
constexpr std::uint16_t command_io = 1, command_memory = 2, command_master = 4, command_no_intx = 1 << 10;
constexpr std::uint16_t status_interrupt = 1 << 3, status_capabilities = 1 << 4;
}  // namespace pci_config

class PciBus;

// Where the PIRQ wires end. One bit a wire, A in bit 0.
class PirqInputs {
public:
    virtual ~PirqInputs() = default;
    virtual void set_pirqs(std::uint8_t levels) = 0;
};

class PciFunction : public machine::Device {
public:
    struct Address {
        std::uint8_t device = 0, function = 0;
    };

    PciFunction(std::string name, machine::Surroundings& board, Address address)
        : Device(std::move(name)), board_(board), address_(address) {}

    Address address() const { return address_; }
    void attach(PciBus& bus) { bus_ = &bus; }

    std::uint32_t config_read(unsigned offset, unsigned size);
    void config_write(unsigned offset, unsigned size, std::uint32_t value);

    // The BAR that holds the whole access, if decoding is on; `io`: of ports.
    struct Hit {
        unsigned bar = 0;
        std::uint64_t offset = 0;
    };
    std::optional<Hit> decode(std::uint64_t address, unsigned size, bool io = false) const;
    virtual std::uint64_t bar_read(unsigned /*bar*/, std::uint64_t /*offset*/, unsigned /*size*/) {
        return 0;
    }
    virtual void bar_write(unsigned /*bar*/, std::uint64_t /*offset*/, unsigned /*size*/,
                           std::uint64_t /*value*/) {}

    // For people: the register behind a BAR.
    virtual std::string bar_register_name(unsigned /*bar*/, std::uint64_t /*offset*/) const { return ""; }

    // The function wants its interrupt wire high: bit 3 of the status register.
    virtual bool interrupt_pending() const { return false; }
    bool wire() const {
        return interrupt_pending() && !(get16(pci_config::command) & pci_config::command_no_intx);
    }
    unsigned pin() const { return config_[pci_config::interrupt_pin]; }  // 1: INTA; 0: none
    bool bus_master() const { return get16(pci_config::command) & pci_config::command_master; }
    machine::StateNode describe_config() const;

    void reset() override;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("config", self.config_);
    }

protected:
    using Config = std::array<std::uint8_t, 256>;

    // For constructors: the space as it is after reset, and which bits a guest
    // may change.
    void set_initial(unsigned offset, unsigned size, std::uint32_t value);
    void set_writable(unsigned offset, unsigned size, std::uint32_t mask);
    void add_memory_bar(unsigned index, std::uint64_t size, bool is_64_bit);
    void add_io_bar(unsigned index, std::uint64_t size);
    // Appends a capability to the list; `body` begins after the next pointer.
    // Returns its offset.
    unsigned add_capability(std::uint8_t id, std::span<std::uint8_t const> body);

    // Told after a write, and asked before a read, of the device-specific part.
    virtual void config_written(unsigned /*offset*/, unsigned /*size*/) {}
    virtual void config_about_to_be_read(unsigned /*offset*/, unsigned /*size*/) {}

    // wire() may have changed.
    void update_wire();

    std::uint16_t get16(unsigned offset) const {
        return static_cast<std::uint16_t>(config_[offset] | config_[offset + 1] << 8);
    }
    std::uint32_t get32(unsigned offset) const {
        return get16(offset) | std::uint32_t{get16(offset + 2)} << 16;
    }
    std::uint8_t config_byte(unsigned offset) const { return config_[offset]; }
    Config& config() { return config_; }

    machine::Surroundings& board_;

private:
    struct Bar {
        std::uint64_t size = 0;  // 0: absent
        bool is_64_bit = false, io = false;
    };
    std::uint64_t bar_address(unsigned index) const;

    Address address_;
    PciBus* bus_ = nullptr;
    Config config_{}, initial_{}, writable_{};
    std::array<Bar, 6> bars_{};
    unsigned capabilities_end_ = 0x40;
    unsigned last_capability_ = 0;
};

// The q35's host bridge: there to be found, with the one register that tells
// where ECAM is.
class HostBridge final : public PciFunction {
public:
    explicit HostBridge(machine::Surroundings& board);
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    machine::StateNode describe() const override { return describe_config(); }
};

class PciBus final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint16_t config_port = 0xCF8;  // address, then data at 0xCFC
    static constexpr std::uint64_t ecam_base = 0xE000'0000;
    static constexpr std::uint64_t ecam_size = 256ull << 20;

    enum Region : unsigned { ports, ecam, memory, io };

    explicit PciBus(machine::Surroundings& board) : Device("pci0"), board_(board) {}
    void add(PciFunction& function) {
        functions_.push_back(&function);
        function.attach(*this);
    }
    std::span<PciFunction* const> functions() const { return functions_; }
    // INTA (pin 0) of slot n is PIRQ E + n modulo 4, INTB the next one, and so
    // on: E to H, never A to D. 0 is PIRQ A.
    static constexpr unsigned pirq_of(unsigned slot, unsigned pin) { return 4 + (slot + pin) % 4; }
    void attach(PirqInputs& router) { router_ = &router; }
    // Port 0xCF9, the chipset's reset register, lies among the bus's own.
    void attach_reset_control(machine::IoHandler& handler) { reset_control_ = &handler; }
    // Some function's wire may have changed.
    void update_wires();

    void reset() override { address_ = 0; }
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    machine::StateNode describe() const override;

    // `memory` and `io` are every address that no other device claims: there
    // the offset is the address itself.
    std::uint64_t io_read(unsigned region, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned region, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("address", self.address_);
    }

private:
    PciFunction* find(unsigned bus, unsigned device, unsigned function) const;
    PciFunction* selected() const;

    machine::Surroundings& board_;
    std::vector<PciFunction*> functions_;
    PirqInputs* router_ = nullptr;
    machine::IoHandler* reset_control_ = nullptr;
    std::uint32_t address_ = 0;  // CONFIG_ADDRESS
};

}  // namespace sim::devices
