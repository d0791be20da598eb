// SPDX-License-Identifier: MIT
//
// How a script brings a connection into each state. In all of them the peer speaks from port
// 40,000; its next octet is 1, or 2 when its FIN came, and ours as well.
#pragma once

#include "kernel/net/testing/script.hpp"

namespace net::testing {

// All but CLOSED, in which there is no connection.
constexpr tcp::State every_state[] = {tcp::State::Listen,      tcp::State::SynSent,  tcp::State::SynReceived,
                                      tcp::State::Established, tcp::State::FinWait1, tcp::State::FinWait2,
                                      tcp::State::CloseWait,   tcp::State::Closing,  tcp::State::LastAck,
                                      tcp::State::TimeWait};

// A connection that the script opened with these options, the handshake done.
inline SocketId opened(Script& s, std::string const& options, char const* ack = ". 1:1(0) ack 1") {
    SocketId const listener = s.listen(80);
    s.in(("S 0:0(0) win 65535 <" + options + ">").c_str());
    s.out("S. 0:0(0) ack 1");
    s.in(ack);
    return s.accept(listener);
}

inline SocketId shut(Script& s, SocketId socket, char const* expected) {
    EXPECT_TRUE(s.stack().tcp().shutdown(socket).ok());
    s.out(expected);
    return socket;
}

inline SocketId reach(Script& s, tcp::State state) {
    using tcp::State;
    SocketId socket;
    switch (state) {
        case State::Closed:
            break;
        case State::Listen:
            return s.listen(80);
        case State::SynSent:
            socket = s.connect(40'000);
            s.out("S 0:0(0)");
            break;
        case State::SynReceived:  // of a simultaneous open: it has a socket that one can ask
            socket = reach(s, State::SynSent);
            s.in("S 0:0(0) win 65535");
            s.out("S. 0:0(0) ack 1");
            break;
        case State::Established:
            return s.established();
        case State::FinWait1:
            return shut(s, s.established(), "F. 1:1(0) ack 1");
        case State::FinWait2:
            socket = reach(s, State::FinWait1);
            s.in(". 1:1(0) ack 2");
            break;
        case State::CloseWait:
            socket = s.established();
            s.in("F. 1:1(0) ack 1");
            s.out(". 1:1(0) ack 2");
            break;
        case State::Closing:
            socket = reach(s, State::FinWait1);
            s.in("F. 1:1(0) ack 1");
            s.out(". 2:2(0) ack 2");
            break;
        case State::LastAck:
            return shut(s, reach(s, State::CloseWait), "F. 1:1(0) ack 2");
        case State::TimeWait:
            socket = reach(s, State::FinWait1);
            s.in("F. 1:1(0) ack 2");
            s.out(". 2:2(0) ack 2");
            break;
    }
    return socket;
}

// RCV.NXT, counted from the peer's SYN.
constexpr std::uint32_t next_expected(tcp::State state) {
    using tcp::State;
    switch (state) {
        case State::Closed:
        case State::Listen:
        case State::SynSent:
            return 0;
        case State::CloseWait:
        case State::Closing:
        case State::LastAck:
        case State::TimeWait:
            return 2;
        default:
            return 1;
    }
}
// SND.NXT, counted from our SYN.
constexpr std::uint32_t next_sent(tcp::State state) {
    using tcp::State;
    switch (state) {
        case State::Closed:
        case State::Listen:
            return 0;
        case State::SynSent:
        case State::SynReceived:
        case State::Established:
        case State::CloseWait:
            return 1;
        default:
            return 2;
    }
}

}  // namespace net::testing
