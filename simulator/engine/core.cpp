// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/engine/core.hpp"

#include <stdexcept>

namespace sim::engine {
namespace {
// Room for translated code. Unicorn 2.1.1 crashes when it fills up, so we empty
// it ourselves long before (run_loop.cpp, translation_budget). The host gives the
// pages only when they are used.
constexpr std::uint32_t translation_buffer_bytes = 256u << 20;
}  // namespace

int const unicorn_gpr[16] = {UC_X86_REG_RAX, UC_X86_REG_RCX, UC_X86_REG_RDX, UC_X86_REG_RBX,
                             UC_X86_REG_RSP, UC_X86_REG_RBP, UC_X86_REG_RSI, UC_X86_REG_RDI,
                             UC_X86_REG_R8,  UC_X86_REG_R9,  UC_X86_REG_R10, UC_X86_REG_R11,
                             UC_X86_REG_R12, UC_X86_REG_R13, UC_X86_REG_R14, UC_X86_REG_R15};

void require(uc_err result, char const* what) {
    if (result != UC_ERR_OK)
        throw std::runtime_error(std::string("engine: Unicorn failed at ") + what + ": " +
                                 uc_strerror(result));
}

Context::Context(uc_engine* engine) : size_(uc_context_size(engine)) {
    require(uc_context_alloc(engine, &context_), "allocating a context");
}

Context::~Context() { uc_context_free(context_); }

Core::Core() {
    require(uc_open(UC_ARCH_X86, UC_MODE_64, &engine_), "opening an engine");
    // Everything that cpu_features.cpp promises and little more.
    require(uc_ctl_set_cpu_model(engine_, UC_CPU_X86_NEHALEM), "choosing the processor model");
    require(uc_ctl_set_tcg_buffer_size(engine_, translation_buffer_bytes), "sizing the translation buffer");
    // With an empty list of exits no address stops a run. Without it, `until`
    // would be one, and 0 is an address that guests jump to (by mistake).
    require(uc_ctl_exits_enable(engine_), "enabling exits");
    require(uc_ctl_set_exits(engine_, nullptr, 0), "clearing exits");
    require(uc_ctl_tlb_mode(engine_, UC_TLB_VIRTUAL), "choosing the TLB mode");
}

Core::~Core() {
    if (engine_) uc_close(engine_);
}

void Core::map(PhysAddr start, std::span<std::uint8_t> bytes) {
    require(uc_mem_map_ptr(engine_, start, bytes.size(), UC_PROT_ALL, bytes.data()), "mapping RAM");
}

}  // namespace sim::engine
