// SPDX-License-Identifier: GPL-2.0-or-later
//
// The uplink: a small network 10.0.2.0/24 in this process, whose router is
// libslirp. The guest gets 10.0.2.15 by DHCP, the host answers as 10.0.2.2, a
// name server as 10.0.2.3. Connections of the guest leave as ordinary sockets
// of this process, and chosen ports of the loopback interface lead to the
// guest, or to one of several that share it. No privilege needed. QEMU's `-netdev user` is the same library,
// so a guest sees the same network there.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "simulator/links/link.hpp"

struct Slirp;  // libslirp's own

namespace sim::links {

// 127.0.0.1:host_port leads to guest_port of a guest, for TCP or for UDP. Host port
// 0 lets the system choose a free one; Uplink::forwards() tells which.
struct Forward {
    std::uint16_t host_port = 0;
    std::uint16_t guest_port = 0;
    std::uint32_t guest = 0x0A00'020F;  // its address: 10.0.2.15, which who asks first gets by DHCP
    bool udp = false;
    bool operator==(Forward const&) const = default;
};
// "8080:80", "8080:10.0.2.16:80", "5007:7/udp". None: it is nothing of the kind, or
// the address is not one of the uplink's network.
std::optional<Forward> parse_forward(std::string_view text);  // forward.cpp

class Uplink final : public Link {
public:
    // Listens at once. Throws std::runtime_error with one clear line when a
    // port is busy or not allowed. Ignores SIGPIPE for the whole process:
    // libslirp writes to sockets whose peer may have gone.
    explicit Uplink(std::vector<Forward> const& forwards);
    ~Uplink() override;
    Uplink(Uplink const&) = delete;
    Uplink& operator=(Uplink const&) = delete;

    void send(std::span<std::uint8_t const> frame) override;
    std::optional<Frame> receive() override;
    bool wait(std::chrono::nanoseconds at_most) override;
    void wake() override;

    // wait() also ends when this descriptor has something to read. Not owned.
    void also_watch(int descriptor) { watched_ = descriptor; }

    // With the real host ports.
    std::vector<Forward> const& forwards() const { return forwards_; }

    // Frames for the card that were lost because nobody fetched them.
    std::uint64_t dropped() const { return dropped_; }

private:
    struct Callbacks;  // what libslirp calls back
    struct Poll;       // the descriptors of one wait
    void add_forward(Forward forward);
    void heard_of(std::uint32_t guest);

    Slirp* slirp_ = nullptr;
    int wake_ = -1;  // eventfd
    int watched_ = -1;
    std::vector<Forward> forwards_;
    std::deque<Frame> to_card_;
    std::uint64_t dropped_ = 0;
    std::set<std::uint32_t> awaited_;  // guests of forwards that have not been heard of
    bool guest_is_up_ = false;         // until then clients wait in the backlog of their port
    std::chrono::steady_clock::time_point born_ = std::chrono::steady_clock::now();
};

}  // namespace sim::links
