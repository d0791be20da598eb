// SPDX-License-Identifier: MIT
//
// Two stacks and a link between them that loses, repeats, delays and reorders
// frames, all decided by a seed: a failure is repeated by its seed.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "kernel/net/interface.hpp"
#include "kernel/net/testing/world.hpp"
#include "kernel/net/wire/checksum.hpp"

namespace net::testing {

using base::Duration;
using base::Instant;

struct LinkFaults {
    unsigned loss_percent = 0;
    unsigned duplicate_percent = 0;
    unsigned reorder_percent = 0;                 // held back for a while, so that others overtake it
    unsigned corrupt_percent = 0;                 // one bit flips
    unsigned mark_percent = 0;                    // a router marks those that may be marked (ECN)
    Duration delay = Duration::milliseconds(10);  // one way
    // A slow piece of the way, with a queue before it that drops what it has no room for.
    std::uint64_t octets_per_second = 0;  // 0: as fast as one likes
    std::size_t queue = 64 * 1024;
};

class Pair {
public:
    static constexpr Ipv4Address address(int host) {
        return Ipv4Address(10, 0, 0, static_cast<std::uint8_t>(host + 1));
    }

    Pair(std::uint64_t seed, LinkFaults faults, Config const& config = {}) : random_(seed), faults_(faults) {
        for (int host = 0; host < 2; ++host) {
            Config c = config;
            c.mac = MacAddress({2, 0, 0, 0, 0, static_cast<std::uint8_t>(host + 1)});
            c.dhcp = false;
            c.ipv4 = {address(host), 24, {}, {}};
            auto created = Interface::create(c, memory_[host], random_);
            EXPECT_TRUE(created.ok());
            stacks_[host] = created.value();
        }
    }
    ~Pair() {
        for (int host = 0; host < 2; ++host) {
            Interface::destroy(stacks_[host]);
            EXPECT_EQ(memory_[host].blocks(), 0u) << "host " << host << " kept memory";
        }
    }
    Pair(Pair const&) = delete;
    Pair& operator=(Pair const&) = delete;

    Interface& stack(int host) { return *stacks_[host]; }
    tcp::Sockets& tcp(int host) { return stacks_[host]->tcp(); }
    CountingAllocator& memory(int host) { return memory_[host]; }
    Instant now() const { return now_; }
    LinkFaults& faults() { return faults_; }
    std::uint64_t frames() const { return sent_; }
    std::uint64_t overflows() const { return overflows_; }  // frames that the queue had no room for
    std::size_t longest_frame() const { return longest_; }  // that either sent

    // Lets both send what they can, then moves to the next thing that happens:
    // a frame arrives, or a timer runs out. False if nothing ever will.
    bool step() {
        TxFrame out;
        for (int host = 0; host < 2; ++host)
            while (stacks_[host]->next_frame(out, now_)) carry(1 - host, out);
        Instant next = wire_.empty() ? Instant::never() : wire_.begin()->first;
        for (Interface* stack : stacks_)
            if (stack->deadline() < next) next = stack->deadline();
        if (next == Instant::never()) return false;
        if (now_ < next) now_ = next;
        while (!wire_.empty() && wire_.begin()->first <= now_) {
            auto const arriving = std::move(wire_.begin()->second);
            wire_.erase(wire_.begin());
            stacks_[arriving.to]->on_frame(RxFrame{arriving.bytes}, now_);
        }
        return true;
    }
    void run_for(Duration time) {
        Instant const end = now_ + time;
        while (now_ < end && step()) {
        }
    }

private:
    struct InFlight {
        int to;
        std::vector<std::uint8_t> bytes;
    };

    static void mark(std::vector<std::uint8_t>& frame) {
        bool const is_capable = wire::load_be16(&frame[12]) == 0x0800 && (frame[15] & 3) != 0;
        if (!is_capable) return;
        frame[15] |= 3;
        wire::store_be16(&frame[24], 0);
        wire::store_be16(&frame[24], wire::checksum_of(Bytes(frame).subspan(14, 20)));
    }

    // When the frame has left the queue; false: it found no room.
    bool passes_queue(int to, std::size_t octets, Instant& departure) {
        auto const time_of = [&](std::size_t n) {
            return Duration::nanoseconds(
                static_cast<std::int64_t>(n * 1'000'000'000 / faults_.octets_per_second));
        };
        Instant const begins = std::max(now_, busy_until_[to]);
        if (begins - now_ + time_of(octets) > time_of(faults_.queue)) {
            ++overflows_;
            return false;
        }
        departure = busy_until_[to] = begins + time_of(octets);
        return true;
    }

    void carry(int to, TxFrame const& frame) {
        ++sent_;
        longest_ = std::max(longest_, frame.size());
        if (random_.chance(faults_.loss_percent)) return;
        InFlight copy{to, std::vector<std::uint8_t>(frame.size())};
        frame.copy_to(copy.bytes.data());
        if (random_.chance(faults_.corrupt_percent)) {
            std::uint64_t const bit = random_.below(8 * copy.bytes.size());
            copy.bytes[bit / 8] = static_cast<std::uint8_t>(copy.bytes[bit / 8] ^ 1u << (bit % 8));
        }
        if (faults_.mark_percent > 0 && random_.chance(faults_.mark_percent)) mark(copy.bytes);
        Instant departure = now_;
        if (faults_.octets_per_second > 0 && !passes_queue(to, copy.bytes.size(), departure)) return;
        Instant arrival = departure + faults_.delay;
        if (random_.chance(faults_.reorder_percent))
            arrival = arrival + Duration::microseconds(static_cast<std::int64_t>(random_.below(30'000)));
        if (random_.chance(faults_.duplicate_percent))
            wire_.emplace(arrival + Duration::microseconds(1), copy);
        wire_.emplace(arrival, std::move(copy));
    }

    SeededRandom random_;
    LinkFaults faults_;
    CountingAllocator memory_[2];
    Interface* stacks_[2];
    Instant now_ = Instant::from_boot(Duration::seconds(1));
    std::multimap<Instant, InFlight> wire_;
    Instant busy_until_[2];  // the slow piece, on the way to each
    std::uint64_t overflows_ = 0;
    std::uint64_t sent_ = 0;
    std::size_t longest_ = 0;
};

// An application on one end of a connection: writes `total` bytes of the stream
// and then its end, reads and checks what comes.
struct Peer {
    tcp::Sockets* sockets = nullptr;
    SocketId socket;
    std::uint64_t total = 0;
    std::uint64_t written = 0;
    std::uint64_t read = 0;
    bool finished = false;  // our end is said
    bool ended = false;     // theirs was read
    Error error = Error::WouldBlock;

    void work() {
        std::uint8_t bytes[5000];
        while (written < total) {
            std::size_t const count = total - written < sizeof bytes ? total - written : sizeof bytes;
            for (std::size_t i = 0; i < count; ++i) bytes[i] = stream_byte(written + i);
            auto const sent = sockets->send(socket, Bytes(bytes, count));
            if (!sent.ok()) {
                note(sent.error());
                break;
            }
            written += sent.value();
        }
        if (written == total && !finished && sockets->state(socket) >= tcp::State::Established) {
            finished = sockets->shutdown(socket).ok();
        }
        while (!ended) {
            auto const got = sockets->receive(socket, bytes);
            if (!got.ok()) {
                note(got.error());
                break;
            }
            ended = got.value() == 0;
            for (std::size_t i = 0; i < got.value(); ++i) ASSERT_EQ(bytes[i], stream_byte(read + i));
            read += got.value();
        }
    }
    void note(Error e) {
        if (e != Error::WouldBlock) error = e;
    }
    bool done() const { return finished && ended; }
};

}  // namespace net::testing
