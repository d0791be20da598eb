// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/02-physical-memory/checks/frame_monitor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "labs/grader/allocator_calls.hpp"

namespace lab::frames {
namespace {

constexpr char const* exercise = "apps::practice::use_frames";
constexpr std::uint64_t page = 4096;
constexpr std::uint64_t direct_map = 0xffff'8000'0000'0000;
constexpr std::uint64_t firmware_start = 0x9f, firmware_end = 0x100;  // frames, as the loader says
constexpr std::uint64_t instructions_a_frame = 8;                     // a plain loop writes the owner of one
constexpr std::uint8_t owner_reserved = 0, owner_free = 1;
constexpr char const *probe_taken = "frame_alloc", *probe_freed = "frame_free";
constexpr std::size_t most_told = 16;  // of one call: one is right

std::string words_of(std::vector<std::uint64_t> const& says) {
    std::string text;
    for (auto const one : says) text += fmt::format("{}{:#x}", text.empty() ? "" : ", ", one);
    return text;
}

}  // namespace

FrameMonitor::FrameMonitor(StudentRun& run)
    : run_(run), watch_(run, {allocator::init, allocator::add_region, allocator::allocate, allocator::free}) {
    watch_.on_entry = [this](Call const& call) { return entered(call); };
    watch_.on_return = [this](Call const& call) { return returned(call); };
    watch_.count("practice_begin", exercise);
    watch_.count("practice_done", exercise);
    for (char const* probe : {probe_taken, probe_freed}) watch_.follow(probe);
    watch_.on_probe = [this](std::string const& probe, std::vector<std::uint64_t> const& says) {
        if (told_.size() < most_told) told_.emplace_back(probe, says);
    };
}

bool FrameMonitor::run() {
    broken_ = false;
    watch_.run();
    return !broken_;
}

std::string FrameMonitor::missing(std::uint64_t least_calls) const {
    if (watch_.passed("practice_begin") != 1) return "the exercise never began";
    if (watch_.passed("practice_done") != 1) return "the exercise never ended";
    if (exercised_ < least_calls)
        return fmt::format("the exercise ended after {} calls of the allocator; it makes {} at least",
                           exercised_, least_calls);
    return {};
}

bool FrameMonitor::entered(Call const& call) {
    if (call.depth == 0) told_.clear();
    if (call.function == allocator::init) {
        owners_ = call.arguments[1];
        books_ = Bookkeeping(call.arguments[2]);
        // Both tables lie in the direct map, one after the other.
        frame_table_ = (owners_ - direct_map) / page;
        frame_table_end_ = frame_table_ + (2 * call.arguments[2] + page - 1) / page;
    }
    return false;
}

bool FrameMonitor::returned(Call const& call) {
    if (call.depth != 0) return false;  // the allocator's own matter
    if (watch_.passed("practice_begin") != 0) ++exercised_;
    if (call.function == allocator::add_region) books_.give(call.arguments[1], call.arguments[2]);
    if (call.function == allocator::free) {
        unsigned const order = allocator::order_freed(call);
        books_.freed(allocator::frame_freed(call), order);
        note_told(call, {allocator::frame_freed(call), order});
        if (order <= max_order) note_cost(call, std::uint64_t{1} << order);
    }
    if (call.function != allocator::allocate) return false;
    auto const [readable, frame] = allocator::given(run_, call);
    if (!readable) return false;
    unsigned const order = allocator::order_asked(call);
    auto const breach = books_.allocated(order, frame);
    if (frame) note_told(call, {*frame, order, allocator::owner_asked(call)});
    if (frame && order <= max_order) note_cost(call, std::uint64_t{1} << order);
    if (!breach || (on_breach && on_breach(*breach, call))) return false;
    broken_ = true;
    return true;
}

void FrameMonitor::note_told(Call const& call, std::vector<std::uint64_t> const& right) {
    std::string const probe = call.function == allocator::free ? probe_freed : probe_taken;
    auto const is_ours = [&](Told const& told) { return told.first == probe; };
    auto const ours = std::count_if(told_.begin(), told_.end(), is_ours);
    bool const well = ours == 1 && std::find(told_.begin(), told_.end(), Told{probe, right}) != told_.end();
    if (well || untold_ || watch_.passed("practice_begin") == 0) return;
    std::string const should = fmt::format("{}({})", probe, words_of(right));
    if (ours == 1) {
        auto const one = std::find_if(told_.begin(), told_.end(), is_ours);
        untold_ = Untold{call, fmt::format("the probe said {}({}), and should have said {}", probe,
                                           words_of(one->second), should)};
    } else {
        untold_ =
            Untold{call, fmt::format("the call passed the probe {} {} times, and should have passed {} once",
                                     probe, ours, should)};
    }
}

void FrameMonitor::note_cost(Call const& call, std::uint64_t frames) {
    std::uint64_t const writing = frames * instructions_a_frame;
    std::uint64_t const cost = call.instructions() - std::min(call.instructions(), writing);
    if (cost <= dearest_cost_) return;
    dearest_cost_ = cost;
    dearest_ = call;
}

std::string FrameMonitor::what_is(std::uint64_t frame) const {
    if (frame == 0) return "frame 0, which is nobody's so that no pointer to it is ever right";
    if (frame >= firmware_start && frame < firmware_end) return "the firmware's: no RAM that is free";
    if (frame >= firmware_end && frame < run_.address_of("image_end") / page) return "the kernel's own image";
    if (frame >= frame_table_ && frame < frame_table_end_) return "the table of frames itself";
    if (frame * page < run_.stage().memory_bytes) return "the module that the loader put there";
    return "no memory at all";
}

std::optional<std::uint64_t> FrameMonitor::first_wrong_owner() const {
    auto const owners = run_.read(owners_, books_.frames());
    if (!owners) return {};
    for (std::uint64_t f = 0; f < owners->size(); ++f) {
        std::uint8_t const owner = (*owners)[f];
        bool const right = !books_.given(f)  ? owner != owner_free
                           : books_.taken(f) ? owner != owner_free && owner != owner_reserved
                                             : owner == owner_free;
        if (!right) return f;
    }
    return {};
}

}  // namespace lab::frames
