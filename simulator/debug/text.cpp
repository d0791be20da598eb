// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/text.hpp"

#include "simulator/debug/compare/comparison.hpp"
#include "simulator/debug/text_printers.hpp"

namespace sim::debug {

namespace printers {

void overview(Out out, Snapshot const& s, TextOptions const&) {
    fmt::format_to(out, "{}: {} of RAM, image {}\n", s.machine->title, format_bytes(s.machine->memory_bytes),
                   s.machine->image.empty() ? "none" : s.machine->image);
    if (s.can(Ability::counting))
        fmt::format_to(out, "{} at {} of {}, {} of {}\n", name_of(s.state), to_string(s.moment),
                       to_string(s.end), format_ns(s.virtual_ns), format_ns(s.end_ns));
    else if (s.can(Ability::packets))
        fmt::format_to(out, "{}; the last frame was captured at {}\n", name_of(s.state),
                       format_ns(s.virtual_ns));
    else
        fmt::format_to(out, "{}\n", name_of(s.state));
    if (!s.stop_reason.empty()) fmt::format_to(out, "{}\n", s.stop_reason);
    fmt::format_to(out, "at {}", s.location);
    if (s.source) fmt::format_to(out, " ({})", s.symbols->describe(*s.source, true));
    fmt::format_to(out, "\n");
    if (s.kernel.threads_health.declared)
        fmt::format_to(out, "{} threads, {} runs, {} ready\n", s.kernel.threads.size(),
                       thread_name(s, s.kernel.current_thread), s.kernel.run_queue.size());
    if (s.kernel.frames) {
        std::uint64_t total = 0;
        for (std::uint64_t n : s.kernel.frames->frames_by_owner) total += n;
        fmt::format_to(out, "frames:");
        for (std::size_t i = 0; i < s.kernel.frames->owners.size(); ++i)
            if (s.kernel.frames->frames_by_owner[i])
                fmt::format_to(out, " {} {}", s.kernel.frames->owners[i],
                               s.kernel.frames->frames_by_owner[i]);
        fmt::format_to(out, " (of {})\n", total);
    }
    fmt::format_to(out, "events: {}", s.events.all.size());
    for (unsigned g = 0; g < static_cast<unsigned>(EventGroup::count_); ++g)
        if (static_cast<EventGroup>(g) != EventGroup::disk || !s.events.groups[g].empty())
            fmt::format_to(out, ", {} {}", name_of(static_cast<EventGroup>(g)), s.events.groups[g].size());
    fmt::format_to(out, "\nconsole: {} bytes\n", s.console->size());
    bool lacks = false;
    for (unsigned a = 0; a < ability_count; ++a)
        if (auto const why = s.lacks(static_cast<Ability>(a)); !why.empty())
            fmt::format_to(out, "{}{:<18}{}\n", std::exchange(lacks, true) ? "" : "not here:\n",
                           fmt::format("  {}", ability_names[a]), why);
    if (!s.can(Ability::past)) return;
    fmt::format_to(out, "checkpoints: {}, at most {} instructions apart", s.checkpoints.kept,
                   s.checkpoints.widest);
    if (s.checkpoints.thinned) fmt::format_to(out, "; others gave way to the budget of memory");
    fmt::format_to(out, "\n");
}

void branches(Out out, Snapshot const& s, TextOptions const&) {
    fmt::format_to(out, "   {:>2}  {:<24} {:<24} {:>16} {:>16} {:>7}\n", "no", "name", "forked from", "at",
                   "end", "inputs");
    for (BranchInfo const& b : s.branches) {
        std::string from = "-";
        for (BranchInfo const& parent : s.branches)
            if (b.parent == parent.number) from = parent.name;
        fmt::format_to(out, "{}  {:>2}  {:<24} {:<24} {:>16} {:>16} {:>7}\n", b.active ? '*' : ' ', b.number,
                       b.name, from, b.parent ? to_string(b.forked_at) : "-", to_string(b.end), b.inputs);
    }
}

void comparison(Out out, Snapshot const& s, TextOptions const& options) {
    if (!s.comparison) {
        fmt::format_to(out, "(nothing has been compared)\n");
        return;
    }
    fmt::format_to(out, "{}", compare::to_text(*s.comparison, options.max_rows));
}

void console(Out out, Snapshot const& s, TextOptions const&) {
    fmt::format_to(out, "{}", *s.console);
    if (!s.console->empty() && s.console->back() != '\n') fmt::format_to(out, "\n");
}

void stops(Out out, Snapshot const& s, TextOptions const&) {
    if (s.stops.empty()) fmt::format_to(out, "(no breakpoint, watchpoint or condition)\n");
    for (StopInfo const& stop : s.stops)
        fmt::format_to(out, "{}{}\n", stop.text, stop.enabled ? "" : " (off)");
}

void answers(Out out, Snapshot const& s, TextOptions const&) {
    if (!s.answer) {
        fmt::format_to(out, "(nothing was asked; viv query FILE@MOMENT asks)\n");
        return;
    }
    fmt::format_to(out, "at {}: {}\n{}", to_string(s.answer->at), s.answer->question, s.answer->text);
    if (!s.answer->text.ends_with('\n')) fmt::format_to(out, "\n");
}

namespace {

struct Printer {
    TextView view;
    void (*print)(Out, Snapshot const&, TextOptions const&);
};

constexpr Printer all[] = {
    {{"overview", "The machine in ten lines"}, overview},
    {{"branches", "Futures kept side by side"}, branches},
    {{"comparison", "Two futures side by side"}, comparison},
    {{"console", "What the guest printed"}, console},
    {{"processors", "What each processor does"}, processors},
    {{"registers", "Registers, bit by bit"}, registers},
    {{"descriptors", "Segments, the task's stacks, a gate for each vector"}, descriptors},
    {{"disassembly", "Code around the next instruction"}, disassembly},
    {{"backtrace", "Who called whom"}, backtrace},
    {{"threads", "Threads and the run queue"}, threads},
    {{"stacks", "Who called whom in each thread"}, stacks},
    {{"gantt", "Who ran when"}, gantt_text},
    {{"memory", "Bytes of memory"}, memory},
    {{"frames", "Whose each physical frame is"}, frames},
    {{"heat", "When each physical frame last changed"}, heat},
    {{"accesses", "How often each physical frame was read and written"}, accesses},
    {{"disk", "Whose each block of a disk is"}, disk},
    {{"walk", "Translation of one address, step by step"}, walk},
    {{"pages", "All that the page tables map"}, pages},
    {{"tlb", "What the processor remembers of the page tables"}, tlb},
    {{"packets", "Frames on the wire"}, packets},
    {{"packet", "One frame, layer by layer"}, packet},
    {{"events", "What happened when"}, events},
    {{"devices", "Registers of all devices"}, devices},
    {{"heap", "The kernel's heap"}, heap},
    {{"locks", "Locks, holders and waiters"}, locks},
    {{"interrupts", "How often each vector came"}, interrupts},
    {{"virtqueues", "Queues between driver and device"}, virtqueues},
    {{"connections", "TCP connections"}, connections},
    {{"stops", "Breakpoints, watchpoints, conditions"}, stops},
    {{"answers", "The last question and its answer"}, answers},
};

}  // namespace

}  // namespace printers

std::vector<TextView> const& text_views() {
    static std::vector<TextView> const views = [] {
        std::vector<TextView> list;
        for (printers::Printer const& p : printers::all) list.push_back(p.view);
        return list;
    }();
    return views;
}

std::optional<std::string> print_view(Snapshot const& s, std::string_view name, TextOptions const& options) {
    for (printers::Printer const& p : printers::all) {
        if (name != p.view.name) continue;
        std::string text;
        p.print(std::back_inserter(text), s, options);
        return text;
    }
    return std::nullopt;
}

}  // namespace sim::debug
