// SPDX-License-Identifier: GPL-2.0-or-later
//
// An MSI-X table: for each vector of a device, the address and data of the
// message that it is, and a mask. A vector that is signalled while masked is
// remembered in the pending bits and sent when it is unmasked. [pci-3.0 §6.8.2]
#pragma once

#include <cstdint>
#include <vector>

#include "simulator/machine/device.hpp"

namespace sim::devices {

class MsixTable {
public:
    static constexpr unsigned entry_bytes = 16;

    explicit MsixTable(unsigned vectors) : entries_(vectors) {}
    unsigned vectors() const { return static_cast<unsigned>(entries_.size()); }
    void reset();

    // The table's bytes in its BAR, in 4 or 8-byte accesses.
    std::uint64_t read(std::uint64_t offset, unsigned size) const;
    void write(machine::Surroundings&, std::uint64_t offset, unsigned size, std::uint64_t value);
    std::uint64_t read_pending(std::uint64_t offset, unsigned size) const;

    // From the capability's control word.
    void set_control(machine::Surroundings&, bool enabled, bool all_masked);
    bool enabled() const { return enabled_; }
    void signal(machine::Surroundings&, unsigned vector);

    machine::StateNode describe() const;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        // The number of vectors is fixed: a state with another is no state of ours.
        for (auto& entry : self.entries_) visit("entry", entry);
        visit("enabled", self.enabled_);
        visit("all_masked", self.all_masked_);
    }

private:
    struct Entry {
        std::uint64_t address = 0;
        std::uint32_t data = 0, control = 1;  // bit 0: masked
        bool pending = false;
        template <class Self, class Visitor>
        static void fields(Self& self, Visitor& visit) {
            visit("address", self.address);
            visit("data", self.data);
            visit("control", self.control);
            visit("pending", self.pending);
        }
    };
    void deliver_pending(machine::Surroundings&);

    std::vector<Entry> entries_;
    bool enabled_ = false, all_masked_ = false;
};

}  // namespace sim::devices
