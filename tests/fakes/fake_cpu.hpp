// SPDX-License-Identifier: MIT
//
// A processor that runs a list of operations instead of x86 code, for tests of
// the machine around it. It keeps the contract of engine::Cpu: exact counts,
// interrupts between instructions, complete state. RIP is an index in the list.
#pragma once

#include <cstring>
#include <memory>
#include <set>
#include <vector>

#include "simulator/engine/cpu.hpp"

namespace fakes {

struct Op {
    enum Kind {
        nop,
        jump,        // to index a
        out,         // byte b to port a
        in,          // byte from port a to RAX
        mmio_write,  // 32 bits b to a
        mmio_read,   // 32 bits from a to RAX
        store,       // RAX to RAM at a
        add,         // a to RAX
        add_tsc,     // the time stamp counter to RAX
        wrmsr,       // b to MSR a; a refusal is a triple fault
        sti,
        cli,
        hlt,
        interrupt_return,
        fault,  // triple fault
    } kind = nop;
    std::uint64_t a = 0, b = 0;
};

class FakeCpu final : public sim::engine::Cpu {
public:
    // Interrupts enter at index `handler` with the vector in RBX and the return
    // index in R15; only one level deep.
    FakeCpu(sim::engine::Wiring& wiring, std::vector<sim::engine::RamRegion> ram, std::vector<Op> program,
            std::uint64_t handler)
        : wiring_(wiring), ram_(std::move(ram)), program_(std::move(program)), handler_(handler) {}

    sim::engine::StopReason run(std::uint64_t limit) override {
        using sim::engine::Gpr;
        using sim::engine::StopReason;
        stop_ = false;
        while (retired_ < limit) {
            if (line_ && (state_.rflags & interrupt_flag)) {
                state_.halted = false;
                state_.rflags &= ~interrupt_flag;
                state_[Gpr::rbx] = wiring_.acknowledge_interrupt();
                if (observer_)
                    observer_->on_interrupt(static_cast<std::uint8_t>(state_[Gpr::rbx]), true, 0, 0);
                state_[Gpr::r15] = state_.rip;
                state_.rip = handler_;
            }
            if (state_.halted) return StopReason::halted;
            seen_.add(state_.rip, 1);
            if (observer_ && watched_.contains(state_.rip) && observer_->on_address(state_.rip))
                return StopReason::observer;
            if (observer_ && trace_ && observer_->on_instruction(state_.rip)) return StopReason::observer;
            Op const op = program_.at(state_.rip);
            bool stop_after = false;
            std::uint64_t& rax = state_[Gpr::rax];
            ++state_.rip;
            switch (op.kind) {
                case Op::nop:
                    break;
                case Op::jump:
                    state_.rip = op.a;
                    break;
                case Op::out:
                    wiring_.port_write(static_cast<std::uint16_t>(op.a), 1, static_cast<std::uint32_t>(op.b));
                    break;
                case Op::in:
                    rax = wiring_.port_read(static_cast<std::uint16_t>(op.a), 1);
                    break;
                case Op::mmio_write:
                    wiring_.mmio_write(op.a, 4, op.b);
                    break;
                case Op::mmio_read:
                    rax = wiring_.mmio_read(op.a, 4);
                    break;
                case Op::store:
                    std::memcpy(ram_.at(0).bytes.data() + op.a, &rax, 8);
                    dirty_.insert(op.a / 4096);
                    for (MemoryRange const& range : memory_watched_)
                        if (observer_ && range.write && op.a < range.start + range.length &&
                            op.a + 8 > range.start)
                            stop_after |= observer_->on_memory(sim::engine::Access::write, op.a, 8, rax);
                    break;
                case Op::add:
                    rax += op.a;
                    break;
                case Op::add_tsc:
                    rax += wiring_.time_stamp_counter();
                    break;
                case Op::wrmsr:
                    if (!wiring_.msr_write(static_cast<std::uint32_t>(op.a), op.b))
                        return StopReason::shutdown;
                    break;
                case Op::sti:
                    state_.rflags |= interrupt_flag;
                    break;
                case Op::cli:
                    state_.rflags &= ~interrupt_flag;
                    break;
                case Op::hlt:
                    state_.halted = true;
                    break;
                case Op::interrupt_return:
                    state_.rip = state_[Gpr::r15];
                    state_.rflags |= interrupt_flag;
                    break;
                case Op::fault:
                    --state_.rip;
                    return StopReason::shutdown;
            }
            ++retired_;
            if (stop_after) return StopReason::observer;
            if (stop_) return StopReason::requested;
        }
        return StopReason::limit;
    }
    std::uint64_t retired() const override { return retired_; }
    void set_interrupt_line(bool on) override { line_ = on; }
    void nmi() override {}
    void request_stop() override { stop_ = true; }
    bool asleep() const override { return state_.halted && !(line_ && (state_.rflags & interrupt_flag)); }
    void set_siblings(std::span<sim::engine::Cpu* const>) override {}
    void set_stop_at_pause(bool) override {}
    sim::engine::CpuState state() const override { return state_; }
    void set_state(sim::engine::CpuState const& state, std::uint64_t retired) override {
        state_ = state;
        retired_ = retired;
    }
    std::vector<sim::engine::TlbEntry> tlb() const override { return tlb_; }
    void set_tlb(std::span<sim::engine::TlbEntry const> tlb) override { tlb_.assign(tlb.begin(), tlb.end()); }
    void reset_to_protected_mode() override { state_ = {}; }
    void memory_written(sim::engine::PhysAddr start, std::uint64_t length) override {
        for (std::uint64_t page = start / 4096; page <= (start + length - 1) / 4096; ++page)
            dirty_.insert(page);
    }
    std::vector<std::uint64_t> take_dirty_pages() override {
        std::vector<std::uint64_t> pages(dirty_.begin(), dirty_.end());
        dirty_.clear();
        return pages;
    }
    sim::engine::Walk walk(sim::engine::VirtAddr, sim::engine::Access, bool) const override { return {}; }
    void set_observer(sim::engine::Observer* observer) override { observer_ = observer; }
    void set_watched_addresses(std::span<sim::engine::VirtAddr const> addresses) override {
        watched_ = {addresses.begin(), addresses.end()};
    }
    void set_watched_memory(std::span<MemoryRange const> ranges) override {
        memory_watched_ = {ranges.begin(), ranges.end()};
    }
    sim::engine::Observer* observer() const override { return observer_; }
    std::vector<sim::engine::VirtAddr> watched_addresses() const override {
        return {watched_.begin(), watched_.end()};
    }
    std::vector<MemoryRange> watched_memory() const override { return memory_watched_; }
    void set_trace(bool on) override { trace_ = on; }
    sim::engine::CodeSeen const* code_seen() const override { return &seen_; }
    void forget_code_seen() override { seen_ = {}; }

private:
    sim::engine::CodeSeen seen_;
    static constexpr std::uint64_t interrupt_flag = 1u << 9;

    sim::engine::Wiring& wiring_;
    std::vector<sim::engine::RamRegion> ram_;
    std::vector<Op> program_;
    std::uint64_t handler_;
    sim::engine::CpuState state_;
    std::vector<sim::engine::TlbEntry> tlb_;
    sim::engine::Observer* observer_ = nullptr;
    std::set<sim::engine::VirtAddr> watched_;
    std::vector<MemoryRange> memory_watched_;
    bool trace_ = false;
    std::uint64_t retired_ = 0;
    bool line_ = false, stop_ = false;
    std::set<std::uint64_t> dirty_;
};

// A factory for Machine and make_pc.
inline auto fake_cpu(std::vector<Op> program, std::uint64_t handler = 0) {
    return [program, handler](sim::engine::Wiring& wiring, std::vector<sim::engine::RamRegion> ram) {
        return std::make_unique<FakeCpu>(wiring, std::move(ram), program, handler);
    };
}

}  // namespace fakes
