// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writes a .run file. What is known goes to FILE.PID.part beside the target;
// finish() completes it and renames it to FILE. So FILE is always whole: the
// new recording, or what was there before. When the program dies the part file
// stays, readable up to its last whole section (read_run_file with salvage).
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "simulator/recording/budget.hpp"
#include "simulator/recording/run_file.hpp"
#include "simulator/recording/sections.hpp"
#include "simulator/recording/stored_checkpoint.hpp"

namespace sim::recording {

class RunWriter {
public:
    // Refuses to replace a file that is no recording. `embed` puts the bytes of
    // image and initrd into the file. A reader must not need more than `most` bytes
    // of memory. Throws RunFileError or std::runtime_error.
    RunWriter(std::filesystem::path path, machine::MachineConfig const&, bool embed,
              std::uint64_t most = max_unpacked_bytes);
    // Not finished: nothing is left behind, and FILE is as it was.
    ~RunWriter();
    RunWriter(RunWriter const&) = delete;
    RunWriter& operator=(RunWriter const&) = delete;

    // In order of their moments. They reach the disk in batches. Whatever finds no
    // room throws RunFileError: see room().
    void input(machine::Input const&);
    void hash(HashPoint const&);
    void trail(TrailPoint const&);
    // The whole machine, for a file that opens where it cannot be run. Pages are
    // stored once, whoever has them. A second one of the same moment is not
    // written. False, now and from then on, and nothing is written: the file holds
    // as many as one may; half of the room is for the rest.
    bool checkpoint(machine::Checkpoint const&);
    // JSON of the visualizer's, at most max_view_bytes.
    void view(std::string_view json);
    // More than max_bookmarks of them, or one that is too long: RunFileError.
    void bookmark(Bookmark const&);
    // The recording that this one is a branch of. Once.
    void parent(Parent const&);
    // From now on: see packed.hpp.
    void set_level(int level) { level_ = level; }
    // Everything so far survives the death of this program.
    void flush();
    // The end; the number of inputs is filled in. FILE is complete after this.
    void finish(End);

    // What a reader may still need, in bytes. The end must find room there.
    std::uint64_t room() const { return budget_.left(); }

    std::filesystem::path const& path() const { return path_; }
    std::filesystem::path const& part_path() const { return part_; }
    std::uint64_t inputs() const { return inputs_; }

private:
    template <class Encode>
    void batched(Encoder& batch, std::uint64_t weight, Encode const&);
    void section(std::uint32_t tag, std::span<std::uint8_t const> plain);
    void write_section(std::uint32_t tag, std::span<std::uint8_t const> plain);
    void take(std::uint64_t bytes);
    void write(std::span<std::uint8_t const> bytes);

    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::filesystem::path path_, part_;
    std::unique_ptr<std::FILE, Close> file_;
    Budget budget_, checkpoint_budget_;
    InputCodec input_codec_;
    HashCodec hash_codec_;
    TrailCodec trail_codec_;
    Encoder input_batch_, hash_batch_, trail_batch_;
    std::unique_ptr<PageStore> pages_;
    std::uint64_t memory_bytes_ = 0, seed_ = 0;
    std::size_t checkpoints_ = 0;
    std::optional<machine::Moment> last_checkpoint_;
    bool checkpoints_full_ = false;
    std::size_t bookmarks_ = 0;
    std::uint64_t inputs_ = 0;
    int level_ = small;
    bool finished_ = false;
};

}  // namespace sim::recording
