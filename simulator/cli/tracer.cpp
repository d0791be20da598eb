// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/tracer.hpp"

#include <fmt/format.h>

namespace sim::cli {
namespace {

// The time stands in front, so that lines of one kind align.
template <class... Arguments>
void line(machine::Machine& machine, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::print(stderr, "{:>14.6f} ms  {}\n", static_cast<double>(machine.virtual_ns()) / 1e6,
               fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace

Tracer::Tracer(machine::Machine& machine) : machine_(machine) {
    machine.add_observer(*this);
    machine.cpu().set_observer(this);
}

void Tracer::on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                          engine::VirtAddr address) {
    std::uint64_t const at = machine_.cpu().retired();
    if (external)
        line(machine_, "at {}: interrupt {}", at, vector);
    else if (vector == 14)
        line(machine_, "at {}: page fault at {:#x}, error code {:#x}", at, address, error_code);
    else
        line(machine_, "at {}: exception {}, error code {:#x}", at, vector, error_code);
}

void Tracer::on_input(machine::Machine& machine, machine::Input const& input) {
    line(machine, "at {}: input for {}, {} bytes", to_string(input.at), input.target, input.bytes.size());
}

void Tracer::on_output(machine::Machine& machine, machine::Device const& device, machine::OutputKind kind,
                       std::span<std::uint8_t const> bytes) {
    if (kind == machine::OutputKind::frame)
        line(machine, "at {}: {} sends a frame of {} bytes", machine.cpu().retired(), device.name(),
             bytes.size());
}

void Tracer::on_timer(machine::Machine& machine, machine::Event const& event) {
    line(machine, "at {}: timer {} of {}", to_string(machine.moment()), event.timer,
         event.device < machine.devices().size() ? machine.devices()[event.device]->name() : "?");
}

}  // namespace sim::cli
