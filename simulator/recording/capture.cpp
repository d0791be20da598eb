// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/capture.hpp"

namespace sim::recording {

CaptureObserver::CaptureObserver(machine::Machine& machine, std::filesystem::path const& path)
    : epoch_ns_(machine.config().rtc_base * 1'000'000'000), file_(path) {
    machine.add_observer(*this);
}

void CaptureObserver::on_input(machine::Machine&, machine::Input const& input) {
    if (input.kind == machine::InputKind::frame)
        write(input.bytes, input.at, input.virtual_ns, links::Direction::to_guest);
}

void CaptureObserver::on_output(machine::Machine& machine, machine::Device const&, machine::OutputKind kind,
                                std::span<std::uint8_t const> bytes) {
    if (kind == machine::OutputKind::frame)
        write(bytes, machine.moment(), machine.virtual_ns(), links::Direction::from_guest);
}

void CaptureObserver::write(std::span<std::uint8_t const> frame, machine::Moment at, std::uint64_t virtual_ns,
                            links::Direction direction) {
    if (virtual_ns < written_until_ns_) return;
    written_until_ns_ = virtual_ns;
    file_.write(frame, epoch_ns_ + virtual_ns, direction, "moment " + to_string(at));
}

}  // namespace sim::recording
