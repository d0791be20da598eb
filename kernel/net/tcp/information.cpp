// SPDX-License-Identifier: MIT
#include "kernel/net/tcp/information.hpp"

namespace net::tcp {

void format_value(base::TextSink& sink, Information const& i) {
    print(sink, "{}, rtt {}/{} us, rto {} ms, cwnd {}, ", name(i.state), i.smoothed_rtt.as_microseconds(),
          i.rtt_variation.as_microseconds(), i.retransmission_timeout.as_milliseconds(), i.congestion_window);
    constexpr std::uint32_t none_yet = 1u << 30;  // no loss has set it
    if (i.threshold < none_yet) print(sink, "ssthresh {}, ", i.threshold);
    print(sink, "mss {}, again {}, sent {}, acknowledged {}, received {}", i.segment_size, i.retransmissions,
          i.bytes_sent, i.bytes_acknowledged, i.bytes_received);
}

}  // namespace net::tcp
