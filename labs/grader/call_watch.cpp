// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/call_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "labs/grader/exam.hpp"

namespace lab {

using sim::engine::Gpr;
using sim::machine::RunStop;

namespace {
// No kernel comes near; one that means harm must not keep us busy.
constexpr std::size_t most_open = 1000, most_places = 2000;
}  // namespace

CallWatch::CallWatch(StudentRun& run, std::vector<std::string> const& functions) : run_(run) {
    for (auto const& name : functions) {
        auto const* function = run.symbols().function_named(name);
        if (!function) throw KernelError(fmt::format("the kernel has no function {}", name));
        entries_.emplace_back(function->low, name);
    }
    run_.machine().cpu().set_observer(this);
    watch();
}

void CallWatch::count(std::string const& probe, std::string const& function) {
    passed_[probe] = 0;
    for (auto const place : run_.probes_in(function, probe)) marks_.emplace_back(place, &passed_[probe]);
    watch();
}

void CallWatch::follow(std::string const& probe) {
    for (auto const& one : run_.probes_)
        if (one.name == probe && followed_.size() < most_places) followed_.push_back(one);
    watch();
}

unsigned CallWatch::passed(std::string const& probe) const {
    auto const found = passed_.find(probe);
    return found == passed_.end() ? 0 : found->second;
}

CallWatch::~CallWatch() {
    run_.machine().cpu().set_watched_addresses({});
    run_.machine().cpu().set_observer(&run_);
}

void CallWatch::watch() {
    std::vector<sim::engine::VirtAddr> all;
    for (auto const& [address, name] : entries_) all.push_back(address);
    for (auto const& [address, times] : marks_) all.push_back(address);
    for (auto const& probe : followed_) all.push_back(probe.address);
    all.insert(all.end(), return_addresses_.begin(), return_addresses_.end());
    run_.machine().cpu().set_watched_addresses(all);
    more_to_watch_ = false;
}

bool CallWatch::run() {
    asked_ = false;
    while (true) {
        run_.result_ = run_.machine().run(run_.limit());
        if (open_.size() > most_open || return_addresses_.size() > most_places)
            throw KernelError(
                fmt::format("{} is called from thousands of places, or from within itself thousands of times",
                            open_.empty() ? "a function" : open_.back().function));
        if (asked_ || run_.result_.stop != RunStop::observer) return asked_;
        if (more_to_watch_) watch();
    }
}

// The run knows what a triple fault is made of, whoever watches.
void CallWatch::on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                             sim::engine::VirtAddr address) {
    run_.on_interrupt(vector, external, error_code, address);
}

bool CallWatch::on_address(sim::engine::VirtAddr address) {
    auto const& machine = run_.machine();
    if (machine.moment() == last_ && address == last_address_) return false;  // we stopped here
    last_ = machine.moment();
    last_address_ = address;
    for (auto const& [mark, times] : marks_)
        if (mark == address) ++*times;
    for (auto const& probe : followed_) {
        if (probe.address != address || !on_probe) continue;
        std::vector<std::uint64_t> says;
        for (auto const& argument : probe.arguments)
            says.push_back(sim::debug::evaluate(argument, machine.cpu().state(), [](auto, auto) {
                               return false;
                           }).value_or(0));
        on_probe(probe.name, says);
    }
    std::uint64_t const stack = machine.cpu().general(Gpr::rsp);

    // A return: the innermost call whose frame has just gone.
    if (!open_.empty() && return_addresses_.count(address)) {
        auto const call = std::find_if(open_.rbegin(), open_.rend(), [&](Call const& one) {
            return one.return_address == address && one.stack + 8 == stack;
        });
        if (call != open_.rend()) {
            Call done = *call;
            open_.erase(std::next(call).base());
            done.result = machine.cpu().general(Gpr::rax);
            done.returned = last_;
            if (on_return && on_return(done)) asked_ = true;
        }
    }
    for (auto const& [entry, name] : entries_) {
        if (entry != address) continue;
        auto const back = run_.read_word(stack);
        if (!back) continue;  // no stack: the next instruction will fault
        Call call{.function = name, .return_address = *back, .stack = stack, .at = last_};
        // What lies above on the same stack is over: it ended without a return.
        std::erase_if(open_,
                      [&](Call const& one) { return one.stack <= stack && stack - one.stack < 65536; });
        call.depth = static_cast<unsigned>(open_.size());
        constexpr Gpr order[] = {Gpr::rdi, Gpr::rsi, Gpr::rdx, Gpr::rcx, Gpr::r8, Gpr::r9};
        for (std::size_t i = 0; i < call.arguments.size(); ++i)
            call.arguments[i] = machine.cpu().general(order[i]);
        open_.push_back(call);
        if (return_addresses_.insert(*back).second) more_to_watch_ = true;
        if (on_entry && on_entry(call)) asked_ = true;
    }
    return asked_ || more_to_watch_ || open_.size() > most_open;
}

}  // namespace lab
