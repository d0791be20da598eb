// SPDX-License-Identifier: MIT
//
// A request, as its handler sees it. The text lies in the parser's buffer and
// is good until the parser is told to go on to the next request.
#pragma once

#include <cstdint>
#include <string_view>

namespace http {

// The methods of [rfc9110 §9] that we know by name.
enum class Method : std::uint8_t { Get, Head, Post, Put, Delete, Options };

std::string_view name_of(Method method);

struct Request {
    Method method = Method::Get;
    std::string_view target;  // as sent, such as "/bytes/10?x=1"
    std::string_view path;    // begins with '/', or is "*"
    std::string_view query;   // after the '?', without it
    std::string_view fields;  // the header lines, each ending with CRLF
    std::string_view host;
    std::uint64_t content_length = 0;  // of the body; 0 when chunked
    bool keep_alive = true;            // the client would like to send another request
    bool expects_continue = false;     // it waits for our 100 before it sends the body

    // The value of the first field of that name, without the blanks around
    // it; empty if there is none.
    std::string_view field(std::string_view name) const;
};

}  // namespace http
