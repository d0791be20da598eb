// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/accesses.hpp"

#include <algorithm>
#include <map>

#include "simulator/debug/search.hpp"

namespace sim::debug::queries {

using machine::Moment;

namespace {

constexpr std::uint64_t page_bytes = 4096;

class Counter final : public SearchListener {
public:
    bool on_memory(MemoryEvent const& e) override {
        // One access may lie in two pages.
        std::uint64_t const last = (e.address + std::max<std::uint64_t>(e.length, 1) - 1) / page_bytes;
        for (std::uint64_t page = e.address / page_bytes; page <= last; ++page) {
            PageAccesses& p = pages[page];
            p.page = page;
            if (e.writer == Writer::page_walker)
                ++p.walker;
            else if (e.writer != Writer::instruction)
                ++p.device;
            else
                ++(e.access == engine::Access::write ? p.writes : p.reads);
        }
        return false;
    }
    std::map<std::uint64_t, PageAccesses> pages;
};

}  // namespace

Accesses accesses(Scene& scene, std::uint64_t instructions) {
    Accesses answer;
    Moment const now = scene.machine.moment();
    answer.to = now;
    answer.from = {now.retired - std::min({now.retired, instructions, most_instructions_counted}), 0};
    Counter counter;
    {
        Search search(scene.machine, scene.control);
        SearchWatch watch;
        for (auto const& ram : scene.machine.memory().regions())
            watch.memory.push_back({ram.start, ram.bytes.size(), true, true});
        search.watch(std::move(watch));
        if (search.run({answer.from, now}, counter) == SearchOutcome::cancelled) {
            answer.cancelled = true;
            answer.to = search.reached();
        }
    }
    auto const kernel = scene.kernel.read(KernelList::frames, scene.memory(), scene.cpu().state()[engine::Gpr::rsp]);
    for (auto& [page, p] : counter.pages) {
        if (kernel.frames) p.owner = kernel.frames->owner_of(page);
        answer.pages.push_back(std::move(p));
    }
    std::ranges::stable_sort(answer.pages, std::ranges::greater{}, &PageAccesses::all);
    return answer;
}

}  // namespace sim::debug::queries
