// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/console.hpp"

#include "simulator/cli/message.hpp"

namespace sim::cli {

void Console::on_output(machine::Machine& machine, machine::Device const&, machine::OutputKind kind,
                        std::span<std::uint8_t const> bytes) {
    if (kind != machine::OutputKind::console || flood_.seen(machine.virtual_ns(), bytes.size())) return;
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
}

void Console::on_report(machine::Machine&, std::string_view device, std::string_view text) {
    flush();
    say("{}: {}", device, text);
}

void Console::flush() { std::fflush(stdout); }

}  // namespace sim::cli
