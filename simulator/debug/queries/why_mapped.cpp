// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/why_mapped.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim::debug::queries {

using machine::Moment;

namespace {

constexpr unsigned most_walker_writes = 8;
constexpr std::uint64_t page = 4096;
constexpr std::size_t most_others = 64;

// The kernel's own write of an entry; the processor's accessed and dirty bits
// after it are listed beside.
void find_writers(Scene& scene, WhyMapped::Entry& e) {
    Resolved const r = resolve(scene, AddressSpace::physical, e.entry.address, 8);
    e.writer.range = r.range;
    if (!r.problem.empty()) {
        e.writer.ending = r.problem;
        return;
    }
    LastWrite newest = last_write(scene, r.range, 1);
    for (unsigned i = 0; i < most_walker_writes; ++i) {
        if (newest.links.empty() || newest.links[0].writer != Writer::page_walker) break;
        WriteLink const& link = newest.links[0];
        std::uint64_t const set = little_endian(link.after) & ~little_endian(link.before);
        e.walker.push_back(fmt::format("{}{} set by the processor at {}, for {} at {}", set & 0x20 ? "A" : "",
                                       set & 0x40 ? "D" : "", to_string(link.at), link.actor.instruction,
                                       link.actor.where));
        // What was before that: asked as of that moment.
        Moment const before = link.at;
        Search search(scene.machine, scene.control);
        go_to(scene, before);
        newest = last_write(scene, r.range, 1);
    }
    e.writer = std::move(newest);
}

}  // namespace

WhyMapped why_mapped(Scene& scene, std::uint64_t address) {
    WhyMapped answer;
    Paging const paging = paging_of(scene.cpu().state());
    GuestMemory const memory = scene.memory();
    PhysicalReader const words = memory.words();  // refers to `memory`
    answer.walk = explain_walk(paging, address, engine::Access::read, false, words);
    for (ExplainedEntry const& entry : answer.walk.entries) {
        WhyMapped::Entry e{entry, {}, {}};
        if (!scene.cancelled()) find_writers(scene, e);
        answer.cancelled |= e.writer.cancelled || scene.cancelled();
        answer.entries.push_back(std::move(e));
    }
    if (!answer.walk.present || !answer.walk.paging_on) return answer;
    std::uint64_t const frame = answer.walk.physical / page;
    answer.frame = frame_history(scene, frame);
    for (MappedRange const& r : page_tree(paging, words).ranges) {
        std::uint64_t const physical = frame * page;
        if (physical < r.physical_start || physical - r.physical_start >= r.length) continue;
        std::uint64_t const at = r.virtual_start + (physical - r.physical_start);
        if (at == (address & ~(page - 1)) || answer.others.size() == most_others) continue;
        answer.others.push_back(r);
        answer.other_addresses.push_back(at);
    }
    return answer;
}

}  // namespace sim::debug::queries
