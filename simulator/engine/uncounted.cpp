// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/engine/uncounted.hpp"

#include <stdexcept>

#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {
namespace {

// A wiring with nothing at its other end.
class NoWiring final : public Wiring {
public:
    std::uint64_t mmio_read(PhysAddr, unsigned) override { refuse(); }
    void mmio_write(PhysAddr, unsigned, std::uint64_t) override { refuse(); }
    std::uint32_t port_read(std::uint16_t, unsigned) override { refuse(); }
    void port_write(std::uint16_t, unsigned, std::uint32_t) override { refuse(); }
    std::uint64_t time_stamp_counter() override { refuse(); }
    CpuidResult cpuid(std::uint32_t, std::uint32_t) override { refuse(); }
    std::optional<std::uint64_t> msr_read(std::uint32_t) override { refuse(); }
    bool msr_write(std::uint32_t, std::uint64_t) override { refuse(); }
    std::uint8_t acknowledge_interrupt() override { refuse(); }
    std::uint64_t cr8_read() override { refuse(); }
    void cr8_write(std::uint64_t) override { refuse(); }

private:
    [[noreturn]] static void refuse() {
        throw std::runtime_error("engine: code that runs uncounted must not need a device");
    }
};

}  // namespace

std::uint32_t UnicornCpu::end_at_in(uc_engine* engine, std::uint32_t, int, void* self) {
    end_at_out(engine, 0, 0, 0, self);
    return 0;
}

void UnicornCpu::end_at_out(uc_engine* engine, std::uint32_t, int, std::uint32_t, void* self) {
    static_cast<UnicornCpu*>(self)->exit_.kind = ExitKind::port;
    uc_emu_stop(engine);
}

void UnicornCpu::run_uncounted() {
    for (;;) {
        keep_translation_budget();
        run_fast();
        if (exit_.kind == ExitKind::port) return;
        after_fast();
        if (shutdown_) throw std::runtime_error("engine: a triple fault while nobody counted");
    }
}

CpuState run_uncounted(std::vector<RamRegion> ram, CpuState const& state) {
    NoWiring wiring;
    UnicornCpu cpu(wiring, std::move(ram), false);
    cpu.set_state(state, 0);
    cpu.run_uncounted();
    return cpu.state();
}

}  // namespace sim::engine
