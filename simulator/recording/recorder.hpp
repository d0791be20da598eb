// SPDX-License-Identifier: GPL-2.0-or-later
//
// Keeps a recording in step with a machine. The machine's own log is the truth;
// the recorder copies what is new, takes a hash now and then, and starts the
// file again when a person has begun another future. A recording has a largest
// size: when it is reached the file is completed there, and the machine lives on.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "simulator/machine/machine.hpp"
#include "simulator/recording/run_writer.hpp"

namespace sim::recording {

class Recorder {
public:
    // Throws what RunWriter and ImageCache throw. Keeps the image in the cache,
    // or embeds it. `most`: see RunWriter.
    Recorder(std::filesystem::path path, machine::MachineConfig const&, bool embed,
             std::uint64_t most = max_unpacked_bytes);

    // Follows this machine from now on: keeps a trail of it. Must outlive its runs.
    void watch(machine::Machine&);
    // Also keeps the whole machine now and then, so that the file can be looked
    // at where it cannot be run. Costs space: what the guest writes.
    void keep_checkpoints(bool on) { keep_checkpoints_ = on; }

    // Call between runs, on the machine's thread: often. Cheap when nothing is new.
    void update(machine::Machine&);
    // The same, and what is known reaches the disk at once: the machine rests, and
    // nobody knows for how long.
    void rest(machine::Machine&);
    // A moment worth going to, kept in the file.
    void bookmark(Bookmark const&);
    // The recording that this one is a branch of.
    void set_parent(Parent const&);
    // The life ends at the furthest moment reached, and the file is completed.
    // The machine is moved there first if it is not.
    void finish(machine::Machine&);

    // Where the recording became full and was completed, if it did.
    std::optional<machine::Moment> const& full_at() const { return full_at_; }
    std::filesystem::path const& path() const { return writer_->path(); }

private:
    void start();
    void complete(machine::Machine&);
    void start_again(machine::Machine const&);
    void take_hash(machine::Machine&);
    void flush(machine::Machine&);
    void write_trail();
    void take_checkpoint(machine::Machine&);

    std::filesystem::path path_;
    machine::MachineConfig config_;
    bool embed_;
    std::uint64_t most_;
    std::unique_ptr<RunWriter> writer_;
    std::optional<machine::Moment> full_at_;
    bool completed_ = false;
    std::vector<Bookmark> bookmarks_;
    std::optional<Parent> parent_;
    std::optional<machine::Input> last_written_;  // to see that the log was cut and went on
    machine::Moment last_hash_;
    machine::Moment flushed_;  // the edge of the life that has reached the disk
    std::uint64_t next_hash_ns_ = 0;
    TrailKeeper trail_;
    std::size_t trail_written_ = 0;
    std::uint64_t trail_cuts_ = 0;
    bool watching_ = false;
    bool keep_checkpoints_ = false;
    std::uint64_t next_checkpoint_ns_ = 0;
    std::chrono::steady_clock::time_point next_flush_;
};

}  // namespace sim::recording
