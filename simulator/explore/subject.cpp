// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/subject.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "simulator/debug/machine_memory.hpp"
#include "simulator/debug/views_query.hpp"

namespace sim::explore {
namespace {

// Names of this project's kernel. Another kernel has none of them: then more is
// tried than needed, never less.
constexpr std::array own_objects = {"threads::the_scheduler", "threads::held_mutexes", "arch::cpus"};
constexpr std::array machinery = {"threads::Scheduler::",
                                  "threads::create",
                                  "threads::join",
                                  "threads::exit",
                                  "threads::current",
                                  "threads::free_thread",
                                  "threads::begin_thread",
                                  "threads::make_thread",
                                  "threads::set_name",
                                  "threads::yield",
                                  "arch::",
                                  "memory::allocate_stack",
                                  "memory::free_stack",
                                  "switch_context",
                                  "threads::idle",
                                  "base::List<threads::"};

// Anonymous namespaces are left out by some debug information and not by others.
std::string plain(std::string_view name) {
    static constexpr std::string_view anonymous = "(anonymous namespace)::";
    std::string text(name);
    for (std::size_t at; (at = text.find(anonymous)) != std::string::npos;) text.erase(at, anonymous.size());
    return text;
}

}  // namespace

Subject::Subject(machine::MachineConfig config) : config_(std::move(config)) {
    std::span<std::uint8_t const> const image(*config_.image.bytes);
    symbols_ = debug::Symbols::from_bytes(image);
    views_ = debug::Views::make(symbols_->views(), symbols_);
    kernel_ = std::make_unique<debug::KernelReader>(views_, symbols_);
    for (debug::Probe& probe : debug::read_probes(image))
        if (probe.provider == "viv") probes_.push_back(std::move(probe));
    if (probes_named("thread_switch").empty())
        throw std::runtime_error(
            config_.image.name +
            " has no probe thread_switch, so its threads cannot be told apart; explore an "
            "image of this kernel, or add the probe (kernel/base/probe.hpp)");
    for (char const* name : own_objects)
        for (debug::Object const& object : symbols_->objects())
            if (plain(object.name) == name) own_.push_back({object.address, object.size});
    debug::TypeTable const& types = symbols_->types();
    if (std::uint32_t const thread = types.named("threads::Thread")) {
        thread_size_ = types.size_of(thread);
        if (auto const state = types.member(thread, "state")) state_offset_ = state->offset;
    }
}

std::vector<std::uint64_t> Subject::probes_named(std::string_view name) const {
    std::vector<std::uint64_t> addresses;
    for (debug::Probe const& probe : probes_)
        if (probe.name == name) addresses.push_back(probe.address);
    return addresses;
}

std::string Subject::thread_name(std::uint64_t thread, debug::GuestMemory const& memory) const {
    return kernel_->thread_name(thread, memory);
}

std::optional<std::uint64_t> Subject::thread_state(std::uint64_t thread,
                                                   debug::GuestMemory const& memory) const {
    if (!state_offset_) return std::nullopt;
    return memory.number(thread + *state_offset_, 1);
}

std::vector<std::uint64_t> Subject::run_queue(machine::Machine& machine) const {
    debug::KernelReader reader(views_, symbols_);
    return reader
        .read(debug::KernelList::run_queue, debug::memory_of(machine), machine.cpu().state()[engine::Gpr::rsp])
        .run_queue;
}

std::uint64_t Subject::current_thread(machine::Machine& machine) const {
    return kernel_->current_thread(debug::memory_of(machine));
}

bool Subject::is_machinery(std::uint64_t address) const {
    debug::Function const* const function = symbols_->whole_at(address);
    if (!function) return false;
    std::string const name = plain(function->name);
    return std::any_of(machinery.begin(), machinery.end(),
                       [&](char const* prefix) { return name.starts_with(prefix); });
}

}  // namespace sim::explore
