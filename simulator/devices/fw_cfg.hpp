// SPDX-License-Identifier: GPL-2.0-or-later
//
// QEMU's way to hand things to a guest: items by number, and files by name in a
// directory item; read byte by byte from a port, or copied by DMA. Nothing can
// be written. [qemu-fw-cfg]
//
//   0x510  selector, 16 bits    0x511  data, 8 bits    0x514  DMA address, 64 bits big-endian
//
// Items: signature, id, RAM size, processors, the image, the initrd and the
// command line; file "etc/e820", the memory map.
#pragma once

#include <map>

#include "simulator/machine/config.hpp"
#include "simulator/machine/device.hpp"

namespace sim::devices {

class FwCfg final : public machine::Device, public machine::IoHandler {
public:
    static constexpr std::uint16_t port = 0x510;
    static constexpr std::uint16_t ports = 12;

    FwCfg(machine::Surroundings&, machine::MachineConfig const&);

    void reset() override;
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    machine::StateNode describe() const override;

    std::uint64_t io_read(unsigned, std::uint64_t offset, unsigned size) override;
    void io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) override;
    RegisterName register_name(unsigned region, std::uint64_t offset, unsigned size,
                               bool write) const override;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("selected", self.selected_);
        visit("offset", self.offset_);
        visit("dma_address", self.dma_address_);
    }

private:
    using Bytes = std::vector<std::uint8_t>;
    void add(std::uint16_t key, Bytes bytes);
    void add(std::uint16_t key, machine::Blob const& blob);
    void add_file(std::string const& name, Bytes bytes);
    void select(std::uint16_t key);
    void take(std::span<std::uint8_t> into);
    void transfer();

    machine::Surroundings& board_;
    std::map<std::uint16_t, std::shared_ptr<Bytes const>> items_;  // never changes after the start
    Bytes directory_;
    std::uint16_t selected_ = 0;
    std::uint32_t offset_ = 0;  // in the selected item
    std::uint64_t dma_address_ = 0;
};

}  // namespace sim::devices
