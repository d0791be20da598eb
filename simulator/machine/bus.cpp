// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/bus.hpp"

#include <algorithm>
#include <stdexcept>

namespace sim::machine {

void Bus::map(std::uint64_t start, std::uint64_t length, IoHandler& handler, unsigned region) {
    auto const after = std::upper_bound(entries_.begin(), entries_.end(), start,
                                        [](std::uint64_t s, Entry const& e) { return s < e.start; });
    bool const overlaps_next = after != entries_.end() && start + length > after->start;
    bool const overlaps_previous =
        after != entries_.begin() && std::prev(after)->start + std::prev(after)->length > start;
    if (overlaps_next || overlaps_previous) throw std::logic_error("two devices at one address");
    entries_.insert(after, Entry{start, length, &handler, region});
}

void Bus::set_fallback(IoHandler& handler, unsigned region) {
    fallback_ = Entry{0, UINT64_MAX, &handler, region};
}

Bus::Entry Bus::find(std::uint64_t address, unsigned size) const {
    auto const after = std::upper_bound(entries_.begin(), entries_.end(), address,
                                        [](std::uint64_t a, Entry const& e) { return a < e.start; });
    if (after != entries_.begin()) {
        Entry const& entry = *std::prev(after);
        if (address - entry.start + size <= entry.length) return entry;
    }
    return fallback_;
}

}  // namespace sim::machine
