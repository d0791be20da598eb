// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/injector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "simulator/debug/probes.hpp"
#include "simulator/machine/interrupt_fault.hpp"

namespace sim::explore {

using machine::Arrival;
using machine::InputKind;
using machine::RunStop;

namespace {

constexpr std::uint64_t upper_half = 0xFFFF'8000'0000'0000;

}  // namespace

// Stops the machine once, at the probe app_ready.
class Injector::Ready final : public engine::Observer {
public:
    Ready(machine::Machine& machine, std::vector<engine::VirtAddr> const& addresses) : machine_(machine) {
        machine_.cpu().set_observer(this);
        machine_.cpu().set_watched_addresses(addresses);
    }
    ~Ready() override {
        machine_.cpu().set_observer(nullptr);
        machine_.cpu().set_watched_addresses({});
    }
    bool on_address(engine::VirtAddr) override { return reached_ = true; }
    bool reached() const { return reached_; }

private:
    machine::Machine& machine_;
    bool reached_ = false;
};

Injector::Injector(machine::Machine& machine, std::vector<Fault> const& faults,
                   std::function<void(std::string)> told, Give give)
    : machine_(machine), told_(std::move(told)), give_(std::move(give)) {
    if (!give_)
        give_ = [this](Arrival arrival, std::uint64_t at_ns) { machine_.give(std::move(arrival), at_ns); };
    bool wants_ready = false, wants_names = false;
    for (Fault fault : faults) {
        if (fault.on_the_link()) continue;
        // Boot ends without memory in a panic, as it must: count from the application on.
        if (fault.kind == Fault::Kind::fail_allocation && fault.when.kind == When::Kind::now)
            fault.when.kind = When::Kind::ready;
        wants_ready |= fault.when.kind == When::Kind::ready;
        wants_names |= fault.kind == Fault::Kind::fail_allocation;
        waiting_.push_back(std::move(fault));
    }
    std::span<std::uint8_t const> const image(*machine.config().image.bytes);
    if (wants_names) symbols_ = debug::Symbols::from_bytes(image);
    if (wants_ready) {
        std::vector<engine::VirtAddr> addresses;
        for (auto const& probe : debug::read_probes(image))
            if (probe.provider == "viv" && probe.name == "app_ready") addresses.push_back(probe.address);
        if (addresses.empty())
            told_("the image has no probe app_ready: faults \"at ready\" will not happen");
        else
            ready_ = std::make_unique<Ready>(machine, addresses);
    }
}

Injector::~Injector() = default;

machine::RunLimit Injector::before(machine::RunLimit limit, Fault const& fault) const {
    if (fault.when.kind == When::Kind::moment) limit.moment = std::min(limit.moment, fault.when.moment);
    if (fault.when.kind == When::Kind::time) limit.virtual_ns = std::min(limit.virtual_ns, fault.when.ns);
    return limit;
}

bool Injector::due(Fault const& fault) const {
    switch (fault.when.kind) {
        case When::Kind::now:
            return true;
        case When::Kind::moment:
            return machine_.moment() >= fault.when.moment;
        case When::Kind::time:
            return machine_.virtual_ns() >= fault.when.ns;
        case When::Kind::ready:
            return ready_ && ready_->reached();
    }
    return false;
}

void Injector::deliver_due() {
    std::vector<Fault> later;
    for (Fault const& fault : std::exchange(waiting_, {})) {
        if (due(fault))
            deliver(fault);
        else
            later.push_back(fault);
    }
    waiting_ = std::move(later);
    bool const still = std::any_of(waiting_.begin(), waiting_.end(),
                                   [](Fault const& f) { return f.when.kind == When::Kind::ready; });
    if (ready_ && !still) ready_.reset();
}

// A sleeping guest's time passes only when something happens: the next fault at a
// time does, if that is before this one.
bool Injector::wake_by_time(std::uint64_t before_ns) {
    auto next = waiting_.end();
    for (auto at = waiting_.begin(); at != waiting_.end(); ++at)
        if (at->when.kind == When::Kind::time && (next == waiting_.end() || at->when.ns < next->when.ns))
            next = at;
    if (next == waiting_.end() || next->when.ns >= before_ns) return false;
    Fault const fault = *next;
    waiting_.erase(next);
    deliver(fault);
    return true;
}

bool Injector::waits_for_a_time() const {
    return std::any_of(waiting_.begin(), waiting_.end(),
                       [](Fault const& f) { return f.when.kind == When::Kind::time; });
}

machine::RunResult Injector::run(machine::RunLimit const& limit) {
    for (;;) {
        deliver_due();
        machine::RunLimit part = limit;
        for (Fault const& fault : waiting_) part = before(part, fault);
        machine::RunResult const result = machine_.run(part);
        if (result.stop == RunStop::observer && ready_ && ready_->reached()) continue;
        if (result.stop == RunStop::halted && waits_for_a_time()) {
            if (wake_by_time(limit.virtual_ns)) continue;
            return {RunStop::reached, 0, ""};  // it will be woken
        }
        if (result.stop != RunStop::reached) return result;
        if (machine_.moment() >= limit.moment || machine_.virtual_ns() >= limit.virtual_ns) return result;
        std::size_t const before_it = waiting_.size();
        deliver_due();
        // Stopped short of a time: the guest sleeps over it.
        if (waiting_.size() == before_it && part.virtual_ns < limit.virtual_ns &&
            machine_.moment() < part.moment)
            wake_by_time(part.virtual_ns + 1);
        if (waiting_.size() == before_it) return result;
    }
}

void Injector::deliver(Fault const& fault) {
    problem_.clear();
    auto arrival = arrival_of(fault);
    if (!arrival) return told_(fmt::format("fault: {}: {}", describe(fault), problem_));
    std::uint64_t const at_ns = fault.when.kind == When::Kind::time ? fault.when.ns : 0;
    give_(std::move(*arrival), at_ns);
    told_(fmt::format("fault: {} (at moment {})", describe(fault), to_string(machine_.moment())));
}

std::optional<Arrival> Injector::arrival_of(Fault const& fault) {
    switch (fault.kind) {
        case Fault::Kind::stall:
            return machine::stall_of(fault.ns);
        case Fault::Kind::spurious:
            if (!has_processor(fault)) return std::nullopt;
            return machine::spurious_interrupt(fault.processor, static_cast<std::uint8_t>(fault.number));
        case Fault::Kind::lose:
            if (!has_processor(fault)) return std::nullopt;
            return machine::lost_interrupt(fault.processor, static_cast<std::uint16_t>(fault.number),
                                           fault.count);
        case Fault::Kind::late:
            if (!has_processor(fault)) return std::nullopt;
            return machine::late_interrupt(fault.processor, static_cast<std::uint16_t>(fault.number),
                                           fault.count, fault.ns);
        case Fault::Kind::flip_memory:
            return flip_memory(fault);
        case Fault::Kind::flip_register: {
            if (!has_processor(fault)) return std::nullopt;
            engine::CpuState const state = machine_.cpu(fault.processor).state();
            std::uint64_t const value = fault.number < 16    ? state.gpr[fault.number]
                                        : fault.number == 16 ? state.rip
                                                             : state.rflags;
            return Arrival{
                fmt::format("cpu{}", fault.processor), InputKind::set_register,
                machine::little_endian({{fault.number, 1}, {value ^ std::uint64_t{1} << fault.bit, 8}})};
        }
        case Fault::Kind::fail_allocation:
            return fail_allocation(fault);
        case Fault::Kind::disk:
            if (!machine_.find_device(fault.device)) {
                problem_ = fmt::format("the machine has no {}; give it one with --disk", fault.device);
                return std::nullopt;
            }
            return Arrival{fault.device, InputKind::device_fault, {fault.text.begin(), fault.text.end()}};
        default:
            problem_ = "belongs to a link";
            return std::nullopt;
    }
}

bool Injector::has_processor(Fault const& fault) {
    if (fault.processor < machine_.processors()) return true;
    problem_ = fmt::format("the machine has {} processor{}, counted from 0", machine_.processors(),
                           machine_.processors() == 1 ? "" : "s");
    return false;
}

std::optional<Arrival> Injector::flip_memory(Fault const& fault) {
    std::uint64_t physical = fault.number;
    if (physical >= upper_half) {
        auto const walk = machine_.cpu().walk(physical, engine::Access::read, false);
        if (!walk.present) {
            problem_ = "nothing is mapped there at this moment";
            return std::nullopt;
        }
        physical = walk.physical;
    }
    std::uint8_t byte = 0;
    if (!machine_.peek(physical, {&byte, 1})) {
        problem_ = "there is no RAM";
        return std::nullopt;
    }
    return Arrival{"memory", InputKind::poke,
                   machine::little_endian({{physical, 8}, {byte ^ 1u << fault.bit, 1}})};
}

// The kernel counts this variable down and fails the allocation that makes it 0.
std::optional<Arrival> Injector::fail_allocation(Fault const& fault) {
    debug::Object const* const counter = symbols_->object_named("memory::failing_allocation");
    if (!counter) {
        problem_ = "the image has no memory::failing_allocation (kernel/memory/memory.hpp)";
        return std::nullopt;
    }
    auto const walk = machine_.cpu().walk(counter->address, engine::Access::write, false);
    if (!walk.present) {
        problem_ = "the kernel's memory is not mapped yet; name a later moment";
        return std::nullopt;
    }
    return Arrival{"memory", InputKind::poke, machine::little_endian({{walk.physical, 8}, {fault.count, 8}})};
}

}  // namespace sim::explore
