// SPDX-License-Identifier: MIT
//
// The answer to one request. A handler writes into the connection's one output
// buffer. The head is made last, when the length of the body is known, and is
// put right in front of the body, so that nothing is moved:
//
//     | free |  head  | body ...        | free |
//            ^                          ^
//            bytes() begins             and ends here
//
// A body that would not fit is made in pieces while it is sent: stream().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/http/status.hpp"

namespace http {

// Writes bytes [offset, offset + out.size()) of a body into `out`. It is asked
// for a piece when there is room to send it, so it must not depend on when.
using BodySource = void (*)(std::uint64_t offset, std::span<char> out);

class ResponseWriter {
public:
    static constexpr std::size_t head_room = 384;

    // `buffer` outlives the answer.
    explicit ResponseWriter(std::span<char> buffer);

    void set_status(Status status) { status_ = status; }
    // Texts must be literals: they are read when the answer is complete.
    void set_type(std::string_view type) { type_ = type; }
    void set_allow(std::string_view methods) { allow_ = methods; }

    // Appends to the body. What does not fit turns the answer into a 500:
    // never half a page.
    void write(std::string_view text);
    void write_decimal(std::uint64_t value);
    // Text from elsewhere, such as a request's path, safe inside HTML.
    void write_escaped(std::string_view text);

    // A body of exactly `length` bytes, made by `maker`.
    void stream(std::uint64_t length, BodySource maker);

    // Drops everything and starts anew as a short text about `status`.
    void fail(Status status);

    // Makes the head. Nothing may be written afterwards.
    // head_only: the answer to HEAD, which describes the body and omits it.
    void finish(bool keep_alive, bool head_only);

    Status status() const { return status_; }
    std::span<char const> bytes() const { return buffer_.subspan(begin_, end_ - begin_); }
    BodySource source() const { return source_; }
    std::uint64_t source_length() const { return source_length_; }

private:
    std::span<char> buffer_;
    std::size_t begin_ = head_room;
    std::size_t end_ = head_room;
    std::string_view type_ = "text/plain; charset=utf-8";
    std::string_view allow_;
    BodySource source_ = nullptr;
    std::uint64_t source_length_ = 0;
    Status status_ = Status::Ok;
    bool overflowed_ = false;
};

}  // namespace http
