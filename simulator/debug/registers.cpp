// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/registers.hpp"

#include <fmt/format.h>

#include <array>

namespace sim::debug {

namespace {

// High to low, like the manual.

// [sdm-3a §2.5]
constexpr std::array cr0{
    FieldInfo{31, 31, "PG", "Paging", "Addresses are translated by page tables.", "[sdm-3a §2.5]"},
    FieldInfo{30, 30, "CD", "Cache disable", "New cache lines are not filled.", "[sdm-3a §2.5]"},
    FieldInfo{29, 29, "NW", "Not write-through", "With CD: caches are not kept coherent.", "[sdm-3a §2.5]"},
    FieldInfo{18, 18, "AM", "Alignment mask", "Ring 3 may ask for alignment checks with RFLAGS.AC.",
              "[sdm-3a §2.5]"},
    FieldInfo{16, 16, "WP", "Write protect", "The kernel, too, obeys read-only pages.", "[sdm-3a §2.5]"},
    FieldInfo{5, 5, "NE", "Numeric error", "x87 errors raise #MF rather than an interrupt through the PIC.",
              "[sdm-3a §2.5]"},
    FieldInfo{4, 4, "ET", "Extension type", "Always 1: an 80387 or newer.", "[sdm-3a §2.5]"},
    FieldInfo{3, 3, "TS", "Task switched",
              "The next x87 or SSE instruction raises #NM, so that its state can be switched lazily.",
              "[sdm-3a §2.5]"},
    FieldInfo{2, 2, "EM", "Emulation", "x87 instructions raise #NM: there is no unit for them.",
              "[sdm-3a §2.5]"},
    FieldInfo{1, 1, "MP", "Monitor coprocessor", "WAIT obeys TS.", "[sdm-3a §2.5]"},
    FieldInfo{0, 0, "PE", "Protection enable", "Protected mode; 0 is real mode.", "[sdm-3a §2.5]"},
};

constexpr std::array cr3{
    FieldInfo{51, 12, "PML4", "Root table", "Physical address of the level 4 page table.", "[sdm-3a §4.5]"},
    FieldInfo{4, 4, "PCD", "Cache disable", "The root table is read without the cache.", "[sdm-3a §4.9]"},
    FieldInfo{3, 3, "PWT", "Write-through", "The root table is cached write-through.", "[sdm-3a §4.9]"},
};

constexpr std::array cr4{
    FieldInfo{22, 22, "PKE", "Protection keys", "Pages of ring 3 carry a key.", "[sdm-3a §2.5]"},
    FieldInfo{21, 21, "SMAP", "Supervisor access prevention",
              "The kernel must ask (STAC) before it touches a page of ring 3.", "[sdm-3a §4.6]"},
    FieldInfo{20, 20, "SMEP", "Supervisor execution prevention",
              "The kernel cannot execute a page of ring 3.", "[sdm-3a §4.6]"},
    FieldInfo{18, 18, "OSXSAVE", "XSAVE enabled", "XSAVE and XCR0 may be used.", "[sdm-3a §2.5]"},
    FieldInfo{17, 17, "PCIDE", "Process-context identifiers",
              "TLB entries carry the number in CR3 bits 0 to 11.", "[sdm-3a §4.10.1]"},
    FieldInfo{16, 16, "FSGSBASE", "FS and GS base instructions", "RDFSBASE and its family may be used.",
              "[sdm-3a §2.5]"},
    FieldInfo{14, 14, "SMXE", "SMX enable", "Safer mode extensions may be used.", "[sdm-3a §2.5]"},
    FieldInfo{13, 13, "VMXE", "VMX enable", "Virtual machine extensions may be used.", "[sdm-3a §2.5]"},
    FieldInfo{12, 12, "LA57", "57-bit addresses", "Five levels of page tables.", "[sdm-3a §2.5]"},
    FieldInfo{11, 11, "UMIP", "User-mode instruction prevention",
              "Ring 3 cannot read GDTR, IDTR, LDTR, TR or CR0.", "[sdm-3a §2.5]"},
    FieldInfo{10, 10, "OSXMMEXCPT", "SSE exceptions", "SSE errors raise #XM.", "[sdm-3a §2.5]"},
    FieldInfo{9, 9, "OSFXSR", "FXSAVE and SSE", "SSE instructions may be used.", "[sdm-3a §2.5]"},
    FieldInfo{8, 8, "PCE", "Performance counters", "Ring 3 may use RDPMC.", "[sdm-3a §2.5]"},
    FieldInfo{7, 7, "PGE", "Global pages", "Translations marked G survive a CR3 load.", "[sdm-3a §4.10.2.4]"},
    FieldInfo{6, 6, "MCE", "Machine check", "Hardware errors raise #MC rather than shut down.",
              "[sdm-3a §2.5]"},
    FieldInfo{5, 5, "PAE", "Physical address extension",
              "Page-table entries are 8 bytes; long mode needs it.", "[sdm-3a §2.5]"},
    FieldInfo{4, 4, "PSE", "Page size extension", "4 MiB pages in 32-bit paging.", "[sdm-3a §2.5]"},
    FieldInfo{3, 3, "DE", "Debugging extensions", "DR4 and DR5 do not exist.", "[sdm-3a §2.5]"},
    FieldInfo{2, 2, "TSD", "Time stamp disable", "Ring 3 cannot use RDTSC.", "[sdm-3a §2.5]"},
    FieldInfo{1, 1, "PVI", "Protected virtual interrupts", "A virtual interrupt flag in ring 3.",
              "[sdm-3a §2.5]"},
    FieldInfo{0, 0, "VME", "Virtual-8086 extensions", "Faster interrupts in virtual-8086 mode.",
              "[sdm-3a §2.5]"},
};

// [sdm-3a §2.2.1]
constexpr std::array efer{
    FieldInfo{11, 11, "NXE", "No-execute enable", "Bit 63 of a page-table entry forbids execution.",
              "[sdm-3a §2.2.1]"},
    FieldInfo{10, 10, "LMA", "Long mode active", "The processor is in long mode.", "[sdm-3a §2.2.1]"},
    FieldInfo{8, 8, "LME", "Long mode enable", "Paging, when switched on, starts long mode.",
              "[sdm-3a §2.2.1]"},
    FieldInfo{0, 0, "SCE", "System call enable", "SYSCALL and SYSRET may be used.", "[sdm-3a §2.2.1]"},
};

// [sdm-3a §2.3]
constexpr std::array rflags{
    FieldInfo{21, 21, "ID", "Identification", "CPUID exists when this bit can be changed.", "[sdm-3a §2.3]"},
    FieldInfo{20, 20, "VIP", "Virtual interrupt pending", "For virtual-8086 mode.", "[sdm-3a §2.3]"},
    FieldInfo{19, 19, "VIF", "Virtual interrupt flag", "For virtual-8086 mode.", "[sdm-3a §2.3]"},
    FieldInfo{18, 18, "AC", "Alignment check", "With SMAP: the kernel may touch pages of ring 3.",
              "[sdm-3a §2.3]"},
    FieldInfo{17, 17, "VM", "Virtual-8086 mode", "Runs 16-bit code as a task.", "[sdm-3a §2.3]"},
    FieldInfo{16, 16, "RF", "Resume flag", "The next instruction ignores instruction breakpoints.",
              "[sdm-3a §2.3]"},
    FieldInfo{14, 14, "NT", "Nested task", "IRET would return to another task.", "[sdm-3a §2.3]"},
    FieldInfo{13, 12, "IOPL", "I/O privilege level", "The least privileged ring that may use ports.",
              "[sdm-3a §2.3]"},
    FieldInfo{11, 11, "OF", "Overflow", "A signed result did not fit.", "[sdm-1 §3.4.3]"},
    FieldInfo{10, 10, "DF", "Direction", "String instructions go downwards.", "[sdm-1 §3.4.3]"},
    FieldInfo{9, 9, "IF", "Interrupt enable", "External interrupts are taken.", "[sdm-3a §2.3]"},
    FieldInfo{8, 8, "TF", "Trap", "#DB after each instruction.", "[sdm-3a §2.3]"},
    FieldInfo{7, 7, "SF", "Sign", "The result was negative.", "[sdm-1 §3.4.3]"},
    FieldInfo{6, 6, "ZF", "Zero", "The result was zero.", "[sdm-1 §3.4.3]"},
    FieldInfo{4, 4, "AF", "Auxiliary carry", "A carry out of bit 3, for decimal numbers.", "[sdm-1 §3.4.3]"},
    FieldInfo{2, 2, "PF", "Parity", "The low byte has an even number of ones.", "[sdm-1 §3.4.3]"},
    FieldInfo{1, 1, "1", "Reserved", "Always 1.", "[sdm-1 §3.4.3]"},
    FieldInfo{0, 0, "CF", "Carry", "An unsigned result did not fit.", "[sdm-1 §3.4.3]"},
};

// Descriptor bits 40 to 55 as one 16-bit word. [sdm-3a §3.4.5]
constexpr std::array segment{
    FieldInfo{15, 15, "G", "Granularity", "The limit counts pages of 4 KiB.", "[sdm-3a §3.4.5]"},
    FieldInfo{14, 14, "D/B", "Default size", "32-bit code or stack; must be 0 where L is 1.",
              "[sdm-3a §3.4.5]"},
    FieldInfo{13, 13, "L", "Long", "64-bit code.", "[sdm-3a §3.4.5]"},
    FieldInfo{12, 12, "AVL", "Available", "For the system's own use.", "[sdm-3a §3.4.5]"},
    FieldInfo{7, 7, "P", "Present", "The segment may be used.", "[sdm-3a §3.4.5]"},
    FieldInfo{6, 5, "DPL", "Privilege level", "Ring of the segment.", "[sdm-3a §3.4.5]"},
    FieldInfo{4, 4, "S", "Code or data", "0 is a system segment: TSS, LDT, gate.", "[sdm-3a §3.4.5]"},
    FieldInfo{3, 0, "Type", "Type", "With S: execute, conforming or down, read or write, accessed.",
              "[sdm-3a §3.4.5.1]"},
};

constexpr FieldInfo bit_present{
    0, 0, "P", "Present", "0: a page fault, and all other bits are the kernel's.", "[sdm-3a §4.5.4]"};
constexpr FieldInfo bit_write{
    1, 1, "R/W", "Writable", "Writes are allowed below this entry.", "[sdm-3a §4.6.1]"};
constexpr FieldInfo bit_user{2, 2, "U/S", "User", "Ring 3 may come here.", "[sdm-3a §4.6.1]"};
constexpr FieldInfo bit_pwt{
    3, 3, "PWT", "Write-through", "Memory type: with PCD and PAT.", "[sdm-3a §4.9.2]"};
constexpr FieldInfo bit_pcd{
    4, 4, "PCD", "Cache disable", "Memory type: device registers are not cached.", "[sdm-3a §4.9.2]"};
constexpr FieldInfo bit_accessed{
    5, 5, "A", "Accessed", "The processor has used this entry. It never clears it.", "[sdm-3a §4.8]"};
constexpr FieldInfo bit_dirty{
    6, 6, "D", "Dirty", "The page has been written. The processor never clears it.", "[sdm-3a §4.8]"};
constexpr FieldInfo bit_global{
    8, 8, "G", "Global", "The translation survives a CR3 load (with CR4.PGE).", "[sdm-3a §4.10.2.4]"};
constexpr FieldInfo bit_nx{
    63, 63, "NX", "No execute", "Code cannot run below this entry (with EFER.NXE).", "[sdm-3a §4.6.1]"};
constexpr FieldInfo bit_software{
    58, 52, "Ignored", "For the kernel", "The processor ignores these bits.", "[sdm-3a §4.5.4]"};

constexpr std::array table_pointer{
    bit_nx,
    bit_software,
    FieldInfo{51, 12, "Table", "Next table", "Physical address of the table of the next level.",
              "[sdm-3a §4.5.4]"},
    FieldInfo{7, 7, "PS", "Page size", "0: points to a table.", "[sdm-3a §4.5.4]"},
    bit_accessed,
    bit_pcd,
    bit_pwt,
    bit_user,
    bit_write,
    bit_present,
};
constexpr std::array page_1g{
    bit_nx,
    bit_software,
    FieldInfo{51, 30, "Page", "1 GiB page", "Physical address of the page.", "[sdm-3a §4.5.4]"},
    FieldInfo{12, 12, "PAT", "Page attribute", "Memory type: with PCD and PWT.", "[sdm-3a §4.9.2]"},
    bit_global,
    FieldInfo{7, 7, "PS", "Page size", "1: maps a page of 1 GiB.", "[sdm-3a §4.5.4]"},
    bit_dirty,
    bit_accessed,
    bit_pcd,
    bit_pwt,
    bit_user,
    bit_write,
    bit_present,
};
constexpr std::array page_2m{
    bit_nx,
    bit_software,
    FieldInfo{51, 21, "Page", "2 MiB page", "Physical address of the page.", "[sdm-3a §4.5.4]"},
    FieldInfo{12, 12, "PAT", "Page attribute", "Memory type: with PCD and PWT.", "[sdm-3a §4.9.2]"},
    bit_global,
    FieldInfo{7, 7, "PS", "Page size", "1: maps a page of 2 MiB.", "[sdm-3a §4.5.4]"},
    bit_dirty,
    bit_accessed,
    bit_pcd,
    bit_pwt,
    bit_user,
    bit_write,
    bit_present,
};
constexpr std::array page_4k{
    bit_nx,
    bit_software,
    FieldInfo{51, 12, "Page", "4 KiB page", "Physical address of the page.", "[sdm-3a §4.5.4]"},
    bit_global,
    FieldInfo{7, 7, "PAT", "Page attribute", "Memory type: with PCD and PWT.", "[sdm-3a §4.9.2]"},
    bit_dirty,
    bit_accessed,
    bit_pcd,
    bit_pwt,
    bit_user,
    bit_write,
    bit_present,
};

// [sdm-3a §6.3.1]
constexpr std::array<char const*, 32> exceptions{
    "#DE divide error",
    "#DB debug",
    "NMI",
    "#BP breakpoint",
    "#OF overflow",
    "#BR bound range",
    "#UD invalid opcode",
    "#NM device not available",
    "#DF double fault",
    "coprocessor overrun",
    "#TS invalid TSS",
    "#NP segment not present",
    "#SS stack fault",
    "#GP general protection",
    "#PF page fault",
    "reserved",
    "#MF x87 error",
    "#AC alignment check",
    "#MC machine check",
    "#XM SIMD error",
    "#VE virtualisation",
    "#CP control protection",
    "reserved",
    "reserved",
    "reserved",
    "reserved",
    "reserved",
    "reserved",
    "reserved",
    "reserved",
    "reserved",
    "reserved",
};

std::string describe_type(std::uint64_t attributes) {
    bool const code_or_data = (attributes >> 4) & 1;
    std::uint64_t const type = attributes & 15;
    if (!code_or_data) {
        switch (type) {
            case 2:
                return "LDT";
            case 9:
                return "TSS, available";
            case 11:
                return "TSS, busy";
            case 14:
                return "interrupt gate";
            case 15:
                return "trap gate";
            default:
                return fmt::format("system type {}", type);
        }
    }
    std::string text = type & 8 ? "code" : "data";
    if (type & 8)
        text += fmt::format("{}{}", type & 2 ? ", readable" : "", type & 4 ? ", conforming" : "");
    else
        text += fmt::format("{}{}", type & 2 ? ", writable" : "", type & 4 ? ", grows down" : "");
    return text + (type & 1 ? ", accessed" : "");
}

RegisterValue plain(std::string name, std::uint64_t value, unsigned bits = 64) {
    return {std::move(name), value, bits, "", {}};
}
RegisterValue with_fields(std::string name, std::uint64_t value, std::span<FieldInfo const> fields) {
    return {std::move(name), value, 64, "", decode(fields, value)};
}

RegisterValue segment_register(std::string name, engine::Segment const& s) {
    RegisterValue r{std::move(name), s.selector, 16, "", decode_segment(s.attributes)};
    r.note = fmt::format("base {:#x} limit {:#x}, index {}, {}, ring {}", s.base, s.limit, s.selector >> 3,
                         s.selector & 4 ? "LDT" : "GDT", s.selector & 3);
    return r;
}

}  // namespace

char const* name_of(RegisterGroup group) {
    switch (group) {
        case RegisterGroup::general:
            return "General registers";
        case RegisterGroup::flags:
            return "Flags";
        case RegisterGroup::segments:
            return "Segments";
        case RegisterGroup::control:
            return "Control registers";
        case RegisterGroup::tables:
            return "Descriptor tables";
        case RegisterGroup::model_specific:
            return "Model-specific registers";
        case RegisterGroup::debug:
            return "Debug registers";
    }
    return "";
}

std::span<FieldInfo const> fields_of_cr0() { return cr0; }
std::span<FieldInfo const> fields_of_cr3() { return cr3; }
std::span<FieldInfo const> fields_of_cr4() { return cr4; }
std::span<FieldInfo const> fields_of_efer() { return efer; }
std::span<FieldInfo const> fields_of_rflags() { return rflags; }
std::span<FieldInfo const> fields_of_segment() { return segment; }

std::span<FieldInfo const> fields_of_table_entry(unsigned level, bool large) {
    if (level == 1) return page_4k;
    if (large && level == 2) return page_2m;
    if (large && level == 3) return page_1g;
    return table_pointer;
}

std::vector<DecodedField> decode_segment(std::uint64_t attributes) {
    auto fields = decode(fields_of_segment(), attributes);
    fields.back().text = describe_type(attributes);
    return fields;
}

std::vector<DecodedField> decode(std::span<FieldInfo const> fields, std::uint64_t value) {
    std::vector<DecodedField> decoded;
    decoded.reserve(fields.size());
    for (FieldInfo const& info : fields) {
        unsigned const width = info.high - info.low + 1U;
        std::uint64_t const mask = width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
        DecodedField field{&info, (value >> info.low) & mask, ""};
        std::string_view const name = info.name;
        if (width >= 22)  // an address: shown as one
            field.text = fmt::format("{:#x}", field.value << info.low);
        else if (name == "IOPL" || name == "DPL")
            field.text = fmt::format("ring {}", field.value);
        decoded.push_back(std::move(field));
    }
    return decoded;
}

std::vector<RegisterBank> decode_registers(engine::CpuState const& cpu) {
    static constexpr std::array<char const*, 16> names{"RAX", "RCX", "RDX", "RBX", "RSP", "RBP",
                                                       "RSI", "RDI", "R8",  "R9",  "R10", "R11",
                                                       "R12", "R13", "R14", "R15"};
    // The order in which people read them, not the encoding's.
    static constexpr std::array<unsigned, 16> order{0, 3, 1, 2, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15};

    std::vector<RegisterBank> banks;
    RegisterBank general{RegisterGroup::general, {plain("RIP", cpu.rip)}};
    for (unsigned i : order) general.registers.push_back(plain(names[i], cpu.gpr[i]));
    banks.push_back(std::move(general));

    banks.push_back({RegisterGroup::flags, {with_fields("RFLAGS", cpu.rflags, rflags)}});

    banks.push_back(
        {RegisterGroup::control,
         {with_fields("CR0", cpu.cr0, cr0), plain("CR2", cpu.cr2), with_fields("CR3", cpu.cr3, cr3),
          with_fields("CR4", cpu.cr4, cr4), with_fields("EFER", cpu.efer, efer)}});
    banks.back().registers[1].note = "the address of the last page fault";

    banks.push_back(
        {RegisterGroup::segments,
         {segment_register("CS", cpu.cs), segment_register("SS", cpu.ss), segment_register("DS", cpu.ds),
          segment_register("ES", cpu.es), segment_register("FS", cpu.fs), segment_register("GS", cpu.gs),
          segment_register("TR", cpu.tr), segment_register("LDTR", cpu.ldtr)}});

    RegisterBank tables{RegisterGroup::tables, {plain("GDTR", cpu.gdtr.base), plain("IDTR", cpu.idtr.base)}};
    tables.registers[0].note =
        fmt::format("limit {:#x}: {} entries", cpu.gdtr.limit, (cpu.gdtr.limit + 1) / 8);
    tables.registers[1].note =
        fmt::format("limit {:#x}: {} gates", cpu.idtr.limit, (cpu.idtr.limit + 1) / 16);
    banks.push_back(std::move(tables));

    RegisterBank msr{
        RegisterGroup::model_specific,
        {plain("FS_BASE", cpu.fs.base), plain("GS_BASE", cpu.gs.base),
         plain("KERNEL_GS_BASE", cpu.kernel_gs_base), plain("STAR", cpu.star), plain("LSTAR", cpu.lstar),
         plain("CSTAR", cpu.cstar), plain("FMASK", cpu.fmask), plain("PAT", cpu.pat)}};
    msr.registers[2].note = "SWAPGS exchanges it with GS_BASE";
    msr.registers[4].note = "where SYSCALL goes";
    banks.push_back(std::move(msr));

    RegisterBank debug{RegisterGroup::debug, {}};
    for (unsigned i : {0U, 1U, 2U, 3U, 6U, 7U})
        debug.registers.push_back(plain(fmt::format("DR{}", i), cpu.dr[i]));
    banks.push_back(std::move(debug));
    return banks;
}

std::string short_flags(std::uint64_t entry) {
    if (!(entry & 1)) return "not present";
    std::string text = "P";
    text += entry & 2 ? " RW" : " RO";
    text += entry & 4 ? " U" : " S";
    if (entry >> 63) text += " NX";
    if (entry & 0x80) text += " PS";
    if (entry & 0x100) text += " G";
    if (entry & 0x20) text += " A";
    if (entry & 0x40) text += " D";
    if (entry & 0x10) text += " PCD";
    if (entry & 0x08) text += " PWT";
    return text;
}

std::string_view exception_name(std::uint8_t vector) { return vector < 32 ? exceptions[vector] : ""; }

std::string explain_page_fault(std::uint32_t code) {
    char const* who = code & 4 ? "by ring 3" : "by the kernel";
    if (code & 8) return fmt::format("a page-table entry on the way has reserved bits set, seen {}", who);
    char const* what = code & 16 ? "fetch of an instruction" : code & 2 ? "write" : "read";
    if (!(code & 1)) return fmt::format("{} of an unmapped page {}", what, who);
    if (code & 16) return fmt::format("{} from a page that must not be executed, {}", what, who);
    if (code & 2) return fmt::format("write to a read-only or protected page {}", who);
    return fmt::format("read of a protected page {}", who);
}

}  // namespace sim::debug
