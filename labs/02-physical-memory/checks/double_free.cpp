// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/02-physical-memory/checks/double_free.hpp"

#include "labs/grader/allocator_calls.hpp"

namespace lab::frames {
namespace {

constexpr char const* assertion_name = "base::assertion_failed";
constexpr char const* panic_name = "base::panic";
constexpr char const* exercise = "apps::practice::free_twice";
constexpr unsigned order = 2;  // of the exercise's block

bool frees(Call const& call, std::optional<std::uint64_t> block) {
    return call.function == allocator::free && allocator::frame_freed(call) == block &&
           allocator::order_freed(call) == order;
}

bool is_end(Call const& call) { return call.function == assertion_name || call.function == panic_name; }

}  // namespace

DoubleFree::DoubleFree(StudentRun& run)
    : watch_(run, {allocator::allocate, allocator::free, assertion_name, panic_name}) {
    watch_.on_entry = [this](Call const& call) { return entered(call); };
    watch_.on_return = [this, &run](Call const& call) {
        if (begun() && !block_ && call.function == allocator::allocate && call.depth == 0)
            block_ = allocator::given(run, call).frame;
        return returned(call);
    };
    watch_.count("practice_begin", exercise);
}

bool DoubleFree::entered(Call const& call) {
    if (!begun()) return false;
    if (frees(call, block_)) ++freed_;
    // Within the second call: it was entered, and only the first has come back.
    if (is_end(call) && call.depth > 0 && freed_ == 2 && came_back_ == 1) refused_ = true;
    return false;
}

bool DoubleFree::returned(Call const& call) {
    if (!begun() || !frees(call, block_)) return false;
    if (++came_back_ == 2) accepted_ = call;
    return came_back_ == 2;
}

std::string DoubleFree::missing() const {
    if (!begun()) return "the exercise never began";
    if (!block_) return "the exercise was given no block of four frames";
    if (freed_ < 2) return "the block was never freed twice";
    return "the second time did not end in an assertion";
}

}  // namespace lab::frames
