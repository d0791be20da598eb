// SPDX-License-Identifier: MIT
//
// A host on a virtual clock: the stack, the cable, and nothing else. Time moves when
// somebody asks for it, and stops on the way wherever the stack has something to do.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kernel/net/interface.hpp"

namespace conformance {

using base::Duration;
using base::Instant;
using Packet = std::vector<std::uint8_t>;  // from its IP header on

// A packet that left, and when.
struct Departure {
    Packet packet;
    Instant at;
};

// The host's own heap.
class Heap final : public net::Allocator {
public:
    void* allocate(std::size_t size, std::size_t) override { return std::malloc(size); }
    void release(void* pointer, std::size_t) override { std::free(pointer); }
};

// SplitMix64: the same numbers in every run.
class Random final : public net::RandomSource {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() override {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }

private:
    std::uint64_t state_;
};

class Host {
public:
    // Words, separated by commas: address=192.168.0.1/16 gateway=192.168.0.2 mtu=1500
    // seed=1 offload=0. Those are the defaults, and what packetdrill expects; offload=1
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

    Heap heap_;
    Random random_;
    net::Interface* stack_ = nullptr;
    Instant now_ = Instant::from_boot(Duration::seconds(1'000'000));
    std::deque<Departure> departures_;
};

}  // namespace conformance
