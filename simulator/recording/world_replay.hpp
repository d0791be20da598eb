// SPDX-License-Identifier: GPL-2.0-or-later
//
// A recorded world, lived again: the machines as their own recordings describe
// them, joined as then, with nothing from outside but what the log holds. What
// each machine receives follows from the others, and is compared with its own
// recording.
#pragma once

#include <functional>
#include <memory>

#include "simulator/recording/joined_world.hpp"
#include "simulator/recording/replay.hpp"

namespace sim::recording {

struct WorldVerdict {
    bool same = false, interrupted = false;
    std::size_t hashes = 0;           // of the world, compared and equal
    std::uint64_t last_equal_ns = 0;  // the whole world was equal then
    std::uint64_t first_different_ns = 0;
    std::vector<std::string> parts;  // of a difference: machines, "the links"
    std::uint64_t hash = 0;          // of the world at the end
    std::string text;                // one line
};

class WorldReplay {
public:
    // Reads the world's file and those of its machines beside it. Throws
    // RunFileError or std::runtime_error: one line.
    explicit WorldReplay(std::filesystem::path const& file);

    WorldRecording const& recording() const { return recording_; }
    Recording const& member(std::string const& name) const { return members_.at(name)->recording(); }
    std::filesystem::path member_path(std::string const& name) const;
    std::uint64_t end_ns() const { return recording_.log.edge_ns; }

    // The world at time 0, with its log. Several may live side by side.
    // `reversed`: built in the other order, which must make no difference.
    std::unique_ptr<JoinedWorld> make(bool reversed = false) const;

    // From time 0 to the end, comparing. `progress` (may be empty) gets 0..1;
    // `cancelled` (may be empty) is asked often.
    WorldVerdict verify(std::function<void(double)> const& progress = {},
                        std::function<bool()> const& cancelled = {}) const;

private:
    std::string name_;
    std::filesystem::path folder_;
    WorldRecording recording_;
    links::Topology topology_;
    std::vector<links::FaultLine> faults_;
    std::map<std::string, std::unique_ptr<Replay>> members_;
};

}  // namespace sim::recording
