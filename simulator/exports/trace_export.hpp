// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writes events in the trace event format, which Perfetto and chrome://tracing
// open: threads as tracks, interrupts on a track of the processor, packets as
// flows from the wire to the thread that they wake and back.
//
// Times (ts, dur) are virtual microseconds with three decimals: nanoseconds,
// exactly. A stretch is written when it ends, so that memory stays bounded by
// the number of threads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "simulator/debug/event_index.hpp"

namespace sim::exports {

class TraceExport {
public:
    // The stream must outlive it.
    TraceExport(std::ostream&, std::string const& title);
    void event(debug::Event const&, std::uint64_t number, debug::EventView const&);
    // The end of the life: what is open ends here. Nothing may follow.
    void finish(std::uint64_t end_ns);

private:
    void write(std::string const& fields);
    void name_track(unsigned process, unsigned track, std::string const& name);
    unsigned track_of(std::uint64_t thread, std::uint64_t number, debug::EventView const&);
    void stretch(unsigned process, unsigned track, std::string const& name, std::uint64_t from_ns,
                 std::uint64_t to_ns, std::string const& arguments);
    void instant(unsigned process, unsigned track, std::string const& name, std::uint64_t at_ns,
                 std::string const& arguments);
    void flow(char phase, unsigned process, unsigned track, std::uint64_t id, std::uint64_t at_ns);
    void end_thread(unsigned cpu, std::uint64_t at_ns);
    void switch_to(debug::Event const&, std::uint64_t number, debug::EventView const&);
    void packet(debug::Event const&, std::uint64_t number);
    struct Open {
        std::uint64_t vector = 0, since_ns = 0, rip = 0;
    };
    void never_ended(unsigned track, Open const&);
    unsigned interrupts_of(unsigned cpu);  // its track, named when first used

    std::ostream& out_;
    bool first_ = true;
    std::map<std::uint64_t, unsigned> tracks_;  // of threads, by address
    struct Running {
        unsigned track = 0;
        std::string name;
        std::uint64_t since_ns = 0;
    };
    std::map<unsigned, Running> running_;               // threads, by processor
    std::map<unsigned, std::vector<Open>> interrupts_;  // by processor: not ended, outermost first
    std::optional<std::uint64_t> arrived_;              // flow of a packet that nobody has taken yet
    bool flow_in_interrupt_ = false;
};

}  // namespace sim::exports
