// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/access_counter.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace sim::debug {

using machine::Moment;

namespace {

constexpr std::uint64_t page_bytes = 4096;
// Pairs of a page and an instruction that are told apart; what comes later has no function.
constexpr std::size_t most_pairs = std::size_t{1} << 20;

class Counter final : public SearchListener {
public:
    explicit Counter(machine::Machine& machine) : machine_(machine) {}
    void on_begin(Moment) override { from_ns = to_ns = machine_.virtual_ns(); }
    bool on_end(Moment) override {
        to_ns = machine_.virtual_ns();
        return false;
    }
    bool on_memory(MemoryEvent const& e) override {
        // One access may lie in two pages.
        std::uint64_t const last = (e.address + std::max<std::uint64_t>(e.length, 1) - 1) / page_bytes;
        for (std::uint64_t page = e.address / page_bytes; page <= last; ++page) {
            PageAccesses& p = pages_[page];
            p.page = page;
            if (e.writer == Writer::page_walker)
                ++p.walker;
            else if (e.writer != Writer::instruction)
                ++p.device;
            else
                count(p, e);
        }
        return false;
    }

    std::vector<PageAccesses> pages(Symbols const& symbols) {
        // Instructions of one function count together.
        struct Sum {
            std::uint64_t reads = 0, writes = 0;
        };
        std::map<std::pair<std::uint64_t, std::string>, Sum> functions;
        std::unordered_map<std::uint64_t, std::string> names;
        for (auto const& [pair, sum] : pairs_) {
            auto const [name, fresh] = names.try_emplace(pair.rip);
            if (fresh)
                if (auto const near = symbols.near(pair.rip)) name->second = near->name;
            if (name->second.empty()) continue;
            Sum& s = functions[{pair.page, name->second}];
            s.reads += sum.first, s.writes += sum.second;
        }
        for (auto const& [key, sum] : functions) {
            PageAccesses& p = pages_[key.first];
            if (sum.reads > p.most_reads.times) p.most_reads = {key.second, sum.reads};
            if (sum.writes > p.most_writes.times) p.most_writes = {key.second, sum.writes};
        }
        std::vector<PageAccesses> out;
        out.reserve(pages_.size());
        for (auto& [number, p] : pages_) out.push_back(std::move(p));
        std::ranges::sort(out, [](auto const& a, auto const& b) {
            return a.all() != b.all() ? a.all() > b.all() : a.page < b.page;
        });
        return out;
    }

    std::uint64_t from_ns = 0, to_ns = 0;

private:
    struct Pair {
        std::uint64_t page = 0, rip = 0;
        bool operator==(Pair const&) const = default;
    };
    struct Hash {
        std::size_t operator()(Pair const& p) const {
            return std::hash<std::uint64_t>{}(p.page * 0x9e37'79b9'7f4a'7c15 ^ p.rip);
        }
    };
    void count(PageAccesses& p, MemoryEvent const& e) {
        bool const write = e.access == engine::Access::write;
        ++(write ? p.writes : p.reads);
        Pair const pair{p.page, e.rip};
        auto found = pairs_.find(pair);
        if (found == pairs_.end()) {
            if (pairs_.size() == most_pairs) return;
            found = pairs_.try_emplace(pair).first;
        }
        ++(write ? found->second.second : found->second.first);
    }

    machine::Machine& machine_;
    std::unordered_map<std::uint64_t, PageAccesses> pages_;
    std::unordered_map<Pair, std::pair<std::uint64_t, std::uint64_t>, Hash> pairs_;  // reads, writes
};

}  // namespace

Interval stretch_of(AccessRequest const& asked, Moment now, Moment end) {
    Moment const to = std::min(asked.to.value_or(now), std::max(now, end));
    Moment const least{to.retired - std::min(to.retired, most_instructions_counted), 0};
    Moment const ordinary{to.retired - std::min(to.retired, instructions_counted), 0};
    return {std::clamp(asked.from.value_or(ordinary), least, std::max(to, least)), to};
}

Accesses count_accesses(Scene const& scene, Interval stretch) {
    Accesses answer;
    answer.from = stretch.from, answer.to = stretch.to;
    Counter counter(scene.machine);
    if (stretch.from < stretch.to) {
        Search search(scene.machine, scene.control);
        SearchWatch watch;
        for (auto const& ram : scene.machine.memory().regions())
            watch.memory.push_back({ram.start, ram.bytes.size(), true, true});
        search.watch(std::move(watch));
        if (search.run(stretch, counter) == SearchOutcome::cancelled) {
            answer.cancelled = true;
            answer.to = std::max(stretch.from, search.reached());
        }
    }
    answer.from_ns = counter.from_ns, answer.to_ns = counter.to_ns;
    answer.pages = counter.pages(*scene.symbols);
    auto const kernel = scene.kernel.read(KernelList::frames, scene.memory(), scene.cpu().state()[engine::Gpr::rsp]);
    if (kernel.frames)
        for (PageAccesses& p : answer.pages) p.owner = kernel.frames->owner_of(p.page);
    return answer;
}

}  // namespace sim::debug
