// SPDX-License-Identifier: MIT
//
// One connection's life: requests in, answers out, in order, until either side
// has had enough.
//
//            request complete        all sent, keep alive
//   Reading ------------------> Writing ---------------------> Reading
//      |                           | all sent, close
//      | peer ended, nothing open  v
//      +--------> Closed <----- Lingering: we said goodbye and wait for the
//                               peer's, so that our answer is not lost
//
// A session never waits. It does what can be done now, a bounded amount, and
// says what it waits for. Time is an argument. [rfc9112 §9]
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/checks.hpp"
#include "kernel/base/time.hpp"
#include "kernel/http/request_parser.hpp"
#include "kernel/http/response.hpp"
#include "kernel/http/router.hpp"
#include "kernel/http/stream.hpp"

namespace http {

struct SessionLimits {
    base::Duration idle = base::Duration::seconds(60);      // between two requests
    base::Duration request = base::Duration::seconds(10);   // from a request's first byte to its last
    base::Duration progress = base::Duration::seconds(30);  // the peer takes no byte of our answer
    base::Duration linger = base::Duration::seconds(2);     // for the peer's last word
};

class Session {
public:
    static constexpr std::size_t output_size = 11 * 1024;
    static constexpr unsigned answers_per_turn = 16;  // then it is the next session's turn
    static constexpr unsigned pieces_per_turn = 8;    // of a streamed body

    enum class Wants : std::uint8_t {
        Read,     // call advance() when the stream has bytes
        Write,    // call advance() when the stream has room
        Turn,     // call advance() soon: there is more to do
        Nothing,  // it is over, and the stream given up
    };

    // Begins on a fresh connection. The stream must stay until Nothing.
    void open(Stream& stream, SessionLimits const& limits, base::Instant now);

    // Does what can be done now.
    Wants advance(Router const& router, SessionLimits const& limits, base::Instant now);

    // Call advance() by then even if nothing happens.
    base::Instant deadline() const { return deadline_; }

    // Ends it from our side: with a farewell if nothing was begun, else with a reset.
    void give_up();

    bool is_open() const { return state_ != State::Closed; }
    // Open, with nothing begun: the first to go when room is needed.
    bool idle() const { return state_ == State::Reading && parser_.idle(); }
    Stream* stream() const { return stream_; }
    base::Instant since() const { return since_; }

    // Answers whose last byte the stream has taken, over the session's life.
    std::uint32_t answers() const { return answers_; }

private:
    enum class State : std::uint8_t { Closed, Reading, Writing, Lingering };

    Wants read(SessionLimits const& limits, base::Instant now, bool& drained);
    Wants write(SessionLimits const& limits, base::Instant now);
    CALLED_SELDOM Wants linger();
    void begin_answer(Router const& router, SessionLimits const& limits, base::Instant now);
    void finish_answer(SessionLimits const& limits, base::Instant now);
    CALLED_SELDOM void refuse(Status status, SessionLimits const& limits, base::Instant now);
    void take_over(ResponseWriter const& response);
    bool make_piece(char const* place);
    CALLED_SELDOM Wants close();
    CALLED_SELDOM Wants abort();
    Wants closed();

    RequestParser parser_;
    char output_[output_size];
    char const* unsent_ = nullptr;  // [unsent_, unsent_ + unsent_size_) waits to be sent
    std::size_t unsent_size_ = 0;
    BodySource source_;  // makes the rest of the body, if any
    std::uint64_t source_offset_ = 0;
    std::uint64_t source_length_ = 0;
    Stream* stream_ = nullptr;
    base::Instant deadline_ = base::Instant::never();
    base::Instant since_;  // the last change between idle and busy
    std::uint32_t answers_ = 0;
    State state_ = State::Closed;
    bool keep_alive_ = true;
    bool interim_ = false;  // what is being sent is a 100, not an answer
    bool said_continue_ = false;
};

}  // namespace http
