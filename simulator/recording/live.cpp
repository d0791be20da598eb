// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/live.hpp"

#include "simulator/board/pc.hpp"
#include "simulator/recording/bookmarks.hpp"
#include "simulator/recording/host_memory.hpp"

namespace sim::recording {

Live::Live(LiveOptions options) {
    require_host_memory(options.config.memory_bytes);
    world_ = std::make_unique<machine::World>();
    machine_ = &world_->add(board::make_pc(options.config));
    if (options.uplink) {
        auto uplink = std::make_unique<links::Uplink>(options.forwards);
        uplink_ = uplink.get();
        outside_ = &world_->join(*machine_, std::make_unique<links::HostOutside>(std::move(uplink)));
    }
    if (!options.record.empty()) {
        recorder_ = std::make_unique<Recorder>(options.record, options.config, options.embed);
        recorder_->watch(*machine_);
        recorder_->keep_checkpoints(options.checkpoints);
    }
    if (!options.pcap.empty())
        capture_ = std::make_unique<CaptureObserver>(*machine_, options.pcap, std::move(options.thread));
}

Live::~Live() = default;

std::vector<links::Forward> Live::forwards() const {
    return uplink_ ? uplink_->forwards() : std::vector<links::Forward>{};
}

void Live::after_slice() {
    if (!recorder_) return;
    recorder_->update(*machine_);
    full_at_ = recorder_->full_at();
}

void Live::at_rest() {
    if (recorder_) recorder_->rest(*machine_);
}

void Live::finish() {
    if (outside_) outside_->drain(std::chrono::milliseconds(50));
    if (recorder_) {
        recorder_->finish(*machine_);
        full_at_ = recorder_->full_at();
        machine::Moment const end = full_at_.value_or(machine_->log().edge());
        std::erase_if(bookmarks_, [&](Bookmark const& one) { return one.at > end; });
        if (!bookmarks_.empty()) replace_bookmarks(recorder_->path(), bookmarks_);
    }
    recorder_.reset();
    if (capture_) capture_->finish();
}

void Live::wake() {
    if (uplink_) uplink_->wake();
}

}  // namespace sim::recording
