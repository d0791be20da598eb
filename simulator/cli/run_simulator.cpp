// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv run --on sim`.
#include <algorithm>
#include <optional>

#include "simulator/board/access_log.hpp"
#include "simulator/cli/bad_end.hpp"
#include "simulator/cli/console.hpp"
#include "simulator/cli/ending.hpp"
#include "simulator/cli/gdb_service.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/raw_terminal.hpp"
#include "simulator/cli/run_options.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/cli/tracer.hpp"
#include "simulator/debug/running_thread.hpp"
#include "simulator/explore/frame_faults.hpp"
#include "simulator/explore/injector.hpp"
#include "simulator/links/link_outside.hpp"
#include "simulator/links/self_request.hpp"
#include "simulator/links/typing.hpp"
#include "simulator/recording/live.hpp"

namespace sim::cli {
namespace {

// Long enough to cost nothing, short enough that the recording and the visitor
// are looked after.
constexpr std::uint64_t slice_instructions = 5'000'000;
constexpr char const* limit_reached = "the limit was reached, and the guest was not at its end";

Outcome outcome_of(int status, std::string ending) {
    Outcome outcome;
    outcome.status = status;
    outcome.ending = std::move(ending);
    return outcome;
}

// How a life went, and why it was stopped if it did not end by itself.
struct Life {
    Outcome outcome;
    machine::RunResult result;
    bool bad = false, spins = false;
    std::optional<machine::Moment> noted{};  // when it went wrong, where that is known already
};

Life stopped(machine::RunResult result, std::string ending) {
    Life life{outcome_of(status_limit, ending), std::move(result), true};
    if (life.result.message.empty()) life.result.message = std::move(ending);
    return life;
}

struct Watchers {
    Console& console;
    links::SelfRequest* visitor;
    explore::Injector* injector;
    explore::Lookback& lookback;
    explore::SpinCheck* spin;  // null: somebody else observes the processor
};

// Runs until the guest ends, a limit is reached, someone presses Ctrl-C or the
// visitor gives up.
Life live_on(recording::Live& live, RunOptions const& options, Watchers watch) {
    machine::Machine& machine = live.machine();
    for (;;) {
        machine::RunLimit limit;
        limit.moment = {std::min(machine.moment().retired + slice_instructions, options.limit_instructions),
                        0};
        limit.virtual_ns = options.limit_ns;
        machine::RunResult const result = watch.injector ? watch.injector->run(limit) : machine.run(limit);
        live.after_slice();
        watch.lookback.update();
        watch.console.flush();
        if (auto const end = ending_of(result))
            return {outcome_of(end->status, end->text), result, end->bad, false};
        if (Interruption::requested())
            return {outcome_of(status_interrupted, "interrupted"), result, false, false};
        if (watch.visitor && watch.visitor->done() && !watch.visitor->problem().empty())
            return {outcome_of(status_limit, watch.visitor->problem()), result, false, false};
        if (watch.console.flooded_at()) {
            Life life = stopped(result, Flood::text);
            life.noted = watch.console.flooded_at();
            return life;
        }
        // Asleep until after the limit counts as there.
        bool const time_is_up = options.limit_ns != UINT64_MAX && result.stop == machine::RunStop::reached &&
                                machine.moment() < limit.moment;
        if (machine.moment().retired >= options.limit_instructions || time_is_up)
            return stopped(result, limit_reached);
        if (watch.spin && watch.spin->spins()) {
            Life life = stopped(result, "");
            life.spins = true;
            return life;
        }
    }
}

// The same life, with gdb as the one who says when it goes on. Faults and the
// limit hold at the live edge, wherever gdb has been meanwhile.
Life live_under_gdb(recording::Live& live, RunOptions const& options, explore::Injector* injector,
                    explore::Lookback& lookback) {
    machine::Machine& machine = live.machine();
    bool over_limit = false;
    GdbWords words{.port = *options.gdb, .live = true, .wait = options.gdb_wait};
    words.after_slice = [&] {
        live.after_slice();
        if (machine.live()) lookback.update();
    };
    words.run = [&](machine::RunLimit limit) {
        if (!machine.live()) {
            limit.moment = std::min(limit.moment, machine.log().edge());
            return machine.run(limit);
        }
        machine::Moment const last{options.limit_instructions, 0};
        if (machine.moment() >= last || machine.virtual_ns() >= options.limit_ns) {
            over_limit = true;
            return machine::RunResult{machine::RunStop::halted, 0, limit_reached};
        }
        limit.moment = std::min(limit.moment, last);
        limit.virtual_ns = options.limit_ns;
        machine::Moment const before = machine.moment();
        auto const result = injector ? injector->run(limit) : machine.run(limit);
        // Asleep until after the limit counts as there.
        if (options.limit_ns != UINT64_MAX && result.stop == machine::RunStop::reached &&
            machine.moment() == before) {
            over_limit = true;
            return machine::RunResult{machine::RunStop::halted, 0, limit_reached};
        }
        return result;
    };
    Life life;
    life.outcome.status = serve_gdb(machine, words, life.outcome.ending);
    if (over_limit && !machine.ended()) return stopped({}, limit_reached);
    if (machine.ended()) life.result = *machine.ended();
    return life;
}

}  // namespace

int run_on_simulator(RunOptions const& options) {
    recording::LiveOptions wanted;
    wanted.config = options.config;
    wanted.uplink = !options.forwards.empty();
    wanted.forwards = options.forwards;
    wanted.record = options.record;
    wanted.embed = options.embed;
    wanted.checkpoints = options.checkpoints;
    wanted.pcap = options.pcap;
    wanted.thread = debug::running_thread();
    recording::Live live(wanted);
    machine::Machine& machine = live.machine();
    if (!options.gdb) machine.set_checkpoint_interval(0);  // nobody will go back
    std::optional<Console> console;
    if (!options.gdb) console.emplace(machine);  // gdb's service prints by itself
    std::optional<Tracer> tracer;
    if (options.trace) tracer.emplace(machine);
    std::optional<board::AccessLog> access_log;
    if (!options.log_access.empty())
        access_log.emplace(machine, board::AccessLog::parse(options.log_access), options.log_limit,
                           [](std::string const& line) { fmt::print(stderr, "{}\n", line); });
    std::optional<Interruption> interruption;
    if (!options.gdb) {
        interruption.emplace();
        interruption->also_interrupt(machine);
    }
    for (auto const& forward : live.forwards())
        say("127.0.0.1:{} leads to port {} of the guest{}", forward.host_port, forward.guest_port,
            forward.udp ? ", by UDP" : "");
    if (live.forwards().empty() && options.kernel.stem() == "http")
        say("no way leads to the guest's server; add --forward 8080:80 to reach it");
    std::optional<links::SelfRequest> visitor;
    if (options.self_request) visitor.emplace(live.forwards()[0].host_port, options.exit_after);

    auto const told = [](std::string const& line) { say("{}", line); };
    machine::Outside* outside = live.outside();
    std::optional<links::LinkOutside> link;
    if (outside && options.link) {
        link.emplace(*outside, *options.link, options.config.seed);
        link->tell(live.fates());
        outside = &*link;
    }
    std::optional<explore::FrameFaults> frame_faults;
    if (outside && !options.faults.empty()) {
        frame_faults.emplace(*outside, options.faults, told);
        frame_faults->tell(live.fates());
        outside = &*frame_faults;
    }
    std::optional<links::HostOutside> alone;
    std::optional<links::Typing> typing;
    std::optional<RawTerminal> terminal;
    if (options.type_stdin) {
        if (!outside) outside = &alone.emplace(std::make_unique<links::NoLink>(STDIN_FILENO));
        outside = &typing.emplace(*outside, STDIN_FILENO);
        terminal.emplace(STDIN_FILENO);
    }
    if (outside) machine.set_outside(outside);

    // From here on the guest runs.
    try {
        std::optional<explore::Injector> injector;
        if (!options.faults.empty()) injector.emplace(machine, options.faults, told);
        explore::Injector* const faults = injector ? &*injector : nullptr;
        explore::Lookback lookback(machine);
        std::optional<explore::SpinCheck> spin;
        if (!options.gdb && !options.trace) {
            explore::SpinBounds bounds = spin_bounds(options.patience);
            bounds.host = outside != nullptr;
            spin.emplace(machine, bounds);
        }
        Life life = options.gdb ? live_under_gdb(live, options, faults, lookback)
                                : live_on(live, options,
                                          {*console, visitor ? &*visitor : nullptr, faults, lookback,
                                           spin ? &*spin : nullptr});
        Outcome& outcome = life.outcome;
        live.finish();
        if (auto const full = live.recording_full_at())
            say("{} was completed at moment {}: it is as large as a recording may be",
                options.record.string(), to_string(*full));
        for (unsigned i = 0; i < options.disks.size(); ++i)
            if (options.disks[i].write_back) board::write_back(machine, i, options.disks[i].path);
        if (visitor) {
            visitor->finish();
            outcome.answered = visitor->answered();
            if (outcome.status == 0 && outcome.answered != options.exit_after && !options.gdb) {
                outcome.status = status_differs;
                outcome.ending = visitor->problem();
            }
        }
        outcome.moment = to_string(machine.moment());
        outcome.virtual_ns = machine.virtual_ns();
        outcome.recording = options.record.string();
        if (life.bad) {
            if (console) machine.remove_observer(*console);  // what is run again was printed already
            if (tracer) machine.remove_observer(*tracer);
            access_log.reset();
            injector.reset();
            explain(options.kernel.stem().string(), outcome, machine, lookback, life.result,
                    life.spins ? &*spin : nullptr, life.noted);
        } else if (console && console->first_report()) {
            point_at(outcome, *console->first_report());
        }
        report(options, outcome);
        return outcome.status;
    } catch (std::exception const& error) {
        if (console) console->flush();
        say_error("{}", error.what());
        return status_tool_failed;
    }
}

}  // namespace sim::cli
