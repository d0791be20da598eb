// SPDX-License-Identifier: MIT
//
// What a connection is and does at one moment, for whoever asks: what others call TCP_INFO.
#pragma once

#include <cstdint>

#include "kernel/base/format.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/address.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/net/tcp/state.hpp"

namespace net::tcp {

// Windows, buffers and amounts in octets; SYN and FIN are none.
struct Information {
    State state = State::Closed;
    Endpoint local;
    Endpoint remote;
    std::uint32_t unread = 0;          // bytes received, not yet read
    std::uint32_t unacknowledged = 0;  // bytes accepted for sending, not yet acknowledged
    std::uint32_t congestion_window = 0;
    std::uint32_t threshold = 0;  // of slow start
    bool recovering = false;      // from a loss
    std::uint32_t send_window = 0;
    std::uint32_t receive_window = 0;
    std::uint16_t segment_size = 0;
    base::Duration smoothed_rtt;
    base::Duration retransmission_timeout;
    base::Duration rtt_variation;
    std::uint64_t retransmissions = 0;  // segments that were sent again
    std::uint64_t bytes_sent = 0;       // once, however often
    std::uint64_t bytes_acknowledged = 0;
    std::uint64_t bytes_received = 0;  // in order
    std::uint32_t send_buffer = 0;     // how much each may hold
    std::uint32_t receive_buffer = 0;
    std::uint32_t urgent = 0;           // octets to read up to the end of urgent data
    Error trouble = Error::WouldBlock;  // what is wrong and may pass
    bool timestamps = false;            // agreed
    bool sack = false;                  // agreed
    bool ecn = false;                   // agreed
    std::uint8_t send_shift = 0;        // how the peer scales its window
};

// "ESTABLISHED, rtt 132/66 us, rto 200 ms, ..., received 12": for logs and terminals, without
// its ends.
void format_value(base::TextSink& sink, Information const& information);

}  // namespace net::tcp
