// SPDX-License-Identifier: MIT
//
// One thread that waits for many sockets. Each watched socket has a token, a
// small number of the application's choice; wait() says which of them have
// become ready since they were last reported. It reports changes: after a
// report, use the socket until it would block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/base/list.hpp"
#include "kernel/base/time.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/socket.hpp"
#include "kernel/platform/udp_socket.hpp"
#include "kernel/threads/semaphore.hpp"

namespace platform {

class Poller {
public:
    explicit Poller(Network& network) : network_(network) {}
    Poller(Poller const&) = delete;
    Poller& operator=(Poller const&) = delete;

    // From now on; closing the socket ends it.
    void watch(TcpListener const& listener, std::uint16_t token) {
        network_.watch(listener.id(), *this, token);
    }
    void watch(TcpSocket const& socket, std::uint16_t token) { network_.watch(socket.id(), *this, token); }
    void watch(UdpSocket const& socket, std::uint16_t token) { network_.watch(socket.id(), *this, token); }

    // Waits until a socket is ready or the deadline has come. Fills `tokens` from
    // the front and returns how many there are. A deadline in the past asks
    // without waiting.
    std::size_t wait(std::span<std::uint16_t> tokens, base::Instant deadline);

private:
    friend class Network;
    // With the network's lock held.
    void report(Watch&);
    static void drop(Watch&);

    Network& network_;
    threads::Event reported_;
    base::List<Watch, &Watch::ready_link> ready_;  // each socket stands in it at most once
    bool waiting_ = false;
};

}  // namespace platform
