// SPDX-License-Identifier: GPL-2.0-or-later
//
// The machine's processors among themselves: who is awake, who wakes whom, INIT
// and start-up. Whose turn it is stands in turns.hpp. [sdm-3a §8.4]
#include <fmt/format.h>

#include "simulator/engine/real_mode.hpp"
#include "simulator/machine/machine.hpp"
#include "simulator/machine/wiring.hpp"

namespace sim::machine {
namespace {

constexpr std::uint64_t interrupt_flag = 1u << 9;  // RFLAGS.IF

std::uint32_t signature_of(CpuWiring& wiring) { return wiring.cpuid(1, 0).eax; }

}  // namespace

void Machine::make_processors(CpuFactory const& factory) {
    if (config_.processors < 1 || config_.processors > most_processors)
        throw std::runtime_error(
            fmt::format("a machine has 1 to {} processors, not {}", most_processors, config_.processors));
    for (unsigned i = 0; i < config_.processors; ++i) {
        wirings_.push_back(std::make_unique<CpuWiring>(*this, i));
        cpus_.push_back(factory(*wirings_.back(), memory_.regions()));
        cpus_.back()->reset_to_protected_mode();
        cpus_.back()->set_interruption(&interrupted_);
    }
    waiting_.assign(config_.processors, 0);
    if (config_.processors == 1) return;
    std::vector<engine::Cpu*> all;
    for (auto const& cpu : cpus_) all.push_back(cpu.get());
    for (unsigned i = 0; i < processors(); ++i) {
        cpus_[i]->set_siblings(all);
        cpus_[i]->set_stop_at_pause(true);
        if (i == 0) continue;
        waiting_[i] = 1;
        cpus_[i]->set_state(engine::after_power_up(signature_of(*wirings_[i])), 0);
    }
}

bool Machine::awake(unsigned cpu) const { return !waiting_[cpu] && !cpus_[cpu]->asleep(); }

bool Machine::wakeable() const {
    for (unsigned i = 0; i < processors(); ++i)
        if (!waiting_[i] && (cpus_[i]->state().rflags & interrupt_flag)) return true;
    return false;
}

// The running processor stops after this instruction, and turns are looked at
// again: another one may have become able to run.
void Machine::others_changed(unsigned cpu) {
    if (running_ && cpu != running_cpu_) cpus_[running_cpu_]->request_stop();
}

void Machine::set_interrupt_line(unsigned cpu, bool on) {
    cpus_[cpu]->set_interrupt_line(on);
    if (on) others_changed(cpu);
}

void Machine::nmi(unsigned cpu) {
    if (waiting_[cpu]) return;  // hears nothing but a start-up message
    cpus_[cpu]->nmi();
    others_changed(cpu);
}

void Machine::init(unsigned cpu) {
    if (cpu == 0) {
        // It would begin at the reset vector. Where firmware would be, there is nothing.
        RunResult const over{RunStop::shutdown, 0,
                             "INIT for the boot processor: it would start again with the firmware, and "
                             "there is none"};
        if (!running_)
            ended_ = over;
        else
            reset_asked_ = over;
        if (running_) cpus_[running_cpu_]->request_stop();
        return;
    }
    if (running_ && cpu == running_cpu_) {  // to itself: when its instruction is over
        init_asked_ = true;
        cpus_[cpu]->request_stop();
        return;
    }
    initialise(cpu);
}

void Machine::initialise(unsigned cpu) {
    waiting_[cpu] = 1;
    cpus_[cpu]->set_state(engine::after_init(cpus_[cpu]->state(), signature_of(*wirings_[cpu])),
                          cpus_[cpu]->retired());
}

// A processor that does not wait for it takes no notice.
void Machine::start_up(unsigned cpu, std::uint8_t page) {
    if (!waiting_[cpu]) return;
    waiting_[cpu] = 0;
    engine::CpuState state = cpus_[cpu]->state();
    engine::start_up_at(state, page);
    cpus_[cpu]->set_state(state, cpus_[cpu]->retired());
    others_changed(cpu);
}

}  // namespace sim::machine
