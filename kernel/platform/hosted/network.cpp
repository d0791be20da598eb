// SPDX-License-Identifier: MIT
//
// The network of a process: from a descriptor to a running stack.
#include "kernel/platform/network.hpp"

#include "kernel/base/log.hpp"
#include "kernel/platform/assemble.hpp"
#include "kernel/platform/hosted/options.hpp"
#include "kernel/platform/random.hpp"

namespace platform {
namespace {

Network the_network;
Random random;

Network* start_network(net::Ipv4Configuration const& own) {
    hosted::Options const& options = hosted::options();
    if (options.frames < 0) {
        base::log_error("network: there is none; --frames FD gives one");
        return nullptr;
    }
    std::uint64_t const number = random.next();
    std::array<std::uint8_t, 6> const mac = {0x02,  // locally administered, one card
                                             static_cast<std::uint8_t>(number >> 32),
                                             static_cast<std::uint8_t>(number >> 24),
                                             static_cast<std::uint8_t>(number >> 16),
                                             static_cast<std::uint8_t>(number >> 8),
                                             static_cast<std::uint8_t>(number)};
    // Lives as long as the process, as its watcher does.
    auto* const card = new hosted::FrameCard(options.frames, mac, Network::wake, &the_network);
    return assemble(the_network, *card, random, own.is_configured() ? own : options.address);
}

}  // namespace

Network* network(net::Ipv4Configuration const& own) {
    static Network* const started = start_network(own);
    return started;
}

}  // namespace platform
