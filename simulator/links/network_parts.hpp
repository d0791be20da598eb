// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a network is made of. For network.cpp and network_state.cpp only.
#pragma once

#include <algorithm>
#include <deque>

#include "simulator/links/network.hpp"

namespace sim::links {

// A machine's or an uplink's end of its cable. Frames wait here until their
// time; what it sends waits here until the window is over.
class Network::Port final : public machine::Outside {
public:
    explicit Port(std::string card) : card_(std::move(card)) {}

    void resume(std::uint64_t) override {}
    void poll(std::uint64_t now_ns, std::vector<machine::Arrival>& arrived) override {
        for (; !in.empty() && in.front().at_ns <= now_ns; in.pop_front())
            arrived.push_back({card_, machine::InputKind::frame, std::move(in.front().frame)});
    }
    std::optional<std::uint64_t> wait(std::uint64_t now_ns, std::optional<std::uint64_t> deadline) override {
        if (!in.empty() && (!deadline || in.front().at_ns <= *deadline))
            return std::max(now_ns, in.front().at_ns);
        return deadline;
    }
    void output(std::uint64_t now_ns, std::string_view device, machine::OutputKind kind,
                std::span<std::uint8_t const> bytes) override {
        if (kind == machine::OutputKind::frame && device == card_) send(now_ns, bytes);
    }

    // No more in one window than can be under way: the rest is lost, and counted.
    void send(std::uint64_t now_ns, std::span<std::uint8_t const> frame) {
        if (weight_of_frame(frame.size()) > most_under_way_bytes - out_bytes_) {
            ++dropped;
            return;
        }
        out_bytes_ += weight_of_frame(frame.size());
        out_.push_back({now_ns, {frame.begin(), frame.end()}});
    }
    std::deque<Lane::Arrival> const& out() const { return out_; }
    Lane::Arrival take() {
        Lane::Arrival sent = std::move(out_.front());
        out_bytes_ -= weight_of_frame(sent.frame.size());
        out_.pop_front();
        return sent;
    }
    void forget() {
        in.clear();
        out_.clear();
        out_bytes_ = 0;
        dropped = 0;
    }

    std::deque<Lane::Arrival> in;  // by time of arrival
    std::uint64_t dropped = 0;     // frames that were too much for their window

private:
    std::string card_;
    std::deque<Lane::Arrival> out_;
    std::uint64_t out_bytes_ = 0;
};

struct Network::Way {
    Way(std::string name_, LinkProperties const& properties, std::uint64_t seed)
        : name(std::move(name_)), lane(properties, seed, name) {}
    std::string name;  // "wire:client>server"
    Lane lane;
    Cable* cable = nullptr;
    bool from_a = false;
    std::string from_name;
    End to;
    std::uint32_t rank = 0;
    std::uint64_t number = 0;  // of frames under way
};

// One of machine, uplink and relay.
struct Network::Node {
    std::string name;
    machine::Machine* machine = nullptr;
    machine::RunResult result;
    Runner runner;
    std::function<bool()> more_to_come;
    bool uplink = false;
    std::unique_ptr<Link> link;  // of an uplink that lives
    std::unique_ptr<Port> port;  // of a machine or an uplink
    std::unique_ptr<Switch> relay;
    std::vector<std::pair<std::string, Way*>> ways_out;  // by name of the link
};

struct Network::Cable {
    std::string name;
    std::unique_ptr<Way> forth, back;
};

}  // namespace sim::links
