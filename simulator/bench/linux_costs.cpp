// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/linux_costs.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "simulator/bench/conversation.hpp"
#include "simulator/bench/figures.hpp"
#include "simulator/board/pc.hpp"
#include "simulator/recording/images.hpp"

namespace sim::bench {
namespace {

// Listens to the serial line until it says that.
struct Ready final : machine::MachineObserver {
    explicit Ready(std::string text) : wanted(std::move(text)) {}
    void on_output(machine::Machine& machine, machine::Device const&, machine::OutputKind kind,
                   std::span<std::uint8_t const> bytes) override {
        if (kind != machine::OutputKind::console || at != 0) return;
        said.append(bytes.begin(), bytes.end());
        if (said.find(wanted) != std::string::npos) at = machine.moment().retired;
    }
    std::string wanted, said;
    std::uint64_t at = 0;  // the count; 0: not yet
};

}  // namespace

LinuxCosts count_linux(LinuxGuest const& guest, std::string const& path) {
    machine::MachineConfig config;
    config.image = recording::read_blob(guest.kernel);
    config.initrd = recording::read_blob(guest.initrd);
    config.command_line = linux_words;
    config.memory_bytes = linux_memory;
    auto machine = board::make_pc(config);
    machine->set_checkpoint_interval(0);
    Ready ready(linux_ready);
    machine->add_observer(ready);
    constexpr std::uint64_t most_ns = 60'000'000'000, step_ns = 50'000'000;
    while (ready.at == 0 && machine->virtual_ns() < most_ns)
        if (machine->run({.virtual_ns = machine->virtual_ns() + step_ns}).stop != machine::RunStop::reached)
            break;
    machine->remove_observer(ready);
    if (ready.at == 0)
        throw std::runtime_error(
            fmt::format("the Linux guest was not ready; it said: {}", ready.said.substr(0, 300)));
    Conversation conversation(std::move(machine));
    std::vector<double> samples(100);
    for (double& one : samples) one = static_cast<double>(conversation.ask(path));
    return {static_cast<double>(ready.at), summary("", "", "", std::move(samples)).value};
}

}  // namespace sim::bench
