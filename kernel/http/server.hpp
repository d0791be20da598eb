// SPDX-License-Identifier: MIT
//
// Many connections, one loop, fixed memory. Each connection has a slot; the
// slots that can go on wait in line, and each gets its turn. Nothing here
// blocks: whoever owns the streams calls, in a loop,
//
//     server.make_room(), server.admit(stream, now)     for a new connection
//     server.ready(slot)            when a stream can be read or written again
//     server.run(now)               then; until it returns false there is more to do
//     ... and sleeps until a stream is ready, or until server.deadline()
//
// When every slot is taken, the connection that has been idle longest makes
// room; when none is idle, newcomers wait outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/base/time.hpp"
#include "kernel/http/session.hpp"

namespace http {

class Server {
public:
    class Slot {
        friend class Server;
        Session session_;
        std::uint16_t next_ = 0;  // in the line of slots that can go on, or of free ones
        bool in_line_ = false;
    };
    static constexpr std::uint16_t none = 0xFFFF;

    struct Statistics {
        std::uint64_t connections = 0;  // admitted
        std::uint64_t answers = 0;      // whose last byte the stream has taken
        std::uint64_t made_room = 0;    // idle connections ended for a newcomer
        std::uint16_t open = 0;         // now
    };

    // Fewer than 65,535 slots. They outlive the server.
    Server(Router const& router, std::span<Slot> slots, SessionLimits const& limits = {});

    // The slot that the next connection will get, or none when all are busy.
    // May end an idle connection: ask only when there is a newcomer.
    std::uint16_t make_room();
    // A connection to serve, in the slot that make_room() promised. The stream
    // is ours until its close() or abort() is called.
    void admit(Stream& stream, base::Instant now);

    // Something changed for the connection in this slot.
    void ready(std::uint16_t slot);

    // Gives everyone in line one turn. True: somebody is in line again.
    bool run(base::Instant now);

    // Call run() by then even if no stream is ready.
    base::Instant deadline() const { return next_check_; }

    Statistics const& statistics() const { return statistics_; }

private:
    void stand_in_line(std::uint16_t slot);
    void take_turn(std::uint16_t slot, base::Instant now);
    void check_deadlines(base::Instant now);
    void free_slot(std::uint16_t slot);
    void end_longest_idle();

    Router const& router_;
    std::span<Slot> slots_;
    SessionLimits limits_;
    Statistics statistics_;
    // No deadline of any session lies before this. It is a lower bound, so that
    // a request costs no search through all sessions.
    base::Instant next_check_ = base::Instant::never();
    std::uint16_t free_ = none;   // first of the free slots
    std::uint16_t first_ = none;  // in line
    std::uint16_t last_ = none;
};

}  // namespace http
