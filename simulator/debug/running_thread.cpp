// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/running_thread.hpp"

#include <map>
#include <memory>

#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/machine_memory.hpp"
#include "simulator/debug/studied_life.hpp"

namespace sim::debug {
namespace {

struct Reader {
    explicit Reader(machine::Machine const& machine)
        : symbols(symbols_of(machine)), kernel(Views::make(symbols->views(), symbols), symbols) {}

    std::string name_on(machine::Machine& machine) {
        GuestMemory const memory = memory_of(machine, machine.current_processor());
        std::uint64_t const thread = kernel.current_thread(memory);
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
