// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/msix.hpp"

#include "simulator/devices/describe.hpp"

namespace sim::devices {

void MsixTable::reset() {
    entries_.assign(entries_.size(), Entry());
    enabled_ = all_masked_ = false;
}

std::uint64_t MsixTable::read(std::uint64_t offset, unsigned size) const {
    if (size == 8) return read(offset, 4) | read(offset + 4, 4) << 32;
    if (size != 4 || offset / entry_bytes >= entries_.size()) return 0;
    Entry const& entry = entries_[offset / entry_bytes];
    switch (offset % entry_bytes) {
        case 0:
            return static_cast<std::uint32_t>(entry.address);
        case 4:
            return entry.address >> 32;
        case 8:
            return entry.data;
        default:
            return entry.control;
    }
}

void MsixTable::write(machine::Surroundings& board, std::uint64_t offset, unsigned size,
                      std::uint64_t value) {
    if (size == 8) {
        write(board, offset, 4, value & 0xFFFF'FFFF);
        write(board, offset + 4, 4, value >> 32);
        return;
    }
    if (size != 4 || offset / entry_bytes >= entries_.size()) return;
    Entry& entry = entries_[offset / entry_bytes];
    auto const word = static_cast<std::uint32_t>(value);
    switch (offset % entry_bytes) {
        case 0:
            entry.address = (entry.address & ~0xFFFF'FFFFull) | (word & ~3u);
            break;
        case 4:
            entry.address = (entry.address & 0xFFFF'FFFF) | std::uint64_t{word} << 32;
            break;
        case 8:
            entry.data = word;
            break;
        default:
            entry.control = word & 1;
            deliver_pending(board);
    }
}

std::uint64_t MsixTable::read_pending(std::uint64_t offset, unsigned size) const {
    std::uint64_t bits = 0;
    for (unsigned i = 0; i < entries_.size() && i < 64; ++i) bits |= std::uint64_t{entries_[i].pending} << i;
    return offset + size > 8 ? 0 : bits >> (8 * offset);
}

void MsixTable::set_control(machine::Surroundings& board, bool enabled, bool all_masked) {
    enabled_ = enabled;
    all_masked_ = all_masked;
    deliver_pending(board);
}

void MsixTable::signal(machine::Surroundings& board, unsigned vector) {
    if (vector >= entries_.size()) return;
    entries_[vector].pending = true;
    deliver_pending(board);
}

void MsixTable::deliver_pending(machine::Surroundings& board) {
    if (!enabled_ || all_masked_) return;
    for (Entry& entry : entries_) {
        if (!entry.pending || (entry.control & 1)) continue;
        entry.pending = false;
        board.send_message(entry.address, entry.data);
    }
}

machine::StateNode MsixTable::describe() const {
    machine::StateNode node{"MSI-X", enabled_ ? "on" : "off", all_masked_ ? "all masked" : "", {}};
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        Entry const& e = entries_[i];
        node.children.push_back(
            {fmt::format("vector {}", i),
             fmt::format("{:#x} to {:#x}", e.data, e.address),
             fmt::format("{}{}", (e.control & 1) ? "masked" : fmt::format("interrupt {:#x}", e.data & 0xFF),
                         e.pending ? ", pending" : ""),
             {}});
    }
    return node;
}

}  // namespace sim::devices
