// SPDX-License-Identifier: GPL-2.0-or-later
//
// The calls of the kernel's frame allocator, as CallWatch shows them: their names, and
// what is where in their arguments and results (kernel/memory/frame_allocator.hpp).
#pragma once

#include <optional>

#include "labs/grader/call_watch.hpp"

namespace lab::allocator {

constexpr char const* init = "memory::FrameAllocator::init";
constexpr char const* add_region = "memory::FrameAllocator::add_region";
constexpr char const* allocate = "memory::FrameAllocator::allocate";
constexpr char const* free = "memory::FrameAllocator::free";

// Of allocate: behind the place for the result and `this`.
inline unsigned order_asked(Call const& call) { return static_cast<unsigned>(call.arguments[2]); }
inline std::uint8_t owner_asked(Call const& call) { return static_cast<std::uint8_t>(call.arguments[3]); }

// What allocate gave: a Result<FrameNumber> lies where the first argument says.
struct Given {
    bool readable = false;                 // there is a result at all
    std::optional<std::uint64_t> frame{};  // none: it said that there is nothing
};
inline Given given(StudentRun const& run, Call const& call) {
    auto const value = run.read_word(call.arguments[0]), ok = run.read_word(call.arguments[0] + 8);
    if (!value || !ok) return {};
    return {true, (*ok & 0xff) != 0 ? value : std::nullopt};
}

// Of free: behind `this`.
inline std::uint64_t frame_freed(Call const& call) { return call.arguments[1]; }
inline unsigned order_freed(Call const& call) { return static_cast<unsigned>(call.arguments[2]); }

}  // namespace lab::allocator
