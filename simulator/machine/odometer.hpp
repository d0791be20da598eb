// SPDX-License-Identifier: GPL-2.0-or-later
//
// How much work the machines of this process have done: instructions executed,
// those that were run again for a seek or a search included. Says what a question
// costs, on any host the same. No part of any machine: nothing reads it back.
#pragma once

#include <atomic>
#include <cstdint>

namespace sim::machine {

class Odometer {
public:
    static std::uint64_t executed() { return count_.load(std::memory_order_relaxed); }
    static void add(std::uint64_t instructions) { count_.fetch_add(instructions, std::memory_order_relaxed); }

private:
    static inline std::atomic<std::uint64_t> count_{0};
};

}  // namespace sim::machine
