// SPDX-License-Identifier: MIT
//
// /bytes/N: a body of N bytes that every test can compute for itself.
#pragma once

#include <string_view>

#include "kernel/http/request.hpp"
#include "kernel/http/response.hpp"

namespace apps {

constexpr std::uint64_t most_bytes = 1ull << 40;

// Byte i of the body. A byte lost, doubled or moved shows, whatever its place.
constexpr char byte_at(std::uint64_t i) { return static_cast<char>(i ^ i >> 8 ^ i >> 16 ^ i >> 24); }

void serve_bytes(void*, http::Request const& request, std::string_view count, http::ResponseWriter& response);

}  // namespace apps
