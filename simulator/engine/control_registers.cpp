// SPDX-License-Identifier: GPL-2.0-or-later
//
// Control registers and model-specific registers. [sdm-3a §2.5, sdm-4 §2.1]
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {
namespace {

namespace cr0 {
constexpr std::uint64_t protection = 1 << 0, extension_type = 1 << 4, write_protect = 1 << 16,
                        not_write_through = 1 << 29, cache_disable = 1 << 30, paging = std::uint64_t{1} << 31,
                        known = 0xE005'003F;
}
namespace cr4 {
constexpr std::uint64_t pae = 1 << 5, global = 1 << 7;
// TSD, DE, PSE, PAE, MCE, PGE, PCE, OSFXSR, OSXMMEXCPT, SMEP: what CPUID promises.
constexpr std::uint64_t known =
    1 << 2 | 1 << 3 | 1 << 4 | pae | 1 << 6 | global | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 20;
}  // namespace cr4
namespace efer {
constexpr std::uint64_t system_call = 1 << 0, long_mode_enable = 1 << 8, long_mode_active = 1 << 10,
                        no_execute = 1 << 11,
                        known = system_call | long_mode_enable | long_mode_active | no_execute;
}
namespace msr {
constexpr std::uint32_t time_stamp_counter = 0x10, platform_id = 0x17, microcode_revision = 0x8B,
                        misc_enable = 0x1A0, debug_control = 0x1D9, sysenter_cs = 0x174, sysenter_esp = 0x175,
                        sysenter_eip = 0x176, pat = 0x277, efer = 0xC000'0080, star = 0xC000'0081,
                        lstar = 0xC000'0082, cstar = 0xC000'0083, fmask = 0xC000'0084, fs_base = 0xC000'0100,
                        gs_base = 0xC000'0101, kernel_gs_base = 0xC000'0102, tsc_aux = 0xC000'0103;
}

}  // namespace

// Fast strings on; no branch trace store, no precise event sampling. [sdm-4 table 2-2]
constexpr std::uint64_t misc_enable_value = 1 << 0 | 1 << 11 | 1 << 12;
// There is no microcode to update: revision 1, for ever.
constexpr std::uint64_t microcode_value = std::uint64_t{1} << 32;

std::uint64_t UnicornCpu::read_control(unsigned number) {
    switch (number) {
        case 0:
            return mmu_.mode.cr0;
        case 2:
            return cr2_;
        case 3:
            return mmu_.mode.cr3;
        case 4:
            return mmu_.mode.cr4;
        case 8:
            return wiring_.cr8_read();
        default:
            throw invalid_opcode();
    }
}

void UnicornCpu::write_control(unsigned number, std::uint64_t value) {
    switch (number) {
        case 0:
            return write_cr0(value);
        case 2:
            cr2_ = value;
            return;
        case 3:
            if (mmu_.mode.long_mode() && value >> physical_bits) throw general_protection();
            mmu_.mode.cr3 = value;
            tell_paging_write();
            return flush_guest_tlb(false);  // all but global pages [sdm-3a §4.10.4.1]
        case 4:
            return write_cr4(value);
        case 8:
            if (value & ~0xFull) throw general_protection();
            return wiring_.cr8_write(value);
        default:
            throw invalid_opcode();
    }
}

void UnicornCpu::write_cr0(std::uint64_t value) {
    PagingMode& mode = mmu_.mode;
    if (value >> 32) throw general_protection();
    value = (value & cr0::known) | cr0::extension_type;
    if ((value & cr0::paging) && !(value & cr0::protection)) throw general_protection();
    if ((value & cr0::not_write_through) && !(value & cr0::cache_disable)) throw general_protection();
    bool const paging_on = (value & cr0::paging) && !mode.enabled();
    bool const paging_off = !(value & cr0::paging) && mode.enabled();
    save_hidden();
    if (paging_on && (mode.efer & efer::long_mode_enable)) {
        // Into IA-32e mode. [sdm-3a §9.8.5]
        bool const long_code = hidden_segment(SegmentName::cs).attributes >> 13 & 1;
        if (!mode.pae() || long_code) throw general_protection();
        mode.efer |= efer::long_mode_active;
    }
    if (paging_off) {
        if (code_size_ == CodeSize::bits64) throw general_protection();
        mode.efer &= ~efer::long_mode_active;
    }
    bool const rights_changed = (value ^ mode.cr0) & cr0::write_protect;
    mode.cr0 = value;
    live_->write(UC_X86_REG_CR0, value);
    tell_paging_write();
    bool const shadow = interrupt_shadow();  // saves the context
    update_hidden_flags(privilege_, shadow);
    load_hidden();
    ++epoch_;
    if (paging_on || paging_off)
        flush_guest_tlb(true);
    else if (rights_changed)
        flush_engine_tlbs();  // translations stay, what they permit has changed
}

void UnicornCpu::write_cr4(std::uint64_t value) {
    PagingMode& mode = mmu_.mode;
    if (value & ~cr4::known) throw general_protection();
    if (mode.long_mode() && !(value & cr4::pae)) throw general_protection();
    std::uint64_t const changed = value ^ mode.cr4;
    mode.cr4 = value;
    live_->write(UC_X86_REG_CR4, value);
    tell_paging_write();
    bool const shadow = interrupt_shadow();
    update_hidden_flags(privilege_, shadow);
    load_hidden();
    ++epoch_;
    // [sdm-3a §4.10.4.1] PGE, PAE, PSE and SMEP
    if (changed & (cr4::global | cr4::pae | 1 << 4 | 1 << 20)) flush_guest_tlb(true);
}

std::uint64_t UnicornCpu::read_msr(std::uint32_t index) {
    switch (index) {
        case msr::time_stamp_counter:
            return wiring_.time_stamp_counter();
        case msr::platform_id:
        case msr::debug_control:
            return 0;
        case msr::microcode_revision:
            return microcode_value;
        case msr::misc_enable:
            return misc_enable_value;
        case msr::efer:
            return mmu_.mode.efer;
        case msr::star:
            return star_;
        case msr::lstar:
            return lstar_;
        case msr::cstar:
            return cstar_;
        case msr::fmask:
            return fmask_;
        case msr::pat:
            return pat_;
        case msr::tsc_aux:
            return tsc_aux_;
        case msr::fs_base:
            return live_->read(UC_X86_REG_FS_BASE);
        case msr::gs_base:
            return live_->read(UC_X86_REG_GS_BASE);
        case msr::kernel_gs_base:
        case msr::sysenter_cs:
        case msr::sysenter_esp:
        case msr::sysenter_eip:
            return engine_msr(index);
        default:
            break;
    }
    std::optional<std::uint64_t> const value = wiring_.msr_read(index);
    if (!value) throw general_protection();
    return *value;
}

void UnicornCpu::write_msr(std::uint32_t index, std::uint64_t value) {
    auto canonical = [&] {
        if (!is_canonical(value)) throw general_protection();
        return value;
    };
    switch (index) {
        case msr::microcode_revision:
            return;  // the way to ask for it: write 0, CPUID, read [sdm-3a §9.11.7.1]
        case msr::misc_enable:
            if (value != misc_enable_value) throw general_protection();
            return;
        case msr::debug_control:
            if (value != 0) throw general_protection();
            return;
        case msr::efer:
            return write_efer(value);
        case msr::star:
            star_ = value;
            return;
        case msr::lstar:
            lstar_ = canonical();
            return;
        case msr::cstar:
            cstar_ = canonical();
            return;
        case msr::fmask:
            fmask_ = value & 0xFFFF'FFFF;
            return;
        case msr::pat:
            // Eight fields, each 0, 1, 4, 5, 6 or 7. [sdm-3a §11.12.2]
            for (unsigned i = 0; i < 8; ++i) {
                unsigned const type = value >> 8 * i & 0xFF;
                if (type > 7 || type == 2 || type == 3) throw general_protection();
            }
            pat_ = value;
            return;
        case msr::tsc_aux:
            if (value >> 32) throw general_protection();
            tsc_aux_ = value;
            return;
        case msr::fs_base:
            return live_->write(UC_X86_REG_FS_BASE, canonical());
        case msr::gs_base:
            return live_->write(UC_X86_REG_GS_BASE, canonical());
        case msr::kernel_gs_base:
        case msr::sysenter_esp:
        case msr::sysenter_eip:
            return set_engine_msr(index, canonical());
        case msr::sysenter_cs:
            return set_engine_msr(index, value & 0xFFFF);
        default:
            break;
    }
    if (!wiring_.msr_write(index, value)) throw general_protection();
}

void UnicornCpu::write_efer(std::uint64_t value) {
    PagingMode& mode = mmu_.mode;
    if (value & ~efer::known) throw general_protection();
    // LMA is read-only; LME is too while paging is on. [sdm-3a §2.2.1]
    if (mode.enabled() && ((value ^ mode.efer) & efer::long_mode_enable)) throw general_protection();
    bool const rights_changed = (value ^ mode.efer) & efer::no_execute;
    mode.efer = (value & ~efer::long_mode_active) | (mode.efer & efer::long_mode_active);
    tell_paging_write();
    if (rights_changed) flush_guest_tlb(true);
}

}  // namespace sim::engine
