// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/views.hpp"

#include <algorithm>
#include <utility>

#include "simulator/debug/text.hpp"

namespace viz::model {

std::array<ViewInfo, view_count> const& all_views() {
    static constexpr std::array<ViewInfo, view_count> table{{
        {ViewId::machine,
         "machine",
         "Machine",
         "What has happened since power-on, and how is the machine now?",
         {"overview"}},
        {ViewId::console, "console", "Console", "What did the guest print?", {"console"}},
        {ViewId::source,
         "disassembly",
         "Code",
         "Which instruction comes next, and which line is it from?",
         {"disassembly", "backtrace"}},
        {ViewId::registers,
         "registers",
         "Registers",
         "What does each bit of the processor's state mean?",
         {"registers", "processors"}},
        {ViewId::memory, "memory", "Bytes", "Which bytes stand at this address?", {"memory"}},
        {ViewId::frames,
         "frames",
         "Memory map",
         "Whose is each frame of physical memory, when did it last change, and how often is it used?",
         {"frames", "heat", "accesses"}},
        {ViewId::walk,
         "walk",
         "Page walk",
         "How does this address become a physical one?",
         {"walk"}},
        {ViewId::pages,
         "pages",
         "Page tables",
         "What do the page tables map, and does the TLB agree?",
         {"pages", "tlb"}},
        {ViewId::heap, "heap", "Heap", "How much of each size has the kernel handed out?", {"heap"}},
        {ViewId::descriptors,
         "descriptors",
         "Descriptors",
         "Which segments are there, and what happens at each vector?",
         {"descriptors", "interrupts"}},
        {ViewId::threads,
         "threads",
         "Threads",
         "Which threads exist, and what does each wait for?",
         {"threads", "stacks"}},
        {ViewId::waits,
         "waits",
         "Waits",
         "Who waits for whom, and will they ever go on?",
         {"locks"}},
        {ViewId::scheduler, "scheduler", "Scheduler", "Who ran when, and what interrupted it?", {"gantt"}},
        {ViewId::packets,
         "packets",
         "Packets",
         "What went over the wire, layer by layer?",
         {"packets", "packet", "connections"}},
        {ViewId::ladder,
         "ladder",
         "Ladder",
         "Who sent what to whom, what got lost, and what was sent again?",
         {"ladder"}},
        {ViewId::connection,
         "connection",
         "Connection",
         "Which states did this TCP connection go through, and what was sent when?",
         {"connection"}},
        {ViewId::events, "events", "Events", "What happened, in order?", {"events"}},
        {ViewId::devices,
         "devices",
         "Devices",
         "What is in each device's registers?",
         {"devices", "virtqueues"}},
        {ViewId::disk,
         "disk",
         "Disk",
         "Whose is each block of a disk, and what is written and read just now?",
         {"disk"}},
        {ViewId::stops,
         "stops",
         "Stops",
         "Where does the machine stop, forwards and backwards, and which moments are bookmarked?",
         {"stops", "bookmarks"}},
        {ViewId::answers,
         "answers",
         "Answers",
         "Who wrote this, why is it mapped, when did it become true?",
         {"answers"}},
        {ViewId::branches, "branches", "Branches", "Which futures are kept beside this one?", {"branches"}},
        {ViewId::comparison,
         "comparison",
         "Comparison",
         "Where do two futures part, and what differs?",
         {"comparison"}},
    }};
    return table;
}

ViewInfo const& info(ViewId id) { return all_views()[static_cast<unsigned>(id)]; }

std::optional<ViewId> view_named(std::string_view name) {
    for (ViewInfo const& view : all_views())
        if (view.name == name) return view.id;
    static constexpr std::pair<std::string_view, ViewId> other_names[] = {
        {"code", ViewId::source},       {"source", ViewId::source},     {"hex", ViewId::memory},
        {"bytes", ViewId::memory},      {"map", ViewId::frames},        {"owners", ViewId::frames},
        {"page-walk", ViewId::walk},    {"page-table", ViewId::walk},   {"pagetable", ViewId::walk},
        {"gantt", ViewId::scheduler},   {"packet", ViewId::packets},    {"tcp", ViewId::connection},
        {"sequence", ViewId::ladder},   {"interrupts", ViewId::events}, {"device", ViewId::devices},
        {"breakpoints", ViewId::stops}, {"questions", ViewId::answers}, {"forks", ViewId::branches},
        {"tlb", ViewId::pages},         {"gdt", ViewId::descriptors},   {"idt", ViewId::descriptors},
        {"diff", ViewId::comparison},   {"deadlock", ViewId::waits},   {"blocks", ViewId::disk},       {"files", ViewId::disk},
    };
    for (auto const& [other, id] : other_names)
        if (other == name) return id;
    return std::nullopt;
}

std::vector<sim::debug::TextView> const& text_views() {
    static auto const all = [] {
        auto list = sim::debug::text_views();
        auto const packets =
            std::ranges::find(list, std::string_view("connections"), &sim::debug::TextView::name);
        list.insert(packets, {{"ladder", "Frames between hosts, with what became of each"},
                              {"connection", "One TCP connection: states, and numbers over time"}});
        list.push_back({"bookmarks", "Moments worth going to, kept with the recording"});
        return list;
    }();
    return all;
}

std::optional<std::string_view> text_view_named(std::string_view name) {
    for (auto const& text : text_views())
        if (text.name == name) return text.name;
    if (auto const view = view_named(name)) return info(*view).texts[0];
    static constexpr std::pair<std::string_view, std::string_view> perspectives[] = {
        {"boot", "disassembly"}, {"scheduling", "gantt"}, {"network", "packets"}, {"compare", "comparison"}};
    for (auto const& [perspective, text] : perspectives)
        if (perspective == name) return text;
    return std::nullopt;
}

std::array<PerspectiveInfo, perspective_count> const& all_perspectives() {
    static constexpr std::array<PerspectiveInfo, perspective_count> table{{
        {Perspective::overview, "overview", "Overview", "The whole machine at a glance"},
        {Perspective::boot, "boot", "Boot", "From the first instruction to main()"},
        {Perspective::memory, "memory", "Memory", "Frames, page tables, bytes"},
        {Perspective::scheduling, "scheduling", "Scheduling", "Threads, interrupts, locks"},
        {Perspective::network, "network", "Network", "From the wire to the page"},
        {Perspective::compare, "compare", "Compare", "Branches, and two futures side by side"},
        {Perspective::disk, "disk", "Disk", "Blocks, files, the journal, and who writes them"},
    }};
    return table;
}

PerspectiveInfo const& info(Perspective id) { return all_perspectives()[static_cast<unsigned>(id)]; }

std::optional<Perspective> perspective_named(std::string_view name) {
    for (PerspectiveInfo const& perspective : all_perspectives())
        if (perspective.name == name) return perspective.id;
    return std::nullopt;
}

}  // namespace viz::model
