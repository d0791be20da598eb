// SPDX-License-Identifier: MIT
//
// A host on a virtual clock: the stack, the cable, and nothing else. Time moves when
// somebody asks for it, and stops on the way wherever the stack has something to do.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kernel/net/interface.hpp"
#include "kernel/net/testing/world.hpp"

namespace conformance {

using base::Duration;
using base::Instant;
using Packet = std::vector<std::uint8_t>;  // from its IP header on

// A packet that left, and when.
struct Departure {
    Packet packet;
    Instant at;
};

class Host {
public:
    // Words, separated by commas: address=192.168.0.1/16 gateway=192.168.0.2 mtu=1500
    // address6=fd3d:a0b:17d6::1/48 gateway6=fd3d:a0b:17d6:8888::1 seed=1 offload=0.
    // Those are the defaults, and what packetdrill expects; offload=1
    // lets segments leave larger than the link takes, as a card that cuts them would see.
    explicit Host(std::string const& flags);
    ~Host();
    Host(Host const&) = delete;
    Host& operator=(Host const&) = delete;

    net::Interface& stack() { return *stack_; }
    Instant now() const { return now_; }

    // A packet arrives.
    void deliver(net::Bytes packet);
    // Lets out what can leave now.
    void settle();
    // Time passes. `after_each` is called wherever it stopped.
    void advance_to(Instant, std::function<void()> const& after_each);
    // The next moment at which the stack does something by itself.
    Instant deadline() const { return stack_->deadline(); }

    // The oldest packet that left and nobody took.
    std::optional<Departure> take_departure();
    bool has_departure() const { return !departures_.empty(); }

private:
    void leave(net::TxFrame const&);
    void answer_arp(std::vector<std::uint8_t> const& frame);
    bool is_for_the_link(std::vector<std::uint8_t> const& frame);

    net::testing::CountingAllocator heap_;
    net::testing::SeededRandom random_;
    net::Interface* stack_ = nullptr;
    Instant now_ = Instant::from_boot(Duration::seconds(1'000'000));
    std::deque<Departure> departures_;
};

}  // namespace conformance
