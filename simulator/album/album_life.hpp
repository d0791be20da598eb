// SPDX-License-Identifier: GPL-2.0-or-later
//
// An album as a source of snapshots: what Session is for a machine. Requests are
// answered from the pages of a moment; commands that only choose a moment are obeyed,
// each with the nearest moment that there is, and the rest is refused with the reason.
// One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "simulator/album/album.hpp"
#include "simulator/debug/command.hpp"
#include "simulator/debug/disassembly.hpp"
#include "simulator/debug/snapshot.hpp"

namespace sim::album {

class AlbumLife {
public:
    // Stands at the last moment.
    explicit AlbumLife(std::shared_ptr<Album const>);

    std::shared_ptr<debug::Snapshot const> const& snapshot() const { return snapshot_; }
    void request(debug::ViewRequest);
    debug::CommandNumber post(debug::Command);
    // Carries out what was posted, and answers. While it plays, each call goes on by one
    // moment. True: it plays.
    bool advance();

    Album const& album() const { return *album_; }
    std::size_t moment() const { return now_; }  // its number

private:
    void obey(debug::Command const&);
    void go_to(machine::Moment);
    void step(debug::Step const&);
    bool step_to_event(debug::EventGroup, bool forward);
    void refuse(std::string what);
    void publish();
    void heat(debug::Snapshot&) const;
    std::size_t at_or_before(machine::Moment) const;

    std::shared_ptr<Album const> album_;
    Memory memory_;
    debug::Disassembler disassembler_;
    std::shared_ptr<debug::MachineInfo const> machine_;
    std::shared_ptr<debug::ViewRequest const> request_;
    std::shared_ptr<debug::Snapshot const> snapshot_;
    std::vector<std::pair<debug::CommandNumber, debug::Command>> posted_;
    debug::CommandNumber last_posted_ = 0;
    debug::CommandOutcome outcome_;
    machine::CheckpointStore::Spacing spacing_;
    std::size_t now_ = 0;
    std::optional<unsigned> processor_;
    std::uint64_t number_ = 0;
    bool playing_ = false, changed_ = true;
};

}  // namespace sim::album
