// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/console.hpp"

#include "simulator/cli/message.hpp"
#include "simulator/explore/diagnosis.hpp"

namespace sim::cli {

std::string Reports::line(machine::Machine& machine, std::string_view device, std::string_view text) {
    if (!first_) first_ = machine.moment();
    auto const& image = machine.config().image.bytes;
    if (!symbols_ && image) symbols_ = debug::Symbols::from_bytes(std::span<std::uint8_t const>(*image));
    std::string line = fmt::format("{}: {}; at moment {}", device, text, to_string(machine.moment()));
    if (symbols_ && machine.executes())
        line += fmt::format(", by {}", explore::instruction_here(machine, symbols_));
    return line;
}

void Console::on_output(machine::Machine& machine, machine::Device const&, machine::OutputKind kind,
                        std::span<std::uint8_t const> bytes) {
    if (kind != machine::OutputKind::console || flood_.seen(machine, bytes.size())) return;
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
}

void Console::on_report(machine::Machine& machine, std::string_view device, std::string_view text) {
    flush();
    say("{}", reports_.line(machine, device, text));
}

void Console::flush() { std::fflush(stdout); }

}  // namespace sim::cli
