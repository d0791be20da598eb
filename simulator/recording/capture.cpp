// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/capture.hpp"

#include <stdexcept>
#include <utility>

namespace sim::recording {

CaptureObserver::CaptureObserver(machine::Machine& machine, std::filesystem::path const& path,
                                 ThreadNow thread)
    : thread_(std::move(thread)), epoch_ns_(machine.config().rtc_base * 1'000'000'000), file_(path) {
    machine.add_observer(*this);
}

CaptureObserver::~CaptureObserver() {
    try {
        finish();
    } catch (std::runtime_error const&) {
        // Who wants to hear of it finishes before.
    }
}

links::FrameFates* CaptureObserver::follow() {
    follows_ = true;
    return &fates_;
}

std::string CaptureObserver::when(machine::Machine& machine, machine::Moment at) const {
    std::string text = "moment " + to_string(at);
    std::string const name = thread_ ? thread_(machine) : "";
    return name.empty() ? text : text + ", thread " + name;
}

void CaptureObserver::on_input(machine::Machine& machine, machine::Input const& input) {
    write_what_waits();
    if (input.kind != machine::InputKind::frame) return;
    std::string fate;
    if (follows_) {
        if (input.at < next_in_) return;
        next_in_ = {input.at.retired, input.at.sub + 1};
        if (!fates_.arrived.empty()) {
            fate = std::move(fates_.arrived.front());
            fates_.arrived.pop_front();
        }
    }
    write(input.bytes, when(machine, input.at), input.virtual_ns, links::Direction::to_guest, fate);
}

void CaptureObserver::on_output(machine::Machine& machine, machine::Device const&, machine::OutputKind kind,
                                std::span<std::uint8_t const> bytes) {
    if (kind != machine::OutputKind::frame) return;
    if (!follows_)
        return write(bytes, when(machine, machine.moment()), machine.virtual_ns(),
                     links::Direction::from_guest);
    write_what_waits();
    if (!machine.live()) return;  // nobody else hears of it
    fates_.sent.clear();
    sent_ = {{bytes.begin(), bytes.end()}, when(machine, machine.moment()), machine.virtual_ns()};
}

void CaptureObserver::write_what_waits() {
    // A disk that is full is told of once: what could not be written waits no more.
    auto const sent = std::exchange(sent_, std::nullopt);
    auto const all_lost = std::exchange(fates_.lost, {});
    if (sent)
        write(sent->frame, sent->when, sent->virtual_ns, links::Direction::from_guest, fates_.sent);
    // No moment of the machine's is theirs, but a time is.
    for (auto const& lost : all_lost)
        write(lost.frame, "moment " + machine::duration_text(lost.at_ns), lost.at_ns, links::Direction::to_guest,
              lost.fate);
}

void CaptureObserver::write(std::span<std::uint8_t const> frame, std::string const& when,
                            std::uint64_t virtual_ns, links::Direction direction, std::string const& fate) {
    if (virtual_ns < written_until_ns_) return;
    written_until_ns_ = virtual_ns;
    std::string comment = when;
    links::add_fate(comment, fate);
    file_.write(frame, epoch_ns_ + virtual_ns, direction, comment);
}

}  // namespace sim::recording
