// SPDX-License-Identifier: GPL-2.0-or-later
//
// A recorded life, run again: the same image, the recorded inputs at their
// moments, and no outside at all. verify() compares the machine with the
// recorded hashes and trail on the way.
//
// Only the engine and the machine that recorded a life can live it again. For
// another one that has checkpoints inside, machine() may be looked at: seek()
// goes to the last checkpoint at or before a moment, run() goes nowhere.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/machine/world.hpp"
#include "simulator/recording/doctor.hpp"
#include "simulator/recording/near_file.hpp"
#include "simulator/recording/run_reader.hpp"

namespace sim::recording {

struct ReplayOptions {
    Tolerance tolerance = Tolerance::whole;
    std::filesystem::path image;  // this file instead of a search; must be the same image
    // A recording that cannot be run may be opened by its checkpoints. Otherwise
    // that is an error.
    bool look_only = false;
    // Of one that can be run: begin at the last checkpoint at or before this moment in
    // one of these near files, the first that can be used, and know nothing of what was
    // before. For who wants to be there at once. They must be one's own: where a
    // stranger's checkpoint would lead nobody has looked.
    machine::Moment near{};
    std::vector<std::filesystem::path> near_files{};
    Reading reading{};
};

struct Verdict {
    bool same = false;
    std::size_t hashes = 0;               // compared and equal
    machine::Moment last_equal;           // the last moment at which the whole machine was equal
    machine::Moment registers_equal;      // and the registers: of the trail, never before last_equal
    std::uint64_t hash = 0;               // of the machine where the comparing ended
    machine::Moment first_different;      // of a difference: the first moment seen
    std::vector<std::string> components;  // of a difference: those that differ, "cpu0", "ram"
    std::string text;                     // one line
    bool interrupted = false;             // no verdict: someone called interrupt()
};

// How far a recorded life may be run: its end; of a triple fault, one further,
// because that happens to an instruction that never completes.
machine::Moment edge_of(Recording const&);

class Replay {
public:
    // Reads the recording and finds its image: inside it, in the image cache, or
    // among the built applications. Throws RunFileError, loader::LoadError or
    // std::runtime_error: one line with the cause and the next step.
    explicit Replay(std::filesystem::path const& file, ReplayOptions const& = {});

    Recording const& recording() const { return recording_; }
    // Empty: it can be run. Else why not, in one line, every difference named.
    std::string const& why_not() const { return why_not_; }
    bool can_run() const { return why_not_.empty(); }
    // With the recorded inputs; at moment 0, or where near_begin() says.
    machine::Machine& machine() { return *machine_; }
    // The checkpoint at which it begins, and what had been heard until then; null: at moment 0.
    machine::CheckpointPtr const& near_begin() const { return near_begin_; }
    Heard const& near_heard() const { return near_heard_; }
    // Why a near file was of no use, one line each.
    std::vector<std::string> const& near_trouble() const { return near_trouble_; }
    // For whoever wants to own the world. verify() cannot be used then.
    std::unique_ptr<machine::World> take_world() { return std::move(world_); }

    // The same machine again, at moment 0 and with the same inputs: for whoever
    // compares several. Independent of this object.
    std::function<std::unique_ptr<machine::Machine>()> maker() const;

    // From where the machine is to the recorded end.
    machine::RunResult run_to_end();
    // From moment 0 to the end, comparing. `progress` (may be empty) gets 0..1.
    Verdict verify(std::function<void(double)> const& progress = {});
    // After a verdict of "differs": does some manner of living part from the
    // others before that moment? Then this names the very instruction.
    Diagnosis explain(Verdict const&, DoctorOptions) const;

private:
    void find_files(ReplayOptions const&);
    void build();
    machine::InputLog log() const;
    void open_by_checkpoints();
    void begin_near(ReplayOptions const&);
    bool begin_at(Near);
    std::vector<std::string> obstacles() const;
    std::optional<Verdict> compare_at(machine::Moment at, machine::Moment target, machine::MachineHash const&,
                                      Verdict const& so_far);

    std::string name_;
    // Shared with the logs of all machines that are made here.
    std::shared_ptr<Recording> kept_;
    Recording& recording_ = *kept_;
    std::string why_not_;
    machine::CheckpointPtr near_begin_;
    Heard near_heard_;
    std::vector<std::string> near_trouble_;
    std::vector<std::string> missing_;  // files, one phrase each
    std::unique_ptr<machine::World> world_;
    machine::Machine* machine_ = nullptr;
};

}  // namespace sim::recording
