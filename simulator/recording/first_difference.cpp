// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/first_difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

namespace sim::recording {
namespace {

using machine::Machine;
using machine::Moment;

// A halted machine whose timers never wake it gets this far, and no further.
constexpr std::uint64_t most_happenings = 10'000'000;
constexpr unsigned longest_instruction = 15;

std::string kind_name(machine::InputKind kind) {
    switch (kind) {
        case machine::InputKind::console:
            return "console";
        case machine::InputKind::frame:
            return "frame";
        case machine::InputKind::link_state:
            return "link state";
        case machine::InputKind::poke:
            return "poke";
        case machine::InputKind::stall:
            return "stall";
        case machine::InputKind::set_register:
            return "register";
        case machine::InputKind::interrupt:
            return "interrupt";
        case machine::InputKind::lose:
            return "lost interrupt";
        case machine::InputKind::late:
            return "late interrupt";
        case machine::InputKind::device_fault:
            return "device fault";
    }
    return "?";
}

std::string bytes_at(Machine& machine, engine::Cpu const& cpu, std::uint64_t linear) {
    std::string text;
    for (unsigned i = 0; i < longest_instruction; ++i) {
        auto const walk = cpu.walk(linear + i, engine::Access::fetch, cpu.state().privilege == 3);
        std::uint8_t byte = 0;
        if (!walk.present || !machine.peek(walk.physical, {&byte, 1})) break;
        text += fmt::format("{}{:02x}", text.empty() ? "" : " ", byte);
    }
    return text.empty() ? "unreadable" : text;
}

// The event or input that comes next at this count.
std::string next_happening(Machine& machine) {
    for (machine::Input const& input : machine.log().inputs())
        if (input.at == machine.moment())
            return fmt::format("an input for {} ({}, {} bytes)", input.target, kind_name(input.kind),
                               input.bytes.size());
    if (auto const event = machine.events().first())
        return fmt::format("timer {} of {}", event->timer,
                           event->device < machine.devices().size() ? machine.devices()[event->device]->name()
                                                                    : "an unknown device");
    return "a happening";
}

class Search {
public:
    Search(Life& one, Life& other, Moment equal, Moment different,
           std::function<void(double)> const& progress)
        : one_(one), other_(other), low_(equal), high_(different), progress_(progress) {
        whole_ = static_cast<double>(std::bit_width(high_.retired - low_.retired)) + 1;
    }

    FirstDifference run() {
        if (!differ(high_))
            throw std::logic_error("they do not differ there: the difference is not repeatable");
        halve_instructions();
        if (high_.retired > low_.retired && high_.sub > 0) try_at({high_.retired, 0});
        if (high_.retired > low_.retired) look_between_instructions();
        if (high_.retired == low_.retired) halve_happenings();
        return describe();
    }

private:
    bool differ(Moment moment) {
        if (progress_)
            progress_(1 - static_cast<double>(std::bit_width(high_.retired - low_.retired)) / whole_);
        Machine& one = one_.at(moment);
        return !alike(one, other_.at(moment));
    }
    bool try_at(Moment moment) {
        bool const different = differ(moment);
        (different ? high_ : low_) = moment;
        return different;
    }

    void halve_instructions() {
        while (high_.retired - low_.retired > 1)
            try_at({low_.retired + (high_.retired - low_.retired) / 2, 0});
    }
    // One instruction is left, and the happenings before it.
    void look_between_instructions() {
        Moment const before{low_.retired, UINT64_MAX};
        Moment const one = one_.at(before).moment(), other = other_.at(before).moment();
        if (one.retired == low_.retired && one == other && one > low_ && !differ(one))
            low_ = one;  // it is the instruction
        else if (one.retired == low_.retired && other.retired == low_.retired && differ(std::max(one, other)))
            high_ = std::max(one, other);
    }
    void halve_happenings() {
        while (high_.sub - low_.sub > 1) try_at({low_.retired, low_.sub + (high_.sub - low_.sub) / 2});
    }

    FirstDifference describe() {
        FirstDifference result;
        result.last_equal = low_;
        result.first_different = high_;
        Machine& before = one_.at(low_);
        bool const happening = high_.retired == low_.retired;
        std::vector<std::string> instructions;
        std::vector<std::uint64_t> counts;
        if (happening) {
            result.cause = next_happening(before);
        } else {
            for (unsigned i = 0; i < before.processors(); ++i) {
                auto const state = before.cpu(i).state();
                std::uint64_t const linear = state.rip + state.cs.base;
                instructions.push_back(fmt::format("the instruction at {:#x} ({}) on cpu{}", state.rip,
                                                   bytes_at(before, before.cpu(i), linear), i));
                counts.push_back(before.cpu(i).retired());
            }
        }
        Machine& one = one_.at(high_);
        machine::Picture const left = one.picture();
        for (unsigned i = 0; i < counts.size(); ++i)
            if (one.cpu(i).retired() != counts[i]) result.cause = instructions[i];
        if (result.cause.empty()) result.cause = instructions.at(0);
        Machine& other = other_.at(high_);
        machine::Picture const right = other.picture();
        if (left.at != right.at)
            result.fields.push_back(
                {"the course of events", "moment", to_string(left.at), to_string(right.at)});
        for (auto& field : differences(left, right)) result.fields.push_back(std::move(field));
        return result;
    }

    Life &one_, &other_;
    Moment low_, high_;
    std::function<void(double)> const& progress_;
    double whole_ = 1;
};

}  // namespace

machine::RunResult run_to(Machine& machine, Moment moment) {
    machine::RunLimit limit;
    limit.moment = moment;
    limit.happenings = most_happenings;
    machine::RunResult const result = machine.run(limit);
    if (result.stop == machine::RunStop::interrupted) throw Interrupted();
    return result;
}

Machine& SeekingLife::at(Moment moment) {
    Moment const now = machine_.moment();
    if (moment < now) {
        auto const from = machine_.checkpoints().at_or_before(moment);
        if (!from) throw std::logic_error("a life without a checkpoint before " + to_string(moment));
        machine_.restore(*from);
    }
    run_to(machine_, moment);
    return machine_;
}

bool alike(Machine& one, Machine& other) {
    return one.moment() == other.moment() && one.hash() == other.hash();
}

std::string FirstDifference::text() const {
    return fmt::format("differs from moment {} on, by {}: {}", to_string(first_different), cause,
                       fields.empty() ? "nothing that has a name" : to_string(fields.front()));
}

FirstDifference first_difference(Life& one, Life& other, Moment equal, Moment different,
                                 std::function<void(double)> const& progress) {
    return Search(one, other, equal, different, progress).run();
}

}  // namespace sim::recording
