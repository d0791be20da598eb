// SPDX-License-Identifier: GPL-2.0-or-later
//
// The local APIC for a reader.
#include "simulator/devices/describe.hpp"
#include "simulator/devices/local_apic.hpp"
#include "simulator/devices/local_apic_registers.hpp"

namespace sim::devices {

using namespace apic;

machine::StateNode LocalApic::describe() const {
    machine::StateNode node{name(),
                            !hardware_enabled() ? "off"
                            : x2apic()          ? "x2APIC"
                                                : "xAPIC",
                            "local interrupt controller of the processor",
                            {}};
    auto& c = node.children;
    auto const vectors = [](Vectors const& set_of) {
        std::string text;
        for (unsigned v = 0; v < 256; ++v)
            if (test(set_of, v)) text += fmt::format("{}{:#x}", text.empty() ? "" : " ", v);
        return text.empty() ? std::string("none") : text;
    };
    c.push_back({"IRR", vectors(irr_), "requested: waiting to be taken", {}});
    c.push_back({"ISR", vectors(isr_), "in service: taken, no EOI yet", {}});
    c.push_back({"TMR", vectors(tmr_), "level-triggered ones", {}});
    c.push_back(hex("TPR", tpr_, "classes up to bits 7..4 are held back"));
    c.push_back(hex("PPR", processor_priority(), "the higher of TPR and what is in service"));
    c.push_back(bits("SVR", svr_, "spurious vector in bits 7..0", {{8, "APIC on by software"}}));
    c.push_back(hex("ESR", esr_ | errors_, "errors"));
    c.push_back(hex("ICR", icr_, "last interrupt sent to processors"));
    static constexpr char const* lvt_names[] = {"LVT timer", "LVT thermal", "LVT performance",
                                                "LVT LINT0", "LVT LINT1",   "LVT error"};
    for (unsigned i = 0; i < lvt_count; ++i)
        c.push_back(hex(lvt_names[i], lvt_[i],
                        (lvt_[i] & masked) ? "masked" : fmt::format("vector {:#x}", lvt_[i] & 0xFF)));
    static constexpr char const* modes[] = {"one-shot", "periodic", "TSC deadline"};
    machine::StateNode timer{
        "timer", modes[static_cast<int>(timer_mode())], timer_running_ ? "running" : "stopped", {}};
    timer.children.push_back(number("initial count", initial_count_));
    timer.children.push_back(number("current count", current_count()));
    timer.children.push_back(number("divided by", divisor(), "of 1 GHz"));
    timer.children.push_back(number("TSC deadline", tsc_deadline_));
    c.push_back(std::move(timer));
    return node;
}

}  // namespace sim::devices
