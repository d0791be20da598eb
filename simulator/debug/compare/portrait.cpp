// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/compare/portrait.hpp"

#include <fmt/format.h>

#include "simulator/debug/backtrace.hpp"
#include "simulator/debug/kernel_reader.hpp"

namespace sim::debug::compare {

std::string words_of(machine::RunResult const& ended) {
    if (ended.stop == machine::RunStop::exited) return fmt::format("the guest exited with {}", ended.status);
    if (!ended.message.empty()) return ended.message;
    return ended.stop == machine::RunStop::shutdown ? "triple fault" : "the guest halted for ever";
}

Portrait portrait_of(machine::Machine& machine, Observation& observation, KernelReader& kernel,
                     std::shared_ptr<Symbols const> symbols, std::string title) {
    Portrait p;
    p.title = std::move(title);
    p.image = machine.config().image.name;
    p.image_sha256 = machine.config().image.sha256;
    p.moment = machine.moment();
    p.virtual_ns = machine.virtual_ns();
    if (machine.ended()) p.ending = words_of(*machine.ended());
    p.cpu = machine.cpu(machine.current_processor()).state();
    p.location = symbols->describe(p.cpu.rip);
    if (Function const* const f = symbols->whole_at(p.cpu.rip)) p.function = f->name;
    if (auto const line = symbols->line_at(p.cpu.rip)) p.line = symbols->describe(*line, true);
    GuestMemory const guest = observation.memory();
    p.stack = backtrace(p.cpu, guest, *symbols);
    p.kernel = kernel.read(KernelList::all, guest, p.cpu[engine::Gpr::rsp]);
    p.tree = std::make_shared<PageTree>(page_tree(paging_of(p.cpu), guest.words()));
    p.picture = machine.picture();
    p.events = observation.events().view();
    p.symbols = std::move(symbols);
    return p;
}

Portrait portrait_of(StudiedLife& life, std::string title) {
    return portrait_of(life.machine(), life.observation(), life.kernel(), life.symbols(), std::move(title));
}

}  // namespace sim::debug::compare
