// SPDX-License-Identifier: GPL-2.0-or-later
//
// A world: several machines, switches and the links between them, in one process
// on one virtual clock. Every machine runs for one window, the shortest latency
// of all links, at most 10 ms; then what was sent in it is handled. A frame
// cannot arrive within the window in which it was sent, so it does not matter in
// which order the machines ran. Frames are handled in the order (time, name of who sends,
// number): neither the order in which things were listed nor the length of the
// window decides.
//
// What a machine receives is an input in its own log, so each machine can be
// recorded, replayed and moved back by itself. The world has a log, too, of what
// came from outside of it: frames of uplinks, faults that somebody added, a
// person's doing. With that log it goes back and forth as a whole, the frames
// under way included, and a replay needs nothing else.
//
// A world with a living uplink is paced: its time never runs ahead of the host's
// by more than a window.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/links/fault_lines.hpp"
#include "simulator/links/joints.hpp"
#include "simulator/links/lane.hpp"
#include "simulator/links/switch.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::links {

// What came into a world from outside of it, and when.
struct WorldInput {
    std::uint64_t at_ns = 0;
    std::string target;  // an uplink or a machine; "faults" for a line of text
    std::string device;  // of a machine: machine::Arrival::target
    machine::InputKind kind = machine::InputKind::frame;
    std::vector<std::uint8_t> bytes;
    // Of a machine: after all that happened to it at this time before this moment.
    std::optional<machine::Moment> moment{};

    friend bool operator==(WorldInput const&, WorldInput const&) = default;
};
struct WorldLog {
    std::vector<WorldInput> inputs;  // in order
    std::uint64_t edge_ns = 0;       // as far as anybody has been

    friend bool operator==(WorldLog const&, WorldLog const&) = default;
};
inline constexpr char const* fault_target = "faults";

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
    // The way to the host's network. Null: there is none any more, as in a replay;
    // what the log says still comes from there.
    void add_uplink(std::string const& name, std::unique_ptr<Link>);
    // A machine or an uplink has one end, a switch any number. Loops are refused.
    void add_link(std::string const& name, std::string const& a, std::string const& b, LinkProperties const&);
    // Of the world from its beginning.
    void add_fault(FaultLine line) { faults_.add(std::move(line)); }
    // Called for each frame that is handed to a link, in the order of sending, with what
    // will arrive of it; not again when the world lives through it once more.
    using Tap =
        std::function<void(std::string const& link, bool from_a, std::uint64_t now_ns,
                           std::span<std::uint8_t const> frame, std::span<Lane::Arrival const> arrivals)>;
    void set_tap(Tap tap) { tap_ = std::move(tap); }

    // --- Running ---
    // All machines to this virtual time. Ends early, after a window, when `stop`
    // says so or a machine was interrupted or stopped by an observer: false.
    // A machine that has ended stays where it is.
    bool run_until(std::uint64_t ns, std::function<bool()> const& stop = {});
    std::uint64_t now_ns() const { return now_ns_; }
    // How the machine's last run came back: exited, shutdown, halted for ever (or
    // until a frame comes), or reached.
    machine::RunResult const& result_of(std::string const& name);
    std::uint64_t window_ns() const { return window_ns_; }
    // Nothing is under way, and nothing will come from outside.
    bool silent() const;

    // --- Inputs and time travel ---
    // Replaces the log by a recorded life, before the first run.
    void set_log(WorldLog log) { log_ = std::move(log); }
    WorldLog const& log() const { return log_; }
    // Beyond what is known: uplinks are asked.
    bool live() const { return now_ns_ >= log_.edge_ns; }
    // A fault, or a person's doing, here and now and logged. In the past this
    // begins a new future: the log is cut here first.
    void give_fault(FaultLine const&);
    void give(std::string const& machine, machine::Arrival);
    // While the world lives on, somebody runs this machine in place of
    // Machine::run(): up to the same limit, and with what goes wrong on the way,
    // which it gives by give_on_the_way(): at the moment at which the machine is.
    // `at_ns`: as of Machine::give(), and before that limit. An empty function: nobody.
    using Runner = std::function<machine::RunResult(machine::RunLimit const&)>;
    // `more_to_come`: it will wake the machine, should that sleep for ever.
    void set_runner(std::string const& machine, Runner, std::function<bool()> more_to_come = {});
    void give_on_the_way(std::string const& machine, machine::Arrival, std::uint64_t at_ns);
    // The whole world as it was at this time, frames under way included; later
    // than now: on to there. As run_until().
    bool go_to(std::uint64_t ns, std::function<bool()> const& stop = {});
    // One of the world every so many nanoseconds, besides the one at 0, for short
    // ways back; bounded: the denser half goes when there are many. 0: none more.
    void set_checkpoint_interval(std::uint64_t ns) { checkpoint_interval_ns_ = ns; }
    std::size_t checkpoints() const { return kept_.size(); }

    // --- The whole world, between runs ---
    struct Checkpoint {
        std::uint64_t now_ns = 0;
        std::map<std::string, machine::CheckpointPtr> machines;
        std::map<std::string, machine::InputLog> logs;
        std::vector<std::uint8_t> network;
        WorldLog log;
    };
    // Restoring it forgets what is known of later times.
    Checkpoint checkpoint();
    void restore(Checkpoint const&);
    // Of all machines and of everything under way between them.
    std::uint64_t hash();
    std::map<std::string, std::uint64_t> hashes();  // machine by machine, and "" the network itself

    struct LaneStatistics {
        std::string name;
        std::uint64_t sent = 0, lost = 0;  // lost: of those that were sent
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
    // The world at a moment of its past. Logs are prefixes of what they are now.
    struct Kept {
        std::map<std::string, machine::CheckpointPtr> machines;
        std::map<std::string, std::pair<std::size_t, machine::Moment>> logs;  // inputs, edge
        std::vector<std::uint8_t> network;
    };

    Node& node(std::string const& name);
    Node& new_node(std::string const& name);
    void prepare();
    void exchange();
    void arrive(Node&, std::uint64_t at_ns, Frame&);
    static bool sleeps(Node const&);
    bool run_machines(std::uint64_t until_ns);
    // False: a machine was interrupted on the way; what is left comes next time.
    bool apply_inputs();
    bool apply(WorldInput const&);
    bool has_living_uplink() const;
    bool wait_for_the_host(std::function<bool()> const& stop);
    void poll_uplinks();
    void keep();
    void add_input(WorldInput);
    void put_back(Kept const&);
    void put_back(Node&, machine::Checkpoint const&, machine::InputLog);
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
    Joints joints_;
    Tap tap_;
    bool prepared_ = false;
    std::uint64_t now_ns_ = 0, window_ns_ = 0;
    std::uint64_t until_ns_ = 0;  // as far as the machines are running now

    WorldLog log_;
    std::size_t applied_ = 0;       // inputs of the log that are in the past
    std::uint64_t seen_ns_ = 0;     // the furthest time: what was sent before is no news
    bool uplinks_resumed_ = false;  // the host's clock is tied to ours
    std::chrono::steady_clock::time_point anchor_;
    std::uint64_t anchor_ns_ = 0;
    std::uint64_t checkpoint_interval_ns_ = 0;
    std::map<std::uint64_t, Kept> kept_;  // by time
};

}  // namespace sim::links
