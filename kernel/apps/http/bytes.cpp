// SPDX-License-Identifier: MIT
#include "kernel/apps/http/bytes.hpp"

#include <cstring>

#include "kernel/http/text.hpp"

namespace apps {
namespace {

// Eight at a time: within eight aligned bytes only the lowest three bits of the offset
// change, and so only those of the byte.
bool fill(void*, std::uint64_t, std::uint64_t offset, std::span<char> out) {
    constexpr std::uint64_t in_each = 0x0101'0101'0101'0101, count = 0x0706'0504'0302'0100;
    std::size_t at = 0;
    for (; at < out.size() && offset % 8 != 0; ++at) out[at] = byte_at(offset++);
    for (; out.size() - at >= 8; at += 8, offset += 8) {
        std::uint64_t const eight = static_cast<std::uint8_t>(byte_at(offset)) * in_each ^ count;
        std::memcpy(out.data() + at, &eight, sizeof eight);
    }
    for (; at < out.size(); ++at) out[at] = byte_at(offset++);
    return true;
}

}  // namespace

void serve_bytes(void*, http::Request const&, std::string_view count, http::ResponseWriter& response) {
    std::uint64_t length = 0;
    if (!http::parse_decimal(count, length) || length > most_bytes)
        return response.fail(http::Status::NotFound);
    response.set_type("application/octet-stream");
    response.stream(length, {fill});
}

}  // namespace apps
