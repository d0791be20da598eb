// SPDX-License-Identifier: MIT
//
// Opening connections. [rfc9293 §3.5, §3.10.7]
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::State;

TEST(Handshake, a_syn_to_a_listener_is_answered_and_the_connection_accepted) {
    Script s;
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535 <mss 1460>");
    s.out("S. 0:0(0) ack 1 win 16384 <mss 1460>");  // MUST-14, SHLD-5
    s.in(". 1:1(0) ack 1");
    s.silent();
    SocketId const socket = s.accept(listener);
    s.state(socket, State::Established);
}

TEST(Handshake, a_request_is_read_and_answered_and_both_sides_close) {
    Script s;
    SocketId const socket = s.established();
    s.in("P. 1:101(100) ack 1");
    s.expect_read(socket, 100);
    s.send(socket, 200);
    s.out("P. 1:201(200) ack 101");
    s.in(". 101:101(0) ack 201");
    s.silent();
    s.stack().tcp().close(socket);
    s.out("F. 201:201(0) ack 101");
    s.in("F. 101:101(0) ack 202");
    s.out(". 202:202(0) ack 102");
    s.silent();
}

}  // namespace
}  // namespace net::testing
