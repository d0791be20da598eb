// SPDX-License-Identifier: MIT
//
// What passes between a connection and its sending half: pieces that leave, and what ACKs say.
#pragma once

#include <span>

#include "kernel/base/time.hpp"
#include "kernel/net/frame.hpp"
#include "kernel/net/tcp/range_set.hpp"

namespace net::tcp {

// Something to put into a segment.
struct Chunk {
    Position position = 0;
    Bytes parts[2];  // of the payload; the ring may wrap
    bool syn = false;
    bool fin = false;
    bool push = false;   // nothing waits behind it
    bool again = false;  // some of it was sent before
    std::size_t length() const { return parts[0].size() + parts[1].size(); }
};

// What an acceptable ACK says. `sequence` is where its segment begins in the
// peer's stream, `bare` that it carries nothing else.
struct Acknowledgement {
    Position position = 0;
    std::int64_t sequence = 0;
    std::uint32_t window = 0;
    bool bare = false;
    base::Duration echoed;          // how old the time stamp is that came back; 0: none did
    std::span<Range const> blocks;  // that the peer holds behind holes
};

}  // namespace net::tcp
