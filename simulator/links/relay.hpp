// SPDX-License-Identifier: GPL-2.0-or-later
//
// Our uplink for somebody else's machine: a thread that carries frames between
// an uplink and a socket, one datagram a frame, as QEMU's `-netdev dgram` does.
// So a guest in QEMU has the very network that it has in the simulator.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "simulator/links/pcapng.hpp"
#include "simulator/links/uplink.hpp"

namespace sim::links {

class Relay {
public:
    // Starts at once. `capture` may be empty. Throws what Uplink and PcapngFile
    // throw.
    Relay(std::vector<Forward> const& forwards, std::filesystem::path const& capture);
    ~Relay();
    Relay(Relay const&) = delete;
    Relay& operator=(Relay const&) = delete;

    // With the real host ports.
    std::vector<Forward> const& forwards() const { return uplink_.forwards(); }

    // The other end of the socket, for the child process to inherit.
    int childs_end() const { return theirs_; }
    // After the fork: ours closes with the child's life.
    void close_childs_end();

private:
    void run();
    void capture(Frame const&, Direction);

    Uplink uplink_;
    std::optional<PcapngFile> file_;
    int ours_ = -1, theirs_ = -1;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace sim::links
