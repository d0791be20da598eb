// SPDX-License-Identifier: MIT
//
// What a test with sockets that block begins with: it is the process's one thread "main", and
// holds the baton from then on.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdlib>

#include "kernel/platform/assemble.hpp"
#include "kernel/platform/hosted/baton.hpp"
#include "kernel/platform/hosted/frame_card.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/random.hpp"

namespace platform {

// For every such test; the first one does it.
inline void begin_threads() {
    static bool const begun = (hosted::init_threads(), true);
    (void)begun;
}

// Two machines in this process, each with its own stack and network thread, on the ends of one
// socket pair. They live as long as the process: their threads do.
class Machines {
public:
    static Machines& both() {
        static Machines* const made = new Machines;
        return *made;
    }
    static net::Ipv4Address address(std::uint8_t number) { return net::Ipv4Address(10, 0, 0, number); }
    // One more, on whatever cable.
    static void start(Network& network, int descriptor, std::uint8_t number, Random& random) {
        std::array<std::uint8_t, 6> const mac = {2, 0, 0, 0, 0, number};
        auto* const card = new hosted::FrameCard(descriptor, mac, Network::wake, &network);
        if (assemble(network, *card, random, {address(number), 24, {}, {}}) == nullptr) std::abort();
    }

    Network left, right;  // 1 and 2

private:
    Machines() {
        begin_threads();
        int ends[2] = {-1, -1};
        if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) std::abort();
        start(left, ends[0], 1, random_);
        start(right, ends[1], 2, random_);
    }

    Random random_;
};

}  // namespace platform
