// SPDX-License-Identifier: MIT
//
// One register of a device in memory. But for applications that show what it does, this is the
// only use of volatile.
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
    // One store and nothing else: compiled to be small, GCC stores 0 by AND and all ones by OR,
    // through volatile, too, and both read the register first.
    void write(T value) const { asm volatile("mov %1, %0" : "=m"(*register_) : "r"(value)); }

private:
    T volatile* register_;
};

}  // namespace arch
