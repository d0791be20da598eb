// SPDX-License-Identifier: MIT
#include "kernel/http/server.hpp"

#include "kernel/base/assert.hpp"

namespace http {

Server::Server(Router const& router, std::span<Slot> slots, SessionLimits const& limits)
    : router_(router), slots_(slots), limits_(limits) {
    ASSERT(slots.size() < none);
    for (std::size_t i = slots.size(); i-- > 0;) {
        slots_[i].next_ = free_;
        free_ = static_cast<std::uint16_t>(i);
    }
}

std::uint16_t Server::make_room() {
    if (free_ == none) end_longest_idle();
    return free_;
}

void Server::admit(Stream& stream, base::Instant now) {
    ASSERT(free_ != none);
    std::uint16_t const slot = free_;
    free_ = slots_[slot].next_;
    slots_[slot].session_.open(stream, limits_, now);
    ++statistics_.connections;
    ++statistics_.open;
    stand_in_line(slot);
}

void Server::ready(std::uint16_t slot) {
    ASSERT(slot < slots_.size());
    if (slots_[slot].session_.is_open()) stand_in_line(slot);
}

bool Server::run(base::Instant now) {
    if (now >= next_check_) check_deadlines(now);
    // Those in line now; whoever comes back is served in the next round.
    for (std::uint16_t const end = last_; first_ != none;) {
        std::uint16_t const slot = first_;
        first_ = slots_[slot].next_;
        if (first_ == none) last_ = none;
        slots_[slot].in_line_ = false;
        take_turn(slot, now);
        if (slot == end) break;
    }
    return first_ != none;
}

void Server::stand_in_line(std::uint16_t slot) {
    if (slots_[slot].in_line_) return;
    slots_[slot].in_line_ = true;
    slots_[slot].next_ = none;
    if (first_ == none)
        first_ = slot;
    else
        slots_[last_].next_ = slot;
    last_ = slot;
}

void Server::take_turn(std::uint16_t slot, base::Instant now) {
    Session& session = slots_[slot].session_;
    if (!session.is_open()) return;  // it ended while in line
    std::uint32_t const before = session.answers();
    Session::Wants const wants = session.advance(router_, limits_, now);
    statistics_.answers += session.answers() - before;
    if (wants == Session::Wants::Nothing) return free_slot(slot);
    if (wants == Session::Wants::Turn) stand_in_line(slot);
    if (session.deadline() < next_check_) next_check_ = session.deadline();
}

void Server::check_deadlines(base::Instant now) {
    next_check_ = base::Instant::never();
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        Session const& session = slots_[i].session_;
        if (!session.is_open()) continue;
        if (session.deadline() <= now)
            stand_in_line(static_cast<std::uint16_t>(i));
        else if (session.deadline() < next_check_)
            next_check_ = session.deadline();
    }
}

void Server::free_slot(std::uint16_t slot) {
    // A slot in line keeps its place there and is freed when its turn comes.
    ASSERT(!slots_[slot].in_line_);
    slots_[slot].next_ = free_;
    free_ = slot;
    --statistics_.open;
}

void Server::end_longest_idle() {
    std::uint16_t longest = none;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        Slot const& slot = slots_[i];
        if (slot.in_line_ || !slot.session_.idle()) continue;
        if (longest == none || slot.session_.since() < slots_[longest].session_.since())
            longest = static_cast<std::uint16_t>(i);
    }
    if (longest == none) return;
    slots_[longest].session_.give_up();
    free_slot(longest);
    ++statistics_.made_room;
}

}  // namespace http
