// SPDX-License-Identifier: MIT
#include "kernel/http/response.hpp"

#include <cstring>

#include "kernel/base/assert.hpp"
#include "kernel/base/checks.hpp"

namespace http {

std::string_view text_of(Status status) {
    switch (status) {
        case Status::Continue:
            return "100 Continue";
        case Status::Ok:
            return "200 OK";
        case Status::NoContent:
            return "204 No Content";
        case Status::PartialContent:
            return "206 Partial Content";
        case Status::MovedPermanently:
            return "301 Moved Permanently";
        case Status::BadRequest:
            return "400 Bad Request";
        case Status::NotFound:
            return "404 Not Found";
        case Status::MethodNotAllowed:
            return "405 Method Not Allowed";
        case Status::RequestTimeout:
            return "408 Request Timeout";
        case Status::ContentTooLarge:
            return "413 Content Too Large";
        case Status::UriTooLong:
            return "414 URI Too Long";
        case Status::RangeNotSatisfiable:
            return "416 Range Not Satisfiable";
        case Status::ExpectationFailed:
            return "417 Expectation Failed";
        case Status::FieldsTooLarge:
            return "431 Request Header Fields Too Large";
        case Status::InternalServerError:
            return "500 Internal Server Error";
        case Status::NotImplemented:
            return "501 Not Implemented";
        case Status::ServiceUnavailable:
            return "503 Service Unavailable";
        case Status::VersionNotSupported:
            return "505 HTTP Version Not Supported";
    }
    return "";
}

namespace {

constexpr std::size_t most_digits = 20;  // of 64 bits

// The digits of a number, in front of `end`; where they begin.
char* put_decimal(char* end, std::uint64_t value) {
    for (; value > 9; value /= 10) *--end = static_cast<char>('0' + value % 10);
    *--end = static_cast<char>('0' + value);
    return end;
}

// What stands for the character inside HTML; empty: itself.
std::string_view escape_of(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        default:
            return {};
    }
}

}  // namespace

ResponseWriter::ResponseWriter(std::span<char> buffer) : buffer_(buffer) {
    ASSERT(buffer.size() >= 2 * head_room);
}

void ResponseWriter::write(std::string_view text) {
    if (text.size() > buffer_.size() - end_) {
        overflowed_ = true;
        return;
    }
    std::memcpy(buffer_.data() + end_, text.data(), text.size());
    end_ += text.size();
}

void ResponseWriter::write_decimal(std::uint64_t value) {
    char digits[most_digits];
    char* const end = digits + most_digits;
    char* const begin = put_decimal(end, value);
    write({begin, static_cast<std::size_t>(end - begin)});
}

void ResponseWriter::write_escaped(std::string_view text) {
    std::size_t begin = 0;  // of what may stand as it is
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string_view const escape = escape_of(text[i]);
        if (escape.empty()) continue;
        write(text.substr(begin, i - begin));
        write(escape);
        begin = i + 1;
    }
    write(text.substr(begin));
}

void ResponseWriter::stream(std::uint64_t length, BodySource const& source) {
    source_ = source;
    source_length_ = length;
}

void ResponseWriter::set_part(std::uint64_t first, std::uint64_t last, std::uint64_t total) {
    status_ = Status::PartialContent;
    part_first_ = first;
    part_last_ = last;
    part_total_ = total;
}

void ResponseWriter::refuse_part(std::uint64_t total) {
    fail(Status::RangeNotSatisfiable);
    part_total_ = total;
}

void ResponseWriter::redirect(std::string_view location) {
    ASSERT(!location.empty() && location.size() <= longest_location);
    fail(Status::MovedPermanently);
    location_ = location;
}

void ResponseWriter::fail(Status status) {
    location_ = {};
    end_ = head_room;
    overflowed_ = false;
    source_ = {};
    source_length_ = 0;
    offers_parts_ = false;
    status_ = status;
    type_ = "text/plain; charset=utf-8";
    write(text_of(status));
    write("\n");
}

void ResponseWriter::prepend_text(std::string_view text) {
    std::memcpy(front(text.size()), text.data(), text.size());
}

void ResponseWriter::prepend_decimal(std::uint64_t value) {
    ASSERT(most_digits <= begin_);
    char* const end = buffer_.data() + begin_;
    begin_ -= static_cast<std::size_t>(end - put_decimal(end, value));
}

void ResponseWriter::prepend_range() {
    prepend_decimal(part_total_);
    prepend("/");
    if (status_ == Status::PartialContent) {
        prepend_decimal(part_last_);
        prepend("-");
        prepend_decimal(part_first_);
    } else {
        prepend("*");
    }
    prepend("\r\nContent-Range: bytes ");
}

PART_OF_ALL_CALLERS void ResponseWriter::finish(bool keep_alive, bool head_only) {
    ASSERT(begin_ == head_room);
    if (overflowed_) fail(Status::InternalServerError);
    bool const has_body = status_ != Status::NoContent;  // [rfc9110 §15.3.5]
    if (!has_body) stream(0, {}), end_ = head_room;
    std::uint64_t const length = source_ ? source_length_ : end_ - head_room;

    // The head grows from its last line upwards, towards the free room.
    prepend("\r\n\r\n");
    if (has_body) {
        prepend_decimal(length);
        prepend("\r\nContent-Length: ");
        prepend_text(type_);
        prepend("\r\nContent-Type: ");
    }
    if (offers_parts_) prepend("\r\nAccept-Ranges: bytes");
    if (status_ == Status::PartialContent || status_ == Status::RangeNotSatisfiable) prepend_range();
    if (!location_.empty()) {
        prepend("/");
        prepend_text(location_);
        prepend("\r\nLocation: ./");
    }
    if (!allow_.empty()) {
        prepend_text(allow_);
        prepend("\r\nAllow: ");
    }
    if (keep_alive)
        prepend("\r\nServer: Vivarium\r\nCache-Control: no-store\r\nConnection: keep-alive");
    else
        prepend("\r\nServer: Vivarium\r\nCache-Control: no-store\r\nConnection: close");
    if (status_ == Status::Ok) {
        prepend("HTTP/1.1 200 OK");
    } else {
        prepend_text(text_of(status_));
        prepend("HTTP/1.1 ");
    }

    if (head_only) {
        end_ = head_room;
        source_ = {};
    }
}

}  // namespace http
