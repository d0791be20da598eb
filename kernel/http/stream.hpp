// SPDX-License-Identifier: MIT
//
// The border between the server and whatever carries its bytes: an ordered
// stream in two directions. Nothing here ever blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/base/result.hpp"

namespace http {

enum class StreamError : std::uint8_t {
    Ended,   // the peer has sent its last byte, and all of them were read
    Broken,  // reset, timed out, or closed: neither direction works any more
};

class Stream {
public:
    // Takes what is at hand; 0: nothing yet. Fewer bytes than `into` holds: there was no
    // more, and who waits for the stream is told when there is, or when it ends.
    virtual base::Result<std::size_t, StreamError> read(std::span<char> into) = 0;
    // Takes over as many bytes as there is room for, from the front.
    virtual base::Result<std::size_t, StreamError> write(std::span<char const> from) = 0;
    // No more bytes from us after those written. Reading goes on.
    virtual void finish_writing() = 0;
    // Gives the stream up. What was written is still delivered.
    virtual void close() = 0;
    // Gives it up at once: the peer sees a reset.
    virtual void abort() = 0;

protected:
    ~Stream() = default;
};

}  // namespace http
