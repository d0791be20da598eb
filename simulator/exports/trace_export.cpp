// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/exports/trace_export.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "simulator/debug/packet_decode.hpp"

namespace sim::exports {
namespace {

using debug::Event;
using debug::EventKind;
using debug::EventView;

// Processes of the trace: groups of tracks.
constexpr unsigned threads = 1, processor = 2, network = 3;
constexpr unsigned first_interrupt_track = 1, wire_in = 1, wire_out = 2;
constexpr std::size_t most_nested = 64;  // interrupts whose ends never come

std::string quoted(std::string const& text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string microseconds(std::uint64_t ns) { return fmt::format("{}.{:03}", ns / 1000, ns % 1000); }

std::string at_moment(Event const& e) { return fmt::format("\"moment\":\"{}\"", to_string(e.at)); }

}  // namespace

TraceExport::TraceExport(std::ostream& out, std::string const& title) : out_(out) {
    out_ << "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"title\":" << quoted(title)
         << ",\"clock\":\"virtual nanoseconds\"},\"traceEvents\":[";
    for (auto const& [process, name] :
         {std::pair{threads, "threads"}, std::pair{processor, "processor"}, std::pair{network, "network"}}) {
        write(fmt::format(R"("ph":"M","name":"process_name","pid":{},"tid":0,"args":{{"name":"{}"}})",
                          process, name));
        write(
            fmt::format(R"("ph":"M","name":"process_sort_index","pid":{},"tid":0,"args":{{"sort_index":{}}})",
                        process, process));
    }
    interrupts_of(0);
    name_track(network, wire_in, "to the guest");
    name_track(network, wire_out, "from the guest");
}

void TraceExport::write(std::string const& fields) {
    out_ << (first_ ? "\n{" : ",\n{") << fields << '}';
    first_ = false;
}

void TraceExport::name_track(unsigned process, unsigned track, std::string const& name) {
    write(fmt::format(R"("ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}})", process,
                      track, quoted(name)));
}

unsigned TraceExport::track_of(std::uint64_t thread, std::uint64_t number, EventView const& view) {
    auto const found = tracks_.find(thread);
    if (found != tracks_.end()) return found->second;
    auto const track = static_cast<unsigned>(tracks_.size() + 1);
    tracks_[thread] = track;
    std::string name = view.thread_name(thread, number);
    if (name.empty()) name = view.thread_name(thread);
    name_track(threads, track, name.empty() ? fmt::format("thread {:#x}", thread) : name);
    return track;
}

void TraceExport::stretch(unsigned process, unsigned track, std::string const& name, std::uint64_t from_ns,
                          std::uint64_t to_ns, std::string const& arguments) {
    write(fmt::format(R"("ph":"X","name":{},"pid":{},"tid":{},"ts":{},"dur":{},"args":{{{}}})", quoted(name),
                      process, track, microseconds(from_ns), microseconds(to_ns - from_ns), arguments));
}

void TraceExport::instant(unsigned process, unsigned track, std::string const& name, std::uint64_t at_ns,
                          std::string const& arguments) {
    write(fmt::format(R"("ph":"i","s":"t","name":{},"pid":{},"tid":{},"ts":{},"args":{{{}}})", quoted(name),
                      process, track, microseconds(at_ns), arguments));
}

void TraceExport::flow(char phase, unsigned process, unsigned track, std::uint64_t id, std::uint64_t at_ns) {
    write(fmt::format(R"("ph":"{}","cat":"packet","name":"packet","id":{},"pid":{},"tid":{},"ts":{}{})",
                      phase, id, process, track, microseconds(at_ns), phase == 'f' ? R"(,"bp":"e")" : ""));
}

void TraceExport::end_thread(unsigned cpu, std::uint64_t at_ns) {
    auto const found = running_.find(cpu);
    if (found == running_.end()) return;
    stretch(threads, found->second.track, found->second.name, found->second.since_ns, at_ns, "");
    running_.erase(found);
}

void TraceExport::switch_to(Event const& e, std::uint64_t number, EventView const& view) {
    end_thread(e.cpu, e.virtual_ns);
    if (e.b == 0) return;
    unsigned const track = track_of(e.b, number, view);
    std::string const& name = view.thread_name(e.b, number);
    running_[e.cpu] = {track, name.empty() ? "runs" : name, e.virtual_ns};
    // The packet's way ends at the thread that runs because of it.
    if (arrived_ && flow_in_interrupt_) {
        flow('f', threads, track, *arrived_, e.virtual_ns);
        arrived_.reset();
    }
}

void TraceExport::packet(Event const& e, std::uint64_t number) {
    bool const in = e.kind == EventKind::packet_in;
    std::string name = fmt::format("{} bytes", e.a), info;
    if (e.packet) {
        auto const decoded = debug::decode_packet(*e.packet, !in);
        name = debug::name_of(decoded.protocol);
        info = fmt::format(R"(,"info":{},"from":{},"to":{})", quoted(decoded.info), quoted(decoded.source),
                           quoted(decoded.destination));
    }
    unsigned const wire = in ? wire_in : wire_out;
    // No width: frames may come at one moment, and stretches of a track must nest.
    stretch(network, wire, name, e.virtual_ns, e.virtual_ns,
            fmt::format(R"({},"event":{},"bytes":{}{})", at_moment(e), number, e.a, info));
    if (in) {
        if (arrived_) flow('f', network, wire, *arrived_, e.virtual_ns);  // nobody took it before the next
        flow('s', network, wire, number, e.virtual_ns);
        arrived_ = number;
        flow_in_interrupt_ = false;
    } else if (auto const running = running_.find(e.cpu); running != running_.end()) {
        flow('s', threads, running->second.track, number, e.virtual_ns);
        flow('f', network, wire, number, e.virtual_ns);
    }
}

unsigned TraceExport::interrupts_of(unsigned cpu) {
    unsigned const track = first_interrupt_track + cpu;
    if (interrupts_.try_emplace(cpu).second)
        name_track(processor, track,
                   cpu == 0 ? "interrupts and exceptions"
                            : fmt::format("interrupts and exceptions of processor {}", cpu));
    return track;
}

// Entered, and no probe told of its end.
void TraceExport::never_ended(unsigned track, Open const& open) {
    instant(processor, track, fmt::format("interrupt {}", open.vector), open.since_ns,
            fmt::format(R"("rip":"{:#x}")", open.rip));
}

void TraceExport::event(Event const& e, std::uint64_t number, EventView const& view) {
    switch (e.kind) {
        case EventKind::thread_switch:
            return switch_to(e, number, view);
        case EventKind::interrupt: {
            unsigned const track = interrupts_of(e.cpu);
            std::vector<Open>& open = interrupts_[e.cpu];
            if (arrived_ && !flow_in_interrupt_) {
                flow('t', processor, track, *arrived_, e.virtual_ns);
                flow_in_interrupt_ = true;
            }
            for (std::size_t i = 0; i < open.size(); ++i) {
                if (open[i].vector != e.a && open.size() < most_nested) continue;
                never_ended(track, open[i]);
                open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
                break;
            }
            open.push_back({e.a, e.virtual_ns, e.b});
            return;
        }
        case EventKind::interrupt_exit: {
            // Ends the innermost of its vector; what lies inside and never ended is dropped.
            unsigned const track = interrupts_of(e.cpu);
            std::vector<Open>& all = interrupts_[e.cpu];
            auto open = all.rbegin();
            while (open != all.rend() && open->vector != e.a) ++open;
            if (open == all.rend()) return;
            stretch(processor, track, fmt::format("interrupt {}", e.a), open->since_ns, e.virtual_ns,
                    fmt::format(R"("rip":"{:#x}")", open->rip));
            all.erase(std::prev(open.base()), all.end());
            return;
        }
        case EventKind::packet_in:
        case EventKind::packet_out:
            return packet(e, number);
        case EventKind::exception:
        case EventKind::page_fault:
        case EventKind::halt:
        case EventKind::shutdown:
            return instant(processor, interrupts_of(e.cpu), debug::name_of(e.kind), e.virtual_ns,
                           fmt::format(R"({},"text":{})", at_moment(e), quoted(describe(number, view))));
        case EventKind::thread_wake:
        case EventKind::thread_create:
        case EventKind::thread_exit:
            return instant(threads, track_of(e.a, number, view), debug::name_of(e.kind), e.virtual_ns,
                           at_moment(e));
        default:
            // Locks, frames, the heap, connections: on the track of who runs there.
            if (auto const running = running_.find(e.cpu); running != running_.end())
                instant(threads, running->second.track, debug::name_of(e.kind), e.virtual_ns,
                        fmt::format(R"({},"text":{})", at_moment(e), quoted(describe(number, view))));
            return;
    }
}

void TraceExport::finish(std::uint64_t end_ns) {
    while (!running_.empty()) end_thread(running_.begin()->first, end_ns);
    for (auto const& [cpu, all] : interrupts_)
        for (Open const& open : all) never_ended(first_interrupt_track + cpu, open);
    interrupts_.clear();
    if (arrived_) flow('f', network, wire_in, *arrived_, end_ns);
    arrived_.reset();
    out_ << "\n]}\n";
}

}  // namespace sim::exports
