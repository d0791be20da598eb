// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/test_device.hpp"

#include <fmt/format.h>

namespace sim::devices {

void TestDevice::reset() {
    data_.assign(4, 0);
    memory_.assign(memory_bytes, 0);
}

// Beyond the last byte there is nothing: all ones.
std::uint64_t TestDevice::io_read(unsigned region, std::uint64_t offset, unsigned size) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
        std::uint64_t const at = offset + i;
        std::uint8_t byte = 0xFF;
        if (region == data && at < data_.size()) byte = data_[at];
        if (region == memory && at < memory_.size()) byte = memory_[at];
        value |= std::uint64_t{byte} << 8 * i;
    }
    return value;
}

void TestDevice::io_write(unsigned region, std::uint64_t offset, unsigned size, std::uint64_t value) {
    if (region == wire) {
        if (offset < wires) board_.set_interrupt_wire(static_cast<unsigned>(offset), value & 0xFF);
        return;
    }
    if (region == flush) return;
    auto& bytes = region == data ? data_ : memory_;
    for (unsigned i = 0; i < size && offset + i < bytes.size(); ++i)
        bytes[offset + i] = static_cast<std::uint8_t>(value >> 8 * i);
}

machine::IoHandler::RegisterName TestDevice::register_name(unsigned region, std::uint64_t offset, unsigned,
                                                           bool) const {
    switch (region) {
        case data:
            return {name(), fmt::format("data +{}", offset)};
        case flush:
            return {name(), "flush"};
        case wire:
            return {name(), fmt::format("wire {}", offset)};
        default:
            return {name(), fmt::format("memory +{:#x}", offset)};
    }
}

machine::StateNode TestDevice::describe() const {
    return {name(),
            fmt::format("data {:02x} {:02x} {:02x} {:02x}", data_[0], data_[1], data_[2], data_[3]),
            "QEMU's pc-testdev, for tests of the machine",
            {}};
}

}  // namespace sim::devices
