// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "simulator/board/pc.hpp"
#include "simulator/debug/backtrace.hpp"
#include "simulator/debug/machine_memory.hpp"
#include "simulator/recording/interrupted.hpp"
#include "simulator/recording/recorder.hpp"

namespace sim::explore {
namespace {

using machine::Moment;

// Whoever races calls these; they do not race themselves.
constexpr std::array inner = {"threads::", "base::", "memory::", "arch::", "std::", "platform::"};

bool is_inner(std::string const& function) {
    return std::any_of(inner.begin(), inner.end(),
                       [&](char const* part) { return function.starts_with(part); });
}

// The line that an address belongs to, in a source file of the project: code of a
// header that was put in its place has the line before it.
std::string own_line(debug::Symbols const& symbols, std::uint64_t address) {
    debug::Function const* const function = symbols.function_at(address);
    std::uint64_t const low = function ? function->low : address;
    std::string other;
    for (std::uint64_t at = address; at >= low && address - at <= 4096; --at) {
        auto const line = symbols.line_at(at);
        if (!line || symbols.file(line->file).starts_with("/usr/")) continue;
        if (symbols.file(line->file).ends_with(".cpp")) return symbols.describe(*line);
        if (other.empty()) other = symbols.describe(*line);
    }
    return other;
}

void locate(Spot& spot, machine::Machine& machine, Subject const& subject) {
    engine::CpuState const state = machine.cpu().state();
    auto const frames = debug::backtrace(state, debug::memory_of(machine), subject.symbols(), 16);
    debug::StackFrame const* chosen = frames.empty() ? nullptr : &frames.front();
    for (debug::StackFrame const& frame : frames)
        if (!is_inner(frame.function)) {
            chosen = &frame;
            break;
        }
    std::uint64_t const address = chosen ? chosen->address : state.rip;
    // A return address belongs to the call before it.
    std::uint64_t const inside = chosen && chosen != &frames.front() ? address - 1 : address;
    debug::Function const* const function = subject.symbols().whole_at(inside);
    spot.function = function ? function->name : fmt::format("{:#x}", inside);
    spot.line = own_line(subject.symbols(), inside);
}

// The same as before: the run is determined by its inputs.
void run_to(machine::Machine& machine, Moment moment, std::function<bool()> const& cancelled) {
    constexpr std::uint64_t at_once = 5'000'000;
    for (;;) {
        Moment const next = std::min(moment, Moment{machine.moment().retired + at_once, 0});
        auto const result = machine.run({.moment = next});
        if (result.stop != machine::RunStop::reached || machine.moment() >= moment) return;
        if (cancelled && cancelled()) throw recording::Interrupted();
    }
}

}  // namespace

std::string describe(Spot const& spot) {
    return fmt::format("{} {} in {}{} at {}", spot.thread, spot.what, spot.function,
                       spot.line.empty() ? "" : " (" + spot.line + ")", to_string(spot.at));
}

Finding record(Scenario const& scenario, Failure const& failure, std::filesystem::path const& file,
               bool embed, std::function<bool()> const& cancelled) {
    Finding finding;
    finding.file = file.string();
    auto const name_of_thread = [&](std::uint64_t thread) {
        auto const found = failure.trace.names.find(thread);
        return found == failure.trace.names.end() ? fmt::format("thread {:#x}", thread) : found->second;
    };
    for (Preemption const& one : failure.preemptions)
        finding.preemptions.push_back({one.at, name_of_thread(one.thread), "", "", "is preempted"});
    if (failure.pair) {
        auto const spot = [&](std::size_t index) {
            Access const& access = failure.trace.accesses[index];
            return Spot{access.at, name_of_thread(access.thread), "", "",
                        fmt::format("{} {:#x}", access.write ? "writes" : "reads", access.granule * 8)};
        };
        finding.first = spot(failure.pair->first);
        finding.second = spot(failure.pair->second);
    }

    Subject const subject(scenario.config);
    auto const machine = board::make_pc(scenario.config);
    machine->set_checkpoint_interval(0);
    machine->set_log(machine::InputLog(failure.inputs, failure.ending.at));
    recording::Recorder recorder(file, scenario.config, embed);

    std::vector<Spot*> spots;
    for (Spot& spot : finding.preemptions) spots.push_back(&spot);
    if (finding.first) spots.push_back(&*finding.first);
    if (finding.second) spots.push_back(&*finding.second);
    std::sort(spots.begin(), spots.end(), [](Spot const* a, Spot const* b) { return a->at < b->at; });
    for (Spot* const spot : spots) {
        run_to(*machine, spot->at, cancelled);
        locate(*spot, *machine, subject);
    }
    recorder.update(*machine);
    run_to(*machine,
           failure.ending.verdict == Verdict::triple_fault ? Moment{failure.ending.at.retired + 1, 0}
                                                           : failure.ending.at,
           cancelled);
    recorder.update(*machine);
    for (std::size_t i = 0; i < finding.preemptions.size(); ++i)
        recorder.bookmark({fmt::format("preemption {}", i + 1), finding.preemptions[i].at,
                           describe(finding.preemptions[i]), "", std::nullopt});
    if (finding.first)
        recorder.bookmark({"first access", finding.first->at, describe(*finding.first), "", std::nullopt});
    if (finding.second)
        recorder.bookmark({"second access", finding.second->at, describe(*finding.second), "", std::nullopt});
    recorder.bookmark({"failure", failure.ending.at, failure.ending.text, "", std::nullopt});
    recorder.finish(*machine);
    return finding;
}

}  // namespace sim::explore
