// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/link_outside.hpp"

#include <algorithm>

namespace sim::links {
namespace {

// Frames under way in each direction; one more is lost, as on a cable.
constexpr std::size_t most_held = 65'536;

}  // namespace

LinkOutside::LinkOutside(machine::Outside& outside, LinkProperties const& properties, std::uint64_t seed)
    : outside_(outside), in_(properties, seed, "link:in"), out_(properties, seed, "link:out") {}

void LinkOutside::hold(Queue& queue, Lane& lane, std::uint64_t now_ns, std::string_view device,
                       std::span<std::uint8_t const> frame) {
    std::vector<Lane::Arrival> arrivals;
    lane.send(now_ns, frame, {}, arrivals);
    std::size_t const room = most_held - std::min(most_held, queue.size());
    if (arrivals.size() > room) arrivals.resize(room);
    std::string const fate = fates_ ? tell_of(&queue == &coming_, now_ns, frame, arrivals) : "";
    for (Lane::Arrival& arrival : arrivals)
        queue.emplace(arrival.at_ns, Held{std::string(device), std::move(arrival.frame), fate});
}

// On the way out at once; on the way in what is lost, and of the others when they are there.
std::string LinkOutside::tell_of(bool is_in, std::uint64_t now_ns, std::span<std::uint8_t const> frame,
                                 std::span<Lane::Arrival const> arrivals) {
    if (!is_in) {
        fates_->sent = Lane::fate(now_ns, frame, arrivals);
        return "";
    }
    std::string fate = Lane::past(now_ns, frame, arrivals);
    if (arrivals.empty()) fates_->lost.push_back({now_ns, {frame.begin(), frame.end()}, fate});
    return fate;
}

void LinkOutside::poll(std::uint64_t now_ns, std::vector<machine::Arrival>& arrived) {
    for (auto at = going_.begin(); at != going_.end() && at->first <= now_ns; at = going_.erase(at))
        outside_.output(now_ns, at->second.device, machine::OutputKind::frame, at->second.frame);
    std::vector<machine::Arrival> fresh;
    outside_.poll(now_ns, fresh);
    for (machine::Arrival& arrival : fresh) {
        if (arrival.kind == machine::InputKind::frame)
            hold(coming_, in_, now_ns, arrival.target, arrival.bytes);
        else
            arrived.push_back(std::move(arrival));
    }
    for (auto at = coming_.begin(); at != coming_.end() && at->first <= now_ns; at = coming_.erase(at)) {
        if (fates_) fates_->arrived.push_back(std::move(at->second.fate));
        arrived.push_back(
            {std::move(at->second.device), machine::InputKind::frame, std::move(at->second.frame)});
    }
}

std::optional<std::uint64_t> LinkOutside::wait(std::uint64_t now_ns,
                                               std::optional<std::uint64_t> deadline_ns) {
    for (Queue const* const queue : {&coming_, &going_})
        if (!queue->empty())
            deadline_ns = std::min(deadline_ns.value_or(UINT64_MAX), std::max(now_ns, queue->begin()->first));
    return outside_.wait(now_ns, deadline_ns);
}

void LinkOutside::output(std::uint64_t now_ns, std::string_view device, machine::OutputKind kind,
                         std::span<std::uint8_t const> bytes) {
    if (kind != machine::OutputKind::frame) return outside_.output(now_ns, device, kind, bytes);
    hold(going_, out_, now_ns, device, bytes);
}

}  // namespace sim::links
