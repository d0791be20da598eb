// SPDX-License-Identifier: GPL-2.0-or-later
//
// The engines ask here for every translation that their own TLBs lack. What
// they are granted is less than the guest may do: no write to a page whose
// first write we have not seen (dirty tracking), none to a page with translated
// code, nothing on devices for the fast engine. A refusal ends the run with the
// faulting instruction untouched; resolve_refusal() then decides what it meant.
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {
namespace {

// While translations are being dropped: virtual address = this + physical. The
// guest cannot have it: it is not canonical.
constexpr VirtAddr drop_window = 0x00F0'0000'0000'0000;

// Physical addresses that no guest has (beyond physical_bits).
constexpr PhysAddr no_memory_page = 0x0002'0000'0000'0000, scratch_page = no_memory_page + page_size,
                   target_page = scratch_page + page_size;

Access access_of(uc_mem_type type) {
    return type == UC_MEM_WRITE ? Access::write : type == UC_MEM_FETCH ? Access::fetch : Access::read;
}

void grant(uc_tlb_entry& entry, PhysAddr frame, int rights) {
    entry.paddr = frame;
    entry.perms = static_cast<uc_prot>(rights);
}

}  // namespace

bool UnicornCpu::on_fast_fill(uc_engine*, std::uint64_t page, uc_mem_type type, uc_tlb_entry* entry,
                              void* self) {
    return static_cast<UnicornCpu*>(self)->fill(false, page, type, *entry);
}

bool UnicornCpu::on_stepper_fill(uc_engine*, std::uint64_t page, uc_mem_type type, uc_tlb_entry* entry,
                                 void* self) {
    return static_cast<UnicornCpu*>(self)->fill(true, page, type, *entry);
}

bool UnicornCpu::refuse(Refusal why, VirtAddr page, PhysAddr frame, Access access,
                        Translation const& translation) {
    // The first refusal ends the run. The engine may look for code once more before it is back.
    if (refused_.why == Refusal::none) refused_ = {why, page, frame, access, translation};
    return false;
}

// Descriptor tables and the TSS are read with supervisor rights at any CPL.
// [sdm-3a §4.6 "implicit accesses"] Only instructions that run alone do that.
bool UnicornCpu::implicit_supervisor(VirtAddr page) const {
    if (!system_step_ || privilege_ != 3) return false;
    // A table may go on from the end of the address space at its beginning.
    auto overlaps = [&](std::uint64_t base, std::uint64_t limit) {
        return base - page < page_size || page - base <= limit;
    };
    TableRegister const gdtr = table_register(UC_X86_REG_GDTR);
    Segment const ldtr = system_segment(UC_X86_REG_LDTR), tr = system_segment(UC_X86_REG_TR);
    return overlaps(gdtr.base, gdtr.limit) || overlaps(ldtr.base, ldtr.limit) || overlaps(tr.base, tr.limit);
}

bool UnicornCpu::fill(bool stepper, VirtAddr page, uc_mem_type type, uc_tlb_entry& entry) {
    if (dropping_) {
        grant(entry, page - drop_window, UC_PROT_READ | UC_PROT_EXEC);
        return true;
    }
    Access const access = access_of(type);
    if (probe_.active) return fill_probe(page, access, entry);
    if (access == Access::fetch) return fill_fetch(page, entry);

    bool const implicit = implicit_supervisor(page), user = privilege_ == 3 && !implicit;
    granted_implicitly_ |= implicit;
    hold_table_writes_ = !stepper;
    Translation const translation = mmu_.translate(page, access, user);
    hold_table_writes_ = false;
    if (!translation) return refuse(Refusal::fault, page, 0, access, translation);
    PhysAddr const frame = translation.frame;
    // Whoever watches the tables is told the exact count: that instruction runs alone.
    if (!table_writes_.empty()) return refuse(Refusal::watched, page, frame, access);
    if (mmu_.engines_must_flush) return refuse(Refusal::retry, page, frame, access);
    if (!to_data_.empty()) {
        // The stepper's instruction may itself be what writes code, and would
        // write it again: it goes on, and is the last one before settle().
        if (!stepper) return refuse(Refusal::retry, page, frame, access);
        stop_step_ = true;
    }
    if (!memory_.is_ram(frame)) {
        if (!stepper) return refuse(Refusal::device, page, frame, access);
        grant(entry, frame, access == Access::write ? UC_PROT_WRITE : UC_PROT_READ);
        return true;
    }
    PageInfo& info = memory_.info(frame);
    DebugRegisters::PageRights const met =
        debug_.has_data() ? debug_.data_on_page(page) : DebugRegisters::PageRights{};
    bool const watch_read = info.watch_read || met.reads, watch_write = info.watch_write || met.writes;
    if ((access == Access::write ? watch_write : watch_read) && !stepper)
        return refuse(Refusal::watched, page, frame, access);

    int rights = watch_read && !stepper ? 0 : UC_PROT_READ;
    if (access == Access::write) {
        if (info.code) {
            if (!stepper) return refuse(Refusal::code_write, page, frame, access);
            to_data_.push_back(frame);  // after this instruction
            stop_step_ = true;
            note_own_code_write(page, frame);
        }
        written_here(frame);
        memory_.mark_dirty(frame, info);
        info.write_granted_at = flush_generation_;
        rights |= UC_PROT_WRITE;
    } else if (translation.writable && translation.dirty && info.dirty && !info.code && !watch_write &&
               !code_elsewhere(frame)) {
        info.write_granted_at = flush_generation_;
        rights |= UC_PROT_WRITE;  // its first write has been seen
    }
    PhysAddr const alias = stepper ? debug_alias(page) : 0;
    if (info.code && translation.executable && !alias) rights |= UC_PROT_EXEC;
    grant(entry, frame + alias, rights);
    return true;
}

// The engine reads code ahead of execution, so nothing is decided here: whether
// the guest may execute it is checked before the block runs (check_block), and
// where there is nothing to fetch the engine gets a page of ones. For whom it
// reads is not known either: behind an IRET it is the ring that is returned to.
bool UnicornCpu::fill_fetch(VirtAddr page, uc_tlb_entry& entry) {
    Translation translation = mmu_.peek(page, Access::fetch, privilege_ == 3);
    if (!translation) translation = mmu_.peek(page, Access::fetch, privilege_ != 3);
    if (!translation || !memory_.is_ram(translation.frame)) {
        grant(entry, no_memory_page, UC_PROT_READ | UC_PROT_EXEC);
        // Data accesses must ask for themselves.
        entry.perms = UC_PROT_EXEC;
        nowhere_.push_back(page);
        if (nowhere_.size() > 64) mmu_.engines_must_flush = true;  // so that the list stays short
        return true;
    }
    if (!memory_.info(translation.frame).code)
        return refuse(Refusal::make_code, page, translation.frame, Access::fetch);
    grant(entry, translation.frame, UC_PROT_EXEC);
    return true;
}

// find_fault_address() executes an instruction once for show: what it writes
// goes to a scratch page, what touches the page in question to a page of its own.
bool UnicornCpu::fill_probe(VirtAddr page, Access access, uc_tlb_entry& entry) {
    PhysAddr frame = scratch_page;
    if (access == Access::fetch) return fill_fetch(page, entry);
    if (page == probe_.page && access == probe_.access) {
        frame = target_page;
        if (probe_.crossing_into == page && !probe_.offset) probe_.offset = 0;
    } else if (access == Access::read) {
        Translation const translation =
            mmu_.peek(page, Access::read, privilege_ == 3 && !implicit_supervisor(page));
        if (translation && memory_.is_ram(translation.frame)) frame = translation.frame;
    }
    probe_.granted.push_back({page, frame});
    grant(entry, frame, access == Access::write ? UC_PROT_WRITE : UC_PROT_READ);
    return true;
}

// The walker set an A or D bit there.
void UnicornCpu::table_written(PhysAddr address) {
    PageInfo& info = memory_.info(address);
    memory_.mark_dirty(address, info);
    if (info.code) to_data_.push_back(address & page_mask);
    written_here(address & page_mask);
    if (info.watch_write) tell_table_write(address);
}

// --- what a page is: data that may be written, or code that is translated ---

void UnicornCpu::drop_translations(PhysAddr frame) {
    dropping_ = true;
    fast_.drop_translations(drop_window + frame);
    stepper_.drop_translations(drop_window + frame);
    dropping_ = false;
}

void UnicornCpu::make_code(PhysAddr frame) {
    PageInfo& info = memory_.info(frame);
    if (info.code) return;
    if (info.stale) drop_translations(frame);
    info.stale = false;
    info.code = true;
    if (info.write_granted_at == flush_generation_) flush_engine_tlbs();
    translated_here(frame);
}

void UnicornCpu::make_data(PhysAddr frame) {
    PageInfo& info = memory_.info(frame);
    if (!info.code) return;
    info.code = false;
    info.stale = true;
    ++info.code_version;
    ++epoch_;
    flush_engine_tlbs();  // the next fetch from it asks again
}

// What callbacks could not do while an engine was running.
void UnicornCpu::settle() {
    if (!to_data_.empty()) {
        std::vector<PhysAddr> frames;
        frames.swap(to_data_);
        for (PhysAddr frame : frames) make_data(frame);
    }
    if (mmu_.engines_must_flush) {
        mmu_.engines_must_flush = false;
        ++epoch_;
        flush_engine_tlbs();
    }
}

void UnicornCpu::flush_engine_tlbs() {
    fast_.flush_tlb();
    stepper_.flush_tlb();
    nowhere_.clear();
    ++flush_generation_;
}

void UnicornCpu::flush_guest_tlb(bool globals_too) {
    mmu_.tlb.flush(globals_too);
    ++epoch_;
    flush_engine_tlbs();
}

// --- the guest's memory, as an instruction of ours accesses it ---

PhysAddr UnicornCpu::linear_to_physical(VirtAddr address, Access access, bool user) {
    Translation const translation = mmu_.translate(address, access, user);
    settle();
    if (translation.outcome == Translation::Outcome::not_canonical) throw general_protection();
    if (!translation) throw Fault{vector::page_fault, translation.error_code, address};
    return translation.frame | (address & (page_size - 1));
}

void UnicornCpu::note_write(PhysAddr address) {
    PageInfo& info = memory_.info(address);
    memory_.mark_dirty(address, info);
    make_data(address & page_mask);
    written_here(address & page_mask);
}

void UnicornCpu::read_linear(VirtAddr address, void* to, std::size_t size, bool user) {
    auto* out = static_cast<std::uint8_t*>(to);
    while (size) {
        std::size_t const here = std::min<std::size_t>(size, page_size - (address & (page_size - 1)));
        PhysAddr const physical = linear_to_physical(address, Access::read, user);
        if (std::uint8_t const* bytes = memory_.page(physical)) {
            std::memcpy(out, bytes + (physical & (page_size - 1)), here);
            tell_linear(Access::read, physical, out, here);
        } else {
            std::memset(out, 0xFF, here);
        }
        out += here;
        address += here;
        size -= here;
    }
}

void UnicornCpu::write_linear(VirtAddr address, void const* from, std::size_t size, bool user) {
    auto const* in = static_cast<std::uint8_t const*>(from);
    // Both pages first: a write that faults leaves nothing behind.
    linear_to_physical(address, Access::write, user);
    if ((address ^ (address + size - 1)) & page_mask)
        linear_to_physical(address + size - 1, Access::write, user);
    while (size) {
        std::size_t const here = std::min<std::size_t>(size, page_size - (address & (page_size - 1)));
        PhysAddr const physical = linear_to_physical(address, Access::write, user);
        if (std::uint8_t* bytes = memory_.page(physical)) {
            note_write(physical);
            std::memcpy(bytes + (physical & (page_size - 1)), in, here);
            tell_linear(Access::write, physical, in, here);
        }
        in += here;
        address += here;
        size -= here;
    }
}

// --- someone else wrote ---

void UnicornCpu::memory_written(PhysAddr start, std::uint64_t length) {
    if (length == 0) return;
    for (PhysAddr page = start & page_mask; page <= start + length - 1; page += page_size) {
        if (!memory_.is_ram(page)) continue;
        PageInfo& info = memory_.info(page);
        memory_.mark_dirty(page, info);
        if (!info.code) continue;
        if (in_engine_) {
            to_data_.push_back(page);
            stop_step_ = true;
        } else {
            make_data(page);
        }
    }
}

std::vector<std::uint64_t> UnicornCpu::take_dirty_pages() {
    // Rights to write must be asked for again, so that the next write is seen.
    flush_engine_tlbs();
    return memory_.take_dirty();
}

}  // namespace sim::engine
