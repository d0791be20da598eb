// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/reset_control.hpp"

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

constexpr std::uint8_t chipset_system = 1 << 1, chipset_reset = 1 << 2, chipset_full = 1 << 3;
constexpr std::uint8_t fast_reset = 1 << 0, fast_a20 = 1 << 1;

}  // namespace

std::uint64_t ResetControl::io_read(unsigned region, std::uint64_t, unsigned) {
    switch (region) {
        case chipset:
            return chipset_;
        case fast:
            return fast_;
        default:
            return diagnostic_;
    }
}

void ResetControl::io_write(unsigned region, std::uint64_t, unsigned, std::uint64_t value) {
    auto const byte = static_cast<std::uint8_t>(value);
    switch (region) {
        case chipset: {
            bool const begins = byte & ~chipset_ & chipset_reset;
            chipset_ = byte & (chipset_system | chipset_reset | chipset_full);
            if (begins) reset_machine("port 0xcf9");
            break;
        }
        case fast:
            fast_ = byte & (fast_reset | fast_a20);
            if (byte & fast_reset) reset_machine("port 0x92");
            break;
        default:
            diagnostic_ = byte;
            break;
    }
}

void ResetControl::reset_machine(char const* by) {
    board_.report(name(), fmt::format("the guest resets the machine by {}: the run ends here", by));
    board_.exit(reset_status);
}

machine::IoHandler::RegisterName ResetControl::register_name(unsigned region, std::uint64_t, unsigned,
                                                             bool) const {
    constexpr char const* names[] = {"reset control", "system control A", "diagnostic"};
    return {name(), region < std::size(names) ? names[region] : ""};
}

machine::StateNode ResetControl::describe() const {
    return {name(),
            "",
            "reset and diagnostic ports",
            {hex("port 0xcf9", chipset_, "bit 2: reset"), hex("port 0x92", fast_, "bit 0: reset, bit 1: A20"),
             hex("port 0x80", diagnostic_, "the last diagnostic code")}};
}

}  // namespace sim::devices
