// SPDX-License-Identifier: MIT
#include "kernel/apps/http/bytes.hpp"

#include <cstring>

#include "kernel/http/text.hpp"

namespace apps {
namespace {

constexpr std::uint64_t block = 256;

// Inside a block only the lowest byte of the offset changes, and counts: eight at a time. What
// is left at the end is eight that overlap those before.
void fill_in_block(std::uint64_t offset, char* at, std::size_t size) {
    constexpr std::uint64_t in_each = 0x0101'0101'0101'0101, count = 0x0706'0504'0302'0100;
    std::uint64_t const same = static_cast<std::uint8_t>(byte_at(offset - offset % block)) * in_each;
    std::uint64_t next = offset % block * in_each + count;
    std::uint64_t const last = next + (size - 8) * in_each;
    char* const end = at + size;
    for (char const* const words_end = end - size % 8; at != words_end; at += 8, next += 8 * in_each) {
        std::uint64_t const eight = next ^ same;
        std::memcpy(at, &eight, sizeof eight);
    }
    if (at == end) return;
    if (size >= 8) {
        std::uint64_t const eight = last ^ same;
        std::memcpy(end - 8, &eight, sizeof eight);
        return;
    }
    for (std::uint64_t rest = next ^ same; at != end; rest >>= 8) *at++ = static_cast<char>(rest);
}

bool fill(void*, std::uint64_t, std::uint64_t offset, std::span<char> out) {
    while (!out.empty()) {
        std::uint64_t const to_end = block - offset % block;
        std::size_t const size = out.size() < to_end ? out.size() : static_cast<std::size_t>(to_end);
        fill_in_block(offset, out.data(), size);
        offset += size;
        out = out.subspan(size);
    }
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
