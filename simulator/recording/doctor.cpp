// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "simulator/recording/manner_life.hpp"

namespace sim::recording {
namespace {

using machine::Machine;
using machine::Moment;

// Bisecting begins at moment 0 each time while that is cheap: a defect that a
// checkpoint hides is then found, too.
constexpr std::uint64_t short_life = 100'000'000;
constexpr std::size_t most_happenings_kept = 4096;

// Moments at which something happened, thinned evenly as they become many.
struct Happenings final : machine::MachineObserver {
    std::vector<Moment> moments;
    std::uint64_t seen = 0, keep_each = 1;

    void on_timer(Machine& machine, machine::Event const&) override { note(machine.moment()); }
    void on_input(Machine&, machine::Input const& input) override { note(input.at); }
    void note(Moment at) {
        if (seen++ % keep_each != 0) return;
        moments.push_back(at);
        if (moments.size() < most_happenings_kept) return;
        for (std::size_t i = 0; i < moments.size() / 2; ++i) moments[i] = moments[2 * i];
        moments.resize(moments.size() / 2);
        keep_each *= 2;
    }
};

class Examination {
public:
    Examination(MakeMachine const& make, DoctorOptions const& options) : options_(options) {
        plan_.make = make;
        plan_.seed = options.seed;
        plan_.cancelled = options.cancelled;
        result_.seed = options.seed;
    }

    Diagnosis run() {
        live_once();
        look_at_samples();
        auto const manners = all_manners();
        for (std::size_t i = 0; i < manners.size(); ++i) {
            say("comparing: " + to_string(manners[i]),
                static_cast<double>(i) / static_cast<double>(manners.size()));
            result_.rows.push_back(compare(manners[i]));
        }
        auto const wrong =
            std::find_if(result_.rows.begin(), result_.rows.end(), [](Row const& r) { return !r.same; });
        result_.same = wrong == result_.rows.end();
        if (result_.same)
            result_.text =
                fmt::format("{} manners of living agree at {} moments, up to {}; seed {}", manners.size(),
                            plan_.samples.size(), to_string(result_.end), result_.seed);
        else
            locate(*wrong);
        return std::move(result_);
    }

private:
    void say(std::string const& what, double part) const {
        if (options_.progress) options_.progress(what, part);
    }

    // To know how long it is and when things happen.
    void live_once() {
        say("living it once", 0);
        auto const machine = plan_.make();
        machine->set_checkpoint_interval(0);
        Happenings happenings;
        machine->add_observer(happenings);
        Moment const limit = options_.end != Moment{} ? options_.end : Moment{options_.most_instructions, 0};
        while (machine->moment() < limit) {
            // In pieces, for the sake of progress and Ctrl-C.
            if (options_.cancelled && options_.cancelled()) throw Interrupted();
            Moment const piece = std::min(limit, Moment{machine->moment().retired + 20'000'000, 0});
            if (run_to(*machine, piece).stop != machine::RunStop::reached) break;
        }
        machine->remove_observer(happenings);
        result_.end = machine->moment();
        choose_samples(*machine, happenings);
    }

    void choose_samples(Machine& machine, Happenings const& happenings) {
        std::mt19937_64 random(options_.seed);
        auto& samples = plan_.samples;
        for (unsigned i = 0; i < options_.samples; ++i) {
            if (i % 4 == 3 && !happenings.moments.empty()) {
                Moment at = happenings.moments[random() % happenings.moments.size()];
                at.sub += random() % 2;  // before it, or right after
                samples.push_back(at);
            } else {
                samples.push_back({random() % (result_.end.retired + 1), 0});
            }
        }
        samples.push_back({});
        // A triple fault happens to an instruction that never completes.
        auto const& ended = machine.ended();
        bool const fault = ended && ended->stop == machine::RunStop::shutdown;
        Moment const end = fault ? Moment{result_.end.retired + 1, 0} : result_.end;
        std::erase_if(samples, [&](Moment m) { return m >= end; });
        samples.push_back(end);
        std::sort(samples.begin(), samples.end());
        samples.erase(std::unique(samples.begin(), samples.end()), samples.end());
    }

    // The truth: the first manner, with the places that are worth watching.
    void look_at_samples() {
        say("living it as the reference", 0);
        MannerLife life(plan_, all_manners().front());
        for (Moment const sample : plan_.samples) {
            Machine& machine = life.advance(sample);
            reached_.push_back(machine.moment());
            truth_.push_back(machine.hash());
            note_places(machine);
        }
        result_.hash = truth_.back().total;
        auto& code = plan_.code;
        std::sort(code.begin(), code.end());
        code.erase(std::unique(code.begin(), code.end()), code.end());
    }

    void note_places(Machine& machine) {
        for (unsigned i = 0; i < machine.processors(); ++i) {
            engine::Cpu const& cpu = machine.cpu(i);
            engine::CpuState const state = cpu.state();
            plan_.code.push_back(state.rip + state.cs.base);
            auto const stack = cpu.walk(state[engine::Gpr::rsp], engine::Access::read, false);
            if (stack.present && !machine.memory().at(stack.physical & ~63ull, 256).empty())
                plan_.data.push_back({stack.physical & ~63ull, 256, true, true});
        }
    }

    bool as_in_truth(Machine& machine, std::size_t sample) const {
        return machine.moment() == reached_[sample] && machine.hash() == truth_[sample];
    }

    Row compare(Manner const& manner) {
        Row row{manner, 0, 0, true};
        MannerLife life(plan_, manner);
        for (std::size_t i = 0; i < plan_.samples.size() && row.same; ++i) {
            row.same = as_in_truth(life.advance(plan_.samples[i]), i);
            row.equal += row.same;
        }
        row.shown = life.shown();
        return row;
    }

    void locate(Row const& row) {
        result_.manner = row.manner;
        std::size_t const wrong = row.equal;  // the first sample that was not equal
        auto const progress = [&](double part) { say("finding the first difference", part); };
        MannerLife one(plan_, all_manners().front()), other(plan_, row.manner);
        if (wrong == 0) {
            result_.difference = difference_at(one, other, {}, {}, "making the machine");
        } else {
            Moment const equal = plan_.samples[wrong - 1], different = plan_.samples[wrong];
            try {
                if (different.retired > short_life) begin_late(one, other, wrong - 1);
                result_.difference = first_difference(one, other, equal, different, progress);
            } catch (std::logic_error const&) {
                result_.difference = in_a_long_life_or_not_again(row.manner, equal, different, progress);
            }
        }
        result_.text = fmt::format("\"{}\" {}; seed {}", to_string(row.manner), result_.difference->text(),
                                   result_.seed);
    }

    void begin_late(MannerLife& one, MannerLife& other, std::size_t sample) {
        MannerLife reference(plan_, all_manners().front());
        auto const state = reference.advance(plan_.samples[sample]).checkpoint();
        one.begin_at(sample, state);
        other.begin_at(sample, state);
    }

    // The short cut has hidden it, or it does not come again.
    FirstDifference in_a_long_life_or_not_again(Manner const& manner, Moment equal, Moment different,
                                                std::function<void(double)> const& progress) {
        MannerLife one(plan_, all_manners().front()), other(plan_, manner);
        result_.hidden = true;
        if (!alike(one.at(different), other.at(different)))
            return first_difference(one, other, equal, different, progress);
        return {equal, different, "something that is not in its state and did not come again", {}};
    }

    static FirstDifference difference_at(MannerLife& one, MannerLife& other, Moment equal, Moment moment,
                                         std::string cause) {
        machine::Picture const left = one.at(moment).picture();
        return {equal, moment, std::move(cause), differences(left, other.at(moment).picture())};
    }

    DoctorOptions const& options_;
    Plan plan_;
    std::vector<Moment> reached_;
    std::vector<machine::MachineHash> truth_;
    Diagnosis result_;
};

}  // namespace

std::string to_string(Hooks hooks) {
    switch (hooks) {
        case Hooks::none:
            return "no hooks";
        case Hooks::observers:
            return "observers";
        case Hooks::code:
            return "watched code";
        case Hooks::memory:
            return "watched memory";
    }
    return "?";
}

std::string to_string(Manner const& manner) {
    std::string text = to_string(manner.hooks) + (manner.restored ? ", restored" : ", straight");
    if (manner.checkpoint_interval)
        text += fmt::format(", a checkpoint every {}", manner.checkpoint_interval);
    return text;
}

std::vector<Manner> all_manners() {
    std::vector<Manner> manners;
    for (bool const restored : {false, true})
        for (Hooks const hooks : {Hooks::none, Hooks::observers, Hooks::code, Hooks::memory})
            manners.push_back({hooks, restored, 0});
    for (std::uint64_t const interval : {1'000'000u, 77'777u})
        for (bool const restored : {false, true}) manners.push_back({Hooks::none, restored, interval});
    return manners;
}

Diagnosis examine(MakeMachine const& make, DoctorOptions const& options) {
    return Examination(make, options).run();
}

}  // namespace sim::recording
