// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/scene.hpp"

#include "simulator/debug/backtrace.hpp"
#include "simulator/debug/disassembly.hpp"

namespace sim::debug::queries {

Actor actor_here(Scene& scene) {
    engine::CpuState const cpu = scene.cpu().state();
    GuestMemory const memory = scene.memory();
    Actor a;
    a.at = scene.machine.moment();
    a.virtual_ns = scene.machine.virtual_ns();
    a.rip = cpu.rip;
    a.where = scene.symbols->describe(cpu.rip);
    if (auto const line = scene.symbols->line_at(cpu.rip)) a.source = scene.symbols->describe(*line);
    std::array<std::uint8_t, 15> bytes{};
    std::size_t const n = memory.read_some(cpu.rip, bytes);
    Instruction const i = Disassembler(scene.symbols).one(cpu.rip, std::span(bytes).first(n), code_mode(cpu));
    a.instruction = i.mnemonic + (i.operands.empty() ? "" : " " + i.operands);
    KernelView const kernel = scene.kernel.read(KernelList::threads, memory, cpu[engine::Gpr::rsp]);
    if (Thread const* t = kernel.thread(kernel.current_thread)) a.thread = t->name;
    a.stack = backtrace(cpu, memory, *scene.symbols, 16);
    return a;
}

void go_to(Scene& scene, machine::Moment at) {
    scene.observation.rewind();
    auto r = scene.machine.seek(at);
    // Somebody's stop or a Ctrl-C on the way is no end of it.
    while (r.stop == machine::RunStop::interrupted || r.stop == machine::RunStop::observer)
        r = scene.machine.run({.moment = at});
}

unsigned executor_at(Scene& scene, machine::Moment at) {
    if (scene.machine.processors() == 1) return 0;
    go_to(scene, {at.retired + 1, 0});
    return scene.machine.current_processor();
}

Actor actor_at(Scene& scene, machine::Moment at) {
    Scene there = scene;
    there.processor = executor_at(scene, at);
    go_to(there, at);
    return actor_here(there);
}

}  // namespace sim::debug::queries
