// SPDX-License-Identifier: GPL-2.0-or-later
//
// The questions that views ask about a moment, answered once a frame from the
// newest Snapshot. Panels hold a Model const&: they cannot reach the machine.
// What is expensive is kept until the snapshot, or the part of it that matters,
// changes. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "simulator/debug/gantt.hpp"
#include "simulator/debug/packet_decode.hpp"
#include "simulator/debug/registers.hpp"
#include "simulator/debug/snapshot.hpp"
#include "visualizer/model/colour.hpp"
#include "visualizer/model/tcp_flow.hpp"
#include "visualizer/model/time_axis.hpp"

namespace viz::model {

// How often what has happened until now, and when first.
struct Tally {
    std::uint64_t interrupts = 0, faults = 0, switches = 0, packets_in = 0, packets_out = 0, bytes_in = 0,
                  bytes_out = 0, requests = 0, threads_created = 0, sleeps = 0;
    std::map<std::uint64_t, std::uint64_t> by_vector;
};

// A landmark of the run: where a lecture stops and points.
struct Milestone {
    std::string title;
    std::optional<std::uint64_t> event;  // none: not reached yet (or moment zero)
    sim::machine::Moment at;
    std::uint64_t virtual_ns = 0;
    bool reached = false;
};

struct PacketRow {
    std::uint64_t event = 0;  // its number: the packet's identity
    bool outward = false;
    sim::debug::DecodedPacket decoded;
};

struct HttpExchange {
    std::uint64_t event = 0;
    std::uint64_t virtual_ns = 0;
    std::uint64_t status = 0;
};

class Model {
public:
    Model();

    // Once a frame, before anything is drawn.
    void update(std::shared_ptr<sim::debug::Snapshot const>);
    sim::debug::Snapshot const& now() const { return *snapshot_; }
    std::shared_ptr<sim::debug::Snapshot const> const& shared() const { return snapshot_; }

    bool running() const;
    char const* state_word() const;  // "Running", "Paused", "Asleep", "Exited 0", ...
    // End of what there is to show on a time line.
    std::uint64_t end_ns() const { return std::max(now().end_ns, now().virtual_ns); }
    TimeWindow window(std::optional<TimeWindow> chosen) const;  // none: all

    // Threads, numbered in the order in which they were first seen.
    unsigned thread_number(std::uint64_t address) const;
    std::string thread_name(std::uint64_t address) const;  // "0xffff..." when nobody named it
    sim::debug::Thread const* thread(std::uint64_t address) const;
    // One colour for a thread everywhere; the idle thread is quiet.
    Colour thread_colour(std::uint64_t address, Theme const&) const;
    std::vector<std::uint64_t> const& known_threads() const { return thread_order_; }
    std::uint64_t running_thread() const;  // now; 0: not known
    // The thread as it is at this moment, by the events: who ran last.
    std::uint64_t running_thread_at(std::uint64_t ns) const;

    // Where the processor slept, in the whole of what is known.
    std::vector<Sleep> const& sleeps() const { return sleeps_; }
    TimeAxis axis(TimeWindow window, float x, float width, bool squeeze) const {
        return squeeze ? squeezed_axis(window, x, width, sleeps_) : TimeAxis{window, x, width, {}};
    }

    Tally const& tally() const { return tally_; }
    std::optional<std::uint64_t> application_ready_ns() const;
    std::vector<Milestone> const& milestones() const { return milestones_; }
    std::vector<HttpExchange> const& requests() const { return requests_; }
    // What was asked and answered, oldest first; the newest 32.
    std::deque<std::shared_ptr<sim::debug::QuestionAnswer const>> const& answers() const { return answers_; }

    // Packets until the end of what is known; decoded when first asked for.
    std::uint64_t packet_count() const;
    PacketRow const& packet(std::uint64_t index) const;  // 0 is the oldest that is held
    std::optional<std::uint64_t> packet_index_of(std::uint64_t event) const;
    // As a person counts them, from 1 and with those that are forgotten: packet:12.
    std::uint64_t packet_number(std::uint64_t index) const {
        return now().events.group(sim::debug::EventGroup::packets).begin() + index + 1;
    }

    // TCP connections, sorted out of the packets when first asked for.
    TcpFlows const& flows() const {
        flows_.update(now().events);
        return flows_;
    }

    sim::debug::Gantt const& gantt(TimeWindow, std::size_t max_spans) const;

    // "threads::switch_to+0x12", "" when nothing is known.
    std::string symbol(std::uint64_t address) const;
    // The text with names in place of the addresses that have one: locks, functions, variables.
    std::string with_names(std::string_view text) const;

private:
    void learn_thread(std::uint64_t address);
    void learn_threads();
    void look_through_events();
    void count_new_events();
    void count(std::uint64_t number, sim::debug::Event const&);
    void reach(unsigned milestone, std::uint64_t number, sim::debug::Event const&);

    std::shared_ptr<sim::debug::Snapshot const> snapshot_;

    std::unordered_map<std::uint64_t, unsigned> thread_numbers_;
    std::vector<std::uint64_t> thread_order_;

    std::vector<Sleep> sleeps_;
    std::uint64_t looked_until_ = 0, looked_generation_ = 0;  // events looked at, the future's too
    bool tail_asleep_ = false;                                // the last one ends with what is known

    // The tally covers events [0, counted_) at or before now; it starts anew when
    // time goes back or a branch replaces the future.
    std::uint64_t counted_ = 0, generation_ = 0;
    Tally tally_;
    std::vector<Milestone> milestones_;
    std::vector<HttpExchange> requests_;
    std::deque<std::shared_ptr<sim::debug::QuestionAnswer const>> answers_;

    mutable std::unordered_map<std::uint64_t, PacketRow> packets_;
    mutable std::uint64_t packets_generation_ = 0;
    mutable TcpFlows flows_;
    mutable std::optional<sim::debug::Gantt> gantt_;
    mutable std::uint64_t gantt_events_ = 0, gantt_generation_ = 0, gantt_now_ = 0;
    mutable TimeWindow gantt_window_;
};

// What an entity is called in the status bar: "thread worker 1", "packet 12".
std::string name_of(Entity const&, Model const&);

}  // namespace viz::model
