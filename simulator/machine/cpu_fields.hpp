// SPDX-License-Identifier: GPL-2.0-or-later
//
// The processor's state, field by field, for saving and loading.
#pragma once

#include "simulator/engine/cpu.hpp"
#include "simulator/machine/state.hpp"

namespace sim::machine {

template <class Self, class Visitor>
void segment_fields(std::string_view name, Self& segment, Visitor& visit) {
    visit.group(name, [&] {
        visit("selector", segment.selector);
        visit("base", segment.base);
        visit("limit", segment.limit);
        visit("attributes", segment.attributes);
    });
}

template <class Self, class Visitor>
void cpu_fields(Self& cpu, Visitor& visit) {
    static constexpr char const* gpr_names[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                                "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
    for (unsigned i = 0; i < 16; ++i) visit(gpr_names[i], cpu.gpr[i]);
    visit("rip", cpu.rip);
    visit("rflags", cpu.rflags);
    segment_fields("es", cpu.es, visit);
    segment_fields("cs", cpu.cs, visit);
    segment_fields("ss", cpu.ss, visit);
    segment_fields("ds", cpu.ds, visit);
    segment_fields("fs", cpu.fs, visit);
    segment_fields("gs", cpu.gs, visit);
    segment_fields("ldtr", cpu.ldtr, visit);
    segment_fields("tr", cpu.tr, visit);
    visit("gdtr.base", cpu.gdtr.base);
    visit("gdtr.limit", cpu.gdtr.limit);
    visit("idtr.base", cpu.idtr.base);
    visit("idtr.limit", cpu.idtr.limit);
    visit("cr0", cpu.cr0);
    visit("cr2", cpu.cr2);
    visit("cr3", cpu.cr3);
    visit("cr4", cpu.cr4);
    visit("dr", cpu.dr);
    visit("efer", cpu.efer);
    visit("star", cpu.star);
    visit("lstar", cpu.lstar);
    visit("cstar", cpu.cstar);
    visit("fmask", cpu.fmask);
    visit("kernel_gs_base", cpu.kernel_gs_base);
    visit("pat", cpu.pat);
    visit("tsc_aux", cpu.tsc_aux);
    visit("sysenter_cs", cpu.sysenter_cs);
    visit("sysenter_esp", cpu.sysenter_esp);
    visit("sysenter_eip", cpu.sysenter_eip);
    visit("fxsave", cpu.fxsave);
    visit("privilege", cpu.privilege);
    visit("halted", cpu.halted);
    visit("shadow", cpu.shadow);
    visit("nmi_blocked", cpu.nmi_blocked);
    visit("nmi_pending", cpu.nmi_pending);
    visit("shutdown", cpu.shutdown);
}

template <class Self, class Visitor>
void tlb_entry_fields(Self& entry, Visitor& visit) {
    visit("page", entry.page);
    visit("frame", entry.frame);
    visit("size", entry.size);
    visit("writable", entry.writable);
    visit("user", entry.user);
    visit("executable", entry.executable);
    visit("global", entry.global);
    visit("dirty", entry.dirty);
}

}  // namespace sim::machine
