// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the instructions of one web request go, function by function: `viv bench request`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sim::bench {

struct Share {
    std::string what;  // "net::tcp::Sender::next", or "sender.cpp:120"
    std::uint64_t instructions = 0;
};

struct Profile {
    std::uint64_t instructions = 0;
    // The most first. What was inlined counts for the function that it is part of; a line
    // is that of the source, so that inlined code stands where it is written.
    std::vector<Share> functions, lines;
};

// The hundredth request for this path on a connection that stays.
// std::runtime_error: the server did not answer.
Profile profile_request(std::filesystem::path const& http_image, std::string const& path);

}  // namespace sim::bench
