// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/world_capture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <vector>

namespace sim::recording {
namespace {

std::map<std::string, std::pair<std::string, std::string>> ends_of(links::Topology const& topology) {
    std::map<std::string, std::pair<std::string, std::string>> ends;
    for (auto const& link : topology.links) ends[link.name] = {link.a, link.b};
    return ends;
}

std::vector<std::string> names_of(std::map<std::string, std::pair<std::string, std::string>> const& ends) {
    std::vector<std::string> names;
    for (auto const& [name, both] : ends) names.push_back(name);
    return names;
}

}  // namespace

// Which thread of a machine sends: asked when the frame leaves the card, told when it is on the
// link. By the time, for not all that leaves comes there; what leaves at one time, one thread sends.
class WorldCapture::Senders final : public machine::MachineObserver {
public:
    Senders(machine::Machine& machine, CaptureObserver::ThreadNow thread)
        : machine_(machine), thread_(std::move(thread)) {
        machine_.add_observer(*this);
    }
    ~Senders() override { machine_.remove_observer(*this); }
    void on_output(machine::Machine& machine, machine::Device const&, machine::OutputKind kind,
                   std::span<std::uint8_t const>) override {
        if (kind != machine::OutputKind::frame) return;
        if (sent_.empty() || sent_.back().at_ns != machine.now())
            sent_.push_back({machine.now(), thread_(machine)});
    }
    // Nothing earlier is asked for any more. "": nobody knows.
    std::string at(std::uint64_t now_ns) {
        while (!sent_.empty() && sent_.front().at_ns < now_ns) sent_.pop_front();
        return sent_.empty() || sent_.front().at_ns != now_ns ? "" : sent_.front().thread;
    }

private:
    struct Sent {
        std::uint64_t at_ns = 0;
        std::string thread;
    };
    machine::Machine& machine_;
    CaptureObserver::ThreadNow thread_;
    std::deque<Sent> sent_;  // not yet on the link
};

WorldCapture::WorldCapture(JoinedWorld& world, links::Topology const& topology,
                           std::filesystem::path const& path, CaptureObserver::ThreadNow thread)
    : ends_(ends_of(topology)), file_(path, names_of(ends_)) {
    for (auto& member : world.members()) {
        std::string const& name = member.description.name;
        auto const is_end = [&](auto const& link) {
            return link.second.first == name || link.second.second == name;
        };
        // What comes to no link would be kept for ever.
        if (std::ranges::any_of(ends_, is_end))
            senders_.emplace(name, std::make_unique<Senders>(*member.machine, thread));
    }
    world.network().set_tap([this](auto const&... frame) { write(frame...); });
}

WorldCapture::~WorldCapture() = default;

void WorldCapture::write(std::string const& link, bool from_a, std::uint64_t now_ns,
                         std::span<std::uint8_t const> frame,
                         std::span<links::Lane::Arrival const> arrivals) {
    auto const at = ends_.find(link);
    auto const& [a, b] = at->second;
    std::string const& from = from_a ? a : b;
    auto const sender = senders_.find(from);
    std::string const thread = sender == senders_.end() ? "" : sender->second->at(now_ns);
    std::string const comment = fmt::format("moment {}{}, {} to {}, {}", machine::duration_text(now_ns),
                                            thread.empty() ? "" : ", thread " + thread, from, from_a ? b : a,
                                            links::Lane::fate(now_ns, frame, arrivals));
    std::uint64_t const epoch_ns = machine::MachineConfig().rtc_base * 1'000'000'000;
    file_.write(frame, epoch_ns + now_ns, from_a ? links::Direction::from_guest : links::Direction::to_guest,
                comment, static_cast<std::uint32_t>(std::distance(ends_.begin(), at)));
}

}  // namespace sim::recording
