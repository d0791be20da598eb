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
#include <cstring>
#include <span>
#include <string_view>

#include "kernel/base/assert.hpp"
#include "kernel/base/checks.hpp"
#include "kernel/http/status.hpp"

namespace http {

// Where a body comes from that does not fit into the buffer. It is asked for a piece
// when there is room to send it, so it must not depend on when.
struct BodySource {
    // Writes bytes [offset, offset + out.size()) of one of the context's items into
    // `out`. False: it cannot; the connection ends.
    using Make = bool (*)(void* context, std::uint64_t item, std::uint64_t offset, std::span<char> out);

    Make make = nullptr;  // null: no source
    void* context = nullptr;
    std::uint64_t item = 0;
    std::uint64_t start = 0;  // the body begins at this offset of the item

    explicit operator bool() const { return make != nullptr; }
    friend bool operator==(BodySource const&, BodySource const&) = default;
};

class ResponseWriter {
public:
    static constexpr std::size_t head_room = 384;
    static constexpr std::size_t longest_location = 180;

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

    // A body of exactly `length` bytes from elsewhere.
    void stream(std::uint64_t length, BodySource const& source);
    // The answer to a request for a part: 206, and which part of how much the body is.
    // [rfc9110 §15.3.7]
    void set_part(std::uint64_t first, std::uint64_t last, std::uint64_t total);
    // There is no such part: 416, and how much there is. [rfc9110 §15.5.17]
    void refuse_part(std::uint64_t total);
    // 301: what was asked for is the folder of that name beside it, "name/". The name as it
    // stood in the request, at most longest_location characters, without a slash; it is read
    // when the answer is complete. [rfc9110 §15.4.2]
    void redirect(std::string_view location);
    // Parts of this may be asked for.
    void offer_parts() { offers_parts_ = true; }

    // Drops everything and starts anew as a short text about `status`.
    CALLED_SELDOM void fail(Status status);

    // Makes the head. Nothing may be written afterwards.
    // head_only: the answer to HEAD, which describes the body and omits it.
    void finish(bool keep_alive, bool head_only);

    Status status() const { return status_; }
    std::span<char const> bytes() const { return buffer_.subspan(begin_, end_ - begin_); }
    BodySource const& source() const { return source_; }
    std::uint64_t source_length() const { return source_length_; }

private:
    // The room in front of what there is of the head.
    char* front(std::size_t size) {
        ASSERT(size <= begin_);
        begin_ -= size;
        return buffer_.data() + begin_;
    }
    // A literal, whose size the compiler knows: a few stores and no call.
    template <std::size_t size>
    void prepend(char const (&literal)[size]) {
        std::memcpy(front(size - 1), literal, size - 1);
    }
    void prepend_text(std::string_view text);
    void prepend_decimal(std::uint64_t value);
    CALLED_SELDOM void prepend_range();

    std::span<char> buffer_;
    std::size_t begin_ = head_room;
    std::size_t end_ = head_room;
    std::string_view type_ = "text/plain; charset=utf-8";
    std::string_view allow_;
    std::string_view location_;
    BodySource source_;
    std::uint64_t source_length_ = 0;
    Status status_ = Status::Ok;
    bool overflowed_ = false, offers_parts_ = false;
    std::uint64_t part_first_ = 0, part_last_ = 0, part_total_ = 0;  // with 206 and 416
};

}  // namespace http
