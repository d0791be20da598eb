// SPDX-License-Identifier: GPL-2.0-or-later
//
// A guest in QEMU runs, steps and stops: QEMU has breakpoints, watchpoints and
// single steps; conditions, hit counts, lines and functions are ours.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "simulator/attach/guest.hpp"
#include "simulator/debug/disassembly.hpp"
#include "simulator/debug/snapshot.hpp"
#include "simulator/debug/stops.hpp"
#include "simulator/debug/symbols.hpp"

namespace sim::attach {

class Mover {
public:
    using Duration = Remote::Duration;

    // `switches`: addresses of the probes at which a thread gives the processor away.
    Mover(Remote&, Guest&, std::shared_ptr<debug::Symbols const>, std::vector<std::uint64_t> switches);

    debug::Stops& stops() { return stops_; }
    void run();
    void pause();
    // Why not; empty: it is on its way.
    std::string step(debug::Step const&);
    // Goes on, or waits for it, at most so long, until `cancelled`.
    void slice(Duration, std::function<bool()> const& cancelled);
    // With the machine at rest: if it runs it stands still as long as this takes.
    void look(std::function<void()> const&);
    // Nothing of ours stays in QEMU.
    void take_out_all();

    bool busy() const { return goal_ != Goal::none; }
    bool finite() const { return goal_ == Goal::step; }
    debug::RunState state() const { return state_; }
    int exit_status() const { return exit_status_; }
    std::string const& reason() const { return reason_; }
    void set_reason(std::string text) { reason_ = std::move(text); }
    std::optional<debug::StopNumber> stopped_by() const { return stopped_by_; }
    unsigned processor() const { return chosen_.value_or(stopped_); }
    unsigned stopped_processor() const { return stopped_; }
    void select(std::optional<unsigned> number) { chosen_ = number; }

private:
    enum class Goal : std::uint8_t { none, run, step };
    using Place = std::tuple<Watch, std::uint64_t, std::uint64_t>;
    struct Watched {
        debug::StopNumber stop = 0;
        std::vector<std::uint8_t> old;
    };

    using Cancelled = std::function<bool()>;
    void begin(Goal);
    void finish(std::string reason = {});
    void go_on_stepping(Cancelled const&);
    void step_by_line(Cancelled const&);
    void one_step_done();
    void leave_and_go(Cancelled const&);
    bool single(Cancelled const&);
    StopNotice stand_still();
    void take(StopNotice const&);
    void take_end(StopNotice const&);
    bool hit(debug::StopPoint const&, std::string text);
    bool breakpoint_here();
    bool watchpoint_here(StopNotice const&);
    bool temporary_here();
    bool other_line();
    std::map<Place, std::vector<Watched>> wanted();
    bool insert();
    bool watched_here(std::uint64_t address) const;
    engine::CpuState const& cpu() { return guest_.state(stopped_); }

    Remote& remote_;
    Guest& guest_;
    std::shared_ptr<debug::Symbols const> symbols_;
    std::vector<std::uint64_t> switches_;
    debug::Stops stops_;
    debug::Disassembler disassembler_;

    Goal goal_ = Goal::none;
    debug::RunState state_ = debug::RunState::paused;
    int exit_status_ = 0;
    std::string reason_;
    std::optional<debug::StopNumber> stopped_by_;
    std::optional<unsigned> chosen_;
    unsigned stopped_ = 0;

    // What QEMU has been told of.
    std::map<Place, std::vector<Watched>> inserted_;
    std::map<debug::StopNumber, std::uint64_t> hits_;

    debug::Step step_;
    std::uint64_t steps_left_ = 0, singles_ = 0;
    bool fresh_ = false;                     // a step is about to begin
    std::optional<debug::SourceLine> line_;  // where it began
    // Where a run ends for the sake of a step; with this stack pointer, if there is one.
    std::vector<std::uint64_t> temporary_;
    std::optional<std::uint64_t> stack_pointer_;
};

}  // namespace sim::attach
