// SPDX-License-Identifier: GPL-2.0-or-later
//
// Checkpoints near where somebody stands in a life, kept beside its recording while
// a window shows it: who comes back after a crash begins at one of them, and need not
// live the life up to there. A near file is a .run file without an end: checkpoints,
// what was heard until then, and (`from`) whose life they are of. It is never run by
// itself, and what it says is not believed for long: the life is lived again beside.
//
// Only appended to, each section with its checksum, so that kill -9 costs the last
// checkpoint at most. Bounded: when a file is full, long to read, or does not fit any more
// because somebody went back or began another future, the next one is begun, and the one
// before goes as soon as the new one holds a checkpoint.
//
// A branch of a life that is only looked at is recorded by nobody. Its near file holds
// its inputs, too, and opens as a recording.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/machine/machine.hpp"
#include "simulator/recording/run_writer.hpp"

namespace sim::recording {

// What whoever listens has heard of a life until a moment. Bytes of its own.
using Heard = std::vector<std::uint8_t>;
constexpr std::size_t max_heard_bytes = 64 << 10;

class NearWriter final : public machine::MachineObserver {
public:
    // So many instructions are lived again at most, and `per_byte` more for each byte that
    // a checkpoint brought: who writes much is not to wait for the disk.
    static constexpr std::uint64_t apart = 8'000'000, per_byte = 2;
    // Of the pages in one file, in memory and unpacked; two files are there at times.
    static constexpr std::uint64_t most_bytes = 256ull << 20;
    // With so many checkpoints, or so many bytes that came after the first of them, a file
    // is long to read: all of it is read for one.
    static constexpr std::size_t enough = 64;
    static constexpr std::uint64_t enough_bytes = 32ull << 20;

    struct Options {
        // Where the n-th file goes, and that of a branch; RunWriter adds the process and ".part".
        std::function<std::filesystem::path(unsigned)> name, branch_name{};  // empty: no branches
        std::function<void(std::string const&)> told{};  // once: why nothing is kept any more; may be empty
        std::uint64_t apart = NearWriter::apart, per_byte = NearWriter::per_byte;
        std::uint64_t most_bytes = NearWriter::most_bytes, enough_bytes = NearWriter::enough_bytes;
        std::size_t enough = NearWriter::enough;
    };
    explicit NearWriter(Options options) : options_(std::move(options)) {}
    // The orderly end: nothing is left. Before the machine's.
    ~NearWriter() override;
    NearWriter(NearWriter const&) = delete;
    NearWriter& operator=(NearWriter const&) = delete;

    // Call between runs, often, always with the same machine (`at_rest`: perhaps for the
    // last time). Takes a checkpoint when
    // there is none near before it, and asks `heard` then. Throws nothing: a disk that is
    // full ends it; what was kept until then stays.
    void update(machine::Machine&, bool at_rest, std::function<Heard()> const& heard);

    void on_log(machine::Machine&) override { forget(); }

private:
    void keep(machine::Machine&, Heard);
    void follow(machine::Machine&);
    void drop();
    void begin(machine::Machine&);
    void forget();
    void give_up(std::string const& why);

    Options options_;
    machine::Machine* machine_ = nullptr;
    std::unique_ptr<RunWriter> writer_, before_;
    unsigned files_ = 0;
    std::map<machine::Moment, std::uint64_t> kept_;  // in this file, and how far each is near
    machine::CheckpointPtr last_;
    std::uint64_t brought_ = 0;  // to this file, by all but the first
    bool branch_ = false;        // that is what the file is of:
    machine::Moment reached_{};  // it leads until here
    bool off_ = false;
};

struct Near {
    machine::CheckpointPtr begin;  // the last at or before the moment asked for
    Heard heard;                   // until then
    std::vector<machine::CheckpointPtr> all;
};
// Of this recording's life, for who wants to be at a moment. Throws RunFileError where
// the file is none, is torn in its middle, is of another life, or has none so early.
Near read_near(std::filesystem::path const& file, Recording const&, machine::Moment);

}  // namespace sim::recording
