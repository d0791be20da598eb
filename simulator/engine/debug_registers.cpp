// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/engine/debug_registers.hpp"

#include "simulator/engine/physical_memory.hpp"

namespace sim::engine {

void DebugRegisters::set_values(Values const& values) {
    values_ = values;
    plan();
}

void DebugRegisters::write(unsigned number, std::uint64_t value) {
    if (number == 6) value = (value & dr6::writable) | dr6::fixed;
    if (number == 7) value = (value & dr7::writable) | dr7::fixed;
    values_[number] = value;
    plan();
}

// The matches of an earlier exception go, everything else stays until the guest
// clears it. General detection ends where the handler begins. [sdm-3b §17.2.3, §17.2.4]
void DebugRegisters::report(std::uint64_t why) {
    values_[6] = (values_[6] & ~dr6::matched) | why;
    values_[7] &= ~dr7::general_detect;
}

void DebugRegisters::plan() {
    code_ = data_ = ports_ = 0;
    if (!(values_[7] & dr7::enabled)) return;
    for (unsigned i = 0; i < 4; ++i) {
        if (!(values_[7] >> 2 * i & 3)) continue;  // neither L nor G: the same, without task switches
        unsigned& mask = kind_of(i) == execute ? code_ : kind_of(i) == in_out ? ports_ : data_;
        mask |= 1u << i;
    }
}

std::uint64_t DebugRegisters::length_of(unsigned i) const {
    static constexpr std::uint64_t lengths[] = {1, 2, 8, 4};
    return lengths[values_[7] >> (18 + 4 * i) & 3];
}

std::uint64_t DebugRegisters::code_matches(VirtAddr address) const {
    std::uint64_t found = 0;
    for (unsigned i = 0; i < 4; ++i)
        if ((code_ >> i & 1) && values_[i] == address) found |= 1u << i;
    return found;
}

std::uint64_t DebugRegisters::match_data(VirtAddr address, std::uint64_t size, bool write) const {
    std::uint64_t found = 0;
    for (unsigned i = 0; i < 4; ++i) {
        if (!(data_ >> i & 1) || (!write && kind_of(i) != read_or_write)) continue;
        if (start_of(i) < address + size && address < start_of(i) + length_of(i)) found |= 1u << i;
    }
    return found;
}

std::uint64_t DebugRegisters::match_port(std::uint16_t port, unsigned size) const {
    std::uint64_t found = 0;
    for (unsigned i = 0; i < 4; ++i)
        if ((ports_ >> i & 1) && start_of(i) < std::uint64_t{port} + size &&
            port < start_of(i) + length_of(i))
            found |= 1u << i;
    return found;
}

DebugRegisters::PageRights DebugRegisters::data_on_page(VirtAddr page) const {
    PageRights rights;
    for (unsigned i = 0; i < 4; ++i)
        if ((data_ >> i & 1) && ((values_[i] ^ page) & page_mask) == 0) {
            rights.writes = true;
            rights.reads |= kind_of(i) == read_or_write;
        }
    return rights;
}

}  // namespace sim::engine
