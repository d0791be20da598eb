// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine that lives: built from its parts, joined to the host when wanted,
// recorded when wanted. Used by `viv run` and by the visualizer alike.
//
//     Live live({.config = ..., .forwards = {{8080, 80}}, .record = "a.run"});
//     while (more) { live.machine().run(limit); live.after_slice(); }
//     live.finish();
//
// The thread that runs the machine makes all calls but wake().
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "simulator/links/host_outside.hpp"
#include "simulator/links/uplink.hpp"
#include "simulator/machine/world.hpp"
#include "simulator/recording/capture.hpp"
#include "simulator/recording/recorder.hpp"

namespace sim::recording {

struct LiveOptions {
    machine::MachineConfig config;
    // Joined to the host's network, and so paced by its clock. Otherwise the
    // machine is alone and runs as fast as it can.
    bool uplink = false;
    std::vector<links::Forward> forwards;  // with an uplink
    std::filesystem::path record;          // empty: no recording
    bool embed = false;                    // the image inside the recording
    bool checkpoints = false;              // the whole machine inside, every second: see Recorder
    std::filesystem::path pcap;            // empty: no capture
    CaptureObserver::ThreadNow thread;     // whom the capture names
};

class Live {
public:
    // Everything that can go wrong before the guest runs: std::runtime_error
    // with one line (bad image, busy port, file that may not be replaced).
    explicit Live(LiveOptions);
    // Not finished: the recording is dropped, an older file of that name stays.
    ~Live();
    Live(Live const&) = delete;
    Live& operator=(Live const&) = delete;

    machine::Machine& machine() { return *machine_; }
    // For whoever wants to own the world, such as debug::Session. Live must
    // outlive every run of it.
    std::unique_ptr<machine::World> take_world() { return std::move(world_); }

    // What the machine hears of the world; null without an uplink. The world's.
    machine::Outside* outside() { return outside_; }
    // With the real host ports. Empty without an uplink.
    std::vector<links::Forward> forwards() const;

    // Where whoever stands between the machine and its outside tells what becomes of frames;
    // null: nobody captures them.
    links::FrameFates* fates() { return capture_ ? capture_->follow() : nullptr; }

    // Between runs: brings the recording up to date.
    void after_slice();
    // The machine rests, perhaps for long: all that is known of it reaches the disk.
    void at_rest();
    // Moments worth going to; completing the recording writes those that it reaches.
    void set_bookmarks(std::vector<Bookmark> bookmarks) { bookmarks_ = std::move(bookmarks); }
    // The end: completes the recording. The other end of the link gets a moment
    // to take what the guest sent last.
    void finish();

    // Nothing is recorded any more, and nothing is left of what was.
    void drop_recording() { recorder_.reset(); }

    // Where the recording was completed early because it became full, if it was.
    std::optional<machine::Moment> recording_full_at() const { return full_at_; }

    // Any thread: ends a wait for the host early.
    void wake();

private:
    std::unique_ptr<machine::World> world_;
    machine::Machine* machine_ = nullptr;
    links::Uplink* uplink_ = nullptr;
    links::HostOutside* outside_ = nullptr;  // the world's
    std::unique_ptr<Recorder> recorder_;
    std::vector<Bookmark> bookmarks_;
    std::optional<machine::Moment> full_at_;
    std::unique_ptr<CaptureObserver> capture_;
};

}  // namespace sim::recording
