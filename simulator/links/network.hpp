// SPDX-License-Identifier: GPL-2.0-or-later
//
// Several machines, switches and the links between them, in one process on one
// virtual clock. Every machine runs for one window, the shortest latency of all
// links; then what they sent in it is delivered. A frame cannot arrive within
// the window in which it was sent, so it does not matter in which order the
// machines ran. Frames are handled in the order (time, name of the lane,
// number): the names decide, never the order in which things were listed.
//
// What a machine receives is an input in its own log, so each machine can be
// recorded, replayed and moved back by itself; the network is needed at the
// edge of what is known only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulator/links/fault_lines.hpp"
#include "simulator/links/lane.hpp"
#include "simulator/links/switch.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::links {

class Network {
public:
    explicit Network(std::uint64_t seed);
    ~Network();
    Network(Network const&) = delete;
    Network& operator=(Network const&) = delete;

    // --- Assembly. Names are unique; std::runtime_error otherwise. ---
    // The machine must outlive the network. It gets an outside.
    void add_machine(std::string const& name, machine::Machine&, std::string card = "net0");
    void add_switch(std::string const& name, unsigned table = 1024);
    // A machine has one end, a switch any number.
    void add_link(std::string const& name, std::string const& a, std::string const& b, LinkProperties const&);
    void add_fault(FaultLine line) { faults_.add(std::move(line)); }
    // Called for each frame that is handed to a link, in the order of sending.
    using Tap = std::function<void(std::string const& link, bool from_a, std::uint64_t now_ns,
                                   std::span<std::uint8_t const> frame)>;
    void set_tap(Tap tap) { tap_ = std::move(tap); }

    // --- Running ---
    // All machines to this virtual time. Ends early, after a window, when `stop`
    // says so or a machine was interrupted or stopped by an observer: false.
    // A machine that has ended stays where it is.
    bool run_until(std::uint64_t ns, std::function<bool()> const& stop = {});
    std::uint64_t now_ns() const { return now_ns_; }
    // How the machine's last run came back: exited, shutdown, halted for ever,
    // or reached.
    machine::RunResult const& result_of(std::string const& name);
    std::uint64_t window_ns() const { return window_ns_; }

    // All machines to where they were at this time, at or before now_ns(). The
    // network itself stays at the edge and goes on from there.
    void go_back_to(std::uint64_t ns);

    // --- The whole world, between windows at the edge ---
    struct Checkpoint {
        std::uint64_t now_ns = 0;
        std::map<std::string, machine::CheckpointPtr> machines;
        std::map<std::string, machine::InputLog> logs;
        std::vector<std::uint8_t> network;
    };
    Checkpoint checkpoint();
    void restore(Checkpoint const&);
    // Of all machines and of everything under way between them.
    std::uint64_t hash();

    struct LaneStatistics {
        std::string name;
        std::uint64_t sent = 0, lost = 0;
    };
    std::vector<LaneStatistics> statistics() const;

private:
    class Port;
    struct Node;
    struct End {  // of a link: what a frame meets there
        Node* node = nullptr;
        unsigned port = 0;
    };
    struct Cable;
    struct Travelling {  // a frame that will arrive
        std::uint64_t at_ns = 0;
        std::uint32_t lane = 0;  // rank of its name
        std::uint64_t number = 0;
        Frame frame;
        template <class Self, class Visitor>
        static void fields(Self& self, Visitor& visit) {
            visit("at_ns", self.at_ns);
            visit("lane", self.lane);
            visit("number", self.number);
            visit("frame", self.frame);
        }
    };
    struct Way;  // a lane and where it leads

    Node& node(std::string const& name);
    Node& new_node(std::string const& name);
    void prepare();
    void exchange();
    void send(Way&, std::uint64_t now_ns, std::span<std::uint8_t const> frame);
    std::vector<std::uint8_t> save() const;
    void load(std::span<std::uint8_t const>);
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit);

    std::uint64_t seed_;
    std::map<std::string, std::unique_ptr<Node>> nodes_;    // by name
    std::map<std::string, std::unique_ptr<Cable>> cables_;  // by name
    std::vector<Way*> ways_;                                // by rank of the lane's name
    std::map<std::pair<std::uint64_t, std::pair<std::uint32_t, std::uint64_t>>, Travelling> travelling_;
    FaultLines faults_;
    Tap tap_;
    bool prepared_ = false;
    std::uint64_t now_ns_ = 0, window_ns_ = 0;
};

}  // namespace sim::links
