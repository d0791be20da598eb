// SPDX-License-Identifier: GPL-2.0-or-later
//
// A gate of the interrupt descriptor table, read by our own eyes. [sdm-3a §6.14.1]
#pragma once

#include <cstdint>
#include <string>

namespace lab::interrupts {

struct GateBits {
    std::uint64_t low = 0, high = 0;

    std::uint64_t offset() const { return (low & 0xffff) | (low >> 48 << 16) | (high & 0xffff'ffff) << 32; }
    unsigned selector() const { return low >> 16 & 0xffff; }
    unsigned ist() const { return low >> 32 & 7; }
    unsigned type() const { return low >> 40 & 15; }
    unsigned privilege() const { return low >> 45 & 3; }
    bool present() const { return low >> 47 & 1; }
    bool reserved_clear() const { return (low >> 35 & 31) == 0 && (low >> 44 & 1) == 0 && high >> 32 == 0; }

    // What is wrong with it; empty: nothing.
    std::string objection(std::uint64_t handler, unsigned stack) const;
};

// What each objection means, for the message.
extern char const* const gate_rule;

}  // namespace lab::interrupts
