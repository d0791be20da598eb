// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/running_thread.hpp"

#include <utility>

#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/symbols.hpp"

namespace sim::debug {
namespace {

struct Reader {
    explicit Reader(machine::Blob const& image)
        : symbols(Symbols::from_bytes(*image.bytes)),
          kernel(Views::make(symbols->views(), symbols), symbols) {}

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

std::function<std::string(machine::Machine&)> running_thread(machine::Blob image) {
    auto reader = std::make_shared<std::unique_ptr<Reader>>();
    return [image = std::move(image), reader](machine::Machine& machine) -> std::string {
        if (!image.bytes) return "";
        if (!*reader) *reader = std::make_unique<Reader>(image);
        return (*reader)->name_on(machine);
    };
}

}  // namespace sim::debug
