// SPDX-License-Identifier: MIT
//
// One register of a device in memory. This is the only use of volatile.
#pragma once

#include <concepts>
#include <cstdint>

#include "kernel/base/address.hpp"

namespace arch {

template <std::unsigned_integral T>
class Mmio {
public:
    explicit Mmio(base::VirtAddr address) : register_(address.as<T volatile>()) {}
    T read() const { return *register_; }
    void write(T value) const { *register_ = value; }

private:
    T volatile* register_;
};

}  // namespace arch
