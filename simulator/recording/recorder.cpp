// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/recorder.hpp"

#include "simulator/recording/images.hpp"
#include "simulator/recording/manifest.hpp"

namespace sim::recording {
namespace {

// A hash every tenth of a second of the guest's time: a difference is found near
// where it began, and the hashes stay a small part of the file.
constexpr std::uint64_t hash_interval_ns = 100'000'000;
constexpr std::uint64_t checkpoint_interval_ns = 1'000'000'000;
constexpr std::chrono::milliseconds flush_interval{1000};
// What is left of the room when a recording is completed because it is full: for
// what the runs between two updates bring, and for the end.
constexpr std::uint64_t part_for_the_end = 16;

Ending ending_of(machine::RunResult const& result) {
    switch (result.stop) {
        case machine::RunStop::exited:
            return Ending::exited;
        case machine::RunStop::shutdown:
            return Ending::shutdown;
        case machine::RunStop::halted:
            return Ending::halted;
        default:
            return Ending::stopped;
    }
}

}  // namespace

Recorder::Recorder(std::filesystem::path path, machine::MachineConfig const& config, bool embed,
                   std::uint64_t most)
    : path_(std::move(path)), config_(config), embed_(embed), most_(most) {
    start();
    if (embed_) return;
    ImageCache const cache;
    for (machine::Blob const* blob : blobs_of(config_))
        if (blob->present()) cache.keep(*blob);
}

void Recorder::start() {
    writer_.reset();  // its part file goes first: the new one has the same name
    writer_ = std::make_unique<RunWriter>(path_, config_, embed_, most_);
    last_written_.reset();
    last_hash_ = flushed_ = {};
    next_hash_ns_ = 0;
    next_checkpoint_ns_ = 0;
    trail_written_ = 0;
    trail_cuts_ = trail_.cuts();
    next_flush_ = std::chrono::steady_clock::now() + flush_interval;
}

void Recorder::watch(machine::Machine& machine) {
    if (watching_) return;
    watching_ = true;
    machine.add_observer(trail_);
}

void Recorder::update(machine::Machine& machine) {
    if (completed_) return;
    auto const& inputs = machine.log().inputs();
    std::uint64_t const written = writer_->inputs();
    bool const cut = inputs.size() < written || (written > 0 && inputs[written - 1] != *last_written_) ||
                     machine.log().edge() < last_hash_ || trail_.cuts() != trail_cuts_;
    if (cut) start_again(machine);
    for (std::size_t i = writer_->inputs(); i < inputs.size(); ++i) {
        writer_->input(inputs[i]);
        last_written_ = inputs[i];
    }
    // The end has a hash of its own, with what ended the machine in it.
    if (machine.live() && !machine.ended() && machine.virtual_ns() >= next_hash_ns_) take_hash(machine);
    if (keep_checkpoints_ && machine.live() && machine.virtual_ns() >= next_checkpoint_ns_)
        take_checkpoint(machine);
    if (std::chrono::steady_clock::now() >= next_flush_) flush(machine);
    if (writer_->room() < most_ / part_for_the_end && machine.live()) {
        complete(machine);
        full_at_ = machine.moment();
    }
}

void Recorder::rest(machine::Machine& machine) {
    update(machine);
    if (!completed_ && machine.log().edge() > flushed_) flush(machine);
}

void Recorder::flush(machine::Machine& machine) {
    // A mark at the end: what is flushed now can be opened up to here.
    if (watching_ && machine.live() && !machine.ended()) trail_.mark(machine);
    write_trail();
    writer_->flush();
    flushed_ = machine.log().edge();
    next_flush_ = std::chrono::steady_clock::now() + flush_interval;
}

void Recorder::bookmark(Bookmark const& bookmark) {
    if (completed_) return;
    writer_->bookmark(bookmark);
    bookmarks_.push_back(bookmark);
}

void Recorder::set_parent(Parent const& parent) {
    writer_->parent(parent);
    parent_ = parent;
}

void Recorder::write_trail() {
    for (; trail_written_ < trail_.points().size(); ++trail_written_)
        writer_->trail(trail_.points()[trail_written_]);
}

void Recorder::take_checkpoint(machine::Machine& machine) {
    next_checkpoint_ns_ = machine.virtual_ns() + checkpoint_interval_ns;
    keep_checkpoints_ = writer_->checkpoint(*machine.checkpoint());
}

// Another future has begun. What is bookmarked in the common past stays.
void Recorder::start_again(machine::Machine const& machine) {
    start();
    if (parent_) writer_->parent(*parent_);
    std::erase_if(bookmarks_, [&](Bookmark const& one) { return one.at > machine.log().edge(); });
    for (Bookmark const& one : bookmarks_) writer_->bookmark(one);
    next_flush_ = {};  // what was on the disk is gone: at once
}

void Recorder::take_hash(machine::Machine& machine) {
    writer_->hash({machine.moment(), machine.hash()});
    last_hash_ = machine.moment();
    next_hash_ns_ = machine.virtual_ns() + hash_interval_ns;
}

void Recorder::finish(machine::Machine& machine) {
    if (completed_) return;
    if (!machine.live()) machine.seek(machine.log().edge());
    update(machine);
    if (!completed_) complete(machine);
}

// All inputs are written.
void Recorder::complete(machine::Machine& machine) {
    End end;
    end.at = machine.moment();
    end.virtual_ns = machine.virtual_ns();
    if (auto const& ended = machine.ended()) {
        end.ending = ending_of(*ended);
        end.status = ended->status;
    }
    end.hash = machine.hash();
    write_trail();
    if (keep_checkpoints_) writer_->checkpoint(*machine.checkpoint());
    writer_->finish(end);
    completed_ = true;
}

}  // namespace sim::recording
