// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/near_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "simulator/recording/packed.hpp"
#include "simulator/recording/parent.hpp"
#include "simulator/recording/run_reader.hpp"
#include "simulator/recording/stored_checkpoint.hpp"

namespace sim::recording {

using machine::Checkpoint;
using machine::CheckpointPtr;
using machine::Machine;
using machine::Moment;

namespace {

constexpr char const* kind = "near";
constexpr char const* heard_part = "heard";  // beside the machine's own parts

// Whose life it is: the machine, how many inputs came before a moment, and the last of
// them. Not all, for there may be millions, and a machine waits; that it is this very life
// is seen when it is lived again.
std::string life_until(machine::MachineConfig const& config, std::vector<machine::Input> const& inputs,
                       Moment at) {
    constexpr std::ptrdiff_t most = 256;
    auto const end = std::partition_point(inputs.begin(), inputs.end(),
                                          [&](machine::Input const& input) { return input.at < at; });
    auto const count = end - inputs.begin();
    std::vector<machine::Input> const last(end - std::min(most, count), end);
    return past_sha256(config, last, at) + fmt::format("-{}", count);
}

// Half of what a file may need is for checkpoints. [run_writer.hpp]
constexpr std::uint64_t room_for(std::uint64_t checkpoints) { return 2 * checkpoints; }

}  // namespace

NearWriter::~NearWriter() {
    if (machine_) machine_->remove_observer(*this);
}

void NearWriter::update(Machine& machine, bool at_rest, std::function<Heard()> const& heard) {
    if (off_) return;
    if (!machine_) {
        machine_ = &machine;
        machine.add_observer(*this);
    }
    Moment const now = machine.moment();
    bool const branch = options_.branch_name && !machine.replay_only();
    if (branch_ && !branch) drop();
    auto const after = kept_.upper_bound(now);
    // Its beginning is a checkpoint that every recorded life has. What of a branch lies
    // before its file is not worth that what lies behind is given up.
    bool near = after != kept_.begin() && now.retired - std::prev(after)->first.retired < std::prev(after)->second;
    if (after == kept_.begin()) near = branch ? !kept_.empty() : now.retired < options_.apart;
    // Nobody else keeps what a branch is given, and how far it came.
    if (branch && at_rest && branch_ && (writer_->inputs() < machine.log().inputs().size() || reached_ < now))
        near = false;
    if (near) return;
    try {
        keep(machine, heard());
    } catch (std::runtime_error const& error) {
        give_up(error.what());
    }
}

void NearWriter::keep(Machine& machine, Heard heard) {
    auto const plain = machine.checkpoint();
    auto checkpoint = std::make_shared<Checkpoint>(*plain);
    if (heard.size() > max_heard_bytes) heard.clear();
    checkpoint->parts.push_back({heard_part, std::move(heard)});
    // In a file they stand in order.
    bool const fits = !kept_.empty() && kept_.rbegin()->first < checkpoint->at && kept_.size() < options_.enough &&
                      brought_ < options_.enough_bytes;
    if (!fits) begin(machine);
    follow(machine);
    bool written = writer_->checkpoint(*checkpoint);
    if (!written && !kept_.empty()) {  // full
        begin(machine);
        follow(machine);
        written = writer_->checkpoint(*checkpoint);
    }
    if (!written) return give_up("the machine is too large for checkpoints to come back to");
    writer_->flush();
    before_.reset();
    std::uint64_t const brought = last_ ? machine::own_bytes(last_.get(), *plain) : 0;
    brought_ += brought;
    kept_[checkpoint->at] = options_.apart + options_.per_byte * brought;
    last_ = plain;
}

// The branch's inputs, and how far it is known. On the disk before the checkpoint is.
void NearWriter::follow(Machine& machine) {
    if (!branch_) return;
    auto const& inputs = machine.log().inputs();
    for (std::size_t i = writer_->inputs(); i < inputs.size(); ++i) writer_->input(inputs[i]);
    if (reached_ < machine.moment()) writer_->hash({machine.moment(), machine.hash()});
    reached_ = std::max(reached_, machine.moment());
    writer_->flush();
}

// Another life than the file's is looked at.
void NearWriter::drop() {
    writer_.reset();
    before_.reset();
    branch_ = false;
    forget();
}

void NearWriter::begin(Machine& machine) {
    if (writer_) before_ = std::exchange(writer_, nullptr);
    forget();
    // Without an outside, only a branch may go on where its log ends.
    branch_ = options_.branch_name && !machine.replay_only();
    reached_ = {};
    writer_ = std::make_unique<RunWriter>((branch_ ? options_.branch_name : options_.name)(++files_),
                                          machine.config(), branch_, room_for(options_.most_bytes));
    writer_->set_level(quick);
    Moment const now = machine.moment();
    writer_->parent({kind, "", now, life_until(machine.config(), machine.log().inputs(), now)});
}

// The file stays until there is another one: it may still be of use.
void NearWriter::forget() {
    kept_.clear();
    last_.reset();
    brought_ = 0;
}

void NearWriter::give_up(std::string const& why) {
    off_ = true;
    forget();
    if (options_.told) options_.told(why);
}

Near read_near(std::filesystem::path const& file, Recording const& recording, Moment moment) {
    Recording const kept = read_run_file(file, Tolerance::salvage);
    auto const refuse = [&](std::string_view why) {
        return RunFileError(fmt::format("{} cannot be used: {}; the life is lived again instead",
                                        file.string(), why));
    };
    if (kept.engine != recording.engine) throw refuse("it is of another version of the simulator");
    if (!kept.parent || kept.parent->kind != kind) throw refuse("it does not say whose life it is of");
    Moment const first = kept.parent->at;
    if (recording.end.at < first ||
        kept.parent->past_sha256 != life_until(recording.config, recording.inputs, first))
        throw refuse("it is of another life");
    Near near;
    for (CheckpointPtr const& stored : unpack_checkpoints(kept)) {
        auto checkpoint = std::make_shared<Checkpoint>(*stored);
        Heard heard;
        if (!checkpoint->parts.empty() && checkpoint->parts.back().name == heard_part) {
            heard = std::move(checkpoint->parts.back().bytes);
            checkpoint->parts.pop_back();
        }
        if (checkpoint->at <= moment) {
            near.begin = checkpoint;
            near.heard = std::move(heard);
        }
        near.all.push_back(std::move(checkpoint));
    }
    if (!near.begin) throw refuse("it holds nothing so early");
    // Later ones than the recording knows of are not of its life.
    std::erase_if(near.all, [&](CheckpointPtr const& one) { return recording.end.at < one->at; });
    return near;
}

}  // namespace sim::recording
