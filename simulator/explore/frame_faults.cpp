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
        links::add_fate(fate.text, "fault " + describe(fault));
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
        std::string const of_the_last = fates_ ? fates_->sent : "";
        outside_.output(now_ns, out_[i].arrival.target, machine::OutputKind::frame, out_[i].arrival.bytes);
        if (fates_) fates_->sent = of_the_last;
        out_.erase(out_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    std::vector<machine::Arrival> fresh;
    std::deque<std::string> fates, before;
    if (fates_) before.swap(fates_->arrived);
    outside_.poll(now_ns, fresh);
    if (fates_) {
        fates.swap(fates_->arrived);
        before.swap(fates_->arrived);
    }
    for (machine::Arrival& arrival : fresh) {
        if (arrival.kind != machine::InputKind::frame) {
            arrived.push_back(std::move(arrival));
            continue;
        }
        Fate const fate = fate_of(arrival.bytes, Fault::Direction::in);
        std::string text;
        if (!fates.empty()) {  // nobody tells who only takes frames from the host
            text = std::move(fates.front());
            fates.pop_front();
        }
        links::add_fate(text, fate.text);
        if (fate.dropped) {
            if (fates_) fates_->lost.push_back({now_ns, std::move(arrival.bytes), std::move(text)});
            continue;
        }
        for (int copies = fate.doubled ? 2 : 1; copies > 0; --copies) {
            if (fate.delay_ns) {
                in_.push_back({now_ns + fate.delay_ns, arrival, text});
                continue;
            }
            arrived.push_back(arrival);
            if (fates_) fates_->arrived.push_back(text);
        }
    }
    for (std::size_t i = 0; i < in_.size();) {
        if (in_[i].due_ns > now_ns) {
            ++i;
            continue;
        }
        arrived.push_back(std::move(in_[i].arrival));
        if (fates_) fates_->arrived.push_back(std::move(in_[i].fate));
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
    std::string text = fate.text;
    for (int copies = fate.dropped ? 0 : fate.doubled ? 2 : 1; copies > 0; --copies) {
        if (fate.delay_ns) {
            out_.push_back(
                {now_ns + fate.delay_ns, {std::string(device), machine::InputKind::frame, frame}, ""});
            continue;
        }
        if (fates_) fates_->sent.clear();
        outside_.output(now_ns, device, kind, frame);
        if (fates_) links::add_fate(text, fates_->sent);
    }
    if (fates_) fates_->sent = text;
}

}  // namespace sim::explore
