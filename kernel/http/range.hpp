// SPDX-License-Identifier: MIT
//
// The field Range: a client asks for a part of something. [rfc9110 §14.1.2, §14.2]
#pragma once

#include <cstdint>
#include <string_view>

namespace http {

struct Range {
    enum class Kind : std::uint8_t {
        whole,    // nothing was asked for that we know: several parts, another unit, nonsense
        part,     // bytes first to last
        nowhere,  // a part that begins behind the end
    };
    Kind kind = Kind::whole;
    std::uint64_t first = 0, last = 0;
};

// What the field's value asks for of something with `total` bytes.
Range parse_range(std::string_view field, std::uint64_t total);

}  // namespace http
