// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/device.hpp"

#include "simulator/machine/hash.hpp"

namespace sim::machine {

std::uint64_t Device::hash() const {
    StateWriter writer;
    save(writer);
    return hash_bytes(writer.bytes());
}

}  // namespace sim::machine
