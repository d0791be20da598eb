// SPDX-License-Identifier: MIT
//
// Bytes become a Request. The bytes come in any portions; what comes out does
// not depend on how they were cut. The parser owns the one buffer of a
// connection's input, and the stream reads straight into it:
//
//     n = stream.read(parser.room());
//     if (parser.feed(n) == Progress::Complete) answer(parser.request());
//     ... when answered: parser.next(), as more requests may be waiting behind it
//
// The buffer:   | head of this request | bytes behind it (body, next request) | room |
//               0                      head_end_           ...                end_
//
// Bodies are dropped as they arrive, so that the next request is found where it
// begins; none of our handlers reads one. Both ways to frame a body are
// understood, Content-Length and chunked. [rfc9112 §6, §7]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/base/checks.hpp"
#include "kernel/http/request.hpp"
#include "kernel/http/status.hpp"
#include "kernel/http/text.hpp"

namespace http {

class RequestParser {
public:
    static constexpr std::size_t head_limit = 4096;         // request line and all fields
    static constexpr std::size_t line_limit_in_body = 256;  // one chunk-size or trailer line
    static constexpr std::size_t trailer_limit = 4096;      // all trailer lines
    static constexpr std::uint64_t body_limit = 1024 * 1024;
    static constexpr unsigned field_limit = 64;

    enum class Progress : std::uint8_t {
        NeedsMore,  // feed it
        Complete,   // request() is there, its body has passed
        Bad,        // error() says why; the connection cannot go on
    };

    // Where the next bytes from the stream belong. Never empty while the
    // progress is NeedsMore.
    std::span<char> room();

    // `count` bytes were put into room().
    Progress feed(std::size_t count);

    // Forgets the request that was answered. Its text is gone.
    // Precondition: the progress is Complete.
    Progress next();

    Progress progress() const;
    Request const& request() const { return request_; }
    Status error() const { return error_; }

    // Nothing of a request has arrived: a connection that ends here ends well.
    bool idle() const { return state_ == State::RequestLine && end_ == 0; }
    // The head is there and the body is not: the moment to answer "Expect".
    bool in_body() const { return state_ >= State::Body && state_ <= State::Trailer; }

    void reset();

private:
    enum class State : std::uint8_t {
        RequestLine,
        Fields,
        Body,       // remaining_ bytes of it
        ChunkSize,  // a line
        ChunkData,  // remaining_ bytes of it
        ChunkEnd,   // the empty line behind the data
        Trailer,    // lines until an empty one
        Complete,
        Bad,
    };
    enum class Line : std::uint8_t { Missing, Found, Bad };

    Progress parse();
    Line take_head_line(std::string_view& line);
    CALLED_SELDOM Line take_body_line(std::string_view& line);
    [[gnu::always_inline]] bool find_line_end(std::size_t& line_feed) {
        char const* const end = buffer_ + end_;
        char const* const at = find_byte(buffer_ + scanned_, end, '\n');
        line_feed = static_cast<std::size_t>(at - buffer_);
        scanned_ = at == end ? end_ : line_feed + 1;
        return at != end;
    }
    bool parse_request_line(std::string_view line);
    bool parse_version(std::string_view version);
    CALLED_SELDOM bool parse_other_target(std::string_view target);
    bool parse_field(std::string_view line);
    bool finish_head();
    bool drop_body_bytes();
    void drop_behind_head(std::size_t count);
    CALLED_SELDOM bool refuse(Status why);

    char buffer_[head_limit + 2 * line_limit_in_body];
    std::size_t end_ = 0;      // bytes in the buffer
    std::size_t line_ = 0;     // where the current line begins
    std::size_t scanned_ = 0;  // no line feed in [line_, scanned_)
    std::size_t fields_at_ = 0;
    std::size_t head_end_ = 0;  // bytes that belong to the head, once it is complete
    std::uint64_t remaining_ = 0;
    std::size_t trailer_bytes_ = 0;
    Request request_;
    State state_ = State::RequestLine;
    Status error_ = Status::BadRequest;
    std::uint8_t fields_ = 0;
    bool minor_version_0_ = false;
    bool has_host_ = false;
    bool has_length_ = false;
    bool chunked_ = false;
    bool wants_close_ = false;
    bool wants_keep_alive_ = false;
};

}  // namespace http
