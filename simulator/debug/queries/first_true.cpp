// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/first_true.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/register_condition.hpp"

namespace sim::debug::queries {

using machine::Moment;

namespace {

constexpr std::size_t most_pieces = 4096;

class Watcher final : public SearchListener {
public:
    Watcher(Scene& scene, Search& search, Expression const& expression)
        : scene_(scene), search_(search), expression_(expression), registers_(expression, scene.machine) {}

    // As the machine stands; keeps watch on what was read.
    bool look() {
        pieces_.clear();
        machine::Machine& machine = scene_.machine;
        engine::CpuState const cpu = scene_.cpu().state();
        GuestMemory const memory(paging_of(cpu), [&](std::uint64_t address, std::span<std::uint8_t> into) {
            if (pieces_.size() < most_pieces) pieces_.push_back({address, into.size(), false, true});
            return machine.peek(address, into);
        });
        bool const is = expression_.true_at(cpu, memory);
        auto const less = [](auto const& a, auto const& b) {
            return std::pair(a.start, a.length) < std::pair(b.start, b.length);
        };
        std::sort(pieces_.begin(), pieces_.end(), less);
        auto const same = [](auto const& a, auto const& b) {
            return a.start == b.start && a.length == b.length;
        };
        pieces_.erase(std::unique(pieces_.begin(), pieces_.end(), same), pieces_.end());
        if (!std::equal(pieces_.begin(), pieces_.end(), watched_.begin(), watched_.end(), same)) {
            watched_ = pieces_;
            search_.watch({.addresses = {}, .memory = watched_, .instructions = false, .paging = true});
        }
        return is;
    }

    bool wants_rest() const override { return !every_; }
    bool on_rest(Moment after) override {
        if (!look()) return false;
        found = after;
        return true;
    }
    bool on_address(Moment at, unsigned cpu, engine::VirtAddr address) override {
        if (!every_ || !registers_.concerns(address) || !registers_.true_now(cpu)) return false;
        found = at;
        return true;
    }
    void on_paging(Moment, unsigned cpu) override { registers_.on_paging(cpu); }
    // From where the machine stands on.
    void every_instruction() {
        every_ = true;
        registers_.begin();
        SearchWatch watch;
        registers_.watch(watch);
        search_.watch(std::move(watch));
    }

    std::optional<Moment> found;

private:
    Scene& scene_;
    Search& search_;
    Expression const& expression_;
    std::vector<engine::Cpu::MemoryRange> pieces_, watched_;
    RegisterCondition registers_;
    bool every_ = false;
};

}  // namespace

FirstTrue first_true(Scene& scene, Expression const& expression, Moment from) {
    FirstTrue answer;
    answer.expression = expression.text();
    Moment const now = scene.machine.moment();
    Search search(scene.machine, scene.control);
    go_to(scene, from);
    Watcher watcher(scene, search, expression);
    if (watcher.look()) {
        answer.at = from;
        answer.from_the_start = true;
        return answer;
    }
    if (expression.uses_registers()) watcher.every_instruction();
    SearchOutcome const outcome = search.run({from, now}, watcher);
    search.watch({});
    if (outcome == SearchOutcome::cancelled) {
        answer.cancelled = true;
        answer.text = fmt::format("cancelled; not true before {}", to_string(search.reached()));
        return answer;
    }
    if (!watcher.found && expression.true_at((go_to(scene, now), scene.cpu().state()), scene.memory()))
        watcher.found = now;  // by what happened last
    if (!watcher.found) {
        answer.text = fmt::format("never true from {} to {}", to_string(from), to_string(now));
        return answer;
    }
    answer.at = watcher.found;
    Moment const made = watcher.found->retired > 0 ? Moment{watcher.found->retired - 1, 0} : Moment{};
    answer.actor = actor_at(scene, made);
    return answer;
}

}  // namespace sim::debug::queries
