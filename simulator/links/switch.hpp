// SPDX-License-Identifier: GPL-2.0-or-later
//
// A learning switch: remembers behind which port an address was last seen, and
// floods what it does not know. Its table is bounded; the entry that has been
// silent for longest makes room. [ieee-802.3; 802.1D §7.7 to §7.9]
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sim::links {

class Switch {
public:
    explicit Switch(unsigned table = 1024) : most_(table) {}
    void set_ports(unsigned ports) { ports_ = ports; }

    // The ports that the frame leaves by, ascending, never `from`.
    std::vector<unsigned> forward(unsigned from, std::span<std::uint8_t const> frame);
    std::size_t known() const { return table_.size(); }

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("clock", self.clock_);
        visit("table", self.table_);
    }

private:
    struct Entry {
        std::uint64_t address = 0, used = 0;
        std::uint32_t port = 0;
        template <class Self, class Visitor>
        static void fields(Self& self, Visitor& visit) {
            visit("address", self.address);
            visit("used", self.used);
            visit("port", self.port);
        }
    };
    Entry* find(std::uint64_t address);

    unsigned most_, ports_ = 0;
    std::uint64_t clock_ = 0;  // frames seen
    std::vector<Entry> table_;
};

}  // namespace sim::links
