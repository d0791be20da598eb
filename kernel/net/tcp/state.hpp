// SPDX-License-Identifier: MIT
//
// The eleven states of a connection. [rfc9293 §3.3.2]
#pragma once

#include <cstdint>

namespace net::tcp {

enum class State : std::uint8_t {
    Closed,       // no connection
    Listen,       // waiting for a SYN from anybody (a Listener, never a Connection)
    SynSent,      // our SYN is out, theirs has not come
    SynReceived,  // both SYNs are out, the ACK of ours has not come
    Established,
    FinWait1,   // our FIN is out
    FinWait2,   // and acknowledged; theirs has not come
    CloseWait,  // theirs came; the application may still send
    Closing,    // both FINs are out, ours not yet acknowledged
    LastAck,    // theirs came first, ours is out
    TimeWait,   // all done; waiting for old segments to die
};

constexpr char const* name(State state) {
    switch (state) {
        case State::Closed:
            return "CLOSED";
        case State::Listen:
            return "LISTEN";
        case State::SynSent:
            return "SYN-SENT";
        case State::SynReceived:
            return "SYN-RECEIVED";
        case State::Established:
            return "ESTABLISHED";
        case State::FinWait1:
            return "FIN-WAIT-1";
        case State::FinWait2:
            return "FIN-WAIT-2";
        case State::CloseWait:
            return "CLOSE-WAIT";
        case State::Closing:
            return "CLOSING";
        case State::LastAck:
            return "LAST-ACK";
        case State::TimeWait:
            return "TIME-WAIT";
    }
    return "?";
}

// Both SYNs were exchanged and acknowledged. [rfc9293 §3.4.1]
constexpr bool is_synchronised(State state) { return state >= State::Established; }

}  // namespace net::tcp
