// SPDX-License-Identifier: MIT
//
// What the page tells about the machine that serves it, gathered in one moment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/base/time.hpp"

namespace apps {

struct ThreadFact {
    std::string_view name;
    std::string_view state;      // a word, such as "waiting"
    base::Duration processor;    // time it has had the processor
    std::uint64_t switches = 0;  // times it was given the processor
};

struct Facts {
    static constexpr std::size_t most_threads = 24;

    base::Duration uptime;
    std::uint64_t memory_total = 0;  // bytes that the frame allocator has
    std::uint64_t memory_free = 0;
    std::string_view machine;   // what the processor says that it is
    std::uint32_t address = 0;  // IPv4, 10.0.2.15 is 0x0a00020f
    std::array<std::uint8_t, 6> mac{};

    std::uint64_t requests = 0;     // answered, and this one
    std::uint64_t connections = 0;  // accepted
    std::uint64_t open = 0;         // now
    std::uint64_t frames_in = 0;
    std::uint64_t frames_out = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t interrupts = 0;  // of the network card

    std::array<ThreadFact, most_threads> threads{};
    std::size_t thread_count = 0;  // of them
};

}  // namespace apps
