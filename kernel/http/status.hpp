// SPDX-License-Identifier: MIT
//
// Status codes that this server sends. [rfc9110 §15]
#pragma once

#include <cstdint>
#include <string_view>

namespace http {

enum class Status : std::uint16_t {
    Continue = 100,
    Ok = 200,
    NoContent = 204,
    PartialContent = 206,
    MovedPermanently = 301,
    BadRequest = 400,
    NotFound = 404,
    MethodNotAllowed = 405,
    RequestTimeout = 408,
    ContentTooLarge = 413,
    UriTooLong = 414,
    RangeNotSatisfiable = 416,
    ExpectationFailed = 417,
    FieldsTooLarge = 431,
    InternalServerError = 500,
    NotImplemented = 501,
    ServiceUnavailable = 503,
    VersionNotSupported = 505,
};

// As it stands in the status line, and in the body of an error: "404 Not Found".
std::string_view text_of(Status status);

}  // namespace http
