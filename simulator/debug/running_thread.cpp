// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/running_thread.hpp"

#include <map>
#include <memory>

#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/studied_life.hpp"

namespace sim::debug {
namespace {

struct Reader {
    explicit Reader(machine::Machine const& machine)
        : symbols(symbols_of(machine)), kernel(Views::make(symbols->views(), symbols), symbols) {}

    std::string name_on(machine::Machine& machine) {
        engine::CpuState const cpu = machine.cpu(machine.current_processor()).state();
        GuestMemory const memory(paging_of(cpu), [&](std::uint64_t address, std::span<std::uint8_t> into) {
            return machine.peek(address, into);
        });
        auto const thread = kernel.read(KernelList::threads, memory, cpu[engine::Gpr::rsp]).current_thread;
        return thread == 0 ? "" : kernel.thread_name(thread, memory);
    }

    std::shared_ptr<Symbols const> symbols;
    KernelReader kernel;
};

}  // namespace

std::function<std::string(machine::Machine&)> running_thread() {
    auto readers = std::make_shared<std::map<std::string, Reader>>();  // by the image's SHA-256
    return [readers](machine::Machine& machine) {
        return readers->try_emplace(machine.config().image.sha256, machine).first->second.name_on(machine);
    };
}

}  // namespace sim::debug
