// SPDX-License-Identifier: MIT
#include "kernel/apps/http/bytes.hpp"

#include "kernel/http/text.hpp"

namespace apps {
namespace {

bool fill(void*, std::uint64_t, std::uint64_t offset, std::span<char> out) {
    for (char& byte : out) byte = byte_at(offset++);
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
