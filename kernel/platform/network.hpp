// SPDX-License-Identifier: MIT
//
// The network of this machine: one card, one stack, and the thread that drives
// them. The stack knows no thread and no device; this is where they meet.
//
//     card interrupt --> work_ (an Event) --> the network thread, one round:
//         frames from the card   -> stack.on_frame
//         stack.next_frame       -> frames to the card
//         stack.next_ready       -> pollers, and whoever waits in a socket call
//
// A thread that calls into the stack sends the frames that follow from it
// itself, in flush(): an answer leaves without a thread switch.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "kernel/base/time.hpp"
#include "kernel/devices/virtio_net.hpp"
#include "kernel/net/interface.hpp"
#include "kernel/threads/condition.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/semaphore.hpp"

namespace platform {

class Poller;

class Network {
public:
    static constexpr unsigned frames_per_round = 64;

    // The card may already interrupt. Everything stays as long as the machine.
    Network(devices::VirtioNet& card, net::Interface& stack, std::span<std::uint8_t> unused = {}) = delete;
    explicit Network(net::Limits const& limits) : limits_(limits) {}
    Network(Network const&) = delete;
    Network& operator=(Network const&) = delete;

    // Called in interrupt context: there is work.
    static void wake(void* self) { static_cast<Network*>(self)->work_.set(); }

    threads::Mutex& lock() { return lock_; }

    // --- with the lock held --------------------------------------------------
    net::Interface& stack() { return *stack_; }
    // Sends what the stack wants to send.
    void flush();
    // Lets frames out and waits until something changed for some socket that no
    // poller watches. False: the deadline came first.
    [[nodiscard]] bool wait_for_change(base::Instant deadline);
    void forget(net::SocketId socket);

    // --- without -------------------------------------------------------------
    void watch(net::SocketId socket, Poller& poller, std::uint16_t token);
    // Waits until the interface has an address. False: the deadline came first.
    [[nodiscard]] bool wait_for_address(base::Instant deadline);
    net::Ipv4Configuration address();
    devices::VirtioNet const& card() const { return *card_; }
};

}  // namespace platform
