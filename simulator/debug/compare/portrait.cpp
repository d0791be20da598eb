// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/compare/portrait.hpp"

#include <fmt/format.h>

#include "simulator/debug/backtrace.hpp"
#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/views_query.hpp"

namespace sim::debug::compare {

namespace {

std::span<std::uint8_t const> image_of(machine::Machine const& machine) {
    machine::Blob const& image = machine.config().image;
    return image.bytes ? std::span<std::uint8_t const>(*image.bytes) : std::span<std::uint8_t const>{};
}

std::string describe(machine::RunResult const& ended) {
    if (ended.stop == machine::RunStop::exited) return fmt::format("the guest exited with {}", ended.status);
    if (!ended.message.empty()) return ended.message;
    return ended.stop == machine::RunStop::shutdown ? "triple fault" : "the guest halted for ever";
}

}  // namespace

Portrait portrait_of(machine::Machine& machine, Observation& observation, KernelReader& kernel,
                     std::shared_ptr<Symbols const> symbols, std::string title) {
    Portrait p;
    p.title = std::move(title);
    p.image = machine.config().image.name;
    p.image_sha256 = machine.config().image.sha256;
    p.moment = machine.moment();
    p.virtual_ns = machine.virtual_ns();
    if (machine.ended()) p.ending = describe(*machine.ended());
    p.cpu = machine.cpu(machine.current_processor()).state();
    p.location = symbols->describe(p.cpu.rip);
    if (Function const* const f = symbols->function_at(p.cpu.rip)) p.function = f->name;
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

StudiedLife::StudiedLife(machine::Machine& machine, std::string title)
    : machine_(machine),
      title_(std::move(title)),
      symbols_(image_of(machine).empty() ? Symbols::none() : Symbols::from_bytes(image_of(machine))),
      kernel_(std::make_unique<KernelReader>(Views::make(symbols_->views(), symbols_), symbols_)),
      observation_(std::make_unique<Observation>(machine, read_probes(image_of(machine)), kernel_.get(),
                                                 std::size_t{1} << 20)) {}

StudiedLife::~StudiedLife() = default;

Portrait StudiedLife::portrait() { return portrait_of(machine_, *observation_, *kernel_, symbols_, title_); }

}  // namespace sim::debug::compare
