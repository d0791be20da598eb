// SPDX-License-Identifier: MIT
//
// How much to send during a recovery: for what arrives, a part goes out that brings what
// is in the network down to half, smoothly, over one round trip. Neither a pause nor a
// burst. [rfc6937 §3]
#pragma once

#include <cstdint>

namespace net::tcp {

class ProportionalReduction {
public:
    // A loss was noticed: `in_flight` is RecoverFS, not 0.
    void begin(std::uint32_t in_flight) {
        in_flight_ = in_flight;
        delivered_ = sent_ = 0;
        allowed_ = 0;
    }
    // An ACK said that `delivered` octets more have arrived; `in_network` is the pipe.
    void on_delivered(std::uint32_t delivered, std::uint32_t in_network, std::uint32_t threshold,
                      std::uint32_t mss) {
        delivered_ += delivered;
        if (in_network > threshold) {
            std::uint64_t const share = (delivered_ * threshold + in_flight_ - 1) / in_flight_;
            allowed_ = share > sent_ ? share - sent_ : 0;
            return;
        }
        // Below the goal: slow start back to it (the variant SSRB).
        std::uint64_t const behind = delivered_ > sent_ ? delivered_ - sent_ : 0;
        std::uint64_t const limit = (behind > delivered ? behind : delivered) + mss;
        std::uint64_t const missing = threshold - in_network;
        allowed_ = missing < limit ? missing : limit;
    }
    // The first retransmission leaves at once, whatever the sums say.
    void allow_at_least(std::uint32_t octets) {
        if (allowed_ < octets) allowed_ = octets;
    }
    std::uint32_t allowed() const { return static_cast<std::uint32_t>(allowed_); }
    void on_sent(std::uint32_t octets) {
        sent_ += octets;
        allowed_ = allowed_ > octets ? allowed_ - octets : 0;
    }

private:
    std::uint64_t in_flight_ = 1;  // RecoverFS
    std::uint64_t delivered_ = 0;  // prr_delivered
    std::uint64_t sent_ = 0;       // prr_out
    std::uint64_t allowed_ = 0;    // sndcnt
};

}  // namespace net::tcp
