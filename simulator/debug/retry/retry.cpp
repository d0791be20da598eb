// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/retry/retry.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/board/pc.hpp"
#include "simulator/debug/compare/event_keys.hpp"
#include "simulator/debug/compare/recordings.hpp"
#include "simulator/debug/retry/reenactment.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/recording/parent.hpp"
#include "simulator/recording/recorder.hpp"

namespace sim::debug::retry {

using machine::Machine;
using machine::Moment;
using machine::RunStop;

namespace {

constexpr std::uint64_t slice = 2'000'000;
// A new life may take this much longer than the old one.
constexpr std::uint64_t more_instructions = 100'000'000, more_ns = 1'000'000'000;

bool cancelled(SearchControl const& control) { return control.cancelled && control.cancelled(); }

// What the place's event is in this life, if it has happened.
std::optional<compare::KeyedEvent> event_at(StudiedLife& life, Destination const& place) {
    if (!place.group) return std::nullopt;
    EventView const events = life.observation().events().view();
    auto const number = events.nth(*place.group, place.count);
    if (!number) return std::nullopt;
    auto found = compare::keyed_events(events, *life.symbols(), events.all[*number].at, *place.group);
    for (auto const& one : found)
        if (one.number == *number) return one;
    return std::nullopt;
}

// The old life, whole, so that its script is known.
class Old {
public:
    explicit Old(recording::Replay& replay)
        : replay_(replay), life_(replay.machine()), maker_(std::in_place, replay.machine()) {}

    std::optional<Script> live(SearchControl const& control) {
        auto const going =
            go_to_place(life_.machine(), life_.observation(), {}, edge_of(replay_.recording()), control);
        if (going == Going::cancelled) return std::nullopt;
        Script script = maker_->take(life_.machine().virtual_ns());
        maker_.reset();  // what is run again from here on is known
        return script;
    }
    StudiedLife& life() { return life_; }

private:
    recording::Replay& replay_;
    StudiedLife life_;
    std::optional<ScriptMaker> maker_;
};

// The new one: runs until the event has happened, or to its end.
class New {
public:
    New(recording::Recording const& old, Script script, RetryWanted const& wanted)
        : wanted_(wanted),
          most_instructions_(old.end.at.retired * 4 + more_instructions),
          outside_(std::move(script), wanted.image.sha256 != old.config.image.sha256) {
        machine::MachineConfig config = old.config;
        config.image = wanted.image;
        machine_ = board::make_pc(config);
        machine_->set_outside(&outside_);
        if (!wanted.record.empty()) {
            recorder_ = std::make_unique<recording::Recorder>(wanted.record, config, wanted.embed);
            recorder_->set_parent(
                recording::parent_of("retry", wanted.old_name, old.config, old.inputs, old.end.at));
            recorder_->watch(*machine_);
        }
        life_ = std::make_unique<StudiedLife>(*machine_);
    }

    // False: cancelled.
    bool live(SearchControl const& control) {
        while (!over()) {
            Moment const before = machine_->moment();
            auto const r = machine_->run(
                {.moment = {before.retired + slice, 0}, .virtual_ns = latest(), .happenings = 1024});
            if (recorder_) recorder_->update(*machine_);
            if (cancelled(control)) return false;
            if (control.progress)
                control.progress(std::min(1.0, static_cast<double>(outside_.delivered()) /
                                                   (static_cast<double>(outside_.inputs()) + 1)),
                                 machine_->moment());
            if (r.stop == RunStop::halted || r.stop == RunStop::diverged) {
                halted_ = r.message;
                break;
            }
            // It sleeps beyond the latest time that it is given.
            bool const stands = machine_->moment() == before;
            if (stands && (r.stop == RunStop::reached || r.stop == RunStop::waiting)) break;
        }
        if (recorder_) recorder_->finish(*machine_);
        return true;
    }
    // To the event, which has happened.
    bool go_to(Moment at, SearchControl const& control) {
        life_->observation().rewind();
        while (machine_->seek(at).stop == RunStop::interrupted && !cancelled(control)) {
        }
        return !cancelled(control);
    }
    std::string how_it_ended() const {
        std::string const when = fmt::format("at moment {} ({})", to_string(machine_->moment()),
                                             format_ns(machine_->virtual_ns()));
        auto const& ended = machine_->ended();
        if (!ended && !halted_.empty()) return fmt::format("the run ended {}: {}", when, halted_);
        if (!ended)
            return fmt::format(
                "the run was ended {}, {}", when,
                outside_.finished() ? "some time after its last input" : "long after the recorded one's end");
        return fmt::format("the run ended {}: {}", when, compare::words_of(*ended));
    }
    StudiedLife& life() { return *life_; }
    Reenactment const& outside() const { return outside_; }

private:
    std::uint64_t latest() const {
        return outside_.finished() ? outside_.last_delivery_ns() + outside_.rest_ns() + more_ns : UINT64_MAX;
    }
    bool over() {
        if (machine_->ended() || machine_->moment().retired >= most_instructions_) return true;
        if (machine_->virtual_ns() >= latest()) return true;
        if (recorder_ || wanted_.place.is_end()) return false;  // the whole life is wanted
        if (wanted_.place.is_start()) return true;
        return life_->observation().events().view().group(*wanted_.place.group).end() >= wanted_.place.count;
    }

    RetryWanted const& wanted_;
    std::uint64_t most_instructions_;
    Reenactment outside_;
    std::unique_ptr<Machine> machine_;
    std::unique_ptr<recording::Recorder> recorder_;
    std::unique_ptr<StudiedLife> life_;
    std::string halted_;
};

}  // namespace

void check(Destination const& place) {
    if (!place.is_event())
        throw std::runtime_error(fmt::format(
            "{} is a count or a time of this build alone; name an event, such as packet:3, fault:1, "
            "connection:2, interrupt:4, switch:5, or start or end",
            place.text));
}

std::optional<RetryResult> retry(recording::Replay& replay, RetryWanted const& wanted,
                                 SearchControl const& control) {
    check(wanted.place);
    Old old(replay);
    auto script = old.live(control);
    if (!script) return std::nullopt;
    auto const old_event = event_at(old.life(), wanted.place);
    if (wanted.place.group && !old_event)
        throw std::runtime_error(
            fmt::format("{} has no {}: only {} of {}", wanted.old_name, wanted.place.text,
                        events_of(old.life().observation(), wanted.place), name_of(*wanted.place.group)));
    bool const start = wanted.place.is_start();
    if (old_event || start) {
        Moment const there = old_event ? old_event->at : Moment{};
        old.life().observation().rewind();
        while (old.life().machine().seek(there).stop == RunStop::interrupted)
            if (cancelled(control)) return std::nullopt;
    }

    New fresh(replay.recording(), std::move(*script), wanted);
    if (!fresh.live(control)) return std::nullopt;
    RetryResult result;
    auto const new_event = event_at(fresh.life(), wanted.place);
    result.ended = fresh.how_it_ended();
    result.reached = !wanted.place.group || new_event;
    if (new_event || start)
        if (!fresh.go_to(new_event ? new_event->at : Moment{}, control)) return std::nullopt;
    if (old_event) result.event_old = old_event->text;
    if (new_event) result.event_new = new_event->text;
    bool const on_the_way = result.reached && !wanted.place.is_end();
    if (on_the_way) result.ended.clear();
    result.comparison = compare::compare(compare::portrait_of(old.life(), wanted.old_name),
                                         compare::portrait_of(fresh.life(), wanted.new_name), wanted.compare);
    bool const same_event = !old_event || (new_event && old_event->key == new_event->key);
    result.same = result.reached && same_event && result.comparison.same;
    result.inputs = fresh.outside().inputs();
    result.delivered = fresh.outside().delivered();
    result.notes = fresh.outside().notes();
    if (!on_the_way)
        if (result.delivered < result.inputs)
            result.notes.push_back(fmt::format("{} of {} inputs were never given: the run was over before",
                                               result.inputs - result.delivered, result.inputs));
    return result;
}

std::string to_text(RetryResult const& r, std::size_t most) {
    std::string out;
    if (!r.event_old.empty()) out += fmt::format("old: {}\n", r.event_old);
    if (!r.event_new.empty()) out += fmt::format("new: {}\n", r.event_new);
    if (!r.reached) out += fmt::format("new: it does not happen any more; {}\n", r.ended);
    if (r.reached && !r.ended.empty()) out += fmt::format("new: {}\n", r.ended);
    out += "\n" + to_text(r.comparison, most);
    for (std::string const& note : r.notes) out += "note: " + note + "\n";
    return out;
}

nlohmann::ordered_json to_json(RetryResult const& r) {
    nlohmann::ordered_json j = {{"reached", r.reached},     {"same", r.same},   {"event_old", r.event_old},
                                {"event_new", r.event_new}, {"ended", r.ended}, {"inputs", r.inputs},
                                {"delivered", r.delivered}, {"notes", r.notes}};
    j["comparison"] = compare::to_json(r.comparison);
    return j;
}

}  // namespace sim::debug::retry
