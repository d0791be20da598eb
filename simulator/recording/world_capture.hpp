// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writes what passes the links of a world as one packet capture, an interface a link: each
// packet once, with the world's time, who sends it, which thread of a machine did, and what
// becomes of it. For one machine alone see capture.hpp.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "simulator/links/pcapng.hpp"
#include "simulator/recording/capture.hpp"
#include "simulator/recording/joined_world.hpp"

namespace sim::recording {

class WorldCapture {
public:
    // From now on, as the network's only tap; must outlive every run of the world. Throws
    // what PcapngFile throws.
    WorldCapture(JoinedWorld&, links::Topology const&, std::filesystem::path const&,
                 CaptureObserver::ThreadNow thread);
    ~WorldCapture();

private:
    class Senders;
    void write(std::string const& link, bool from_a, std::uint64_t now_ns,
               std::span<std::uint8_t const> frame, std::span<links::Lane::Arrival const> arrivals);

    std::map<std::string, std::pair<std::string, std::string>> ends_;  // of each link
    links::PcapngFile file_;
    std::map<std::string, std::unique_ptr<Senders>> senders_;  // by the machine's name
};

}  // namespace sim::recording
