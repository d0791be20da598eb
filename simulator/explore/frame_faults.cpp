// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/frame_faults.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim::explore {
FrameFaults::FrameFaults(machine::Outside& outside, std::vector<Fault> const& faults,
                         std::function<void(std::string)> told)
    : outside_(outside), told_(std::move(told)) {
    for (Fault const& fault : faults)
        if (fault.on_the_link()) faults_.push_back(fault);
    seen_.resize(faults_.size());
}

FrameFaults::Fate FrameFaults::fate_of(std::vector<std::uint8_t>& frame, Fault::Direction direction) {
    Fate fate;
    for (std::size_t i = 0; i < faults_.size(); ++i) {
        Fault const& fault = faults_[i];
        if (fault.direction != Fault::Direction::both && fault.direction != direction) continue;
        if (!links::is_kind(frame, fault.frames) || ++seen_[i] != fault.count) continue;
        told_("fault: " + describe(fault));
        if (fault.kind == Fault::Kind::drop) fate.dropped = true;
        if (fault.kind == Fault::Kind::duplicate) fate.doubled = true;
        if (fault.kind == Fault::Kind::delay) fate.delay_ns = std::max(fate.delay_ns, fault.ns);
        if (fault.kind == Fault::Kind::corrupt && fault.number < frame.size())
            frame[frame.size() - 1 - fault.number] ^= 1;
    }
    return fate;
}

void FrameFaults::poll(std::uint64_t now_ns, std::vector<machine::Arrival>& arrived) {
    for (std::size_t i = 0; i < out_.size();) {
        if (out_[i].due_ns > now_ns) {
            ++i;
            continue;
        }
        outside_.output(now_ns, out_[i].arrival.target, machine::OutputKind::frame, out_[i].arrival.bytes);
        out_.erase(out_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    std::vector<machine::Arrival> fresh;
    outside_.poll(now_ns, fresh);
    for (machine::Arrival& arrival : fresh) {
        if (arrival.kind != machine::InputKind::frame) {
            arrived.push_back(std::move(arrival));
            continue;
        }
        Fate const fate = fate_of(arrival.bytes, Fault::Direction::in);
        if (fate.dropped) continue;
        for (int copies = fate.doubled ? 2 : 1; copies > 0; --copies) {
            if (fate.delay_ns)
                in_.push_back({now_ns + fate.delay_ns, arrival});
            else
                arrived.push_back(arrival);
        }
    }
    for (std::size_t i = 0; i < in_.size();) {
        if (in_[i].due_ns > now_ns) {
            ++i;
            continue;
        }
        arrived.push_back(std::move(in_[i].arrival));
        in_.erase(in_.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

std::optional<std::uint64_t> FrameFaults::wait(std::uint64_t now_ns,
                                               std::optional<std::uint64_t> deadline_ns) {
    for (auto const* const held : {&in_, &out_})
        for (Held const& one : *held) deadline_ns = std::min(deadline_ns.value_or(UINT64_MAX), one.due_ns);
    return outside_.wait(now_ns, deadline_ns);
}

void FrameFaults::output(std::uint64_t now_ns, std::string_view device, machine::OutputKind kind,
                         std::span<std::uint8_t const> bytes) {
    if (kind != machine::OutputKind::frame) return outside_.output(now_ns, device, kind, bytes);
    std::vector<std::uint8_t> frame(bytes.begin(), bytes.end());
    Fate const fate = fate_of(frame, Fault::Direction::out);
    if (fate.dropped) return;
    for (int copies = fate.doubled ? 2 : 1; copies > 0; --copies) {
        if (fate.delay_ns)
            out_.push_back({now_ns + fate.delay_ns, {std::string(device), machine::InputKind::frame, frame}});
        else
            outside_.output(now_ns, device, kind, frame);
    }
}

}  // namespace sim::explore
