// SPDX-License-Identifier: GPL-2.0-or-later
//
// Building a processor: engines, memory maps, hooks.
#include "simulator/engine/unicorn_cpu.hpp"

#include <algorithm>

namespace sim::engine {
namespace {

constexpr PhysAddr special_pages = 0x0002'0000'0000'0000;

}  // namespace

UnicornCpu::UnicornCpu(Wiring& wiring, std::vector<RamRegion> ram, bool counting)
    : layout_(context_layout()),
      wiring_(wiring),
      memory_(std::move(ram)),
      mmu_(memory_, [this](PhysAddr address) { table_written(address); }),
      special_pages_(std::make_unique<SpecialPages>()),
      context_(fast_.engine()),
      pristine_context_(fast_.engine()),
      before_system_(fast_.engine()),
      before_trial_(fast_.engine()),
      hot_blocks_(hot_slots) {
    special_pages_->no_memory.fill(0xFF);
    for (Core* core : {&fast_, &stepper_}) {
        for (RamRegion const& region : memory_.regions()) core->map(region.start, region.bytes);
        core->map(special_pages, special_pages_->no_memory);
        core->map(special_pages + page_size, special_pages_->scratch);
        core->map(special_pages + 2 * page_size, special_pages_->target);
        core->hook(UC_HOOK_INTR, &UnicornCpu::on_engine_exception, this);
        core->hook(UC_HOOK_INSN_INVALID, &UnicornCpu::on_invalid_instruction, this);
        core->hook(UC_HOOK_EDGE_GENERATED, &UnicornCpu::on_translation, this);
    }
    fast_.hook(UC_HOOK_TLB_FILL, &UnicornCpu::on_fast_fill, this);
    if (counting) {
        fast_.hook(UC_HOOK_BLOCK, &UnicornCpu::on_block, this);
    } else {
        fast_.hook_instruction(UC_X86_INS_IN, &UnicornCpu::end_at_in, this);
        fast_.hook_instruction(UC_X86_INS_OUT, &UnicornCpu::end_at_out, this);
    }
    stepper_.hook(UC_HOOK_TLB_FILL, &UnicornCpu::on_stepper_fill, this);
    stepper_.hook(UC_HOOK_CODE, &UnicornCpu::on_instruction, this);
    stepper_.hook(UC_HOOK_MEM_READ | UC_HOOK_MEM_READ_AFTER | UC_HOOK_MEM_WRITE, &UnicornCpu::on_memory,
                  this);
    stepper_.hook_instruction(UC_X86_INS_IN, &UnicornCpu::on_in, this);
    stepper_.hook_instruction(UC_X86_INS_OUT, &UnicornCpu::on_out, this);

    // Everything that is not RAM is a device to the stepper.
    std::vector<RamRegion> sorted = memory_.regions();
    std::sort(sorted.begin(), sorted.end(), [](auto const& a, auto const& b) { return a.start < b.start; });
    PhysAddr from = 0;
    auto map_devices = [&](PhysAddr to) {
        if (from >= to) return;
        auto region = std::make_unique<MmioRegion>(MmioRegion{this, from});
        require(uc_mmio_map(stepper_.engine(), from, to - from, &UnicornCpu::on_mmio_read, region.get(),
                            &UnicornCpu::on_mmio_write, region.get()),
                "mapping device memory");
        mmio_regions_.push_back(std::move(region));
    };
    for (RamRegion const& region : sorted) {
        map_devices(region.start);
        from = region.start + region.bytes.size();
    }
    map_devices(PhysAddr{1} << physical_bits);

    require(uc_context_save(fast_.engine(), pristine_context_.get()), "saving the first context");
    reset_to_protected_mode();
}

void UnicornCpu::on_engine_exception(uc_engine* engine, std::uint32_t number, void* self) {
    auto& cpu = *static_cast<UnicornCpu*>(self);
    cpu.exit_.kind = ExitKind::exception;
    cpu.exit_.fault = {static_cast<std::uint8_t>(number), {}};
    uc_emu_stop(engine);
}

bool UnicornCpu::on_invalid_instruction(uc_engine*, void* self) {
    auto& cpu = *static_cast<UnicornCpu*>(self);
    cpu.exit_.kind = ExitKind::exception;
    cpu.exit_.fault = invalid_opcode();
    return false;  // ends the run
}

std::unique_ptr<Cpu> make_cpu(Wiring& wiring, std::vector<RamRegion> ram) {
    return std::make_unique<UnicornCpu>(wiring, std::move(ram));
}

}  // namespace sim::engine
