// SPDX-License-Identifier: MIT
#include "kernel/http/session.hpp"

#include "kernel/base/assert.hpp"
#include "kernel/base/checks.hpp"
#include "kernel/base/probe.hpp"

namespace http {

void Session::open(Stream& stream, SessionLimits const& limits, base::Instant now) {
    ASSERT(state_ == State::Closed);
    parser_.reset();
    stream_ = &stream;
    source_ = {};
    unsent_size_ = 0;
    answers_ = 0;
    keep_alive_ = true;
    interim_ = said_continue_ = false;
    since_ = now;
    deadline_ = now + limits.idle;
    state_ = State::Reading;
}

Session::Wants Session::advance(Router const& router, SessionLimits const& limits, base::Instant now) {
    bool drained = false;  // the stream has given all that it had
    for (unsigned turn = 0; turn < answers_per_turn; ++turn) {
        Wants wants = Wants::Nothing;
        switch (state_) {
            case State::Closed:
                return Wants::Nothing;
            case State::Reading:
                if (parser_.progress() == RequestParser::Progress::NeedsMore) {
                    if (drained) return Wants::Read;
                    wants = read(limits, now, drained);
                    if (wants != Wants::Turn) return wants;
                }
                if (parser_.progress() == RequestParser::Progress::Complete)
                    begin_answer(router, limits, now);
                else if (parser_.progress() == RequestParser::Progress::Bad)
                    refuse(parser_.error(), limits, now);
                break;
            case State::Writing:
                wants = write(limits, now);
                if (wants != Wants::Turn) return wants;
                if (!unsent_size_ && !source_) finish_answer(limits, now);
                break;
            case State::Lingering:
                if (now >= deadline_) return close();
                return linger();
        }
    }
    return Wants::Turn;
}

void Session::give_up() {
    if (!is_open()) return;
    if (idle())
        close();
    else
        abort();
}

Session::Wants Session::close() {
    stream_->close();
    return closed();
}

Session::Wants Session::abort() {
    stream_->abort();
    return closed();
}

Session::Wants Session::closed() {
    state_ = State::Closed;
    deadline_ = base::Instant::never();
    return Wants::Nothing;
}

// --- reading ---------------------------------------------------------------

Session::Wants Session::read(SessionLimits const& limits, base::Instant now, bool& drained) {
    bool const was_idle = parser_.idle();
    std::span<char> const room = parser_.room();
    auto const got = stream_->read(room);
    if (!got) return close();  // a request cut short needs no answer: nobody waits for it
    if (got.value() == 0) {
        if (now < deadline_) return Wants::Read;
        if (was_idle) return close();
        refuse(Status::RequestTimeout, limits, now);  // [rfc9110 §15.5.9]
        return Wants::Turn;
    }
    drained = got.value() < room.size();
    if (was_idle) {
        since_ = now;
        deadline_ = now + limits.request;
    }
    parser_.feed(got.value());
    if (parser_.in_body() && parser_.request().expects_continue && !said_continue_) {
        // [rfc9110 §10.1.1]
        static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
        said_continue_ = interim_ = true;
        unsent_ = text.data();
        unsent_size_ = text.size();
        state_ = State::Writing;
    }
    return Wants::Turn;
}

// --- answering -------------------------------------------------------------

void Session::begin_answer(Router const& router, SessionLimits const& limits, base::Instant now) {
    Request const& request = parser_.request();
    ResponseWriter response(output_);
    router.dispatch(request, response);
    keep_alive_ = request.keep_alive;
    response.finish(keep_alive_, request.method == Method::Head);
    take_over(response);
    deadline_ = now + limits.progress;
}

void Session::refuse(Status status, SessionLimits const& limits, base::Instant now) {
    ResponseWriter response(output_);
    response.fail(status);
    keep_alive_ = false;
    response.finish(keep_alive_, false);
    take_over(response);
    deadline_ = now + limits.progress;
}

PART_OF_ITS_CALLER void Session::take_over(ResponseWriter const& response) {
    PROBE(http_request, stream_, response.status());
    unsent_ = response.bytes().data();
    unsent_size_ = response.bytes().size();
    source_ = response.source();
    source_offset_ = 0;
    source_length_ = response.source_length();
    interim_ = false;
    state_ = State::Writing;
    if (source_) (void)make_piece(unsent_ + unsent_size_);  // if it fails, write() finds out
}

// Makes the next piece of the body, at `place` in the buffer. The first one stands behind
// the head: a short answer leaves in one piece. False: its source cannot.
PART_OF_ITS_CALLER bool Session::make_piece(char const* place) {
    std::span<char> const room = std::span(output_).subspan(static_cast<std::size_t>(place - output_));
    std::uint64_t const left = source_length_ - source_offset_;
    std::size_t const size = left < room.size() ? static_cast<std::size_t>(left) : room.size();
    if (size != 0 &&
        !source_.make(source_.context, source_.item, source_.start + source_offset_, room.first(size)))
        return false;
    source_offset_ += size;
    unsent_size_ += size;
    if (source_offset_ == source_length_) source_ = {};
    return true;
}

// Turn: all that was asked for is sent, or it is somebody else's turn.
Session::Wants Session::write(SessionLimits const& limits, base::Instant now) {
    for (unsigned piece = 0; piece < pieces_per_turn; ++piece) {
        if (unsent_size_) {
            auto const taken = stream_->write({unsent_, unsent_size_});
            if (!taken) return close();
            if (taken.value()) deadline_ = now + limits.progress;
            unsent_ += taken.value();
            unsent_size_ -= taken.value();
            if (unsent_size_) return now >= deadline_ ? abort() : Wants::Write;
        }
        if (!source_) break;
        unsent_ = output_;
        if (!make_piece(output_)) return abort();  // the length is said already: only the end can tell
    }
    return Wants::Turn;
}

void Session::finish_answer(SessionLimits const& limits, base::Instant now) {
    // [lab:14-keep-alive]
    state_ = State::Reading;
    if (interim_) {
        interim_ = false;
        deadline_ = now + limits.request;
        return;
    }
    ++answers_;
    said_continue_ = false;
    if (!keep_alive_) {
        // Closing at once would answer bytes still on their way with a reset,
        // and a reset makes the peer forget what it has not read yet.
        // [rfc9112 §9.6]
        stream_->finish_writing();
        state_ = State::Lingering;
        deadline_ = now + limits.linger;
        return;
    }
    parser_.next();
    since_ = now;
    deadline_ = now + (parser_.idle() ? limits.idle : limits.request);
    // [/lab:14-keep-alive]
}

Session::Wants Session::linger() {
    for (unsigned portion = 0; portion < pieces_per_turn; ++portion) {
        auto const got = stream_->read(output_);
        if (!got) return close();
        if (got.value() == 0) return Wants::Read;
    }
    return Wants::Turn;
}

}  // namespace http
