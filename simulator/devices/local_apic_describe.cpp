// SPDX-License-Identifier: GPL-2.0-or-later
//
// The local APIC for a reader.
#include "simulator/devices/describe.hpp"
#include "simulator/devices/local_apic.hpp"
#include "simulator/devices/local_apic_registers.hpp"

namespace sim::devices {

using namespace apic;

namespace {

constexpr char const* lvt_names[] = {"LVT timer", "LVT thermal", "LVT performance",
                                     "LVT LINT0", "LVT LINT1",   "LVT error"};

std::string name_of(std::uint64_t index) {
    if (index >= reg_isr && index < reg_isr + 8) return fmt::format("ISR {}", index - reg_isr);
    if (index >= reg_tmr && index < reg_tmr + 8) return fmt::format("TMR {}", index - reg_tmr);
    if (index >= reg_irr && index < reg_irr + 8) return fmt::format("IRR {}", index - reg_irr);
    if (index >= reg_lvt_timer && index <= reg_lvt_error) return lvt_names[index - reg_lvt_timer];
    switch (index) {
        case reg_id:
            return "ID";
        case reg_version:
            return "version";
        case reg_tpr:
            return "TPR";
        case reg_apr:
            return "APR";
        case reg_ppr:
            return "PPR";
        case reg_eoi:
            return "EOI";
        case reg_ldr:
            return "LDR";
        case reg_dfr:
            return "DFR";
        case reg_svr:
            return "SVR";
        case reg_esr:
            return "ESR";
        case reg_icr_low:
            return "ICR";
        case reg_icr_high:
            return "ICR high";
        case reg_initial_count:
            return "initial count";
        case reg_current_count:
            return "current count";
        case reg_divide:
            return "divide configuration";
        case reg_self_ipi:
            return "SELF IPI";
        default:
            return "";
    }
}

}  // namespace

machine::IoHandler::RegisterName LocalApic::register_name(unsigned, std::uint64_t offset, unsigned,
                                                          bool) const {
    return {name(), name_of(offset / 16)};
}

// CR8 is the upper half of the TPR. [sdm-3a §10.8.6]
machine::IoHandler::RegisterName LocalApic::register_name(machine::AccessSpace space,
                                                          std::uint64_t number) const {
    if (space == machine::AccessSpace::control_register) return {name(), name_of(reg_tpr)};
    if (number == msr_apic_base) return {name(), "IA32_APIC_BASE"};
    if (number == msr_tsc_deadline) return {name(), "IA32_TSC_DEADLINE"};
    if (number < msr_x2apic_first || number > msr_x2apic_last) return {"nobody", ""};
    return {name(), name_of(number - msr_x2apic_first)};
}

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
